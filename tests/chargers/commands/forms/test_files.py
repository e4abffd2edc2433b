"""Firmware and logs: what the form asks for and the payload that it becomes, held against each version's schema."""

from datetime import UTC, datetime

import pytest

from chargers.commands.forms.files import OFFERS
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart

BY_KEY = {offer.key: offer for offer in OFFERS}
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
FILLED = {
    "location": "https://example.com/fw.bin",
    "at": AT,
    "retries": 3,
    "certificate": "-----BEGIN CERTIFICATE-----",
    "signature": "c2ln",
    "begins": AT,
    "ends": AT,
    "log": "DiagnosticsLog",
    "link": "https://example.com/up/1/",
    "request_id": 7,
}
EMPTY = FILLED | dict.fromkeys(("retries", "begins", "ends"))


@pytest.mark.parametrize("filled", [FILLED, EMPTY], ids=["filled", "optional parts left out"])
@pytest.mark.parametrize(
    ("key", "version"), [(o.key, version) for o in OFFERS if "signed" not in o.key for version in sorted(o.versions)]
)
def test_its_payload_is_one_of_the_version(key, version, filled):
    action, payload = BY_KEY[key].build(filled, version)

    violations = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)

    assert [violation.sentence for violation in violations] == []


def test_it_asks_for_a_signature_where_the_version_knows_one():
    names = {version: [one.name for one in BY_KEY["firmware"].inputs(version)] for version in Version}

    assert names[Version.V16] == ["location", "at", "retries"]
    assert names[Version.V201] == names[Version.V21] == ["location", "at", "retries", "certificate", "signature"]


def test_a_signed_firmware_needs_both_parts_of_its_signature():
    required = {one.name: one.required for one in BY_KEY["signed_firmware"].inputs(Version.V16)}

    assert (required["certificate"], required["signature"], required["retries"]) == (True, True, False)
    action, payload = BY_KEY["signed_firmware"].build(FILLED, Version.V16)
    assert (action, payload["requestId"], payload["firmware"]["signature"]) == ("SignedUpdateFirmware", 7, "c2ln")


def test_what_restarts_a_charger_is_asked_about():
    assert {offer.key for offer in OFFERS if offer.danger} == {"firmware", "signed_firmware"}
