"""Chargers as CSV: every column of the list, inert against spreadsheet formulas."""

import csv
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargers.models import Charger
from tests.kit.charger_list_pages import many, online
from tests.kit.world import World, make_charger

__all__ = ["online"]
pytestmark = pytest.mark.django_db


def test_the_csv_has_every_column_of_what_is_filtered(online: World, client_of):
    make_charger(online.site, "CP2", station_id="=cmd()")
    Charger.objects.filter(charger_id="CP2").update(vendor="@evil", firmware_version="+1")
    client = client_of(online.owner)

    answer = client.get("/chargers/list.csv", {"state": "offline"})

    found = list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(one["charger"], one["station"], one["vendor"], one["firmware"]) for one in found] == [
        ("CP2", "'=cmd()", "'@evil", "'+1")
    ]
    assert found[0]["state"] == "Never connected"
    assert {"tags", "uptime_30_days_pct", "charged", "power_now_w", "last_message_at"} <= found[0].keys()


def test_the_csv_asks_as_often_for_200_chargers_as_for_10(world: World, client_of):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/chargers/list.csv").getvalue()
        return len(captured)

    client = client_of(world.owner)
    many(world, 10)
    few = count()
    Charger.objects.filter(charger_id__startswith="MORE").delete()
    many(world, 200)

    assert count() == few
