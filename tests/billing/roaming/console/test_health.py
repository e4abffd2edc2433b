"""How well a partner's connection is: its last day, and what it sees of each property."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import MobilityProvider
from billing.models import RoamingConnection
from billing.roaming.console import health
from billing.roaming.console.health import Health
from billing.roaming.exchange_journal import journal
from billing.roaming.exchange_journal.journal import Direction, Exchange
from billing.roaming.partners import connections
from chargers.models import Host, Property
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


@pytest.fixture
def connection(world: World) -> RoamingConnection:
    Host.objects.filter(pk=world.host.pk).update(ocpi_country_code="US", ocpi_party_id="SUN")
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    return connections.of_provider(msp)


def exchange(connection: RoamingConnection, direction: Direction, *, failure: str = "", at: datetime = NOW) -> None:
    journal.write(Exchange(direction=direction, method="GET", url="/", failure=failure), connection, now=at)


@pytest.mark.parametrize(
    ("incoming", "outgoing", "failed", "share"), [(0, 0, 0, 0), (2, 1, 1, 33), (1, 2, 2, 67), (1, 0, 1, 100)]
)
def test_the_share_that_failed_is_of_both_directions(incoming, outgoing, failed, share):
    assert Health(incoming, outgoing, failed, {}, ()).failed_pct == share


def test_the_last_day_counts_and_what_was_before_does_not(connection):
    exchange(connection, Direction.IN)
    exchange(connection, Direction.OUT, failure="It did not answer.")
    exchange(connection, Direction.OUT, failure="Long ago.", at=NOW - timedelta(hours=25))

    seen = health.of_connection(connection, now=NOW)

    assert (seen.incoming, seen.outgoing, seen.failed) == (1, 1, 1)
    assert (seen.waiting, list(seen.refused)) == ({}, [])


def test_a_property_that_no_partner_is_sent_says_what_is_missing(connection, world):
    assert health.shared_sites(connection) == [], "a private one is not shared"
    Property.objects.update(access="public_roaming")

    (shared,) = health.shared_sites(connection)

    assert (shared.site, shared.statuses, shared.tariffs) == (world.site, {}, [])
    assert "its position on the map" in " ".join(shared.missing)
