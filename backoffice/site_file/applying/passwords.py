"""Hashes many passwords at once with slow hashes, in threads, because hashing releases the interpreter's lock."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.hashers import check_password, is_password_usable, make_password

from authorization.models import User
from backoffice.site_file.applying.rows import Values
from backoffice.site_file.entries import ChargerEntry, UserEntry
from chargers.lib import secrets
from chargers.models import Charger
from chargers.security import keys

PASSWORDLESS_FOR = timedelta(days=30)
"""How long a charger of security profile 0 may connect without a password; an insecure choice ends by itself."""

E = TypeVar("E")
R = TypeVar("R")


def of_users(entries: Iterable[UserEntry], existing: Mapping[str, User]) -> dict[str, str]:
    """Returns Django's hashes by e-mail: the stored one for the same password, an unusable one without a password."""
    return dict(
        _map_in_threads(lambda entry: (entry.email, _hash_user_password(entry, existing.get(entry.email))), entries)
    )


def of_chargers(
    entries: Iterable[ChargerEntry], existing: Mapping[str, Charger], *, now: datetime
) -> dict[str, Values]:
    """Returns the log-in columns of each charger by its id; a password that fits the stored hash changes nothing."""
    return dict(
        _map_in_threads(
            lambda entry: (entry.charger_id, _charger_key_values(entry, existing.get(entry.charger_id), now=now)),
            entries,
        )
    )


def encrypt_if_changed(plain: str, *, ciphertext: str) -> str:
    """Encrypts a secret that we must be able to send; returns the stored text if it holds the same secret."""
    try:
        return ciphertext if secrets.decrypt(ciphertext) == plain else secrets.encrypt(plain)
    except secrets.UnreadableSecretError:
        return secrets.encrypt(plain)


def _hash_user_password(entry: UserEntry, user: User | None) -> str:
    if not entry.password:
        return make_password(None) if user is None or is_password_usable(user.password) else user.password
    if user is not None and check_password(entry.password, user.password):
        return user.password
    return make_password(entry.password)


def _charger_key_values(entry: ChargerEntry, charger: Charger | None, *, now: datetime) -> Values:
    if entry.former_id and charger is not None:
        return {name: getattr(charger, name) for name in ("key_kind", "key_hash", "passwordless_until")}
    if not entry.password:
        until = _passwordless_until(charger, now=now) if entry.security_profile == 0 else None
        return {"key_kind": Charger.KeyKind.NONE.value, "key_hash": "", "passwordless_until": until}
    if charger is None or not keys.matches(charger, entry.password):
        charger = Charger()
        keys.set_imported(charger, entry.password)
    return {"key_kind": charger.key_kind, "key_hash": charger.key_hash, "passwordless_until": None}


def _passwordless_until(charger: Charger | None, *, now: datetime) -> datetime:
    """Returns the end of access without a password.

    A running term is not extended, so that the same file changes nothing.
    """
    until = charger.passwordless_until if charger else None
    return until if until is not None and until > now else now + PASSWORDLESS_FOR


def _map_in_threads(work: Callable[[E], R], entries: Iterable[E]) -> list[R]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        return list(threads.map(work, entries))
