"""“Tell me when it is free”: in turn, with five minutes for each, and nothing that stays behind."""

from datetime import timedelta

from django.test import Client

from billing.models import Session, WaitingGuest
from billing.sessions.waiting_list import mails, waiting_list
from chargers.models import Charger
from tests.kit.bookings import now
from tests.kit.guest import GOOD, guest, station
from tests.kit.waiting_list import PAGE, _nobody_asked_before, ask, becomes_free, busy, text_of

__all__ = ["_nobody_asked_before", "busy", "guest", "station"]
MINUTE = timedelta(minutes=1)


def test_nobody_else_pays_while_it_is_held(world, busy, station):
    holder, stranger = Client(), Client()
    ask(holder)
    becomes_free()
    mails.notify_due(now=now())
    values = {"card": GOOD, "version": station.pk}

    refused = stranger.post(f"{PAGE}/1", values)
    assert "Held for a guest who waited" in text_of(refused)
    assert not Session.objects.exists()
    holder.post(f"{PAGE}/1", values)

    assert Session.objects.count() == 1


def test_nothing_stays_after_the_turn_or_after_twelve_hours(world, busy, guest):
    ask(guest)
    mails.notify_due(now=now() + waiting_list.WAITS_FOR)
    assert not WaitingGuest.objects.exists()

    ask(guest)
    becomes_free()
    mails.notify_due(now=now())
    mails.notify_due(now=now() + waiting_list.HELD_FOR + MINUTE)

    assert not WaitingGuest.objects.exists()


def test_an_address_waits_for_mails_of_three_chargers_at_most(world, busy):
    rows = Charger.objects.bulk_create(
        Charger(property=world.site, charger_id=f"CP-W{number}", station_id=f"W{number}") for number in range(4)
    )

    places = [waiting_list.add(row, email="kim@example.com", language="en", now=now()) for row in rows]

    assert [place.email for place in places] == ["kim@example.com"] * 3 + [""]
