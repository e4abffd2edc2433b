"""What is wrong or will soon be wrong with a charger's way in."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import alerts
from chargers.models import Charger, ConnectionSwap

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def titles(charger: Charger) -> list[str]:
    return [alert.title for alert in alerts.of_charger(charger, now=NOON)]


def swap(charger: Charger, *, count: int, at: datetime = NOON) -> None:
    for _ in range(count):
        ConnectionSwap.objects.create(charger=charger, source="10.0.0.1", at=at)


def test_a_charger_that_is_well_has_none(charger: Charger):
    assert titles(charger) == []


@pytest.mark.parametrize("registration", ["pending", "rejected"])
def test_one_that_is_kept_out_comes_first(charger: Charger, registration: str):
    charger.registration = registration
    charger.key_kind = Charger.KeyKind.IMPORTED

    first, second = alerts.of_charger(charger, now=NOON)

    assert (first.kind, first.title.partition(":")[0]) == ("bad", charger.get_registration_display())
    assert (second.kind, second.title) == ("warn", "The password was imported, so others may know it.")


@pytest.mark.parametrize(("count", "is_fight"), [(5, False), (6, True)])
def test_more_than_five_swaps_in_ten_minutes_are_a_fight(
    charger: Charger, other_charger: Charger, count: int, is_fight: bool
):
    swap(charger, count=count)
    swap(charger, count=9, at=NOON - 10 * MINUTE - timedelta(seconds=1))
    swap(other_charger, count=9, at=NOON - 30 * MINUTE)

    assert alerts.swaps_of(charger, now=NOON) == count
    assert any("Two devices seem to use" in title for title in titles(charger)) is is_fight
    assert list(alerts.fought_over(NOON)) == ([charger] if is_fight else [])


@pytest.mark.parametrize(("until", "is_open"), [(NOON + MINUTE, True), (NOON, False), (None, False)])
def test_that_it_is_let_in_without_a_password_is_said_until_that_ends(
    charger: Charger, until: datetime | None, is_open: bool
):
    charger.passwordless_until = until

    assert titles(charger) == (
        ["Anybody can connect as this charger until 10 March 2026, 12:01 EDT."] if is_open else []
    )
