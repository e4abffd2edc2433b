"""OCPI 2.2.1, as which objects are stored, and the answers to commands as it writes them."""

from typing import Any

import pytest

from billing.roaming.versions import stored_form

STATED = {
    "country_code": "NL",
    "party_id": "EMS",
    "uid": "04A1",
    "type": "RFID",
    "contract_id": "NL-EMS-C001",
    "issuer": "Example eMSP",
    "valid": True,
    "whitelist": "ALLOWED",
    "last_updated": "2026-03-10T12:00:00Z",
}


def errors(**changes: Any) -> set[str]:
    form = stored_form.TokenForm(data=STATED | changes)
    form.is_valid()
    return set(form.errors)


def test_a_token_as_the_standard_has_it_is_taken():
    assert errors() == set()
    assert errors(visual_number="EMS-1", group_id="G1", language="nl") == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "CAR"),
        ("whitelist", "SOMETIMES"),
        ("valid", "yes"),
        ("country_code", "NLD"),
        ("party_id", "EMSX"),
        ("uid", "X" * 37),
        ("last_updated", "yesterday"),
        ("language", "eng"),
    ],
)
def test_what_is_wrong_in_a_token_is_named(name: str, value: object):
    assert errors(**{name: value}) == {name}


def test_a_token_loses_the_name_that_its_contract_had_before():
    body = {"uid": "04A1", "contract_id": "NL-EMS-C001", "auth_id": "NL-EMS-C001"}

    assert stored_form.token(body) == {"uid": "04A1", "contract_id": "NL-EMS-C001"}


def test_an_answer_to_a_command_has_a_message_where_there_is_one():
    said = {"message": [{"language": "en", "text": "It is busy."}]}

    assert stored_form.command_response("ACCEPTED", 30, "") == {"result": "ACCEPTED", "timeout": 30}
    assert stored_form.command_response("REJECTED", 0, "It is busy.") == {"result": "REJECTED", "timeout": 0, **said}
    assert stored_form.command_result("FAILED", "It is busy.") == {"result": "FAILED", **said}
    assert stored_form.command_result("ACCEPTED", "") == {"result": "ACCEPTED"}


def test_a_message_ends_where_its_field_does():
    assert len(stored_form.command_result("FAILED", "x" * 600)["message"][0]["text"]) == 512
