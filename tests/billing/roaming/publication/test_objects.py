"""Published objects: what of them 2.1.1 embeds costs one query, however long a page is."""

from datetime import UTC, datetime

import pytest

from billing.models import RoamingObject
from billing.roaming.publication import objects
from billing.roaming.versions import catalogue
from chargers.models import Host

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def published(host: Host, kind: RoamingObject.Kind, key: str, body: dict[str, object]) -> RoamingObject:
    return RoamingObject.objects.create(
        kind=kind, host=host, key=key, source="1", body=body, created_at=NOON, last_updated=NOON
    )


@pytest.fixture
def host() -> Host:
    return Host.objects.create(slug="sunset", name="Sunset Stays", currency="EUR", country="NL")


def test_each_session_and_cdr_gets_the_location_of_its_own_host(host, django_assert_num_queries):
    other = Host.objects.create(slug="lakeside", name="Lakeside", currency="EUR", country="NL")
    for owner in (host, other):
        for key in ("a", "b"):
            published(owner, objects.Kind.LOCATION, key, {"id": key, "owner": owner.slug})
    rows = [
        published(host, objects.Kind.SESSION, "s1", {"location_id": "a"}),
        published(other, objects.Kind.SESSION, "s2", {"location_id": "a"}),
        published(host, objects.Kind.CDR, "c1", {"cdr_location": {"id": "b"}}),
        published(host, objects.Kind.CDR, "c2", {"cdr_location": {"id": "gone"}}),
    ]

    with django_assert_num_queries(1):
        embedded = objects.embedded_locations(rows, version=catalogue.ALL["2.1.1"])

    assert [embedded.get(row.pk) for row in rows] == [
        {"id": "a", "owner": "sunset"},
        {"id": "a", "owner": "lakeside"},
        {"id": "b", "owner": "sunset"},
        None,
    ]


@pytest.mark.parametrize("version", [catalogue.ALL["2.2.1"], catalogue.ALL["2.3.0"]], ids=str)
def test_later_versions_embed_none_and_ask_nothing(host, version, django_assert_num_queries):
    row = published(host, objects.Kind.SESSION, "s1", {"location_id": "a"})

    with django_assert_num_queries(0):
        assert objects.embedded_locations([row], version=version) == {}
