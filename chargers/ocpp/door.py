"""Who may connect: the answer to a handshake, before the upgrade (OCPP-J 1.6 section 6, OCPP 2.0.1 A00).

Wrong tries are limited by the address they come from, never by the charger's id: nobody can lock a charger
out, and a charger with the right password always gets in.
"""

import base64
import binascii
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from chargers import keys
from chargers.models import Charger, FailedHandshake
from chargers.ocpp.frames import Version

logger = logging.getLogger(__name__)

SUBPROTOCOLS = {f"ocpp{version.value}": version for version in Version}
WRONG_TRIES_A_MINUTE = 30
_REALM = b'Basic realm="OCPP", charset="UTF-8"'
Reason = FailedHandshake.Reason


@dataclass(frozen=True, slots=True)
class Admitted:
    """Let in. Without a version (no subprotocol that we know) the socket opens and closes at once."""

    charger: Charger
    version: Version | None
    subprotocol: str | None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in: the HTTP answer, and the sentence that its body and the portal show."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Knock:
    """A handshake as it came: the id in the path, the headers in lower case, what OCPP versions it offers."""

    presented_id: str
    headers: Mapping[bytes, bytes]
    subprotocols: Sequence[str]
    source: str


def admit(knock: Knock, *, now: datetime) -> Admitted | Refused:
    """Decides in one query and, for known chargers, microseconds. Records what it refuses."""
    charger = _charger_of(knock.presented_id)
    credentials = _credentials(knock.headers)
    if charger is not None and _may_come_without(charger, credentials, now=now):
        return _negotiate(charger, knock, now=now)
    if credentials is None:
        return _unauthorized(knock, charger, Reason.NO_CREDENTIALS, "", now=now)
    if charger is None:
        return _refuse(
            knock, None, Reason.UNKNOWN_CHARGER, status=404, now=now,
            sentence=f"No charger has the id {knock.presented_id!r}: add it in the portal, or correct the address.",
        )  # fmt: skip
    if (fault := _fault(charger, credentials, knock.source)) is not None:
        return _unauthorized(knock, charger, *fault, now=now)
    return _negotiate(charger, knock, now=now)


def source_of(client: Sequence[object] | None) -> str:
    """The address of an ASGI scope's client."""
    return str(client[0]) if client else "unknown"


def id_in(path: str) -> str:
    """The charger's id: the last part of an ASGI scope's path, which is percent-decoded already."""
    return path.rstrip("/").rpartition("/")[2]


def _charger_of(presented_id: str) -> Charger | None:
    if "\x00" in presented_id:  # PostgreSQL takes no NUL, and no charger's id has one
        return None
    return Charger.objects.filter(charger_id=presented_id).first()


def _may_come_without(charger: Charger, credentials: tuple[str, str] | None, *, now: datetime) -> bool:
    passwordless = charger.passwordless_until is not None and charger.passwordless_until > now
    return passwordless and credentials is None and charger.retired_at is None


def _fault(charger: Charger, credentials: tuple[str, str], source: str) -> tuple[Reason, str] | None:
    user, password = credentials
    if user != charger.charger_id:
        return Reason.WRONG_USER, f"the user name was {user[:48]!r}"
    if charger.retired_at is not None:
        return Reason.RETIRED, ""
    if keys.matches_quickly(charger, password):
        return None
    if _too_many(source):
        return Reason.TOO_MANY_TRIES, ""
    if keys.matches(charger, password):
        return None
    detail = "" if charger.key_kind else "no password has been set for this charger yet"
    return Reason.WRONG_PASSWORD, detail


def _negotiate(charger: Charger, knock: Knock, *, now: datetime) -> Admitted:
    for offered in knock.subprotocols:
        if offered in SUBPROTOCOLS:
            return Admitted(charger=charger, version=SUBPROTOCOLS[offered], subprotocol=offered)
    offered = ", ".join(knock.subprotocols)[:200]
    reason = Reason.UNKNOWN_SUBPROTOCOL if offered else Reason.NO_SUBPROTOCOL
    sentence = f"Offer one of {', '.join(SUBPROTOCOLS)} as websocket subprotocol" + (
        f"; got {offered}." if offered else "."
    )
    _record(knock, charger, reason, sentence, now=now)
    return Admitted(charger=charger, version=None, subprotocol=None, sentence=sentence)


def _unauthorized(knock: Knock, charger: Charger | None, reason: Reason, detail: str, *, now: datetime) -> Refused:
    if reason is Reason.TOO_MANY_TRIES:
        return Refused(status=429, sentence=f"{reason.label}: wait a minute.", headers=((b"retry-after", b"60"),))
    if reason is not Reason.NO_CREDENTIALS:
        _count_wrong_try(knock.source)
    sentence = f"{reason.label}{': ' + detail if detail else ''}. Use HTTP Basic with the charger's id and password."
    return _refuse(
        knock, charger, reason, status=401, sentence=sentence, now=now, headers=((b"www-authenticate", _REALM),)
    )


def _refuse(
    knock: Knock,
    charger: Charger | None,
    reason: Reason,
    *,
    status: int,
    sentence: str,
    now: datetime,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Refused:
    _record(knock, charger, reason, sentence, now=now)
    return Refused(status=status, sentence=sentence, headers=headers)


def _record(knock: Knock, charger: Charger | None, reason: Reason, sentence: str, *, now: datetime) -> None:
    """One row a minute for each id, address and reason: an angry charger does not fill the table."""
    if not _is_first_this_minute(f"handshake:{knock.presented_id[:48]}:{knock.source}:{reason}"):
        return
    FailedHandshake.objects.create(
        charger=charger,
        presented_id=knock.presented_id.replace("\x00", "\ufffd")[:255],
        source=knock.source[:45],
        reason=reason,
        detail=sentence[:255],
        at=now,
    )


def _credentials(headers: Mapping[bytes, bytes]) -> tuple[str, str] | None:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        decoded = base64.b64decode(token.strip(), validate=True).decode("utf-8", errors="replace")
    except binascii.Error:
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon else None


# Redis may be away: chargers with the right password connect all the same.


def _is_first_this_minute(key: str) -> bool:
    try:
        return bool(cache.add(key, 1, 60))
    except RedisError:
        return True


def _too_many(source: str) -> bool:
    try:
        return int(cache.get(f"wrong-tries:{source}", 0)) >= WRONG_TRIES_A_MINUTE
    except RedisError:
        return False


def _count_wrong_try(source: str) -> None:
    key = f"wrong-tries:{source}"
    try:
        if not cache.add(key, 1, 60):
            cache.incr(key)
    except (RedisError, ValueError):  # ValueError: it expired between the two
        logger.info("A wrong try could not be counted")
