"""Maintenance as guests see it: announced, in force with a warning, or in force without a start."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from billing.models import Driver, DriverToken, OutgoingMail, Session
from billing.sessions.starting import ordering
from chargers.availability import maintenance
from chargers.availability.maintenance import Plan
from chargers.availability.uptime import Span
from chargers.lib import ids
from chargers.models import Charger, Reservation
from chargers.tasks import keep_maintenance
from tests.kit.guest import guest, pay, station
from tests.kit.world import World

__all__ = ["guest", "station"]

HOUR = timedelta(hours=1)


def plan(begins: timedelta, **changes) -> None:
    now, charger = datetime.now(tz=UTC), Charger.objects.select_related("property").get(charger_id="CP1")
    wanted = {"span": Span(now + begins, now + begins + 2 * HOUR), "chargers": [charger], "reason": "New cable"}
    maintenance.plan(charger.property, Plan(**wanted | {"refuses_starts": True} | changes), by="user:x", now=now)


def test_it_is_announced_before_it_begins(station, guest):
    plan(HOUR)
    page = guest.get("/c/SUN001").text

    assert "Maintenance from " in page
    assert "New cable" in page
    assert "Pay and start" in page


def test_nobody_pays_while_starts_are_refused(station, guest):
    plan(-HOUR)
    page = guest.get("/c/SUN001")

    assert "Maintenance until " in page.text
    assert "New cable" in page.text
    assert "Pay and start" not in page.text
    assert "Wartung bis " in Client(headers={"accept-language": "de"}).get("/c/SUN001").text
    assert "Nothing was held" in pay(guest, station).text
    assert not Session.objects.exists()


def test_a_warning_keeps_nobody_from_starting(station, guest):
    plan(-HOUR, refuses_starts=False)
    page = guest.get("/c/SUN001").text

    assert "(New cable). Charging may stop." in page
    assert "Pay and start" in page


@pytest.mark.django_db
def test_a_resident_is_refused_with_the_reason(world: World):
    plan(-HOUR)

    with pytest.raises(ordering.RefusedError, match="New cable"):
        ordering.start_with_token(world.member, world.charger, evse_number=1, now=datetime.now(tz=UTC))


@pytest.mark.django_db
def test_a_driver_is_written_to_once_when_a_reservation_ends_by_it(world: World):
    now = datetime.now(tz=UTC)
    driver = Driver.objects.create(id=ids.generate(now=now), user=world.teammate, language="de", created_at=now)
    DriverToken.objects.create(driver=driver, token=world.member, proof="code", claimed_at=now)
    for number, uid in ((1, world.member.canonical_uid), (2, "04FFFFFF")):
        Reservation.objects.create(
            charger=world.charger, number=number, id_token=uid, until=now + HOUR, state="active", created_at=now
        )
    plan(-HOUR)

    assert keep_maintenance() == 1
    assert keep_maintenance() == 0

    outgoing = OutgoingMail.objects.get()
    assert (outgoing.address, outgoing.subject) == ("teammate@example.com", "Ihre Reservierung an SUN001 ist beendet")
    assert "New cable" in outgoing.text
