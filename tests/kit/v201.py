"""What the tests of versions.notices_v201, versions.notices_v21 and versions.v201 share."""

from datetime import UTC, datetime

from chargers.protocol.events import Understood
from chargers.protocol.versions import v201

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def read(action, payload):
    found = v201.read(action, payload, now=NOW)
    assert isinstance(found, Understood), found
    return found


def event(kind, **fields):
    return {
        "eventType": kind,
        "timestamp": "2026-03-10T12:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T1"},
        **fields,
    }
