"""Properties: who is admitted."""

from authorization.models import AuditEntry
from chargers.models import Property


def test_an_owner_changes_who_is_admitted_and_it_is_written_down(world, client_of):
    client_of(world.owner).post("/properties/sunset-1/", {"access": "public_roaming"})

    assert Property.objects.get().access == "public_roaming"
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"access": "private"}, {"access": "public_roaming"})


def test_a_teammate_who_may_only_look_changes_nothing(world, client_of):
    assert client_of(world.teammate).post("/properties/sunset-1/", {"access": "guest"}).status_code == 404
    assert Property.objects.get().access == "private"


def test_an_unknown_mode_changes_nothing(world, client_of):
    assert client_of(world.owner).post("/properties/sunset-1/", {"access": "anybody"}).status_code == 200
    assert Property.objects.get().access == "private"
