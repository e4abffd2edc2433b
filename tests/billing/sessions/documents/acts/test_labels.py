"""That labels were downloaded is written down the first time for each host."""

from datetime import UTC, datetime

from authorization.models import AuditEntry
from billing.sessions.documents.acts import labels
from chargers.models import Property
from tests.kit.world import make_charger

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_first_time_is_written_down_for_each_host_and_later_ones_are_not(world):
    other_host = world.stranger.memberships.get().host
    elsewhere = Property.objects.create(host=other_host, slug="lake-1", name="Lake 1", time_zone="America/New_York")
    other = make_charger(elsewhere, "CP9", station_id="LAK001")

    labels.note_download([world.charger], by=world.owner, now=NOON)
    labels.note_download([world.charger, other], by=world.agent, now=NOON)

    first, second = AuditEntry.objects.order_by("id")
    assert (first.host, first.user, first.after) == (world.host, world.owner, {"stations": ["SUN001"]})
    assert (second.host, second.user, second.after) == (other_host, world.agent, {"stations": ["LAK001"]})


def test_no_chargers_are_no_download(world):
    labels.note_download([], by=world.owner, now=NOON)

    assert not AuditEntry.objects.exists()
