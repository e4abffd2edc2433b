"""Property systems of a host: who may change them, and what is written down."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry, PmsConnection, User
from authorization.people.access import NotAllowedError
from authorization.pms import acts, hours
from authorization.pms.connections import ConnectionSettings, Target
from authorization.pms.hours import Hours
from chargers.models import Property
from tests.kit.bookings import booking
from tests.kit.connected_systems import CREDENTIALS, NOW, guesty
from tests.kit.world import World

__all__ = ["guesty"]
pytestmark = pytest.mark.django_db
GUESTY = ConnectionSettings(name="Second", kind="guesty", credentials=CREDENTIALS["guesty"] | {"client_id": "second"})


def verbs() -> list[str]:
    return [verb.removeprefix("pms.") for verb in AuditEntry.objects.order_by("id").values_list("verb", flat=True)]


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_changes_nothing(world: World, guesty: PmsConnection, person: str):
    by: User = getattr(world, person)

    for act in (
        lambda: acts.add(world.host, GUESTY, by=by, now=NOW),
        lambda: acts.change(guesty, GUESTY, by=by, now=NOW),
        lambda: acts.map_listing(guesty.listings.get(), Target(world.site), by=by, now=NOW),
        lambda: acts.sync(guesty, by=by, now=NOW),
        lambda: acts.pause(guesty, by=by, now=NOW),
        lambda: acts.resume(guesty, by=by, now=NOW),
        lambda: acts.remove(guesty, by=by, now=NOW),
        lambda: acts.set_hours(world.site, Hours(), by=by, now=NOW),
    ):
        with pytest.raises(NotAllowedError):
            act()
    assert PmsConnection.objects.get().is_enabled
    assert verbs() == []


def test_secrets_are_not_written_down(world: World):
    acts.add(world.host, GUESTY, by=world.owner, now=NOW)
    made = PmsConnection.objects.get()
    acts.change(
        made,
        ConnectionSettings(name="Renamed", kind="guesty", credentials={"client_secret": "n3w"}),
        by=world.owner,
        now=NOW,
    )

    entry = AuditEntry.objects.get(verb="pms.changed")
    assert (entry.before["name"], entry.after["name"]) == ("Second", "Renamed")
    assert entry.after["credentials_entered"] == ["client_secret"]
    assert "n3w" not in str(entry.after)


def test_it_is_paused_and_goes_on_once(world: World, guesty: PmsConnection):
    assert acts.pause(guesty, by=world.owner, now=NOW)
    assert not acts.pause(guesty, by=world.owner, now=NOW)
    assert not acts.sync(guesty, by=world.owner, now=NOW)
    assert acts.resume(guesty, by=world.owner, now=NOW)
    assert not acts.resume(guesty, by=world.owner, now=NOW)
    assert acts.sync(guesty, by=world.owner, now=NOW)

    assert verbs() == ["paused", "resumed", "sync_asked"]


def test_a_listing_is_mapped_within_its_host(world: World, guesty: PmsConnection):
    other = world.stranger.memberships.get().host
    elsewhere = Property.objects.create(host=other, slug="lake-1", name="Lake 1", time_zone="UTC")
    listing = guesty.listings.get()

    with pytest.raises(NotAllowedError):
        acts.map_listing(listing, Target(elsewhere), by=world.owner, now=NOW)
    assert acts.map_listing(listing, Target(world.site), by=world.owner, now=NOW)
    listing.refresh_from_db()
    assert not acts.map_listing(listing, Target(world.site), by=world.owner, now=NOW)

    entry = AuditEntry.objects.get(verb="pms.mapped")
    assert (entry.before["is"], entry.after["is"]) == (None, "sunset-1")


def test_removing_it_says_how_many_stays_were_cancelled(world: World, guesty: PmsConnection):
    booking(guesty, world.site, None, code="RUNS")
    booking(
        guesty, world.site, None, code="COMES", arrives_at=NOW + timedelta(days=3), departs_at=NOW + timedelta(days=5)
    )

    assert acts.remove(guesty, by=world.owner, now=NOW) == 1
    assert AuditEntry.objects.get(verb="pms.removed").after == {"stays_cancelled": 1}
    assert not PmsConnection.objects.exists()


def test_hours_are_kept_where_they_differ(world: World):
    assert not acts.set_hours(world.site, Hours(), by=world.owner, now=NOW)
    wanted = Hours(early=timedelta(minutes=30), most_phones=1)

    assert acts.set_hours(world.site, wanted, by=world.owner, now=NOW)

    assert hours.of_property(world.site) == wanted
    entry = AuditEntry.objects.get(verb="property.stay_hours")
    assert (entry.before["early_min"], entry.after["early_min"], entry.after["most_phones"]) == (120, 30, 1)
