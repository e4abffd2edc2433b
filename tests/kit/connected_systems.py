"""A site whose bookings come from a property system, for tests of reading, of pages and of the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authorization.models import PmsConnection, PmsListing
from authorization.pms import connections
from authorization.pms.connections import ConnectionSettings, Target
from tests.kit.site import NOON, Site
from tests.kit.world import World

NOW = datetime.now(tz=UTC)
CREDENTIALS = {
    "ical": {},
    "guesty": {"client_id": "id", "client_secret": "secret", "webhook_secret": "whsec_c2VjcmV0LXNlY3JldA=="},
    "hospitable": {"token": "personal"},
    "track": {"key": "key", "secret": "secret", "fee_type": "77"},
    "apaleo": {"client_id": "id", "client_secret": "secret"},
    "mews": {
        "client_token": "client",
        "access_token": "secret",
        "service": "charging",
        "tax_code": "US-CA-2026-S",
    },
    "cloudbeds": {"key": "cbat_secret", "property": "77"},
}


def connect(site: Site, kind: str, url: str, *, now: datetime = NOON, mapped: str | None = None) -> PmsConnection:
    """Connects a system. `mapped`: the listing that is the site's unit."""
    address = f"{url}/calendar.ics" if kind == "ical" else url
    wanted = ConnectionSettings(name=f"Villa {kind}", kind=kind, url=address, credentials=CREDENTIALS[kind])
    made = connections.add(site.host, wanted, now=now)
    if mapped is not None:
        listing, _ = made.listings.get_or_create(key=mapped, defaults={"added_at": now})
        connections.map_listing(listing, Target(site.property, site.unit), now=now)
    return made


@pytest.fixture
def guesty(world: World) -> PmsConnection:
    """A connection read yesterday, with three bookings that wait for a unit of its listing."""
    made = connections.add(
        world.host, ConnectionSettings(name="Our Guesty", kind="guesty", credentials=CREDENTIALS["guesty"]), now=NOW
    )
    PmsConnection.objects.update(
        succeeded_at=NOW - timedelta(days=1), next_due_at=NOW + timedelta(hours=1), read_until=NOW
    )
    PmsListing.objects.create(connection=made, key="l1", name="Apartment 2B", waiting=3, added_at=NOW)
    made.refresh_from_db()
    return made


def fail(connection: PmsConnection) -> None:
    PmsConnection.objects.filter(pk=connection.pk).update(
        failing_since=NOW, failures=3, failure_code="credentials_refused", failure_facts={"status": 401}
    )


def connected(world: World, name: str, **values: Any) -> PmsConnection:
    """A Guesty account of the world's host with these values."""
    wanted = ConnectionSettings(name=name, kind="guesty", credentials=CREDENTIALS["guesty"] | {"client_id": name})
    made = connections.add(world.host, wanted, now=NOW)
    PmsConnection.objects.filter(pk=made.pk).update(**values)
    return made
