"""Who may connect: the answer to a handshake, before the upgrade (OCPP-J 1.6 section 6, OCPP 2.0.1 A00).

A client certificate of ours proves a charger in any security profile; otherwise its password does, which from
profile 2 on must come over TLS, and in profile 3 is not enough. Wrong tries are limited by the address they come
from, and for one id from one address; a charger at the address that it last connected from is not held up by them.
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
from chargers.fleet import presence, reports
from chargers.handshake.request import Knock
from chargers.models import Charger, FailedHandshake
from chargers.protocol.events import Topic
from chargers.protocol.frames import Version
from chargers.security import authority, keys

logger = logging.getLogger(__name__)

SUBPROTOCOLS = {f"ocpp{version.value}": version for version in Version}
WRONG_TRIES_A_MINUTE = 30
WRONG_TRIES_OF_ONE_ID = 20
STRANGE_ROWS_OF_ONE, STRANGE_ROWS = 100, 1000
"""Rows an hour about ids that nobody has: of one source, and of all."""
_NOT_ADMITTED = "Not admitted: use HTTP Basic with the charger's id and password."
_REALM = b'Basic realm="OCPP", charset="UTF-8"'
_TLS_FROM, _CERTIFICATE_FROM = 2, 3
_RAW_KEY_BYTES = range(16, 21)
Reason = FailedHandshake.Reason


@dataclass(frozen=True, slots=True)
class Admitted:
    """Let in. Without a version (no subprotocol that we know) the socket opens and closes at once.

    `new_password`: proved by the password that was on its way; `fingerprint`: by this certificate of ours.
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
    """Not let in: the HTTP answer, and the sentence that its body and the portal show."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class _Proof:
    """How a charger proved itself."""

    kind: Charger.Proof
    new_password: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class _Credentials:
    """HTTP Basic; `passwords` are the ways to read what was sent: text, or the bytes of a key in hexadecimal."""

    user: str
    passwords: tuple[str, ...]


def admit(knock: Knock, *, now: datetime) -> Admitted | Refused:
    """Decides in one query and, for known chargers, microseconds; a certificate takes three. Records its refusals."""
    charger = _charger_of(knock.presented_id)
    if knock.untrusted_header:
        _report_untrusted(knock, charger, now=now)
    if charger is not None and charger.retired_at is None:
        answer = _by_channel(charger, knock, now=now)
        if answer is not None:
            return answer
    credentials = _credentials(knock.headers)
    if charger is not None and _may_come_without(charger, credentials, now=now):
        return _negotiate(charger, knock, _Proof(Charger.Proof.NOTHING), now=now)
    if credentials is None:
        return _unauthorized(knock, charger, Reason.NO_CREDENTIALS, "", now=now)
    fault = _fault(charger, credentials, knock)
    if fault is not None or charger is None:
        return _unauthorized(knock, charger, *(fault or _unknown(knock)), now=now)
    is_new = any(keys.is_next(charger, password) for password in credentials.passwords)
    return _negotiate(charger, knock, _Proof(Charger.Proof.PASSWORD, new_password=is_new), now=now)


def record_wrong_address(knock: Knock, *, path: str, now: datetime) -> None:
    """A websocket to another path of ours; whoever has this name will want to know."""
    sentence = f"Nothing is at {path[:120]}: chargers connect to /ocpp/<charger id>."
    _record(knock, _charger_of(knock.presented_id), Reason.WRONG_ADDRESS, sentence, now=now)


def record_bad_tls(*, source: str, sentence: str, now: datetime) -> None:
    """Encryption failed before anything was said, so that nobody knows which charger it was."""
    knock = Knock(presented_id="", headers={}, subprotocols=(), source=source)
    _record(knock, None, Reason.BAD_TLS, sentence, now=now)


def _by_channel(charger: Charger, knock: Knock, *, now: datetime) -> Admitted | Refused | None:
    """What TLS and the certificate decide; None where the password is to decide (OCPP 2.0.1 A00.FR.200 to 4xx)."""
    verdict = authority.judge(knock.certificate, charger, now=now) if knock.certificate else None
    if isinstance(verdict, authority.Known):
        proof = _Proof(Charger.Proof.CERTIFICATE, fingerprint=verdict.fingerprint)
        return _negotiate(charger, knock, proof, now=now)
    profile = charger.security_profile
    if profile >= _TLS_FROM and not knock.with_tls:
        sentence = f"Security profile {profile} asks for TLS: connect with wss:// instead of ws://."
        return _refuse(knock, charger, Reason.NO_TLS, status=403, sentence=sentence, now=now)
    if profile < _CERTIFICATE_FROM:
        return None
    if verdict is None:
        sentence = "Security profile 3 asks for a client certificate, and none was shown."
        return _refuse(knock, charger, Reason.NO_CERTIFICATE, status=403, sentence=sentence, now=now)
    return _refuse(knock, charger, verdict.reason, status=403, sentence=verdict.sentence, now=now)


def _charger_of(presented_id: str) -> Charger | None:
    if "\x00" in presented_id:  # PostgreSQL takes no NUL, and no charger's id has one
        return None
    return Charger.objects.filter(charger_id=presented_id).first()


def _may_come_without(charger: Charger, credentials: _Credentials | None, *, now: datetime) -> bool:
    """Profile 0: a dated, visibly insecure choice, which no profile that asks for more takes along."""
    passwordless = charger.passwordless_until is not None and charger.passwordless_until > now
    is_low = charger.security_profile < _TLS_FROM
    return passwordless and is_low and credentials is None and charger.retired_at is None


def _unknown(knock: Knock) -> tuple[Reason, str]:
    return Reason.UNKNOWN_CHARGER, f"no charger has the id {knock.presented_id!r}, add it or correct the address"


def _fault(charger: Charger | None, credentials: _Credentials, knock: Knock) -> tuple[Reason, str] | None:
    """Wrong tries of one id from one source end that pair's tries for a minute, the right password among them.

    Other chargers behind the same address go on, and so does a charger at the address that it last connected from:
    nobody keeps a real charger out, and a guess from elsewhere cannot go on until it is right.
    """
    is_at_home = charger is not None and charger.connected_from == knock.source
    if not is_at_home and _too_many(_pair(knock), most=WRONG_TRIES_OF_ONE_ID):
        return Reason.TOO_MANY_TRIES, ""
    if charger is None:
        return (Reason.TOO_MANY_TRIES, "") if _too_many(knock.source) else _unknown(knock)
    return _wrong(charger, credentials, knock.source)


def _wrong(charger: Charger, credentials: _Credentials, source: str) -> tuple[Reason, str] | None:
    if credentials.user != charger.charger_id:
        return Reason.WRONG_USER, f"the user name was {credentials.user[:48]!r}"
    if charger.retired_at is not None:
        return Reason.RETIRED, ""
    for password in credentials.passwords:
        if keys.is_next(charger, password) or keys.matches_quickly(charger, password):
            return None
    if _too_many(source):
        return Reason.TOO_MANY_TRIES, ""
    if any(keys.matches(charger, password) for password in credentials.passwords):
        return None
    detail = "" if charger.key_kind else "no password has been set for this charger yet"
    return Reason.WRONG_PASSWORD, detail


def _negotiate(charger: Charger, knock: Knock, proof: _Proof, *, now: datetime) -> Admitted:
    arrival = presence.Arrival(source=knock.source, proof=proof.kind.value, with_tls=knock.with_tls)
    for offered in knock.subprotocols:
        if offered in SUBPROTOCOLS:
            return Admitted(
                charger=charger, version=SUBPROTOCOLS[offered], subprotocol=offered, arrival=arrival,
                new_password=proof.new_password, fingerprint=proof.fingerprint,
            )  # fmt: skip
    offered = ", ".join(knock.subprotocols)[:200]
    reason = Reason.UNKNOWN_SUBPROTOCOL if offered else Reason.NO_SUBPROTOCOL
    sentence = f"Offer one of {', '.join(SUBPROTOCOLS)} as websocket subprotocol" + (
        f"; got {offered}." if offered else "."
    )
    _record(knock, charger, reason, sentence, now=now)
    return Admitted(charger=charger, version=None, subprotocol=None, sentence=sentence)


def _unauthorized(knock: Knock, charger: Charger | None, reason: Reason, detail: str, *, now: datetime) -> Refused:
    if reason is Reason.TOO_MANY_TRIES:
        wait = ((b"retry-after", b"60"),)
        return _refuse(
            knock, charger, reason, status=429, sentence=f"{reason.label}: wait a minute.", now=now, headers=wait
        )
    if reason is not Reason.NO_CREDENTIALS:
        _count_wrong_try(knock.source)
        _count_wrong_try(_pair(knock))
    sentence = f"{reason.label}{': ' + detail if detail else ''}. {_NOT_ADMITTED}"
    _record(knock, charger, reason, sentence, now=now)
    # The same for every cause: who guesses ids does not learn which ones there are.
    return Refused(status=401, sentence=_NOT_ADMITTED, headers=((b"www-authenticate", _REALM),))


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
    """One row a minute for each id, address and reason: an angry charger does not fill the table.

    Ids that nobody has are anybody's invention, so that their rows are bounded by source and in total.
    """
    if charger is None and not _may_record_stranger(knock.source):
        return
    if not _is_first_this_minute(f"handshake:{knock.presented_id[:48]}:{knock.source}:{reason}"):
        return
    FailedHandshake.objects.create(
        charger=charger,
        presented_id=knock.presented_id.replace("\x00", "\ufffd")[:255],
        source=knock.source[:45],
        reason=reason,
        detail=sentence.replace("\x00", "\ufffd")[:255],
        subprotocols=", ".join(knock.subprotocols).replace("\x00", "\ufffd")[:200],
        at=now,
    )


def _report_untrusted(knock: Knock, charger: Charger | None, *, now: datetime) -> None:
    """A security event: somebody who is no proxy of ours says what only a proxy may say. It had no effect."""
    if not _is_first_this_minute(f"untrusted:{knock.presented_id[:48]}:{knock.source}"):
        return
    sentence = f"{knock.untrusted_header} from {knock.source}, which is not among TRUSTED_PROXIES, was ignored."
    logger.warning("Security: %s Charger id %r.", sentence, knock.presented_id[:48])
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


# Redis may be away: chargers with the right password connect all the same.


def _is_first_this_minute(key: str) -> bool:
    try:
        return bool(cache.add(key, 1, 60))
    except RedisError:
        return True


def _too_many(whose: str, *, most: int | None = None) -> bool:
    try:
        return int(cache.get(f"wrong-tries:{whose}", 0)) >= (WRONG_TRIES_A_MINUTE if most is None else most)
    except RedisError:
        return False


def _pair(knock: Knock) -> str:
    return f"{knock.source}|{quote(knock.presented_id[:48])}"


def _may_record_stranger(source: str) -> bool:
    try:
        return not (
            rate_limit.too_often("strange-ids", who=source, most=STRANGE_ROWS_OF_ONE, within_s=3600)
            or rate_limit.too_often("strange-ids", who="all", most=STRANGE_ROWS, within_s=3600)
        )
    except RedisError:
        return False


def _count_wrong_try(whose: str) -> None:
    key = f"wrong-tries:{whose}"
    try:
        if not cache.add(key, 1, 60):
            cache.incr(key)
    except (RedisError, ValueError):  # ValueError: it expired between the two
        logger.info("A wrong try could not be counted")
