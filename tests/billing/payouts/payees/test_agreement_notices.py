"""Letters about versions of an agreement, to everybody who may handle the host's money: what changes, and from when."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from billing import mail as mailing
from billing.models import OutgoingMail, PayoutAgreement
from billing.sessions.documents import outbox
from tests.kit.payout_agreements_pages import TERMS, day, known, mails_of, text_of

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
NEXT = (NOW.replace(day=1) + timedelta(days=32)).date().replace(day=1)
PAGE = "/payouts/sunset/agreement/"


@pytest.mark.parametrize(
    ("days", "verb", "deadline"),
    [(-9, "has been in force since", "at once"), (9, "begins on", "before that day")],
)
def test_the_mail_says_whether_an_agreement_has_begun(known, world, client_of, days, verb, deadline):
    client_of(world.agent).post(PAGE, TERMS | {"valid_from": day(NOW + timedelta(days=days))})

    text = OutgoingMail.objects.get(address=world.owner.email).text
    assert f"(EUR) {verb} " in text
    assert f"{deadline}. Every version:" in text


def test_the_host_is_written_what_changes_from_when_before_it_begins(known, world, client_of):
    known.agree(cycle="weekly", platform_fee_pct=Decimal(5))
    begins = NEXT + timedelta(days=-NEXT.weekday() % 7)

    client_of(world.agent).post(PAGE, TERMS | {"valid_from": begins.isoformat()})

    [outgoing] = mails_of(world)
    base = "of each session, without tax and card processing by its rate"
    assert outgoing.subject == f"Sunset Stays: new terms from {begins:%-d %B %Y}"
    assert f"begins on {begins:%-d %B %Y}" in outgoing.text
    assert f"Platform fee: 5 % {base} → 7.5 % {base}" in outgoing.text
    assert "Reserve: None → €100.00" in outgoing.text
    assert "Cycle" not in outgoing.text
    assert not OutgoingMail.objects.filter(payee=world.host, address="teammate@example.com").exists()
    page = text_of(client_of(world.owner).get(PAGE))
    assert f"5 % {base} → 7.5 % {base}" in page


def test_the_letter_about_terms_is_sent_with_the_page_of_the_versions(known, world, client_of):
    client_of(world.agent).post(PAGE, TERMS)

    outbox.send_due(mailing.send, now=datetime.now(tz=UTC))

    [sent] = [one for one in mail.outbox if one.to == ["owner@example.com"]]
    assert "/payouts/sunset/agreement/" in sent.body


def test_a_version_that_waits_is_withdrawn_without_a_letter_and_an_announced_one_with(known, world, client_of):
    client = client_of(world.agent)
    client.post(PAGE, TERMS | {"platform_fee_pct": "90"})
    client.post(PAGE, {"withdraw": PayoutAgreement.objects.get().pk})
    assert not PayoutAgreement.objects.exists()
    assert not mails_of(world)

    client.post(PAGE, TERMS)
    client.post(PAGE, {"withdraw": PayoutAgreement.objects.get().pk})

    assert [one.subject for one in mails_of(world)][1] == "Sunset Stays: new terms were withdrawn"
