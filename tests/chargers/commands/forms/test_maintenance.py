"""Upkeep: what was filled in becomes the payload of each version, held against its schema."""

import pytest

from chargers.commands.forms.maintenance import EXPERT_OFFERS, OFFERS
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart

BY_KEY = {offer.key: offer for offer in (*OFFERS, *EXPERT_OFFERS)}
FILLED = {
    "evse": 1,
    "service": "Operative",
    "message": "Heartbeat",
    "kind": "ManufacturerRootCertificate",
    "certificate": "-----BEGIN CERTIFICATE-----",
    "hash": "SHA256",
    "issuer_name": "ab12",
    "issuer_key": "cd34",
    "serial": "01",
    "vendor": "com.example",
    "data": "on",
    "request_id": 7,
}


def violations(action: str, payload: dict, version: Version) -> list[str]:
    rows = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)
    return [violation.sentence for violation in rows]


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("key", list(BY_KEY))
def test_its_payload_is_valid_in_the_version(key: str, version: Version):
    assert violations(*BY_KEY[key].build(FILLED, version), version) == []


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (version, value)
        for version in Version
        for entry in BY_KEY["trigger"].inputs(version)
        for value, _ in entry.choices
    ],
)
def test_every_message_that_can_be_chosen_can_be_asked_for(version: Version, message: str):
    assert violations(*BY_KEY["trigger"].build(FILLED | {"message": message}, version), version) == []


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        (version, value)
        for version in Version
        for entry in BY_KEY["certificate_ids"].inputs(version)
        for value, _ in entry.choices
    ],
)
def test_every_kind_of_certificate_can_be_listed(version: Version, kind: str):
    assert violations(*BY_KEY["certificate_ids"].build(FILLED | {"kind": kind}, version), version) == []


@pytest.mark.parametrize(
    ("message", "action"),
    [("SignChargePointCertificate", "ExtendedTriggerMessage"), ("StatusNotification", "TriggerMessage")],
)
def test_messages_of_the_security_extension_are_asked_for_in_its_way(message: str, action: str):
    assert BY_KEY["trigger"].build(FILLED | {"message": message}, Version.V16)[0] == action


def test_out_of_service_is_not_in_service():
    build = BY_KEY["availability"].build

    assert build(FILLED, Version.V16)[1]["type"] == "Operative"
    assert build(FILLED | {"service": "Inoperative"}, Version.V16)[1]["type"] == "Inoperative"
    assert build(FILLED | {"service": "Inoperative"}, Version.V201)[1]["operationalStatus"] == "Inoperative"


def test_the_whole_charger_has_no_connector():
    assert "evse" not in BY_KEY["trigger"].build(FILLED | {"evse": None}, Version.V201)[1]
    assert "connectorId" not in BY_KEY["trigger"].build(FILLED | {"evse": None}, Version.V16)[1]


def test_data_of_a_vendor_may_come_without_a_message_or_data():
    _, payload = BY_KEY["data_transfer"].build(FILLED | {"message": "", "data": ""}, Version.V16)

    assert payload == {"vendorId": "com.example"}


def test_what_can_lock_a_charger_out_or_cut_a_session_is_asked_about():
    dangerous = {key for key, offer in BY_KEY.items() if offer.danger}

    assert dangerous == {"reset_soft", "reset_hard", "install_certificate", "delete_certificate"}
