"""The passwords of chargers: generated ones are stored as keyed hashes, imported ones as slow hashes.

A generated key has 128 random bits, so a keyed hash (microseconds) is enough, even if ten thousand chargers reconnect
at once. An imported password may be weak: it gets a slow hash, and its first success is cached as a keyed one.
"""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import pbkdf2
from redis.exceptions import RedisError

from chargers.models import Charger

_ROUNDS = 30_000
_NO_SALT = "0" * 16
_REMEMBER_S = 30 * 24 * 3600


def generate() -> str:
    """Returns a new password: 32 hexadecimal digits, valid as AuthorizationKey and BasicAuthPassword."""
    return secrets.token_hex(16)


def set_generated(charger: Charger, password: str) -> None:
    """Sets a password from `generate` on the (unsaved) charger."""
    charger.key_kind = Charger.KeyKind.GENERATED
    charger.key_hash = _keyed_hash(password)


def announce(charger: Charger, password: str) -> None:
    """Sets a password from `generate` on the (unsaved) charger as its next one, valid besides the present one."""
    charger.next_key_hash = _keyed_hash(password)


def is_next(charger: Charger, password: str) -> bool:
    """Whether this is the charger's next password. Microseconds."""
    return bool(charger.next_key_hash) and hmac.compare_digest(charger.next_key_hash, _keyed_hash(password))


def set_imported(charger: Charger, password: str) -> None:
    """Sets an imported password on the (unsaved) charger; takes about 10 ms."""
    charger.key_kind = Charger.KeyKind.IMPORTED
    salt = secrets.token_hex(8)
    charger.key_hash = f"{salt}${_slow_hash(password, salt=salt)}"


def matches(charger: Charger, password: str) -> bool:
    """Whether this is the charger's password; slow only for the first success of an imported one."""
    match charger.key_kind:
        case Charger.KeyKind.GENERATED:
            return hmac.compare_digest(charger.key_hash, _keyed_hash(password))
        case Charger.KeyKind.IMPORTED:
            return matches_quickly(charger, password) or _matches_slowly(charger, password)
        case _:
            return False


def matches_at_full_cost(charger: Charger | None, password: str) -> bool:
    """Like `matches`, with exactly one slow hash, even for a charger without a password, so that the duration reveals
    nothing.

    Takes about 10 ms; check `matches_quickly` first.
    """
    if charger is not None and charger.key_kind == Charger.KeyKind.IMPORTED:
        return _matches_slowly(charger, password)
    _slow_hash(password, salt=_NO_SALT)
    return charger is not None and matches(charger, password)


def remember(passwords: Iterable[tuple[Charger, str]]) -> None:
    """Caches imported passwords after a bulk import, because hashing them was already slow.

    The chargers must be saved with the hashes of these passwords. Costs one round trip.
    """
    imported = (pair for pair in passwords if pair[0].key_kind == Charger.KeyKind.IMPORTED)
    with contextlib.suppress(RedisError):  # then each first connection uses the slow check
        cache.set_many({_cache_key(charger): _keyed_hash(password) for charger, password in imported}, _REMEMBER_S)


def matches_quickly(charger: Charger, password: str) -> bool:
    """Checks in microseconds; False for an imported password that has not succeeded yet."""
    if charger.key_kind == Charger.KeyKind.GENERATED:
        return hmac.compare_digest(charger.key_hash, _keyed_hash(password))
    remembered = _load_cached_hash(charger) if charger.key_kind == Charger.KeyKind.IMPORTED else None
    return remembered is not None and hmac.compare_digest(remembered, _keyed_hash(password))


def _matches_slowly(charger: Charger, password: str) -> bool:
    salt, _, expected = charger.key_hash.partition("$")
    if not hmac.compare_digest(expected, _slow_hash(password, salt=salt)):
        return False
    with contextlib.suppress(RedisError):  # without Redis the slow check is used every time
        cache.set(_cache_key(charger), _keyed_hash(password), _REMEMBER_S)
    return True


def _load_cached_hash(charger: Charger) -> str | None:
    try:
        remembered = cache.get(_cache_key(charger))
    except RedisError:
        return None
    return remembered if isinstance(remembered, str) else None


def _keyed_hash(password: str) -> str:
    key = hashlib.sha256(b"charger-key:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, password.encode(), hashlib.sha256).hexdigest()


def _slow_hash(password: str, *, salt: str) -> str:
    return pbkdf2(_keyed_hash(password), salt, _ROUNDS, digest=hashlib.sha256).hex()


def _cache_key(charger: Charger) -> str:
    # The key contains the stored hash, so that changing the password invalidates the cache.
    return f"charger-key:{charger.pk}:{hashlib.sha256(charger.key_hash.encode()).hexdigest()[:16]}"
