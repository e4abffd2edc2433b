"""Bank statements imported, their lines matched by hand, and what no payout explains answered."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, User
from billing.models import (
    Clearing,
    LedgerAccount,
    LedgerEntry,
)
from billing.payments.books.ledger import Code
from tests.kit.bank_lines import Line, brought
from tests.kit.bank_lines_pages import known, text_of
from tests.kit.world import make_user

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_line_is_answered_with_a_reason(known, world, client_of):
    [line] = brought(Line(amount="-900.00", text="Rent"))
    client = client_of(world.agent)

    client.post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": " "})
    line.refresh_from_db()
    assert line.match == "unmatched"
    client.post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": "The rent of April."})
    line.refresh_from_db()

    assert (line.match, line.answer, line.answered_by) == ("answered", "The rent of April.", "user:agent@example.com")
    assert "Every line is explained" in text_of(client.get("/books/bank/"))
    assert "The rent of April." in text_of(client.get("/books/bank/?show=all"))


def test_only_its_money_people_see_and_change_a_hosts_lines_and_only_agents_ours(known, world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")
    accountant = make_user("reader@example.com", world.host, "read_only")
    [ours] = brought(Line(amount="-1.00"))
    [theirs] = brought(Line(amount="1.00"), host=world.host)

    for person in (world.stranger, operator):
        assert client_of(person).get("/payouts/sunset/bank/").status_code == 404
        assert client_of(person).get(f"/books/bank/{theirs.pk}/").status_code == 404
    for address in ("/books/bank/", f"/books/bank/{ours.pk}/", "/books/differences/", "/books/payments/"):
        assert client_of(world.owner).get(address).status_code == 404
    assert client_of(world.owner).get(f"/books/bank/{theirs.pk}/").status_code == 200
    refused = client_of(accountant).post(f"/books/bank/{theirs.pk}/", {"do": "answer", "reason": "x"})
    assert refused.status_code == 404


def test_agents_clear_suspense_and_a_second_one_agrees_above_the_limit(known, world, client_of):
    for minor in (500, 9_000_000):
        lines = {Code.PROCESSOR_CLEARING: minor, Code.BANK_SUSPENSE: -minor}
        known.post(None, ("movement", "suspense"), lines, at=NOW - timedelta(days=2))
    account = LedgerAccount.objects.get(code="bank_suspense")
    second = User.objects.create(email="second@example.com", is_agent=True)
    client, page = client_of(world.agent), f"/books/{account.pk}/"
    small, large = LedgerEntry.objects.filter(kind="suspense").order_by("pk")
    said = {"code": "platform_revenue", "reason": "A deposit."}

    assert "Still in suspense" in text_of(client.get(page))
    one = text_of(client.post(f"/books/suspense/{small.pk}/", said, follow=True))
    two = text_of(client.post(f"/books/suspense/{large.pk}/", said, follow=True))
    row = Clearing.objects.get(state="waiting")
    own = text_of(client.post(f"/books/clearings/{row.pk}/", {"do": "agree"}, follow=True))
    done = text_of(client_of(second).post(f"/books/clearings/{row.pk}/", {"do": "agree"}, follow=True))

    assert "€5.00 is posted to “Earned by the platform” of Sunset Stays." in one
    assert "it waits for a second person" in two
    assert "a second person has to agree" in own
    assert "€90,000.00 is posted" in done
    assert "Still in suspense" not in text_of(client.get(page))
    assert "Money in suspense" not in text_of(client.get("/books/differences/"))
    posted = small.clearings.get()
    back = {"do": "return", "reason": "Not a deposit."}
    assert "Posted elsewhere by people (2)" in text_of(client.get(page))
    assert "stands in suspense again" in text_of(client.post(f"/books/clearings/{posted.pk}/", back, follow=True))
    assert "took it back before" in text_of(client.post(f"/books/clearings/{posted.pk}/", back, follow=True))
    assert "Still in suspense" in text_of(client.get(page))
    assert AuditEntry.objects.get(verb="clearing.taken_back").reason == "Not a deposit."
    assert client_of(world.owner).post(f"/books/clearings/{posted.pk}/", back).status_code == 404
    assert AuditEntry.objects.filter(verb="clearing.posted").count() == 2
    assert client_of(world.owner).post(f"/books/suspense/{small.pk}/", said).status_code == 404
