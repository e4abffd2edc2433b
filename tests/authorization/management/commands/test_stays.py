"""`sync_stays` and `stays`, as operators and their scripts call them."""

import io
import ipaddress
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from authorization.models import PmsConnection, Stay
from tests.kit import site as sites
from tests.kit.connected_systems import connect
from tests.kit.property_systems import airbnb, reserved, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as found:
        yield found


def printed(*command: str) -> tuple[int, list[dict]]:
    out, code = io.StringIO(), 0
    try:
        call_command(*command, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def day(offset: int) -> str:
    return f"{datetime.now(tz=UTC) + timedelta(days=offset):%Y%m%d}"


def test_it_reads_now_and_prints_a_line_each(systems):
    site = sites.build()
    systems.calendar = airbnb(reserved("HMAAA11111", day(10), day(12)), reserved("HMBBB22222", day(-2), day(2)))
    connect(site, "ical", systems.url, mapped="*")

    assert printed("sync_stays") == (
        0,
        [{"connection": "sunset-villa-ical", "stays": 2, "changed": 2, "error": None}],
    )
    assert printed("sync_stays", "--connection", "sunset-villa-ical")[1][0]["changed"] == 0
    Stay.objects.create(
        property=site.property,
        reference="by hand",
        arrives_at=datetime(2020, 1, 1, tzinfo=UTC),
        departs_at=datetime(2020, 1, 2, tzinfo=UTC),
    )
    lines = printed("stays", "--property", "sunset-1")[1]
    assert [(line["key"], line["unit"], line["state"], line["source"]) for line in lines] == [
        ("by hand", None, "ended", None),
        ("HMBBB22222", "2b", "in_house", "sunset-villa-ical"),
        ("HMAAA11111", "2b", "expected", "sunset-villa-ical"),
    ]
    assert lines[0]["access_from"] == lines[0]["starts_at"] == "2020-01-01T00:00:00Z"


def test_a_failure_is_a_sentence_and_exit_1(systems):
    connect(sites.build(), "ical", systems.url, mapped="*")
    systems.calendar = b"<html>Log in</html>"

    code, [line] = printed("sync_stays")

    assert code == 1
    assert line["error"].startswith(
        "The address gave a web page instead of a calendar. Copy the calendar's export link again"
    )


def test_a_paused_one_is_read_only_by_its_name(systems):
    connect(sites.build(), "ical", systems.url, mapped="*")
    systems.calendar = airbnb(reserved("HMAAA11111", day(10), day(12)))
    PmsConnection.objects.update(is_enabled=False)

    assert printed("sync_stays") == (0, [])
    assert printed("sync_stays", "--connection", "sunset-villa-ical")[1][0]["stays"] == 1


def test_unknown_names_are_bad_input():
    with pytest.raises(CommandError, match=r"There is no connection 'x'. Known: none yet."):
        call_command("sync_stays", "--connection", "x")
    with pytest.raises(CommandError, match="There is no property 'x'"):
        call_command("stays", "--property", "x")
