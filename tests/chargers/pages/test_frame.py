"""What every page of one charger shows above its tabs."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory

from chargers.fleet.condition import Condition
from chargers.models import Charger, Connector, Evse, Licence, Property
from chargers.pages import frame
from chargers.pages.frame import Frame, Plug
from tests.kit.drivers import NOW
from tests.kit.world import World


def framed(condition: Condition, **facts) -> Frame:
    site = Property(name="Sunset 1", time_zone="America/New_York", access=facts.pop("access", "private"))
    return Frame(Charger(station_id="SUN001", property=site), condition, [])


@pytest.mark.parametrize(
    ("condition", "start"),
    [
        (Condition("ok", "Free", "Free.", can_start=True), "Yes, a car can start here now."),
        (Condition("busy", "Charging", "One is free.", can_start=True), "Yes. One is free."),
        (Condition("busy", "Charging", "Charging"), "Not now: every connector is in use (charging)."),
        (Condition("warn", "Faulted", "One is broken.", can_start=True), "Yes, on a part of it."),
        (Condition("warn", "Pending", "Pending."), "Not right now. Pending."),
        (Condition("bad", "Offline", "No contact."), "No. No contact."),
        (Condition("unknown", "Retired", "Retired."), "No. Retired."),
    ],
)
def test_it_says_whether_a_car_can_begin(condition: Condition, start: str):
    assert framed(condition).can_charge.startswith(start)


def test_without_a_licence_that_holds_no_car_begins():
    shown = framed(Condition("ok", "Free", "Free.", can_start=True))
    shown.charger.licence = Licence(state="inactive")

    assert shown.can_charge == "No new session can start: the licence is not active."


@pytest.mark.parametrize(
    ("access", "who"),
    [
        ("public_roaming", "Cards of its local groups, guests, and cards and apps of mobility providers are admitted."),
        ("guest", "Cards of its local groups and guests are admitted; cards of mobility providers are not."),
        ("private", "Only cards of its local groups, direct grants and guests of a stay are admitted."),
    ],
)
def test_it_says_who_is_admitted(access: str, who: str):
    assert framed(Condition("ok", "Free", "Free."), access=access).who_can_charge == who


@pytest.mark.parametrize(
    ("evse", "number", "name"), [(1, 1, "1"), (2, 2, "2"), (2, 1, "2"), (1, 2, "1.2"), (2, 3, "2.3")]
)
def test_a_connector_is_called_as_its_charger_counts_it(evse: int, number: int, name: str):
    plug = Plug(Connector(evse=Evse(number=evse), number=number), Condition("ok", "Free", "Free."))

    assert frame.number_of(plug) == name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "sees"), [("owner", True), ("teammate", True), ("agent", True), ("stranger", False)]
)
def test_a_charger_of_somebody_else_is_not_found(world: World, person: str, sees: bool):
    request = RequestFactory().get("/chargers/CP1/")
    request.user = getattr(world, person)

    if sees:
        assert frame.frame_of(request, "CP1").charger == world.charger
    else:
        with pytest.raises(Http404):
            frame.frame_of(request, "CP1")


@pytest.mark.django_db
@pytest.mark.parametrize(("registration", "can_start"), [("accepted", True), ("pending", False)])
def test_a_charger_that_is_kept_out_starts_nothing_whatever_its_plugs_say(
    world: World, registration: str, can_start: bool
):
    Charger.objects.update(
        connection_id="00000000-0000-0000-0000-000000000007",
        connected_at=NOW - timedelta(hours=1),
        registration=registration,
    )
    Connector.objects.update(status="Available", status_at=NOW)
    request = RequestFactory().get("/chargers/CP1/")
    request.user = world.owner

    [plug] = frame.frame_of(request, "CP1").plugs

    assert plug.condition.can_start is can_start
