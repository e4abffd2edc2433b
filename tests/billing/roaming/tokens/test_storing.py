"""A provider's token, stored as the card that decisions read and as the object that the provider sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from authorization.models import MobilityProvider, Token
from billing.roaming.tokens import storing
from billing.roaming.tokens.storing import UnusableUidError

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def msp() -> MobilityProvider:
    return MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")


def body(**changes: Any) -> dict[str, Any]:
    return {
        "uid": "04a1b2c3d4", "type": "RFID", "contract_id": "NL-EMS-C001", "issuer": "Example eMSP", "valid": True,
        "whitelist": "ALLOWED", "last_updated": "2026-03-10T12:00:00Z", **changes,
    }  # fmt: skip


def test_it_is_new_once_and_changed_afterwards(msp):
    assert storing.store(msp, body(), now=NOON)
    assert not storing.store(msp, body(valid=False, group_id="G1"), now=NOON)

    token = Token.objects.get()
    assert (token.canonical_uid, token.valid, token.parent) == ("04A1B2C3D4", False, "G1")


def test_our_own_block_stays(msp):
    storing.store(msp, body(), now=NOON)
    Token.objects.update(blocked=True, blocked_reason="Lost")

    storing.store(msp, body(visual_number="EMS-1"), now=NOON)

    assert Token.objects.get(blocked=True).visual_number == "EMS-1"


def test_the_contract_of_2_1_1_is_one_too(msp):
    storing.store(msp, {name: value for name, value in body(auth_id="A1").items() if name != "contract_id"}, now=NOON)

    assert Token.objects.get().contract_id == "A1"


@pytest.mark.parametrize("uid", ["", "VID:001122334455"])
def test_a_uid_that_no_charger_could_read_is_refused(msp, uid):
    with pytest.raises(UnusableUidError):
        storing.store(msp, body(uid=uid), now=NOON)

    assert not Token.objects.exists()


def test_it_is_found_without_case_by_its_type_and_its_provider(msp):
    storing.store(msp, body(), now=NOON)
    other = MobilityProvider.objects.create(country_code="DE", party_id="SLO", name="Slow")

    assert storing.find(msp, "04A1b2C3d4", kind="RFID") == Token.objects.get()
    assert storing.find(msp, "04A1B2C3D4", kind="APP_USER") is None
    assert storing.find(other, "04A1B2C3D4", kind="RFID") is None
    assert storing.find(msp, "", kind="RFID") is None


def test_it_is_shown_as_its_provider_sent_it(msp):
    storing.store(msp, body(energy_contract={"supplier_name": "Green"}), now=NOON)

    assert storing.body_of(storing.find(msp, "04A1B2C3D4", kind="RFID")) == body(
        energy_contract={"supplier_name": "Green"}
    )


@pytest.mark.parametrize(
    ("fields", "contract"), [({"contract_id": "C1"}, "C1"), ({"visual_number": "EMS-1"}, "EMS-1"), ({}, "04A1")]
)
def test_one_that_came_by_a_list_is_shown_as_it_would_be_sent(msp, fields, contract):
    token = Token.objects.create(msp=msp, uid="04A1", canonical_uid="04A1", **fields)

    made = storing.body_of(token)

    assert (made["contract_id"], made["country_code"], made["issuer"]) == (contract, "NL", "Example eMSP")
    assert ("visual_number" in made) is ("visual_number" in fields)
    assert "group_id" not in made
