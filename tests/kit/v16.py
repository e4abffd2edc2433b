"""What the tests of protocol.fields and versions.v16 share."""

from datetime import UTC, datetime

from chargers.protocol.events import Understood
from chargers.protocol.versions import v16

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def stated(text, *, zone=None, now=NOW):
    payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": text}
    found = v16.read("StatusNotification", payload, now=now, zone=zone)
    return found.event.time.at, [one.sentence for one in found.deviations if one.path == "timestamp"]


def read(action, payload):
    found = v16.read(action, payload, now=NOW)
    assert isinstance(found, Understood), found
    return found
