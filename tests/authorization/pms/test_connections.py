"""Connections are checked before they are stored, and nothing secret is shown again."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry, PmsConnection, User
from authorization.pms import acts, connections
from authorization.pms.connections import ConnectionSettings, SettingsError, Target
from tests.kit import site as sites
from tests.kit.connected_systems import CREDENTIALS, connect
from tests.kit.site import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return sites.build()


@pytest.mark.parametrize(
    ("kind", "url", "credentials", "field"),
    [
        ("ical", "", {}, "url"),
        ("ical", "airbnb.com/calendar.ics", {}, "url"),
        ("ical", "http://feeds.example.com/1.ics", {}, "url"),
        ("ical", "https://kim:secret@example.com/1.ics", {}, "url"),
        ("ical", "https://example.com/ä.ics", {}, "url"),
        ("guesty", "", {"client_id": "id"}, "client_secret"),
        ("guesty", "", {"client_id": "id", "client_secret": "a\nb"}, "client_secret"),
        ("hospitable", "", {"key": "x"}, "credentials"),
        ("track", "", {"key": "x", "secret": "x"}, "url"),
        ("opera", "", {}, "kind"),
    ],
)
def test_what_cannot_work_is_not_stored(site, kind, url, credentials, field):
    with pytest.raises(SettingsError) as refused:
        connections.add(site.host, ConnectionSettings(name="x", kind=kind, url=url, credentials=credentials), now=NOON)

    assert refused.value.field == field
    assert not PmsConnection.objects.exists()


def test_secrets_are_sealed_and_stay_out_of_the_audit_trail(site):
    agent = User.objects.create(email="agent@example.com", is_agent=True)
    wanted = ConnectionSettings(name="Guesty", kind="guesty", credentials=CREDENTIALS["guesty"])
    made = acts.add(site.host, wanted, by=agent, now=NOON)
    acts.change(
        made, ConnectionSettings(name="Ours", kind="guesty", credentials={"client_secret": "newer"}), by=agent, now=NOON
    )

    made.refresh_from_db()
    assert connections.credentials(made) == {**CREDENTIALS["guesty"], "client_secret": "newer"}
    assert "newer" not in made.credentials_encrypted
    noted = str(list(AuditEntry.objects.values_list("verb", "before", "after")))
    assert ("credentials_entered" in noted, "newer" in noted, "whsec" in noted) == (True, False, False)


def test_names_make_keys_that_are_free(site):
    keys = [connect(site, "ical", f"https://{number}.example.com").key for number in range(2)]

    assert keys == ["sunset-villa-ical", "sunset-villa-ical-2"]


def test_the_same_calendar_or_account_is_not_connected_twice(site):
    first = connect(site, "ical", "https://example.com")
    connect(site, "guesty", "")

    for kind, url in (("ical", "webcal://EXAMPLE.com"), ("guesty", "")):
        with pytest.raises(SettingsError, match="It is connected already, as Villa"):
            connect(site, kind, url)
    same = ConnectionSettings(name="Renamed", kind="ical", url="https://example.com/calendar.ics")
    connections.change(first, same, now=NOON)
    assert connect(site, "ical", "https://example.com/other").key == "sunset-villa-ical-2"


def test_a_listing_is_not_mapped_to_another_hosts_property(site):
    other = sites.build("lake", charger_id="CP2")
    agent = User.objects.create(email="agent@example.com", is_agent=True)
    listing = connect(site, "ical", "https://example.com").listings.get()

    with pytest.raises(SettingsError, match="has no property “lake-1”"):
        connections.target(site.host, "lake-1/2b")
    with pytest.raises(acts.access.NotAllowedError):
        acts.map_listing(listing, Target(other.property), by=agent, now=NOON)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Apartment 2B", "sunset-1/2b"), ("apartment 2b - Sunset 1", "sunset-1/2b"), ("Sunset 1", "sunset-1"),
     ("Chalet in the Alps", None), ("", None), ("公寓", None)],
)  # fmt: skip
def test_a_listing_is_suggested_the_unit_with_the_likest_name(site, name, slug):
    found = connections.suggestion(name, connections.targets(site.host))

    assert (found.slug if found else None) == slug


def test_many_events_within_seconds_are_one_reading(site):
    connection = connect(site, "guesty", "https://example.com")
    PmsConnection.objects.update(tried_at=NOON, next_due_at=NOON + timedelta(minutes=15))
    connection.refresh_from_db()

    for second in range(5):
        connections.event_came(connection, now=NOON + timedelta(seconds=second))

    assert connections.due(now=NOON + timedelta(seconds=19)) == []
    assert connections.due(now=NOON + timedelta(seconds=20)) == [connection.pk]
