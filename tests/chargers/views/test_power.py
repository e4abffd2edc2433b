"""Properties > Power: who sees it, who changes it, and what it says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import AuditEntry
from chargers.models import (
    Charger,
    Evse,
    PowerLimit,
    PowerOutlet,
    PowerSample,
    SentProfile,
    Transaction,
)
from chargers.power import power_limit
from chargers.sentences import stored
from chargers.sentences.upkeep import UpkeepCode
from tests.kit.world import make_charger

PAGE = "/properties/sunset-1/power/"
NOW = datetime.now(tz=UTC)


def filled(world, **fields):
    evse = Evse.objects.get(charger=world.charger)
    return {
        "enabled": "on", "amount": "20", "unit": "A", "phases": "3", "voltage_v": "230", "strategy": "equal",
        "minimum_a": "6", "offline_a": "6", f"outlet-{evse.pk}-takes_part": "on", f"outlet-{evse.pk}-wiring": "RST",
        f"outlet-{evse.pk}-priority": "0", **fields,
    }  # fmt: skip


def held(world, amount="20", **fields):
    return PowerLimit.objects.create(property=world.site, enabled=True, amount=Decimal(amount), **fields)


def plug_in(charger, *, number="1"):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id="00000000-0000-7000-8000-000000000001", connected_at=NOW, ocpp_version="1.6"
    )
    return Transaction.objects.create(
        charger=charger, transaction_id=number, ocpp_version="1.6", evse_number=1, started_at=NOW, start_received_at=NOW
    )


def test_the_owner_sets_a_limit_and_it_is_written_down(world, client_of):
    response = client_of(world.owner).post(PAGE, filled(world), follow=True)

    assert "Saved: 20 A on each of 3 phases, shared equally." in response.text
    limit = PowerLimit.objects.get()
    assert (limit.enabled, limit.limit_a(), limit.property) == (True, 20, world.site)
    entry = AuditEntry.objects.get(verb="property.power_changed")
    assert (entry.actor, entry.before) == ("user:owner@example.com", None)
    assert entry.after["amount"] == "20"
    assert entry.after["outlets"] == {"SUN001": {"takes_part": True, "wiring": "RST", "priority": 0}}


def test_an_agent_may_change_it_too(world, client_of):
    assert client_of(world.agent).post(PAGE, filled(world)).status_code == 302
    assert AuditEntry.objects.get().actor == "user:agent@example.com"


def test_a_teammate_who_may_only_look_sees_it_and_changes_nothing(world, client_of):
    held(world)
    client = client_of(world.teammate)

    shown = client.get(PAGE)

    assert "Only an owner or manager of Sunset Stays can change this." in shown.text
    assert "Save the limit" not in shown.text
    assert client.post(PAGE, filled(world, amount="99")).status_code == 404
    assert PowerLimit.objects.get().amount == 20


def test_a_stranger_gets_the_same_as_for_a_property_that_is_not_there(world, client_of):
    client = client_of(world.stranger)
    assert client.get(PAGE).status_code == client.get("/properties/nowhere/power/").status_code == 404
    assert client.post(PAGE, filled(world)).status_code == 404
    assert not PowerLimit.objects.exists()


def test_looking_writes_nothing(world, client_of):
    client_of(world.owner).get(PAGE)
    assert not PowerOutlet.objects.exists()
    assert not PowerLimit.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "5"}, "less than the 6 A that one car needs"),
        ({"amount": "3000", "unit": "W"}, "That is 4.3 A per phase"),
        ({"minimum_a": "5"}, "greater than or equal to 6"),
        ({"offline_a": "3"}, "Write 0, or 6 or more"),
        ({"strategy": "lottery"}, "Select a valid choice"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_not_saved(world, client_of, typed, sentence):
    response = client_of(world.owner).post(PAGE, filled(world, **typed))
    assert sentence in response.text
    assert not PowerLimit.objects.exists()


def test_watts_are_shared_over_the_phases(world, client_of):
    client_of(world.owner).post(PAGE, filled(world, amount="13800", unit="W"))
    assert PowerLimit.objects.get().limit_a() == 20


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


def test_it_warns_where_chargers_without_word_could_draw_more_than_the_limit(world, client_of):
    for number in range(2, 5):
        make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
    held(world)
    assert "their cars may draw 24 A together" in client_of(world.owner).get(PAGE).text


def test_an_outlet_that_does_not_take_part_is_not_limited(world, client_of):
    plug_in(world.charger)
    client_of(world.owner).post(PAGE, {k: v for k, v in filled(world).items() if not k.endswith("takes_part")})
    power_limit.share(PowerLimit.objects.get().pk, now=NOW)
    assert not SentProfile.objects.exists()
    assert "Does not take part" in client_of(world.owner).get(PAGE).text


def test_a_car_on_another_phase_is_not_held_up(world):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    plug_in(world.charger)
    plug_in(other, number="2")
    limit = held(world)
    PowerOutlet.objects.create(evse=world.charger.evses.get(), wiring="R")
    PowerOutlet.objects.create(evse=other.evses.get(), wiring="S")
    power_limit.share(limit.pk, now=NOW)
    assert set(PowerOutlet.objects.values_list("allotted_a", flat=True)) == {16}


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
