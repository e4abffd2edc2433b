"""An exchange read from the journal: bodies, headers, and what the address says."""

from decimal import Decimal

import pytest

from billing.roaming.docket import facts
from billing.roaming.docket.facts import Body, Side
from billing.roaming.exchange_journal import journal
from tests.kit.exchanges import authorization, envelope, incoming, put_token, token_page


def test_json_keeps_its_numbers_exact():
    body = facts.read_body('{"price": 0.1, "count": 5}')

    assert (body.is_json, body.is_cut) == (True, False)
    assert body.value == {"price": Decimal("0.1"), "count": 5}


@pytest.mark.parametrize("text", ["<html>", "{'a': 1}", '{"a": NaN}', '{"a": 1', "[" * 100_000])
def test_what_is_no_json(text):
    assert facts.read_body(text) == Body(text=text)


def test_nothing_and_null_are_different():
    assert facts.read_body("") == Body()
    assert facts.read_body("null") == Body(text="null", is_json=True)


def test_a_body_that_the_journal_cut_is_known_as_such():
    stored = journal.text(b'[{"uid": 1}, ' * 5_000, module="tokens")

    body = facts.read_body(stored)

    assert (body.is_cut, body.is_json) == (True, False)


def test_headers_are_read_without_case():
    assert facts.read_headers({"X-Limit": "5"}) == {"x-limit": "5"}
    assert facts.read_headers(None) is None


def test_the_form_of_the_token_is_that_of_the_journal():
    form = "base64 with white space in it, token A"
    row = journal._describe_token(form)

    assert put_token(request_headers={"authorization": row["Authorization"]}).token_form == form
    assert put_token(request_headers={"authorization": None}).token_form == ""


def test_parts_of_our_address_are_decoded():
    assert incoming("GET", "tokens/NL/EMS/04%2FA1?type=RFID").parts == ["NL", "EMS", "04/A1"]
    assert incoming("GET", "locations/?limit=5").parts == []
    assert token_page().parts == []


def test_who_wrote_what():
    assert (put_token().requester, put_token().answerer) == (Side.PARTNER, Side.US)
    assert (token_page().requester, token_page().answerer) == (Side.US, Side.PARTNER)
    assert authorization().is_authorization
    assert not token_page().is_authorization


def test_data_is_that_of_a_success():
    assert token_page(answer=envelope(["x"])).data == ["x"]
    assert token_page(answer=[envelope(["x"])], ocpi_status=1000).data == ["x"]
    assert token_page(answer=envelope(["x"], status=2000)).data is None
    assert token_page(answer=envelope(["x"]), http_status=500).data is None
    assert token_page(answer=["x"], ocpi_status=None).envelope is None
