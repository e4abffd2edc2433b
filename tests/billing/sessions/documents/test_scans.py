"""Scans of labels, counted by day and label."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import LabelScans
from billing.sessions.documents import scans
from billing.sessions.documents.scans import Scans

FROM_CAMERA = {"Sec-Fetch-Site": "none"}
LATE = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)  # the evening before, in New York


@pytest.mark.parametrize(
    ("headers", "counted"),
    [
        (FROM_CAMERA, 1),
        ({}, 1),  # a browser that says nothing
        ({"Sec-Fetch-Site": "same-origin"}, 0),
        (FROM_CAMERA | {"Cache-Control": "max-age=0"}, 0),
        (FROM_CAMERA | {"Sec-Purpose": "prefetch"}, 0),
    ],
)
def test_a_page_that_a_camera_opened_is_counted(world, client, headers, counted):
    client.get("/c/SUN001", headers=headers)

    assert sum(LabelScans.objects.values_list("count", flat=True)) == counted


def test_it_counts_by_connector_on_the_day_of_the_property(world):
    for connector in (1, 1, None):
        scans.record(world.charger, connector=connector, now=LATE)

    day = datetime(2026, 11, 19, tzinfo=UTC).date()
    assert scans.of_charger(world.charger, now=LATE) == {0: Scans(1, day), 1: Scans(2, day)}
    assert scans.of_charger(world.charger, now=LATE + timedelta(days=31)) == {}


def test_a_connector_that_does_not_exist_counts_for_the_charger(world, client):
    client.get("/c/SUN001/77", headers=FROM_CAMERA)

    assert list(LabelScans.objects.values_list("connector", "count")) == [(0, 1)]


def test_the_page_of_labels_shows_the_count(world, client, client_of):
    client.get("/c/SUN001", headers=FROM_CAMERA)

    text = client_of(world.owner).get("/chargers/CP1/label/").text

    assert "Scanned 1 time in the last 30 days" in text
    assert "Not scanned in the last 30 days" in text
