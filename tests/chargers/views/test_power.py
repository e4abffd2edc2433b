"""Properties > Power: who sees it, who changes it, and what it says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import time_machine

from chargers.models import (
    PowerLimit,
    PowerSample,
    SentProfile,
)
from chargers.power import power_limit
from chargers.sentences import stored
from chargers.sentences.upkeep import UpkeepCode
from tests.kit.power_pages import filled, held, plug_in
from tests.kit.world import make_charger

PAGE = "/properties/sunset-1/power/"
NOW = datetime.now(tz=UTC)


def test_a_stranger_gets_the_same_as_for_a_property_that_is_not_there(world, client_of):
    client = client_of(world.stranger)
    assert client.get(PAGE).status_code == client.get("/properties/nowhere/power/").status_code == 404
    assert client.post(PAGE, filled(world)).status_code == 404
    assert not PowerLimit.objects.exists()


def test_it_says_who_gets_what_and_why(world, client_of):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    plug_in(world.charger)
    plug_in(other, number="2")
    limit = held(world)
    power_limit.share(limit.pk, now=NOW)

    shown = client_of(world.owner).get(PAGE).text

    assert "SUN001 gets 10 A of its 16 A: 2 cars share 20 A equally." in shown
    assert "Asked to take 10 A at" in shown


def test_it_says_in_words_that_a_charger_refuses(world, client_of):
    plug_in(world.charger)
    limit = held(world)
    power_limit.share(limit.pk, now=NOW)
    SentProfile.objects.filter(purpose="TxProfile").update(
        refusal_sentences=stored.build_sentence(UpkeepCode.PROFILE_REFUSED), refused_at=NOW, command_id=None
    )
    power_limit.share(limit.pk, now=NOW + timedelta(seconds=11))

    shown = client_of(world.owner).get(PAGE).text

    assert "SUN001 is counted with 16 A: it does not take our limit. The charger refused." in shown


def test_the_picture_has_a_table_behind_it(world, client_of):
    limit = held(world)
    for minutes in range(0, 60, 5):
        PowerSample.objects.create(
            limit=limit,
            at=NOW - timedelta(minutes=minutes),
            drawn_a=Decimal(15),
            allotted_a=Decimal(18),
            limit_a=Decimal(20),
        )
    shown = client_of(world.owner).get(PAGE).text
    assert "at most 15 A of 20 A on the fullest phase" in shown
    assert ">15 A of 20 A<" in shown
    assert "Drawn (mean)" in shown
    assert "Times in America/New_York." in shown


def test_the_measurements_are_a_file(world, client_of):
    limit = held(world)
    for minutes in (10, 5, 60 * 25):
        PowerSample.objects.create(
            limit=limit, at=NOW - timedelta(minutes=minutes), drawn_a=minutes, allotted_a=18, limit_a=20
        )

    content = client_of(world.owner).get("/properties/sunset-1/power.csv").content.decode("utf-8-sig")

    header, *rows = content.splitlines()
    assert header == "at,drawn (A),allotted (A),limit (A)"
    assert [row.split(",")[1:] for row in rows] == [["10.0", "18.0", "20.0"], ["5.0", "18.0", "20.0"]]
    assert client_of(world.stranger).get("/properties/sunset-1/power.csv").status_code == 404


@time_machine.travel(NOW, tick=False)
def test_it_is_followed_without_content_until_something_changes(world, client_of):
    plug_in(world.charger)
    limit = held(world)
    power_limit.share(limit.pk, now=NOW - timedelta(minutes=1))
    client = client_of(world.owner)

    def poll(version):
        return client.get(PAGE, headers={"HX-Request": "true", "Live-Version": version})

    first = poll("")
    assert first.status_code == 200
    version = first.headers["Live-Version"]
    unchanged = poll(version)
    assert (unchanged.status_code, unchanged.content) == (204, b"")

    PowerSample.objects.create(limit=limit, at=NOW, drawn_a=15, allotted_a=18, limit_a=20)
    measured = poll(version)
    assert measured.status_code == 200
    assert ">15 A of 20 A<" in measured.text

    PowerLimit.objects.update(amount=Decimal(32))
    assert poll(measured.headers["Live-Version"]).status_code == 200


def test_page_and_dashboard_say_what_is_not_under_control(world, client_of):
    limit = PowerLimit.objects.create(
        property=world.site,
        enabled=True,
        amount=Decimal(20),
        uncontrolled_a=Decimal(32),
        uncontrolled_since=datetime.now(tz=UTC),
        looked_at=datetime.now(tz=UTC),
    )
    client = client_of(world.owner)

    assert "Limit may be exceeded" in client.get(f"/properties/{world.site.slug}/power/").content.decode()
    assert "Power not under control" in client.get("/").content.decode()
    PowerLimit.objects.filter(pk=limit.pk).update(uncontrolled_a=Decimal(10))
    assert "Cars are paused" in client.get(f"/properties/{world.site.slug}/power/").content.decode()
