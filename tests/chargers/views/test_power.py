"""Properties > Power: who sees it, who changes it, and what it says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

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
        refusal_sentences=stored.single(UpkeepCode.PROFILE_REFUSED), refused_at=NOW, command_id=None
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
    assert "Limit 20 A" in shown
    assert "Drawn (mean)" in shown


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
