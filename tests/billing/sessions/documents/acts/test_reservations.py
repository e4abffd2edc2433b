"""What a driver is written when their reservation ends for maintenance."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Driver, DriverToken, OutgoingMail
from billing.sessions.documents.acts import reservations
from chargers.models import Maintenance, Reservation
from tests.kit.drivers import driver_of

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)  # 12:00 in New York
HOUR = timedelta(hours=1)


@pytest.fixture
def reservation(world) -> Reservation:
    return Reservation.objects.create(
        charger=world.charger, number=1, evse_number=1, id_token="04a1b2c3d4", until=NOON + HOUR, created_at=NOON
    )


@pytest.fixture
def maintenance(world) -> Maintenance:
    return Maintenance.objects.create(
        property=world.site, begins_at=NOON, ends_at=NOON + 2 * HOUR, reason="New cable", refuses_starts=True,
        planned_by="user:x", planned_at=NOON,
    )  # fmt: skip


def owns(world, *, language: str = "en") -> Driver:
    driver = driver_of()
    driver.language = language
    driver.save()
    DriverToken.objects.create(driver=driver, token=world.member, claimed_at=NOON)
    return driver


def test_the_driver_of_the_card_is_written_once_in_their_language_and_the_propertys_time(
    world, reservation, maintenance
):
    owns(world, language="de")

    assert reservations.ended_by_maintenance(reservation, maintenance, now=NOON)
    assert reservations.ended_by_maintenance(reservation, maintenance, now=NOON)

    mail = OutgoingMail.objects.get()
    assert (mail.address, mail.language) == ("kim@example.com", "de")
    assert "14:00" in mail.text
    assert "New cable" in mail.text
    assert "has ended" not in mail.text


def test_a_card_that_is_in_nobodys_account_is_written_to_nobody(world, reservation, maintenance):
    assert not reservations.ended_by_maintenance(reservation, maintenance, now=NOON)
    driver = owns(world)
    driver.user.delete()
    assert not reservations.ended_by_maintenance(reservation, maintenance, now=NOON)

    assert not OutgoingMail.objects.exists()
