"""Notices that all versions share: firmware, logs, security; and what the readers of all notices need. Pure."""

from datetime import UTC, datetime

from chargers.protocol import events
from tests.kit.v16 import read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_it_tells_a_notice_in_a_sentence():
    found = read("FirmwareStatusNotification", {"status": "Installed"})

    assert (found.event.summary, found.event.state) == ("Firmware: installed", "Installed")
    assert found.event.proof == events.Proof(("UpdateFirmware",))
