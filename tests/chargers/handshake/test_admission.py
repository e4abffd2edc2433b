"""Authenticates a handshake before the upgrade (OCPP-J 1.6 section 6, OCPP 2.0.1 A00)."""

import asyncio
import base64
import cProfile
import time
from datetime import UTC, datetime

import pytest
import websockets
from django.core.cache import cache

from chargers.handshake import admission
from chargers.handshake.request import Handshake
from chargers.models import Charger, FailedHandshake, HardwareSwap
from chargers.security import keys
from tests.kit.connected import charger

__all__ = ["charger"]
WHEN = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)


@pytest.mark.django_db
def test_a_known_id_fills_no_table_from_any_number_of_addresses(charger):
    for n in range(130):
        admission.admit(guess("CP1", source=f"2001:db8::{n:x}"), now=datetime.now(tz=UTC))

    assert FailedHandshake.objects.filter(charger=charger).count() == 100


@pytest.mark.django_db
def test_one_misconfigured_charger_does_not_use_up_what_is_kept_of_others():
    """A repetition that leaves no row counts for nothing."""
    for _ in range(130):
        admission.admit(guess("TYPO", source="203.0.113.9"), now=datetime.now(tz=UTC))
    admission.admit(guess("NEW", source="203.0.113.9"), now=datetime.now(tz=UTC))

    assert sorted(FailedHandshake.objects.values_list("presented_id", "reason")) == [
        ("NEW", "too_many_tries"),
        ("TYPO", "too_many_tries"),
        ("TYPO", "unknown_charger"),
    ]


def guess(charger_id: str, *, source: str, password: str | None = "guess", headers=None) -> Handshake:
    told = dict(headers or {})
    if password is not None:
        told[b"authorization"] = b"Basic " + base64.b64encode(f"{charger_id}:{password}".encode())
    return Handshake(charger_id, told, ("ocpp1.6",), source=source)


def dress(charger: Charger, *, kind: str) -> None:
    """Every state of a registered charger that used to be told apart."""
    match kind:
        case "generated":
            keys.set_generated(charger, "a" * 32)
        case "retired":
            charger.retired_at = datetime.now(tz=UTC)
        case "at home":
            charger.connected_from = "203.0.113.9"
        case "replaced":
            charger.charger_id = "CP9"
            HardwareSwap.objects.create(charger=charger, former_id="CP1", new_id="CP9", by="system", at=WHEN)
        case "without password":
            charger.key_kind, charger.key_hash = "", ""
        case "profile 2" | "profile 3":
            charger.security_profile = int(kind[-1])
    charger.save()


KINDS = ["imported", "generated", "retired", "replaced", "at home", "without password", "profile 2", "profile 3"]


@pytest.mark.matrix
@pytest.mark.django_db
@pytest.mark.parametrize("password", ["guess", None])
@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_tells_a_known_id_from_an_unknown_one(charger, kind, password):
    """Not the first answer, and not the one after which the limit begins."""
    dress(charger, kind=kind)

    def answers(charger_id):
        cache.clear()
        knock = guess(charger_id, source="203.0.113.9", password=password)
        return [admission.admit(knock, now=datetime.now(tz=UTC)) for _ in range(40)]

    known, unknown = answers("CP1"), answers("NOBODY")

    assert known == unknown
    assert {answer.status for answer in known} == ({401, 429} if password else {401})


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_known_id_costs_as_much_hashing_as_an_unknown_one(charger, kind):
    dress(charger, kind=kind)

    def hashed(charger_id):
        profile = cProfile.Profile()
        profile.runcall(admission.admit, guess(charger_id, source="203.0.113.1"), now=datetime.now(tz=UTC))
        return [entry.callcount for entry in profile.getstats() if "pbkdf2_hmac" in str(entry.code)]

    known, unknown = hashed("CP1"), hashed("NOBODY")

    assert known == unknown != []


@pytest.mark.parametrize("path", ["ocpp/CP1", "ocpp/NOBODY", "elsewhere/CP1"])
def test_no_refusal_is_answered_before_the_same_time(gateway, charger, path):
    async def story():
        begun = time.perf_counter()
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"ws://127.0.0.1:{gateway.port}/{path}", proxy=None)
        return time.perf_counter() - begun

    assert asyncio.run(story()) >= admission.REFUSED_AFTER_S


@pytest.mark.django_db
def test_guesses_from_the_chargers_own_network_do_not_keep_it_out(charger):
    """A guest in the same wireless network guesses; the charger comes back with its password."""
    dress(charger, kind="at home")
    right = guess("CP1", source="203.0.113.9", password="secret-password-1")
    assert isinstance(admission.admit(right, now=datetime.now(tz=UTC)), admission.Admitted)
    for n in range(40):
        admission.admit(guess("CP1", source="203.0.113.9", password=f"guess {n}"), now=datetime.now(tz=UTC))

    assert isinstance(admission.admit(right, now=datetime.now(tz=UTC)), admission.Admitted)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["secret-password-1", "guess", None])
def test_the_former_id_of_replaced_hardware_is_refused_with_the_swap(charger, password):
    dress(charger, kind="replaced")

    answer = admission.admit(guess("CP1", source="203.0.113.9", password=password), now=datetime.now(tz=UTC))

    assert isinstance(answer, admission.Refused)
    assert "CP9" not in answer.sentence
    failed = FailedHandshake.objects.get()
    assert (failed.charger_id, failed.presented_id, failed.reason) == (charger.pk, "CP1", "replaced")
    assert "since 10 Mar 2026 (UTC) CP9 hangs there instead" in failed.detail
    assert isinstance(
        admission.admit(guess("CP9", source="203.0.113.9", password="secret-password-1"), now=datetime.now(tz=UTC)),
        admission.Admitted,
    )
