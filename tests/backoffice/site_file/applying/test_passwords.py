"""Slow hashes of many passwords at once: the hash leaves the interpreter's lock, so threads use every processor."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from authorization.models import (
    Membership,
    MobilityProvider,
    User,
)
from chargers.lib import secrets
from chargers.models import Charger
from chargers.security import keys
from tests.kit.import_site import apply, changes, site

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_keeps_passwords_hashed_and_secrets_encrypted(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)

    charger = Charger.objects.get(charger_id="CP1")
    upstream, provider = charger.upstreams.get(name="Partner"), MobilityProvider.objects.get()
    assert charger.key_kind == "imported"
    assert keys.matches(charger, "cp1-secret-key")
    assert not keys.matches(charger, "cp1-secret-key ")
    assert secrets.decrypt(upstream.password_encrypted) == "upstream-secret"
    assert secrets.decrypt(provider.token_a_encrypted) == "token-of-the-partner"
    host, agent = User.objects.get(email="host@example.com"), User.objects.get(email="agent@example.com")
    assert (host.check_password("a-long-password"), host.is_agent, agent.is_agent) == (True, False, True)
    assert Membership.objects.get().role == "owner"
    stored = charger.key_hash + upstream.password_encrypted + provider.token_a_encrypted + host.password
    assert not any(word in stored for word in ("secret", "partner", "a-long"))


def test_it_changes_a_password_only_when_it_is_another(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["chargers"][0]["password"] = "cp1-new-secret"
    site["users"][0]["password"] = "a-longer-password"

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "users": (0, 1)}
    assert keys.matches(Charger.objects.get(charger_id="CP1"), "cp1-new-secret")
    assert User.objects.get(email="host@example.com").check_password("a-longer-password")


def test_it_leaves_a_generated_key_alone_that_the_file_repeats(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    charger = Charger.objects.get(charger_id="CP1")
    key = keys.generate()
    keys.set_generated(charger, key)
    charger.save()
    site["chargers"][0]["password"] = key

    assert changes(apply(site, tmp_path)) == {}
    charger.refresh_from_db()
    assert charger.key_kind == "generated"


def test_it_takes_a_password_away_that_the_file_leaves_out(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    del site["chargers"][0]["password"]
    del site["users"][0]["password"]

    assert changes(apply(site, tmp_path)) == {"chargers": (0, 1), "users": (0, 1)}
    assert not keys.matches(Charger.objects.get(charger_id="CP1"), "cp1-secret-key")
    assert not User.objects.get(email="host@example.com").has_usable_password()
    assert changes(apply(site, tmp_path)) == {}


def test_it_lets_a_charger_of_profile_0_in_without_password_for_30_days(site: dict[str, Any], tmp_path: Path):
    with time_machine.travel(datetime(2031, 3, 1, 12, tzinfo=UTC), tick=False):
        apply(site, tmp_path)
    with time_machine.travel(datetime(2031, 3, 20, 12, tzinfo=UTC), tick=False):
        assert changes(apply(site, tmp_path)) == {}
    assert Charger.objects.get(charger_id="CP2").passwordless_until == datetime(2031, 3, 31, 12, tzinfo=UTC)
    assert Charger.objects.get(charger_id="CP1").passwordless_until is None

    with time_machine.travel(datetime(2031, 4, 1, 12, tzinfo=UTC), tick=False):
        assert changes(apply(site, tmp_path)) == {"chargers": (0, 1)}
    assert Charger.objects.get(charger_id="CP2").passwordless_until == datetime(2031, 5, 1, 12, tzinfo=UTC)


def test_it_ends_the_passwordless_time_when_there_is_a_password(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)
    site["chargers"][1]["password"] = "now-it-has-one"

    apply(site, tmp_path)

    charger = Charger.objects.get(charger_id="CP2")
    assert (charger.passwordless_until, keys.matches(charger, "now-it-has-one")) == (None, True)


@pytest.mark.django_db(transaction=True)
def test_it_remembers_the_passwords_that_it_has_just_hashed(site: dict[str, Any], tmp_path: Path):
    apply(site, tmp_path)

    assert keys.matches_quickly(Charger.objects.get(charger_id="CP1"), "cp1-secret-key")
    assert not keys.matches_quickly(Charger.objects.get(charger_id="CP1"), "wrong")
