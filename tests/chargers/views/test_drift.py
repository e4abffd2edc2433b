"""One setting over the fleet: its values, what is expected, and the way into a bulk change."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlparse

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from chargers.models import Job
from tests.kit.drift_pages import fleet
from tests.kit.world import World, make_charger

__all__ = ["fleet"]
pytestmark = pytest.mark.django_db
KEY = "MeterValueSampleInterval"


def test_the_page_leads_into_a_change_of_those_that_differ(fleet: World, client_of):
    client = client_of(fleet.owner)
    client.post("/chargers/settings/", {"do": "expect", "key": KEY, "property": "sunset-1", "value": "60"})

    text = client.get("/chargers/settings/", {"key": KEY}).content.decode()

    assert "2 of 4 chargers differ, from" not in text
    assert "2 of 4 chargers differ from what is expected." in text
    address = next(part.split('"')[0] for part in text.split('href="')[1:] if "differs=1" in part and "is=900" in part)
    query = parse_qs(urlparse(address.replace("&amp;", "&")).query)
    assert (query["key"], query["value"]) == ([KEY], ["60"])
    page = client.get(address.replace("&amp;", "&")).content.decode()
    assert "1 charger</h1>" in page
    assert "SUN003" in page
    assert f'name="key" value="{KEY}"' in page
    fields = {name: values[0] for name, values in query.items() if name != "open"}
    client.post("/chargers/bulk/", {**fields, "do": "setting"})
    assert [item.charger.charger_id for item in Job.objects.get().items.all()] == ["CP3"]


def test_a_stranger_sees_none_of_it(fleet: World, client_of):
    assert "No setting known" in client_of(fleet.stranger).get("/chargers/settings/", {"key": KEY}).content.decode()


def test_it_shows_no_secret(fleet: World, client_of):
    secret = VariableFacts("", "AuthorizationKey", "hunter2")
    presence.report_variables(fleet.charger, [secret], now=datetime.now(tz=UTC))

    text = client_of(fleet.owner).get("/chargers/settings/", {"key": "AuthorizationKey"}).content.decode()

    assert "hunter2" not in text
    assert "This setting is a secret" in text


def test_it_asks_as_often_for_many_chargers_as_for_few(fleet: World, client_of):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/chargers/settings/", {"key": KEY})
        return len(captured)

    client = client_of(fleet.owner)
    few = queries()
    for number in range(10, 30):
        charger = make_charger(fleet.site, f"CP{number}", station_id=f"SUN{number:03}")
        presence.report_variables(charger, [VariableFacts("", KEY, "60")], now=datetime.now(tz=UTC))

    assert queries() == few
