"""A Token as 2.1.1 writes it: its contract is called auth_id, and it has no party."""

from typing import Any

from billing.roaming.versions.v211 import tokens

STATED = {
    "uid": "04A1",
    "type": "RFID",
    "auth_id": "NL-EMS-C001",
    "issuer": "Example eMSP",
    "valid": True,
    "whitelist": "ALLOWED",
    "last_updated": "2026-03-10T12:00:00Z",
}


def errors(**changes: Any) -> set[str]:
    form = tokens.TokenForm(data={name: value for name, value in (STATED | changes).items() if value is not None})
    form.is_valid()
    return set(form.errors)


def test_a_token_of_2_1_1_needs_no_party():
    assert errors() == set()


def test_it_needs_its_contract_as_a_text_of_at_most_36_characters():
    assert errors(auth_id=None) == {"auth_id"}
    assert errors(auth_id="X" * 37) == {"auth_id"}
    assert errors(auth_id=7) == {"auth_id"}


def test_party_and_group_are_left_out_and_the_contract_is_named_anew():
    body = {
        "country_code": "NL", "party_id": "EMS", "uid": "04A1", "type": "RFID", "contract_id": "NL-EMS-C001",
        "group_id": "G1", "energy_contract": {"supplier_name": "Green"}, "issuer": "Example eMSP", "valid": True,
    }  # fmt: skip

    assert tokens.token(body) == {
        "auth_id": "NL-EMS-C001", "uid": "04A1", "type": "RFID", "issuer": "Example eMSP", "valid": True,
    }  # fmt: skip
