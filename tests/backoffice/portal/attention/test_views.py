"""The attention list: one row for each charger, the most at stake first, snoozed and assigned without being lost."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from backoffice.portal.attention import attention
from backoffice.portal.attention.cause import Kind
from billing.models import AttentionMark
from chargers.models import Charger, Property
from tests.kit.attention_pages import fault, offline, online
from tests.kit.world import make_charger, make_user, tap

__all__ = ["online"]
NOW = datetime.now(tz=UTC)


def labels(client, address="/attention/"):
    """What the rows of the list, or the cards of Home, are about."""
    heads = r'(?:<td class="nowrap">|<div class="need-head">\s*<p>)<a class="strong" href="[^"]+">([^<]+)</a>'
    return re.findall(heads, client.get(address).text)


def test_a_charger_with_several_causes_is_one_row_with_a_fix_for_each(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    for _ in range(3):
        tap(online.charger, "DEADBEEF")

    [row] = attention.for_viewer(online.owner, now=datetime.now(tz=UTC)).rows

    assert {cause.kind for cause in row.causes} == {Kind.FAULTED, Kind.REFUSALS}
    assert all(cause.fix.text for cause in row.causes)
    text = client_of(online.owner).get("/").text
    assert text.count('href="/chargers/CP1/">SUN001</a>') == 1
    assert 'href="/chargers/CP1/commands/">Restart it</a>' in text
    assert "connector 1, GroundFailure" in text


def test_it_is_closed_by_the_fix_itself(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    client = client_of(online.owner)
    assert "SUN001" in labels(client, "/")

    fault(online.charger, at=NOW, status="Available")

    assert labels(client, "/") == labels(client) == []


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


def test_a_row_snoozed_until_it_changes_comes_back_with_another_cause(online, client_of):
    fault(online.charger, at=NOW - timedelta(hours=3))
    client = client_of(online.owner)
    client.post("/attention/charger:CP1/", {"do": "snooze", "for": "change"})
    assert labels(client) == []

    fault(online.charger, at=NOW - timedelta(minutes=2), status="Available")
    fault(online.charger, at=NOW - timedelta(minutes=1))

    assert labels(client) == ["SUN001"]


def test_a_row_is_assigned_to_a_member_of_the_host_only(online, client_of):
    offline(online.charger, minutes=20)
    client = client_of(online.owner)

    client.post("/attention/charger:CP1/", {"do": "assign", "to": "stranger@example.com"})
    assert not AttentionMark.objects.exists()
    client.post("/attention/charger:CP1/", {"do": "assign", "to": "teammate@example.com"})

    assert "for teammate@example.com" in client.get("/").text
    assert labels(client_of(online.teammate), "/attention/?assigned=me") == ["SUN001"]
    assert labels(client, "/attention/?assigned=me") == labels(client, "/attention/?assigned=nobody") == []
    client.post("/attention/charger:CP1/", {"do": "assign", "to": ""})
    assert labels(client, "/attention/?assigned=nobody") == ["SUN001"]


@pytest.mark.parametrize(("role", "status"), [("operator", 302), ("finance", 302), ("read_only", 404), (None, 404)])
def test_who_operates_or_handles_money_decides_about_a_row(online, client_of, role, status):
    offline(online.charger, minutes=20)
    user = make_user("some@example.com", online.host, role) if role else online.stranger

    answer = client_of(user).post("/attention/charger:CP1/", {"do": "snooze", "for": "1h"})

    assert answer.status_code == status
    assert AttentionMark.objects.exists() is (status == 302)


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
