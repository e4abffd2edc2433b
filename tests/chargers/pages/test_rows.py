"""Chargers as rows of a list: what needs somebody first, then by place and number."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Charger, Connector, Property
from chargers.pages import rows
from tests.kit.connected import make_charger

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def connect(charger: Charger, status: str) -> None:
    Charger.objects.filter(pk=charger.pk).update(connection_id=uuid.uuid4(), connected_at=NOON, ocpp_version="1.6")
    Connector.objects.filter(evse__charger=charger).update(status=status, status_at=NOON)


def test_what_is_broken_comes_first_and_what_is_free_last(site: Property, charger: Charger, other_charger: Charger):
    second = Property.objects.create(host=site.host, slug="beach", name="Beach", time_zone="UTC")
    free, broken = make_charger(second, "CP3"), make_charger(second, "CP4")
    connect(charger, "Available")
    connect(other_charger, "Charging")
    connect(free, "Available")
    connect(broken, "Faulted")

    listed = rows.rows_of(Charger.objects.all())

    assert [row.charger for row in listed] == [broken, other_charger, free, charger]
    assert [row.condition.kind for row in listed] == ["bad", "busy", "ok", "ok"]


def test_it_costs_as_many_queries_however_many_there_are(
    site: Property, charger: Charger, django_assert_max_num_queries
):
    for number in range(5, 12):
        make_charger(site, f"CP{number}")

    with django_assert_max_num_queries(3):
        assert len(rows.rows_of(Charger.objects.all())) == 8
