"""Events of Hospitable come to a secret address; with a secret they are signed, too."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from authorization.pms.systems.hospitable import events
from authorization.pms.systems.source import Event

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BODY = b'{"action": "reservation.changed"}'
SIGNED = {"signature": hmac.new(b"secret", BODY, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize(("headers", "secret"), [({}, ""), (SIGNED, "secret")], ids=["no secret here", "signed"])
def test_it_is_genuine(headers: dict[str, str], secret: str):
    assert events.is_genuine(Event(headers=headers, body=BODY, secret=secret), now=NOON)


@pytest.mark.parametrize("headers", [{}, {"signature": ""}, {"signature": "0" * 64}])
def test_with_a_secret_only_what_is_signed_by_it_is_taken(headers: dict[str, str]):
    assert not events.is_genuine(Event(headers=headers, body=BODY, secret="secret"), now=NOON)
