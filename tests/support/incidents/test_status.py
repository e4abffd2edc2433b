"""The public status page: only where the host wants it, with nothing but what everybody may know."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from chargers.availability import maintenance
from chargers.availability.maintenance import Plan
from chargers.availability.uptime import Span
from chargers.fleet import presence
from chargers.models import Property, StateSpan
from support.incidents import detection, status
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
PAGE, SETTINGS = "/status/sunset/", "/settings/status-page/sunset/"
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(tz=UTC)


def get(language: str = "en") -> str:
    cache.clear()
    return Client(headers={"accept-language": language}).get(PAGE).content.decode()


def connected(world: World, count: int, *, at: datetime) -> list:
    chargers = [
        world.charger,
        *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in range(2, count + 1)),
    ]
    for charger in chargers:
        presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=at)
        charger.refresh_from_db()
    return chargers


def drop(charger, *, at: datetime) -> None:
    presence.disconnect(charger, connection_id=charger.connection_id, now=at)


def test_it_shows_what_works_and_how_much_of_the_time(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    chargers = connected(world, 2, at=now() - 100 * HOUR)
    drop(chargers[1], at=now() - 10 * HOUR)
    page = get()

    assert "1 of 2 chargers can be used" in page
    assert '<span class="mono">SUN002</span>: does not work since' in page
    assert "available 95.00% of the time" in page
    assert "No incident is known." in page
    assert "<script" not in page
    assert "95,00" in get("de")
    assert "1 von 2 Ladestationen" in get("de")


def test_a_charger_that_never_connected_is_not_counted(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    new = make_charger(world.site, "CP9", station_id="SUN009")
    page = get()

    assert "No charger here is set up yet." in page
    assert "Hier ist noch keine Ladestation in Betrieb." in get("de")
    assert "work" not in page[page.index("<h2>Sunset 1</h2>") : page.index("</section>")]

    connected(world, 1, at=now() - 100 * HOUR)
    page = get()

    assert "The charger works" in page
    assert new.station_id not in page


def test_it_says_beside_a_property_that_works_which_charger_was_often_away(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    chargers = connected(world, 3, at=now() - 100 * HOUR)
    drop(chargers[1], at=now() - 31 * HOUR)
    presence.connect(chargers[1], connection_id=uuid.uuid4(), version="1.6", now=now() - HOUR)
    page = get()

    assert "All 3 chargers work" in page
    assert "SUN002 works now, and was available 70.00% of the last 30 days" in page
    assert "SUN003 works now" not in page
    assert "70,00\u00a0% der letzten 30 Tage" in get("de")


def test_it_names_incidents_and_maintenance_but_nobody_elses_chargers(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    chargers = connected(world, 4, at=now() - 100 * HOUR)
    other = world.stranger.memberships.get().host
    place = Property.objects.create(host=other, slug="lake", name="Lake", time_zone="UTC")
    make_charger(place, "LAKE1", station_id="LAK001")
    for charger in chargers[:3]:
        drop(charger, at=now() - HOUR)
    detection.watch(now=now())
    wanted = Plan(
        span=Span(now() + HOUR, now() + 2 * HOUR), chargers=chargers[3:], reason="New <cable>", refuses_starts=True
    )
    maintenance.plan(world.site, wanted, by="user:x", now=now())
    page = get()

    assert "Several chargers at Sunset 1 do not work" in page
    assert "New &lt;cable&gt;" in page
    assert "LAK001" not in page
    assert "CP1" not in page
    assert "Plusieurs bornes" in get("fr")


def test_chargers_that_are_worked_on_are_not_called_broken(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    [charger] = connected(world, 1, at=now() - 100 * HOUR)
    span = Span(now() - HOUR, now() + HOUR)
    wanted = Plan(span=span, chargers=[charger], reason="New cable", refuses_starts=True)
    maintenance.plan(world.site, wanted, by="user:x", now=now() - HOUR)
    drop(charger, at=now() - HOUR / 2)
    page = get()

    assert "Maintenance until" in page
    assert "does not work since" not in page
    assert "available 100.00% of the time" in page


def test_one_faulted_plug_of_a_station_that_works_is_named(world: World, client_of):
    client_of(world.owner).post(SETTINGS, {"public": "yes"})
    [charger] = connected(world, 1, at=now() - 100 * HOUR)
    for number, state in ((1, StateSpan.State.FREE), (2, StateSpan.State.FAULTED)):
        charger.evses.get_or_create(number=number)
        StateSpan.objects.create(
            charger=charger, track=StateSpan.Track.STATUS, evse_number=number, connector_number=1, state=state,
            since=now() - HOUR,
        )  # fmt: skip
    page = get()

    assert "1 of 2 plugs does not work" in page
    assert "SUN001, plug 2: does not work" in page
    assert "The charger works" not in page
    assert "Anschluss 2: funktioniert nicht" in get("de")


def test_a_reload_within_a_minute_asks_nothing_of_the_chargers(world: World, django_assert_num_queries):
    connected(world, 1, at=now() - HOUR)
    first = status.status_of(world.host, now=now())
    StateSpan.objects.all().delete()

    with django_assert_num_queries(0):
        assert status.status_of(world.host, now=now()) == first
