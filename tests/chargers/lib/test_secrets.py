"""Secrets: encrypted with the newest key, read with any that is listed, and digests that open nothing."""

import pytest
from cryptography.fernet import Fernet

from chargers.lib import secrets

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.mark.parametrize("plain", ["secret-1", "pässwörd ✓", " " * 3])
def test_it_reads_what_it_wrote_and_nobody_else_does(plain: str):
    stored = secrets.encrypt(plain)

    assert plain not in stored
    assert secrets.decrypt(stored) == plain


def test_nothing_stays_nothing():
    assert secrets.encrypt("") == secrets.decrypt("") == ""


def test_after_a_change_of_keys_the_newest_writes_and_the_older_one_still_reads(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    stored = secrets.encrypt("secret-1")

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.decrypt(stored) == "secret-1"
    newer = secrets.encrypt("secret-1")

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert secrets.decrypt(newer) == "secret-1"
    with pytest.raises(secrets.UnreadableSecretError, match="FIELD_ENCRYPTION_KEYS"):
        secrets.decrypt(stored)


@pytest.mark.parametrize("stored", ["no token at all", "gAAAAAB", "é"])
def test_what_was_never_encrypted_is_not_read(stored: str):
    with pytest.raises(secrets.UnreadableSecretError):
        secrets.decrypt(stored)


def test_a_digest_is_the_same_for_the_same_secret_and_takes_any_text():
    assert secrets.digest("a") == secrets.digest("a") != secrets.digest("b")
    assert len(secrets.digest("\ud800")) == 64
