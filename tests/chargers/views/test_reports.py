"""Chargers > View > Reports: what did the charger tell of itself, and where does it leave the standard?"""

import html
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence, reports
from chargers.fleet.reports import Topic
from chargers.models import Charger
from tests.kit.reports_pages import firmware, told

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def page(world, client_of, **query):
    response = client_of(world.owner).get("/chargers/CP1/reports/", query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_it_says_where_to_begin_while_nothing_was_told(world, client_of):
    text = page(world, client_of)

    assert "It has not reported anything yet" in text
    assert "Every message so far followed the standard." in text


def test_it_shows_the_newest_firmware_state_with_the_steps_before(world, client_of):
    firmware(world.charger, "Downloading", "Downloaded", "Installed", request_id=1)
    firmware(world.charger, "Downloading", "Downloaded", request_id=2)

    top = page(world, client_of).partition("All that it reported")[0]

    assert "Firmware: Downloaded, 10 Mar, 08:01" in top
    assert "Request 2" in top
    assert "Firmware: Installed" not in top, "that was the update before"


def test_it_narrows_by_topic(world, client_of):
    told(world.charger, "Its clock was set")
    told(world.charger, "Reservation 5 has expired", topic=Topic.RESERVATION)

    text = page(world, client_of, topic="reservation")

    assert "Reservation 5 has expired" in text
    assert "Its clock was set" not in text
    assert "Its clock was set" in page(world, client_of, topic="nonsense")


def test_it_pages_by_key(world, client_of):
    for number in range(60):
        told(world.charger, f"Report no. {number}.", at=NOON + timedelta(seconds=number))

    first = page(world, client_of)
    key = first.partition('rel="next" href="?before=')[2].partition('"')[0]
    second = page(world, client_of, before=key)

    assert ("Report no. 59." in first, "Report no. 9." in first) == (True, False)
    assert ("Report no. 59." in second, "Report no. 9." in second, "Report no. 0." in second) == (False, True, True)
    assert "Report no. 59." in page(world, client_of, before="nonsense")
    assert "Report no. 59." in page(world, client_of, before="9" * 30)


def test_its_query_count_does_not_grow_with_reports(world, client_of, django_assert_max_num_queries):
    firmware(world.charger, *["Downloading"] * 30)
    client = client_of(world.owner)
    client.get("/chargers/CP1/reports/")

    with django_assert_max_num_queries(14):
        client.get("/chargers/CP1/reports/")


@pytest.mark.parametrize(("boots", "told_of"), [(2, False), (14, True)])
def test_it_counts_the_restarts_of_the_last_hour(world, client_of, boots, told_of):
    now = datetime.now(tz=UTC)
    facts = presence.BootFacts(vendor="V", model="M")
    presence.boot(world.charger, facts, now=now - timedelta(minutes=70))
    for minutes in range(boots):
        presence.boot(world.charger, facts, now=now - timedelta(minutes=boots - minutes))

    client = client_of(world.owner)

    assert (f"It booted {boots} times in the last hour." in page(world, client_of)) is told_of
    assert (f"Booted {boots} times in the last hour." in client.get("/chargers/CP1/").content.decode()) is told_of
    assert (f"{boots + 1} times since" in page(world, client_of)) is True


def test_it_writes_what_the_manufacturer_needs(world, client_of):
    Charger.objects.update(vendor="Alfen", model="ICU", serial_number="S-1", firmware_version="5.1", ocpp_version="1.6")
    one = presence.DeviationReport(
        charger_pk=world.charger.pk,
        action="StatusNotification",
        path="timestamp",
        sentence="timestamp is 'x': write a time.",
        firmware_version="5.1",
    )
    presence.count_deviations([one] * 3, now=NOON)
    presence.count_deviations([one], now=NOON + timedelta(days=1))

    text = page(world, client_of)

    assert "This charger deviates from the standard in 1 point." in text
    for line in (
        "Charger: Alfen ICU, serial number S-1",
        "Firmware: 5.1, OCPP 1.6",
        "1. StatusNotification, field timestamp (firmware 5.1)",
        "   timestamp is 'x': write a time.",
        "   Seen 4 times, from 2026-03-10 12:00 UTC to 2026-03-11 12:00 UTC.",
    ):
        assert line in text


def test_it_shows_a_stream_whose_opening_was_never_told(world, client_of):
    reports.record_values(world.charger, [reports.StreamValue(NOON, "21.5")], stream_id=3, pending=4)

    text = page(world, client_of)

    assert "Its opening was never reported" in text
    assert "21.5" in text
    assert "4 more wait in the charger" in text


@pytest.mark.parametrize(
    ("offset_s", "sentence"),
    [
        (-192, "The charger's clock is 3 min 12 s behind."),
        (7500, "The charger's clock is 2 h 5 min ahead."),
        (3600, "The charger's clock is 1 h ahead."),
        (-90_000, "The charger's clock is 1 day 1 h behind."),
        (-1_770_000_000, "The charger's clock is 56 years behind."),
        (60, ""),
        (-5, ""),
    ],
)
def test_it_says_on_overview_how_far_the_clock_is_off(world, client_of, offset_s, sentence):
    presence.clock_measured(world.charger, offset_s=offset_s, now=NOON)

    text = html.unescape(client_of(world.owner).get("/chargers/CP1/").content.decode())

    assert ("The charger's clock is" in text) is bool(sentence)
    assert sentence in text


def test_it_does_not_run_what_a_charger_reports(world, client_of):
    told(world.charger, "<script>alert(1)</script>", payload={"x": "</pre><script>alert(2)</script>"})

    response = client_of(world.owner).get("/chargers/CP1/reports/")

    assert b"<script>alert" not in response.content
