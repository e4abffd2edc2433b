"""Authenticates a handshake before the upgrade (OCPP-J 1.6 section 6, OCPP 2.0.1 A00).

Our client certificate authenticates a charger in any security profile. Otherwise its password does, which requires TLS
from profile 2, and is not sufficient in profile 3. Wrong tries are limited per source address, and per id and address;
a charger at its last address is exempt.

An anonymous caller gets the same answer for a known and an unknown id, after the same password hashing. Only the
`FailedHandshake` row, which the host and agents read, has the reason.
"""

import base64
import binascii
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.core.cache import cache
from redis.exceptions import RedisError

from authorization.people import rate_limit
from chargers.fleet import hardware_swaps, presence, reports
from chargers.handshake.request import Handshake
from chargers.models import Charger, FailedHandshake
from chargers.protocol.events import Topic
from chargers.protocol.frames import Version
from chargers.security import authority, keys

logger = logging.getLogger(__name__)

SUBPROTOCOLS = {f"ocpp{version.value}": version for version in Version}
WRONG_TRIES_A_MINUTE = 30
WRONG_TRIES_OF_ONE_ID = 20
REFUSED_AFTER_S = 0.1
"""A refusal is sent this long after its handshake arrived, to hide the time for lookups and storing."""
STRANGE_ROWS_OF_ONE, STRANGE_ROWS = 100, 1000
"""Rows per hour for unregistered ids: per source, and in total."""
ROWS_OF_ONE_CHARGER, ROWS_OF_CHARGERS = 100, 10_000
"""Rows per hour for registered ids: per charger from any source, and in total."""
_NOT_ADMITTED = "Not admitted: use HTTP Basic with the charger's id and password."
_REALM = b'Basic realm="OCPP", charset="UTF-8"'
_TLS_FROM, _CERTIFICATE_FROM = 2, 3
_RAW_KEY_BYTES = range(16, 21)
Reason = FailedHandshake.Reason


@dataclass(frozen=True, slots=True)
class Admitted:
    """Admitted. Without a version (no supported subprotocol), the socket opens and closes at once.

    `new_password`: authenticated with the pending password; `fingerprint`: with this certificate of ours.
    """

    charger: Charger
    version: Version | None
    subprotocol: str | None
    sentence: str = ""
    arrival: presence.Arrival | None = None
    new_password: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """the HTTP response, and the sentence shown in its body and the portal."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class _Proof:
    """How a charger authenticated."""

    kind: Charger.Proof
    new_password: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a caller is not admitted; the sentence is shown only in the portal."""

    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class _Credentials:
    """HTTP Basic; `passwords` are the possible readings: text, or the bytes of a key in hexadecimal."""

    user: str
    passwords: tuple[str, ...]


def admit(handshake: Handshake, *, now: datetime) -> Admitted | Refused:
    """Admits or refuses a handshake and records refusals.

    Takes one query and, for known chargers, microseconds; three queries with a certificate, two for unknown ids.
    """
    charger = _charger_of(handshake.presented_id)
    if handshake.untrusted_header:
        _report_untrusted(handshake, charger, now=now)
    by_channel = (
        _decide_by_channel(charger, handshake, now=now) if charger is not None and charger.retired_at is None else None
    )
    if isinstance(by_channel, Admitted):
        return by_channel
    credentials = _credentials(handshake.headers)
    if charger is not None and _may_come_without(charger, credentials, now=now):
        return _negotiate(charger, handshake, _Proof(Charger.Proof.NOTHING), now=now)
    if credentials is None:
        return _refuse(handshake, charger, by_channel or _build_reason_fault(Reason.NO_CREDENTIALS), now=now)
    fault = _fault(charger, credentials, handshake, by_channel=by_channel)
    if fault is not None or charger is None:
        _count_wrong_try(handshake.source)
        _count_wrong_try(_build_tries_key(handshake))
        return _refuse(handshake, charger, fault or _unknown(handshake), now=now)
    is_new = any(keys.is_next(charger, password) for password in credentials.passwords)
    return _negotiate(charger, handshake, _Proof(Charger.Proof.PASSWORD, new_password=is_new), now=now)


def record_wrong_address(handshake: Handshake, *, path: str, now: datetime) -> None:
    """Records a websocket with a wrong path, for the owner who looks for the charger id."""
    sentence = f"Nothing is at {path[:120]}: chargers connect to /ocpp/<charger id>."
    _record(handshake, _charger_of(handshake.presented_id), Reason.WRONG_ADDRESS, sentence, now=now)


def record_bad_tls(*, source: str, sentence: str, now: datetime) -> None:
    """Records a failed TLS handshake, whose charger id is unknown."""
    handshake = Handshake(presented_id="", headers={}, subprotocols=(), source=source)
    _record(handshake, None, Reason.BAD_TLS, sentence, now=now)


def _decide_by_channel(charger: Charger, handshake: Handshake, *, now: datetime) -> Admitted | _Fault | None:
    """Decides by TLS and certificate; None if the password decides (OCPP 2.0.1 A00.FR.200 to 4xx)."""
    verdict = authority.judge(handshake.certificate, charger, now=now) if handshake.certificate else None
    if isinstance(verdict, authority.KnownCertificate):
        proof = _Proof(Charger.Proof.CERTIFICATE, fingerprint=verdict.fingerprint)
        return _negotiate(charger, handshake, proof, now=now)
    profile = charger.security_profile
    if profile >= _TLS_FROM and not handshake.with_tls:
        sentence = f"Security profile {profile} asks for TLS: connect with wss:// instead of ws://."
        return _Fault(Reason.NO_TLS, sentence)
    if profile < _CERTIFICATE_FROM:
        return None
    if verdict is None:
        return _Fault(Reason.NO_CERTIFICATE, "Security profile 3 asks for a client certificate, and none was shown.")
    return _Fault(verdict.reason, verdict.sentence)


def _charger_of(presented_id: str) -> Charger | None:
    if "\x00" in presented_id:  # PostgreSQL stores no NUL, and charger ids contain none
        return None
    return Charger.objects.filter(charger_id=presented_id).first()


def _may_come_without(charger: Charger, credentials: _Credentials | None, *, now: datetime) -> bool:
    """Whether the charger may connect without a password (profile 0): a visibly insecure choice with an end date,
    ignored in higher profiles.
    """
    passwordless = charger.passwordless_until is not None and charger.passwordless_until > now
    is_low = charger.security_profile < _TLS_FROM
    return passwordless and is_low and credentials is None and charger.retired_at is None


def _unknown(handshake: Handshake) -> _Fault:
    detail = f"no charger has the id {handshake.presented_id!r}, add it or correct the address"
    return _build_reason_fault(Reason.UNKNOWN_CHARGER, detail)


def _name_replaced(handshake: Handshake, fault: _Fault) -> tuple[Charger | None, _Fault]:
    """Names the swap, for the host, if the id was of hardware that was replaced. One query, for unknown ids only."""
    swap = hardware_swaps.of_former_id(handshake.presented_id) if "\x00" not in handshake.presented_id else None
    if swap is None:
        return None, fault
    detail = f"since {swap.at:%-d %b %Y} (UTC) {swap.new_id} hangs there instead"
    return swap.charger, _build_reason_fault(Reason.REPLACED, detail)


def _build_reason_fault(reason: Reason, detail: str = "") -> _Fault:
    return _Fault(reason, f"{reason.label}{': ' + detail if detail else ''}. {_NOT_ADMITTED}")


def _fault(
    charger: Charger | None, credentials: _Credentials, handshake: Handshake, *, by_channel: _Fault | None
) -> _Fault | None:
    """Checks name and password. Too many wrong tries of one id from one source lock that pair for a minute, even with
    the right password.

    Other chargers at the same address are not affected, nor is a charger at its last address if its password can be
    checked quickly. So a real charger is never locked out, and guessing is still limited. Each step counts, costs and
    answers the same whether the id is registered or not.
    """
    limited = _Fault(Reason.TOO_MANY_TRIES, f"{Reason.TOO_MANY_TRIES.label}: wait a minute.")
    is_pair_over = _too_many(_build_tries_key(handshake), limit=WRONG_TRIES_OF_ONE_ID)
    if is_pair_over and not (charger is not None and charger.connected_from == handshake.source):
        return limited
    fault = by_channel or _wrong_name(charger, credentials, handshake)
    candidate = charger if fault is None else None
    if candidate is not None and _matches_quickly(candidate, credentials):
        return None
    if is_pair_over or _too_many(handshake.source):
        return limited
    if any(keys.matches_at_full_cost(candidate, password) for password in credentials.passwords):
        return None
    return fault or _wrong_password(charger)


def _wrong_name(charger: Charger | None, credentials: _Credentials, handshake: Handshake) -> _Fault | None:
    """Returns what is wrong before any password is checked."""
    if charger is None:
        return _unknown(handshake)
    if credentials.user != charger.charger_id:
        return _build_reason_fault(Reason.WRONG_USER, f"the user name was {credentials.user[:48]!r}")
    return _build_reason_fault(Reason.RETIRED) if charger.retired_at is not None else None


def _matches_quickly(charger: Charger, credentials: _Credentials) -> bool:
    return any(
        keys.is_next(charger, password) or keys.matches_quickly(charger, password) for password in credentials.passwords
    )


def _wrong_password(charger: Charger | None) -> _Fault:
    has_one = charger is not None and charger.key_kind
    return _build_reason_fault(
        Reason.WRONG_PASSWORD, "" if has_one else "no password has been set for this charger yet"
    )


def _negotiate(charger: Charger, handshake: Handshake, proof: _Proof, *, now: datetime) -> Admitted:
    arrival = presence.Arrival(source=handshake.source, proof=proof.kind.value, with_tls=handshake.with_tls)
    for offer in handshake.subprotocols:
        if offer in SUBPROTOCOLS:
            return Admitted(
                charger=charger,
                version=SUBPROTOCOLS[offer],
                subprotocol=offer,
                arrival=arrival,
                new_password=proof.new_password,
                fingerprint=proof.fingerprint,
            )
    offer = ", ".join(handshake.subprotocols)[:200]
    reason = Reason.UNKNOWN_SUBPROTOCOL if offer else Reason.NO_SUBPROTOCOL
    sentence = f"Offer one of {', '.join(SUBPROTOCOLS)} as websocket subprotocol" + (
        f"; got {offer}." if offer else "."
    )
    _record(handshake, charger, reason, sentence, now=now)
    return Admitted(charger=charger, version=None, subprotocol=None, sentence=sentence)


def _refuse(handshake: Handshake, charger: Charger | None, fault: _Fault, *, now: datetime) -> Refused:
    """Refuses with the same status, headers and body for every cause, except too many tries, which apply to any id."""
    if charger is None and fault.reason is not Reason.TOO_MANY_TRIES:
        charger, fault = _name_replaced(handshake, fault)
    _record(handshake, charger, fault.reason, fault.sentence, now=now)
    if fault.reason is Reason.TOO_MANY_TRIES:
        return Refused(status=429, sentence=fault.sentence, headers=((b"retry-after", b"60"),))
    return Refused(status=401, sentence=_NOT_ADMITTED, headers=((b"www-authenticate", _REALM),))


def _record(handshake: Handshake, charger: Charger | None, reason: Reason, sentence: str, *, now: datetime) -> None:
    """Stores a row per minute for each id, address and reason, so that a persistent charger does not fill the table.

    Callers can invent ids and addresses, so rows are also limited per hour (`_may_record`).
    """
    if not _is_first_this_minute(f"handshake:{quote(handshake.presented_id[:48])}:{handshake.source}:{reason}"):
        return
    if not _may_record(handshake, charger):
        return
    FailedHandshake.objects.create(
        charger=charger,
        presented_id=handshake.presented_id.replace("\x00", "\ufffd")[:255],
        source=handshake.source[:45],
        reason=reason,
        detail=sentence.replace("\x00", "\ufffd")[:255],
        subprotocols=", ".join(handshake.subprotocols).replace("\x00", "\ufffd")[:200],
        at=now,
    )


def _report_untrusted(handshake: Handshake, charger: Charger | None, *, now: datetime) -> None:
    """Records a security event: headers that only trusted proxies may set came from elsewhere, and were ignored."""
    if not _is_first_this_minute(f"untrusted:{quote(handshake.presented_id[:48])}:{handshake.source}"):
        return
    if charger is not None and _is_over("untrusted", owner=f"charger:{charger.pk}", limit=ROWS_OF_ONE_CHARGER):
        return
    sentence = f"{handshake.untrusted_header} from {handshake.source}, which is not among TRUSTED_PROXIES, was ignored."
    logger.warning("Security: %s Charger id %r.", sentence, handshake.presented_id[:48])
    if charger is not None:
        facts = reports.ReportFacts(kind="SecurityNotice", topic=Topic.SECURITY, summary=sentence, at=now)
        reports.record(charger, facts, now=now)


def _credentials(headers: Mapping[bytes, bytes]) -> _Credentials | None:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    if not colon:
        return None
    readings = [password.decode("utf-8", errors="replace")]
    if len(password) in _RAW_KEY_BYTES and not password.isascii():
        readings.append(password.hex())  # OCPP-J 1.6 6.2.1: the key's bytes themselves, not their hexadecimal text
    return _Credentials(user.decode("utf-8", errors="replace"), tuple(readings))


# Works without Redis: chargers with the right password still connect.


def _is_first_this_minute(key: str) -> bool:
    try:
        return bool(cache.add(key, 1, 60))
    except RedisError:
        return True


def _too_many(whose: str, *, limit: int | None = None) -> bool:
    try:
        return int(cache.get(f"wrong-tries:{whose}", 0)) >= (WRONG_TRIES_A_MINUTE if limit is None else limit)
    except RedisError:
        return False


def _build_tries_key(handshake: Handshake) -> str:
    return f"{handshake.source}|{quote(handshake.presented_id[:48])}"


def _may_record(handshake: Handshake, charger: Charger | None) -> bool:
    """Limits the rows of one source or charger before the total, so that one caller cannot use up the shared limit."""
    if charger is None:
        own, of_one, of_all, kind = handshake.source, STRANGE_ROWS_OF_ONE, STRANGE_ROWS, "strange-ids"
    else:
        own, of_one, of_all, kind = f"charger:{charger.pk}", ROWS_OF_ONE_CHARGER, ROWS_OF_CHARGERS, "handshakes"
    return not (_is_over(kind, owner=own, limit=of_one) or _is_over(kind, owner="all", limit=of_all))


def _is_over(subject: str, *, owner: str, limit: int) -> bool:
    try:
        return rate_limit.too_often(subject, subject=owner, limit=limit, within_s=3600)
    except RedisError:
        return False


def _count_wrong_try(whose: str) -> None:
    key = f"wrong-tries:{whose}"
    try:
        if not cache.add(key, 1, 60):
            cache.incr(key)
    except (RedisError, ValueError):  # ValueError: it expired between the two calls
        logger.info("A wrong try could not be counted")
