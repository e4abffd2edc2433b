"""What a bank line did to a payout, reversed: its state of before, and counter-entries in the books."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from tests.kit.bank_lines import Line, brought, get
from tests.kit.bank_lines_pages import known, paid, payout, text_of

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_an_agent_undoes_a_match_with_a_reason_once(payout, world, client_of):
    paid(payout)
    [line] = brought(Line(amount="10.00", reference="TRACE-77"), host=world.host)
    client, page = client_of(world.agent), f"/books/bank/{line.pk}/"

    without = client.post(page, {"do": "undo", "reason": " "}, follow=True)
    first = client.post(page, {"do": "undo", "reason": "It is the refund of a supplier"}, follow=True)
    second = client.post(page, {"do": "undo", "reason": "Other tab"}, follow=True)

    assert "say why the match is wrong" in text_of(without)
    assert "The match was taken back." in text_of(first)
    assert "took that back: It is the refund of a supplier." in text_of(first)
    assert "somebody took its match back before" in text_of(second)
    assert get(payout).state == "paid"
    [entry] = AuditEntry.objects.filter(verb="bank_line.unmatched")
    assert (entry.before, entry.reason) == ({"payouts": ["P-000001"]}, "It is the refund of a supplier")


def test_a_posting_and_an_answer_are_taken_back_on_the_lines_page(known, world, client_of):
    posted, answered = brought(Line(amount="12.00", text="Deposit"), Line(amount="-900.00", text="Rent"))
    client = client_of(world.agent)
    said = {"do": "post", "host": world.host.pk, "code": "platform_revenue", "reason": "A deposit."}
    client.post(f"/books/bank/{posted.pk}/", said)
    client.post(f"/books/bank/{answered.pk}/", {"do": "answer", "reason": "The rent of May."})
    page = text_of(client.get(f"/books/bank/{posted.pk}/"))

    one = text_of(client.post(f"/books/bank/{posted.pk}/", {"do": "undo", "reason": "The host's."}, follow=True))
    two = text_of(client.post(f"/books/bank/{answered.pk}/", {"do": "undo", "reason": "Of April."}, follow=True))

    assert "Undo" in page
    assert "what it posted is reversed by another entry" in page
    assert "The answer was taken back." in one
    assert "Classify this line" in two
    entries = AuditEntry.objects.filter(verb="bank_line.unanswered").order_by("pk")
    assert [entry.before["answer"] for entry in entries] == ["A deposit.", "The rent of May."]
    assert entries[0].before["account"] == "Earned by the platform of Sunset Stays"
    assert entries[1].reason == "Of April."


def test_a_host_takes_its_own_answer_back_and_a_reader_does_not(known, world, client_of):
    [line] = brought(Line(amount="10.00", text="P-000077"), host=world.host)
    client_of(world.owner).post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": "A gift."})

    refused = client_of(world.teammate).post(f"/books/bank/{line.pk}/", {"do": "undo", "reason": "x"})
    client_of(world.owner).post(f"/books/bank/{line.pk}/", {"do": "undo", "reason": "It was none."})

    line.refresh_from_db()
    assert (refused.status_code, line.match) == (404, "ambiguous")
