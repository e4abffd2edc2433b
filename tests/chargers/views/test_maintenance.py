"""Properties > one > Maintenance, and the same by API."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from chargers.models import Maintenance
from tests.kit.maintenance_pages import _that_morning
from tests.kit.world import World, make_charger

__all__ = ["_that_morning"]
PAGE = "/properties/sunset-1/maintenance/"
FORM = {"begins_at": "2026-03-10T12:00", "ends_at": "2026-03-10T14:00", "reason": "New cable", "refuses_starts": "yes"}


def test_an_owner_plans_by_the_clock_of_the_property(world: World, client_of):
    second = make_charger(world.site, "CP2", station_id="SUN002")
    client = client_of(world.owner)

    assert client.post(PAGE, FORM | {"chargers": [second.pk]}).status_code == 302
    row = Maintenance.objects.get()
    assert row.begins_at == datetime(2026, 3, 10, 16, tzinfo=UTC)  # summer time began on 8 March
    assert [one.charger for one in row.chargers.all()] == [second]
    entry = AuditEntry.objects.get(verb="maintenance.planned")
    assert (entry.user, entry.reason, entry.after["chargers"]) == (world.owner, "New cable", ["CP2"])

    page = client.get(PAGE).content.decode()
    assert "10 Mar 2026, 12:00 to 10 Mar 2026, 14:00" in page
    assert "New cable" in client.get("/properties/sunset-1/").content.decode()
    client.post(PAGE, {"do": "end", "maintenance": row.pk})
    assert AuditEntry.objects.filter(verb="maintenance.cancelled").count() == 1
    assert "cancelled" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"begins_at": "2026-03-08T02:30"}, "couldn’t be interpreted"),  # an hour that the clock skips
        ({"ends_at": "2026-03-10T11:00"}, "It must end after it begins."),
        ({"begins_at": "soon"}, "Enter a valid date/time."),
        ({"reason": " "}, "This field is required."),
        ({"chargers": ["999"]}, "is not one of the available choices"),
    ],
)
def test_what_is_wrong_stays_in_the_form(world: World, client_of, changes, complaint):
    page = client_of(world.owner).post(PAGE, FORM | changes).content.decode()

    assert complaint in page
    assert 'value="2026-03-10T14:00"' in page or "ends_at" in changes
    assert not Maintenance.objects.exists()
