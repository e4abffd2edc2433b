"""The attention list: one row for each charger, the most at stake first, snoozed and assigned without being lost."""

import uuid
from datetime import UTC, datetime, timedelta

from authorization.models import AuditEntry
from chargers.models import Charger, Property
from tests.kit.attention_pages import fault, labels, offline, online
from tests.kit.world import make_charger

__all__ = ["online"]
NOW = datetime.now(tz=UTC)


def test_a_snoozed_row_is_counted_and_shown_again(online, client_of):
    offline(online.charger, minutes=20)
    client = client_of(online.owner)

    client.post("/attention/charger:CP1/", {"do": "snooze", "for": "1d", "back": "/"})

    text = client.get("/").text
    assert labels(client, "/") == []
    assert '<a href="/attention/?show=snoozed">1 snoozed, show</a>' in text
    assert "1 offline" in text
    assert labels(client, "/attention/?show=snoozed") == ["SUN001"]
    client.post("/attention/charger:CP1/", {"do": "wake"})
    assert labels(client, "/") == ["SUN001"]
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "after")) == [
        ("attention.snoozed", {"for": "1d"}),
        ("attention.shown_again", None),
    ]


def test_the_list_is_filtered_by_property_and_kind(online, client_of):
    elsewhere = Property.objects.create(host=online.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    other = make_charger(elsewhere, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=other.pk).update(connection_id=uuid.uuid4())
    fault(other, at=NOW - timedelta(hours=1))
    offline(online.charger, minutes=20)
    client = client_of(online.owner)

    assert set(labels(client)) == {"SUN001", "SUN002"}
    assert labels(client, "/attention/?property=sunset-2") == ["SUN002"]
    assert labels(client, "/attention/?kind=offline") == ["SUN001"]
    assert labels(client_of(online.stranger)) == []


def test_the_list_goes_on_over_pages(online, client_of):
    for number in range(51):
        offline(make_charger(online.site, f"X{number:02}", station_id=f"X{number:02}"), minutes=100 - number)
    client = client_of(online.owner)

    assert len(labels(client)) == 50
    assert labels(client, "/attention/?page=2") == ["X50"]
