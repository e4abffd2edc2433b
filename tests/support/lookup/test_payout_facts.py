"""What the assistant says to a host about payouts: those that failed, the next one, differences, statements."""

from datetime import UTC, datetime

import pytest

from authorization.models import Membership, User
from billing.formatting.money import money
from billing.models import Payout
from tests.kit import payouts, sent_payouts
from tests.kit.guest_asking import Talk, _nobody_was_counted_yet

__all__ = ["_nobody_was_counted_yet"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_host_hears_what_a_payout_is_made_of_and_a_stranger_nothing(client_of):
    known = payouts.books("lakeside")
    owner = User.objects.create_user("lake@example.com", "x", email_confirmed_at=NOW)
    Membership.objects.create(user=owner, host=known.host, role="owner")
    payout = sent_payouts.approved(known)
    text = f"payout {payout.label} does not match the dashboard"

    talk = Talk("/support/ask/", text, client=client_of(owner))

    assert f"{payout.label}, {money(payout.amount_minor, 'USD')}" in talk.page
    assert f"What {payout.label} is made of:" in talk.page
    assert f"= {money(payout.amount_minor, 'USD')}" in talk.page
    assert talk.row.payout == payout
    other = User.objects.create_user("other@example.com", "x", email_confirmed_at=NOW)
    Membership.objects.create(user=other, host=payouts.books("elsewhere").host, role="owner")
    assert payout.label not in Talk("/support/ask/", text.replace(payout.label, ""), client=client_of(other)).page
    assert "made of:" not in Talk("/support/ask/", text, client=client_of(other)).page


def test_three_questions_of_a_host_about_payouts_have_three_answers(client_of):
    known = payouts.books("lakeside")
    owner = User.objects.create_user("lake@example.com", "x", email_confirmed_at=NOW)
    Membership.objects.create(user=owner, host=known.host, role="owner")
    payout = sent_payouts.approved(known)
    Payout.objects.filter(pk=payout.pk).update(state="failed", failure="AC04")
    newer = known.sale(2000, at=NOW)

    talk = Talk("/support/ask/", "my payout failed", client=client_of(owner))
    assert f"{payout.label}, {money(1000, 'USD')}, failed:" in talk.page
    assert "/payouts/lakeside/accounts/" in talk.page
    talk.send(text="and I need the annual statement")
    assert "lakeside, 2026" in talk.page.lower()
    assert "/statements/lakeside/USD/2026/" in talk.page
    talk.send(text="when is the next payout?")
    assert "The next payout of" in talk.page
    assert talk.row.ticket is None
    assert newer.host == known.host


def test_a_host_whose_role_shows_no_money_hears_who_sees_it(client_of):
    known = payouts.books("lakeside")
    manager = User.objects.create_user("tech@example.com", "x", email_confirmed_at=NOW)
    Membership.objects.create(user=manager, host=known.host, role="operator")
    sent_payouts.approved(known)

    talk = Talk("/support/ask/", "my payout failed", client=client_of(manager))

    assert "Your role does not show payouts" in talk.page
    assert "/payouts/" not in talk.page.split("<main")[1]
