"""Sessions and reservations: what was filled in becomes the payload of each version, held against its schema."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chargers.commands.forms import form
from chargers.commands.forms.sessions import OFFERS, token
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart

BY_KEY = {offer.key: offer for offer in OFFERS}
FILLED = {
    "uid": "04A1B2C3D4",
    "evse": 2,
    "until": datetime(2026, 3, 10, 12, tzinfo=UTC),
    "transaction_id": "4711",
    "number": 9,
    "request_id": 7,
    "cost": Decimal("3.20"),
}


@pytest.mark.parametrize(
    ("key", "version"), [(offer.key, version) for offer in OFFERS for version in sorted(offer.versions)]
)
def test_its_payload_is_valid_in_the_version(key: str, version: Version):
    action, payload = BY_KEY[key].build(FILLED, version)

    violations = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)

    assert [violation.sentence for violation in violations] == []


def test_without_a_connector_the_whole_charger_is_reserved():
    values = FILLED | {"evse": None}

    _, payload_16 = BY_KEY["reserve"].build(values, Version.V16)
    _, payload_2x = BY_KEY["reserve"].build(values, Version.V201)

    assert payload_16["connectorId"] == 0
    assert "evseId" not in payload_2x


def test_a_reservation_keeps_its_number_and_its_card():
    _, payload_16 = BY_KEY["reserve"].build(FILLED, Version.V16)
    _, payload_2x = BY_KEY["reserve"].build(FILLED, Version.V21)

    assert (payload_16["reservationId"], payload_16["idTag"]) == (7, "04A1B2C3D4")
    assert (payload_2x["id"], payload_2x["idToken"], payload_2x["evseId"]) == (7, token("04A1B2C3D4"), 2)


def test_a_question_about_all_sessions_names_none():
    assert BY_KEY["transaction_status"].build(FILLED | {"transaction_id": None}, Version.V201)[1] == {}


def test_only_the_newer_versions_can_be_asked_about_sessions_and_shown_costs():
    assert {key for key, offer in BY_KEY.items() if offer.versions == form.ONLY_2X} == {"transaction_status", "cost"}
