"""Defects of objects as deviations: under which clause, with which evidence."""

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import objects
from tests.kit.exchanges import body_of, cdr, order, token


def examined(prefix: str, name: str, value) -> list[tuple[str, str, str]]:
    found = objects.examine(prefix, name, body_of(value).value, author=Side.PARTNER, version="2.2.1")
    return [(deviation.code, deviation.path, deviation.value) for deviation in found]


def test_a_token_and_a_price_in_another_object_have_their_own_clauses():
    assert examined("commands", "StartSession", order(token=token(valid="yes"))) == [
        ("tokens.field_type", "$.token.valid", '"yes"')
    ]
    assert examined("cdrs", "CDR", cdr(total_cost={"excl_vat": None})) == [
        ("prices.field_missing", "$.total_cost.excl_vat", "")
    ]


def test_of_a_long_text_the_length_is_quoted_and_not_the_text():
    assert examined("tokens", "Token", token(uid="x" * 40)) == [
        ("tokens.text_too_long", "$.uid", "40 characters, at most 36")
    ]


def test_times_anywhere_in_it_are_examined():
    assert examined("commands", "StartSession", order(token=token(last_updated="2026-03-10 12:00:00"))) == [
        ("time.space", "$.token.last_updated", '"2026-03-10 12:00:00"')
    ]
    assert examined("tokens", "Token", token(last_updated=5)) == [("tokens.field_type", "$.last_updated", "5")]
