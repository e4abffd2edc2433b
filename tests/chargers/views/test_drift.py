"""One setting over the fleet: its values, what is expected, and the way into a bulk change."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlparse

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from chargers.models import Charger, ExpectedSetting, Job, SettingTemplate
from chargers.settings import drift
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
KEY = "MeterValueSampleInterval"


@pytest.fixture
def fleet(world: World) -> World:
    """Two at 60 (one writes a space), one at 900, one that reported nothing."""
    values = {"CP1": "60", "CP2": " 60", "CP3": "900", "CP4": None}
    for charger_id, value in values.items():
        charger = (
            world.charger
            if charger_id == "CP1"
            else make_charger(world.site, charger_id, station_id=f"SUN00{charger_id[2]}")
        )
        if value is not None:
            presence.report_variables(charger, [VariableFacts("", KEY, value)], now=datetime.now(tz=UTC))
    return world


def groups(world: World) -> list[tuple[str | None, int, int]]:
    found = drift.compare(Charger.objects.filter(property=world.site).order_by("charger_id"), KEY)
    return [(one.value, len(one.chargers), len(one.differing)) for one in found.groups]


def test_it_groups_chargers_by_the_value_of_a_setting(fleet: World):
    assert groups(fleet) == [("60", 2, 0), ("900", 1, 0), (None, 1, 0)]


def test_it_compares_with_the_template_that_fits(fleet: World):
    template = SettingTemplate.objects.create(name="All", family="1.6")
    template.settings.create(key=KEY, value="60")

    assert groups(fleet) == [("60", 2, 0), ("900", 1, 1), (None, 1, 1)]


def test_what_a_property_expects_counts_before_a_template(fleet: World):
    template = SettingTemplate.objects.create(name="All", family="1.6")
    template.settings.create(key=KEY, value="60")
    ExpectedSetting.objects.create(property=fleet.site, key=KEY, value="900")

    assert groups(fleet) == [("60", 2, 2), ("900", 1, 0), (None, 1, 1)]


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


def test_only_who_manages_says_what_is_expected(fleet: World, client_of):
    asked = {"do": "expect", "key": KEY, "property": "sunset-1", "value": "60"}

    assert client_of(fleet.teammate).post("/chargers/settings/", asked).status_code == 404
    assert client_of(fleet.stranger).post("/chargers/settings/", asked).status_code == 404
    client = client_of(fleet.owner)
    client.post("/chargers/settings/", asked)
    assert ExpectedSetting.objects.get().value == "60"
    client.post("/chargers/settings/", {**asked, "do": "forget"})
    assert not ExpectedSetting.objects.exists()
    assert AuditEntry.objects.filter(verb="property.setting_expected").count() == 2


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
