"""Who stopped a session, in one sentence."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.decide import reasons
from authorization.insight import stops
from authorization.insight.stops import Stop
from authorization.models import Token, Vehicle
from chargers.lib import ids
from chargers.models import Charger, Command, Host, Property, Transaction

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def charger():
    host = Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")
    site = Property.objects.create(host=host, slug="sunset-1", name="Sunset 1", time_zone="UTC")
    return Charger.objects.create(charger_id="CP1", station_id="SUN001", property=site)


def stopped(charger, **fields):
    values = {"id_token": "04AA", "stopped_at": NOW, "stop_received_at": NOW, **fields}
    return Transaction(
        charger=charger, transaction_id="17", started_at=NOW - timedelta(hours=1), start_received_at=NOW, **values
    )


def order(charger, *, origin, number: object = 17, sent=True):
    Command.objects.create(
        id=ids.generate(now=NOW),
        charger=charger,
        action="RemoteStopTransaction",
        payload={"transactionId": number},
        origin=origin,
        state="accepted",
        created_at=NOW - timedelta(minutes=1),
        expires_at=NOW,
        sent_at=NOW if sent else None,
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"stop_reason": "EVDisconnected", "stop_id_token": "04AA"}, "The car was unplugged."),
        ({"stop_reason": "Local", "stop_id_token": "04aa"}, "Card 04aa stopped it, the one that began it."),
        ({"stop_reason": "", "stop_id_token": "04:AA"}, "Card 04:AA stopped it, the one that began it."),
        ({"stop_reason": ""}, "It was stopped at the charger, without a card."),
        ({"stop_reason": "DeAuthorized"}, "The charger ended it because the card was not accepted."),
        ({"stop_reason": "EmergencyStop"}, "The emergency button was pressed."),
        ({"stop_reason": "Remote"}, "It was stopped from afar, and not by an order of ours."),
        ({"stop_reason": "Sunspots"}, "The charger ended it and says: Sunspots."),
        ({"case": "never_stopped"}, "The charger never reported an end: the last reading counts as the end."),
    ],
)
def test_it_tells_by_whom_from_reason_and_card(charger, fields, sentence):
    assert stops.explain(stopped(charger, **fields)) == Stop(sentence)


def test_it_reads_the_orders_of_several_at_once_and_says_the_same(charger, django_assert_num_queries):
    order(charger, origin="user:ada@example.com")
    order(charger, origin="guest", number=18)
    other = stopped(charger, stop_reason="Remote")
    other.transaction_id = "18"
    rows = [stopped(charger, stop_reason="Remote"), other, stopped(charger, stop_reason="DeAuthorized")]

    with django_assert_num_queries(1):
        together = stops.who_of_each(rows)

    assert together == [stops.explain(row) for row in rows]
    assert [stop.sentence for stop in together if stop][:2] == [
        "ada@example.com stopped it from the portal.",
        "The guest stopped it, with the link of the session.",
    ]


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "ConcurrentTx"])
@pytest.mark.parametrize("register", [None, 500])
def test_a_refused_start_that_charged_nothing_misses_no_end(charger, status, register):
    refused = {"case": "never_stopped", "authorization_status": status, "meter_start_wh": 500}

    told = stops.explain(stopped(charger, **refused, register_wh=register))

    assert told == Stop(f"Its start was refused ({status}), and it charged nothing.")
    took = stops.explain(stopped(charger, **refused, register_wh=1500))
    assert took == Stop("The charger never reported an end: the last reading counts as the end."), "it charged"


def test_it_says_nothing_while_it_runs(charger):
    assert stops.explain(stopped(charger, stopped_at=None)) is None


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        ("user:ada@example.com", "ada@example.com stopped it from the portal."),
        ("api:abcd", "API key abcd stopped it."),
        ("guest", "The guest stopped it, with the link of the session."),
        ("system", reasons.get("hold_used_up").host.meaning),
    ],
)
def test_it_names_who_ordered_the_stop(charger, origin, sentence):
    order(charger, origin=origin)

    assert stops.explain(stopped(charger, stop_reason="Remote")) == Stop(sentence)


def test_it_names_the_reset_that_cut_the_session(charger):
    def reset(origin, *, after, **fields):
        at = NOW + timedelta(seconds=after)
        values = {"action": "Reset", "payload": {"type": "Hard"}, "state": "accepted", "created_at": at, **fields}
        Command.objects.create(
            id=ids.generate(now=at), charger=charger, origin=origin, expires_at=at, sent_at=at, **values
        )

    silent = stopped(charger, case="never_stopped", stopped_at=None, register_at=NOW, evse_number=1)
    plain = "The charger never reported an end: the last reading counts as the end."
    reset("user:late@example.com", after=3600, effect_seen_at=NOW + timedelta(seconds=3620))
    reset("user:unseen@example.com", after=10)
    reset("user:other@example.com", after=11, payload={"evseId": 2}, effect_seen_at=NOW + timedelta(seconds=20))
    assert stops.explain(silent) == Stop(plain)

    reset("user:ada@example.com", after=30, effect_seen_at=NOW + timedelta(seconds=50))

    named = "ada@example.com restarted the charger at 12:00:30 UTC (Reset)."
    tail = " The charger reported no end: the last reading counts as the end."
    assert stops.explain(silent) == Stop(named + tail)
    Command.objects.exclude(origin="user:ada@example.com").delete()
    assert stops.explain(stopped(charger, stop_reason="HardReset")) == Stop(named)


def test_it_takes_no_order_for_the_cause_that_meant_another_session_or_never_went_out(charger):
    order(charger, origin="user:ada@example.com", number=18)
    order(charger, origin="user:bob@example.com", sent=False)

    told = stops.explain(stopped(charger, stop_reason="Remote"))

    assert told == Stop("It was stopped from afar, and not by an order of ours.")


def test_it_takes_the_card_for_the_cause_where_the_charger_names_one_and_no_reason(charger):
    order(charger, origin="user:ada@example.com")

    assert "the one that began it" in stops.explain(stopped(charger, stop_id_token="04AA")).sentence


@pytest.mark.parametrize(
    ("stop", "is_stranger"), [("04BB", False), ("04CC", True), ("VID:AABB", False), ("VID:CCDD", True)]
)
def test_it_knows_strangers_from_cards_and_cars_that_belong_together(charger, stop, is_stranger):
    host = charger.property.host
    own = Token.objects.create(host=host, uid="04AA", canonical_uid="04AA", parent="FAMILY")
    Token.objects.create(host=host, uid="04BB", canonical_uid="04BB", parent="family")
    stray = Token.objects.create(host=host, uid="04CC", canonical_uid="04CC", parent="OTHERS")
    for uid, token in (("VID:AABB", own), ("VID:CCDD", stray)):
        Vehicle.objects.create(host=host, uid=uid, canonical_uid=uid, token=token, first_seen_at=NOW, seen_at=NOW)

    told = stops.explain(stopped(charger, stop_reason="Local", stop_id_token=stop))

    assert told.is_stranger is is_stranger


def test_it_tells_a_stop_because_of_a_budget(charger):
    order(charger, origin="system:budget")

    stop = stops.explain(stopped(charger, stop_reason="Remote"))

    assert stop == Stop("We told the charger to stop: the month's budget of the card was used up.")
