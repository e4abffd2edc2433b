"""What the tests of pms.hours, pms.sync and visits.stays share."""

import ipaddress

import pytest

from authorization.models import Stay
from authorization.pms import sync
from authorization.visits import stays
from tests.kit import site as sites
from tests.kit.connected_systems import connect
from tests.kit.property_systems import airbnb, blocked, reserved, standing

NOON = sites.NOON
"""10 March 2026; the site is in New York, four hours behind."""


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as found:
        yield found


@pytest.fixture
def site():
    return sites.build()


@pytest.fixture
def villa(site, systems):
    systems.calendar = airbnb(
        reserved("HMAAA11111", "20260401", "20260403"),
        reserved("HMBBB22222", "20260309", "20260312"),
        blocked("20260501", "20260601"),
    )
    return connect(site, "ical", systems.url, mapped="*")


def read(connection, *, at=NOON):
    outcome = sync.run(connection.pk, now=at)
    assert outcome is not None
    return outcome


def failed(connection, *, at=NOON):
    outcome = read(connection, at=at)
    connection.refresh_from_db()
    assert outcome.failure is not None
    return connection.failure_code


def shown(at=NOON):
    rows = Stay.objects.select_related("unit").order_by("arrives_at")
    return [(row.external_key, row.unit.slug if row.unit else None, stays.state(row, now=at)) for row in rows]


def guesty(key, *, listing="l1", status="confirmed", updated="2026-03-01T10:00:00Z", **fields):
    return {
        "_id": key,
        "confirmationCode": f"CODE{key}",
        "status": status,
        "listingId": listing,
        "checkInDateLocalized": "2026-04-01",
        "checkOutDateLocalized": "2026-04-04",
        "guest": {"fullName": "Kim de Vries", "email": "kim@example.com"},
        "lastUpdatedAt": updated,
        **fields,
    }
