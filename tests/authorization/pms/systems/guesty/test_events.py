"""Events of Guesty are taken with a good signature only."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from authorization.pms.systems.guesty import events
from authorization.pms.systems.source import Event

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = b"a key of sixteen"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"event": "reservation.updated.v2"}'


def headers(key: bytes = KEY) -> dict[str, str]:
    stamp = str(int(NOON.timestamp()))
    digest = hmac.new(key, f"msg_1.{stamp}.".encode() + BODY, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": signature}


def test_a_signed_event_is_genuine():
    assert events.is_genuine(Event(headers=headers(), body=BODY, secret=SECRET), now=NOON)


@pytest.mark.parametrize(
    "event",
    [
        Event(headers=headers(), body=BODY, secret=""),
        Event(headers={}, body=BODY, secret=""),
        Event(headers={}, body=BODY, secret=SECRET),
        Event(headers=headers(), body=b"{}", secret=SECRET),
        Event(headers=headers(b"another key"), body=BODY, secret=SECRET),
    ],
    ids=["no secret", "nothing at all", "not signed", "another body", "another key"],
)
def test_all_else_is_not(event: Event):
    assert not events.is_genuine(event, now=NOON)
