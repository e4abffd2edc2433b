"""Stores secrets: encrypted if we must read them again (an upstream's password), else as a digest."""

import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnreadableSecretError(Exception):
    """A stored secret was encrypted with a key that FIELD_ENCRYPTION_KEYS no longer lists."""


def encrypt(plain: str) -> str:
    """Encrypts with the newest key; an empty string stays empty."""
    return _box().encrypt(plain.encode()).decode() if plain else ""


def decrypt(ciphertext: str) -> str:
    """Decrypts a stored secret. Raises UnreadableSecretError if no configured key fits."""
    if not ciphertext:
        return ""
    try:
        return _box().decrypt(ciphertext.encode()).decode()
    except InvalidToken as exc:
        message = "A stored secret cannot be read: add the key it was encrypted with to FIELD_ENCRYPTION_KEYS."
        raise UnreadableSecretError(message) from exc


def digest(secret: str) -> str:
    """Returns the stored form of a random secret that is only compared, in hexadecimal digits: useless to anyone with a
    copy of the database.

    Not for passwords, which people choose.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
