"""Deviations grouped by kind and author: counted, dated, with the newest as the example."""

from datetime import timedelta

from billing.roaming.docket import entries
from billing.roaming.docket.entries import Wrong
from tests.kit.exchanges import NOON, cdr, envelope, location, pushed, put_token, stored, token, token_page

PLAIN = {"authorization": "Token •••• (plain)"}


def plain(number: int):
    ids = {"x-request-id": f"r-{number}"}
    return put_token(
        request_headers=PLAIN, request_id=f"r-{number}", answer_headers=ids, at=NOON + timedelta(minutes=number)
    )


def test_one_kind_is_one_entry_with_its_newest_example():
    (entry,) = entries.group([plain(number) for number in range(15)])

    assert (entry.clause.code, entry.wrong, entry.count) == ("authorization.plain", Wrong.PARTNER, 15)
    assert (entry.first_at, entry.last_at) == (NOON, NOON + timedelta(minutes=14))
    assert entry.example.request_id == "r-14"
    assert entry.request_ids == [f"r-{number}" for number in range(14, 4, -1)]
    assert entry.citation == "OCPI 2.2.1, 4.1.2 Authorization header"


def test_the_partners_come_before_ours_and_the_frequent_before_the_rare():
    rare = token_page(answer_headers={"x-total-count": None})
    ours = pushed("cdrs", cdr(id="x" * 40))
    allowed = put_token(path="nl/ems/04A1B2C3D4", request_id="r-9", answer_headers={"x-request-id": "r-9"})

    found = entries.group([ours, allowed, rare, plain(1), plain(2)])

    assert [(entry.clause.code, entry.wrong) for entry in found] == [
        ("authorization.plain", Wrong.PARTNER),
        ("paging.total_missing", Wrong.PARTNER),
        ("cdrs.id_too_long", Wrong.US),
        ("text.case_differs", Wrong.NOBODY),
    ]


def test_the_same_kind_of_two_authors_is_two_entries():
    wrong = cdr(id="x" * 40)

    found = entries.group([pushed("cdrs", wrong), stored("cdrs", wrong)])

    assert [(entry.clause.code, entry.wrong) for entry in found] == [
        ("cdrs.id_too_long", Wrong.PARTNER), ("cdrs.id_too_long", Wrong.US),
    ]  # fmt: skip


def test_an_example_quotes_the_beginning_of_long_bodies():
    evses = location()["evses"] * 20
    (entry,) = entries.group([pushed("locations", location(evses=evses), answer=envelope(timestamp="now"))])

    assert len(entry.example.request_excerpt) == 601
    assert entry.example.request_excerpt.endswith("…")
    assert entry.example.answer == "HTTP 200, OCPI 1000"
    assert '"uid": "CP1-1"' in entry.example.request_excerpt


def test_an_example_without_an_answer_says_so():
    facts = put_token(token(valid=1), http_status=None)

    (entry,) = entries.group([facts])

    assert entry.example.answer == "no answer"


def test_nothing_has_no_entries():
    assert entries.group([]) == entries.group([put_token()]) == []
