"""A charger registered, set up, retired, brought back and licensed by a person."""

from dataclasses import replace
from datetime import date

import pytest

from authorization.models import AuditEntry, User
from authorization.people.access import NotAllowedError
from chargers.acts import fleet
from chargers.fleet import lifecycle
from chargers.fleet.registration import Outlets, Registration
from chargers.models import Charger, Licence
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def registration(world: World) -> Registration:
    return Registration(
        charger_id="CP9",
        station_id="SUN009",
        property=world.site,
        unit=None,
        version="",
        security_profile=1,
        outlets=Outlets(count=2, standard="IEC_62196_T2", max_power_w=11000),
    )


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_changes_nothing(world: World, person: str):
    by: User = getattr(world, person)

    for act in (
        lambda: fleet.register(registration(world), by=by, now=NOW),
        lambda: fleet.set_up(world.charger, lifecycle.as_it_is(world.charger), by=by, now=NOW),
        lambda: fleet.retire(world.charger, reason="", by=by, now=NOW),
        lambda: fleet.bring_back(world.charger, reason="", by=by, now=NOW),
        lambda: fleet.license_(world.charger, state="inactive", expires_on=None, by=by, now=NOW),
    ):
        with pytest.raises(NotAllowedError):
            act()
    assert not AuditEntry.objects.exists()


def test_the_password_of_a_new_charger_is_shown_and_written_nowhere(world: World):
    charger, password = fleet.register(registration(world), by=world.owner, now=NOW)

    assert len(password) >= 16
    entry = AuditEntry.objects.get(verb="charger.added")
    assert entry.after["connectors"] == 2
    assert password not in str(entry.after)
    assert charger.evses.count() == 2


def test_what_changes_nothing_is_not_written_down(world: World):
    as_it_is = lifecycle.as_it_is(world.charger)

    assert not fleet.set_up(world.charger, as_it_is, by=world.owner, now=NOW)
    assert fleet.set_up(world.charger, replace(as_it_is, name="Gate"), by=world.owner, now=NOW)

    entry = AuditEntry.objects.get(verb="charger.set_up")
    assert (entry.before, entry.after) == ({"name": ""}, {"name": "Gate"})


def test_a_charger_is_retired_and_brought_back_once(world: World):
    for _ in range(2):
        fleet.retire(world.charger, reason="Sold", by=world.owner, now=NOW)
    world.charger.refresh_from_db()
    assert world.charger.retired_at == NOW
    for _ in range(2):
        fleet.bring_back(world.charger, reason="Bought back", by=world.owner, now=NOW)

    world.charger.refresh_from_db()
    assert world.charger.retired_at is None
    written = AuditEntry.objects.order_by("id").values_list("verb", "reason")
    assert list(written) == [("charger.retired", "Sold"), ("charger.brought_back", "Bought back")]


@pytest.mark.parametrize("expires_on", [date(2027, 1, 31), None])
def test_only_agents_license_a_charger(world: World, expires_on: date | None):
    with pytest.raises(NotAllowedError):
        fleet.license_(world.charger, state="active", expires_on=expires_on, by=world.owner, now=NOW)

    fleet.license_(world.charger, state="inactive", expires_on=expires_on, by=world.agent, now=NOW)

    licence = Licence.objects.get(charger=world.charger)
    assert (licence.state, licence.expires_on) == ("inactive", expires_on)
    after = AuditEntry.objects.get(verb="licence.changed").after
    assert after == {"state": "inactive", "expires_on": expires_on and expires_on.isoformat()}


def test_a_charger_without_a_licence_gets_one(world: World):
    Licence.objects.all().delete()

    fleet.license_(Charger.objects.get(), state="active", expires_on=None, by=world.agent, now=NOW)

    assert Licence.objects.get().state == "active"
