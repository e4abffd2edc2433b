"""What a look at a property's power remembers, with answers of chargers written straight into the database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chargers.lib import ids
from chargers.models import (
    Charger,
    Command,
    Connector,
    MeterValue,
    PowerLimit,
    PowerOutlet,
    PowerSample,
    SentProfile,
    Transaction,
    Variable,
    WithheldPower,
)
from chargers.power import power_limit, profiles
from chargers.sentences import stored

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def limit(db, site, charger):
    charger.evses.filter(number=2).delete()
    connect(charger)
    return PowerLimit.objects.create(property=site, enabled=True, amount=Decimal(10))


def connect(charger, *, online=True):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id="00000000-0000-7000-8000-000000000001" if online else None, connected_at=NOW, ocpp_version="1.6"
    )


def plug_in(charger, *, seconds=0):
    return Transaction.objects.create(
        charger=charger,
        transaction_id=str(seconds + 100),
        ocpp_version="1.6",
        evse_number=1,
        started_at=at(seconds),
        start_received_at=at(seconds),
    )


def answer(state="accepted", *, seconds, outcome=""):
    """Every command under way is answered."""
    Command.objects.filter(state="queued").update(
        state=state, sent_at=at(seconds), answered_at=at(seconds), outcome_sentences=stored.free(outcome)
    )


def look(limit, *, seconds):
    power_limit.share(limit.pk, now=at(seconds))


def in_force():
    return dict(SentProfile.objects.values_list("purpose", "in_force_a"))


def settle(limit, *, seconds=0):
    for step in range(3):
        look(limit, seconds=seconds + 2 * step)
        answer(seconds=seconds + 2 * step + 1)
    look(limit, seconds=seconds + 6)


def measure(row, watts, *, seconds, samples=()):
    MeterValue.objects.create(
        id=ids.derive_from_key(at=at(seconds), key="m"),
        charger=row.charger,
        transaction=row,
        evse_number=1,
        at=at(seconds),
        received_at=at(seconds),
        power_w=watts,
        samples=list(samples),
    )


def test_nothing_counts_before_the_charger_has_confirmed_it(limit, charger):
    plug_in(charger)
    look(limit, seconds=0)
    assert set(in_force().values()) == {None}
    answer(seconds=1)
    look(limit, seconds=2)
    assert in_force() == {"TxDefaultProfile": 6, "TxProfile": 10}


def test_an_answer_that_never_came_counts_as_the_higher_of_the_two(limit, charger):
    plug_in(charger)
    settle(limit)
    PowerLimit.objects.update(amount=Decimal(16))
    look(limit, seconds=10)
    answer("timed_out", seconds=11)
    Charger.objects.update(connection_id=None)
    look(limit, seconds=12)
    assert in_force()["TxProfile"] == 16
    connect(charger)
    PowerLimit.objects.update(amount=Decimal(12))
    look(limit, seconds=14)
    profile = Command.objects.get(state="queued").payload["csChargingProfiles"]
    assert profile["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 12.0}]


def test_what_was_never_sent_changes_nothing(limit, charger):
    plug_in(charger)
    settle(limit)
    PowerLimit.objects.update(amount=Decimal(16))
    look(limit, seconds=10)
    Command.objects.filter(state="queued").update(state="timed_out")
    Charger.objects.update(connection_id=None)
    look(limit, seconds=12)
    assert in_force()["TxProfile"] == 10


def test_a_refusal_is_forgotten_after_a_while_and_asked_again(limit, charger):
    plug_in(charger)
    for seconds in (0, 2):
        look(limit, seconds=seconds)
        answer("rejected", seconds=seconds + 1, outcome="The charger refused.")
    look(limit, seconds=4)
    assert PowerOutlet.objects.get().kind == "fixed"
    assert not Command.objects.filter(state="queued").exists()
    look(limit, seconds=4 + 15 * 60)
    assert Command.objects.filter(state="queued").count() == 2


def test_power_withheld_ends_when_the_limit_is_switched_off(limit, charger):
    plug_in(charger)
    settle(limit)
    PowerLimit.objects.update(amount=Decimal(5))
    look(limit, seconds=20)
    answer(seconds=21)
    look(limit, seconds=22)
    span = WithheldPower.objects.get()
    assert (span.began_at, span.ended_at) == (at(21), None)
    PowerLimit.objects.update(enabled=False)
    look(limit, seconds=600)
    assert WithheldPower.objects.get().ended_at is None  # the charger was asked, and has not answered yet
    answer(seconds=601)
    look(limit, seconds=602)
    assert WithheldPower.objects.get().ended_at == at(602)
    assert not SentProfile.objects.exists()


def test_power_withheld_ends_with_its_transaction(limit, charger):
    PowerLimit.objects.update(amount=Decimal(5))
    row = plug_in(charger)
    settle(limit)
    Transaction.objects.filter(pk=row.pk).update(stopped_at=at(300), stop_received_at=at(301))
    look(limit, seconds=302)
    assert WithheldPower.objects.get().ended_at == at(300)
    assert set(in_force()) == {"TxDefaultProfile"}


def test_a_car_that_draws_little_gives_back_after_five_minutes(limit, charger):
    PowerLimit.objects.update(amount=Decimal(16))
    row = plug_in(charger)
    settle(limit)
    measure(row, 5000, seconds=10)
    look(limit, seconds=11)
    assert PowerOutlet.objects.get().allotted_a == 16
    look(limit, seconds=312)
    shown = PowerOutlet.objects.get()
    assert (shown.allotted_a, shown.kind) == (10, "gave_back")
    assert shown.sentence == "ST-CP1 gets 10 A of its 16 A: it draws less, and the rest goes to others."


def test_it_sees_that_a_car_charges_on_one_phase_only(limit, charger):
    row = plug_in(charger)
    samples = [
        {"measurand": "Current.Import", "phase": phase, "value": value, "unit": "A"}
        for phase, value in (("L1", "9.8"), ("L2", "0"), ("L3", "0.0"))
    ]
    measure(row, 2250, seconds=5, samples=samples)
    look(limit, seconds=6)
    assert (PowerOutlet.objects.get().phases_used, PowerOutlet.objects.get().drawing_a) == (1, Decimal("9.8"))


@pytest.mark.parametrize(
    ("variables", "connector", "unit", "level"),
    [
        ({}, "IEC_62196_T2", "A", 0),
        ({}, "IEC_62196_T2_COMBO", "W", 0),
        ({"ChargingScheduleAllowedChargingRateUnit": "Power"}, "IEC_62196_T2", "W", 0),
        ({"ChargeProfileMaxStackLevel": "20"}, "IEC_62196_T2", "A", 8),
        ({"RateUnit": "W", "ProfileStackLevel": "3"}, "IEC_62196_T2", "W", 3),
    ],
)
def test_it_speaks_to_a_charger_as_its_settings_say(limit, charger, variables, connector, unit, level):
    Connector.objects.update(standard=connector)
    for name, value in variables.items():
        Variable.objects.create(charger=charger, name=name, value=value, reported_at=NOW)
    look(limit, seconds=0)
    profile = Command.objects.get().payload["csChargingProfiles"]
    assert (profile["chargingSchedule"]["chargingRateUnit"], profile["stackLevel"]) == (unit, level)
    assert profile["chargingProfileId"] == profiles.FIRST_ID + 2


def test_it_samples_once_a_minute_and_keeps_a_day(limit, charger):
    PowerSample.objects.create(
        limit=limit, at=NOW - timedelta(days=2), drawn_a=Decimal(1), allotted_a=Decimal(1), limit_a=Decimal(1)
    )
    row = plug_in(charger)
    measure(row, 6900, seconds=0)
    for seconds in range(0, 130, 10):
        look(limit, seconds=seconds)
    found = PowerSample.objects.order_by("at").values_list("drawn_a", "allotted_a", "limit_a")
    assert list(found) == [(10, 10, 10)] * 3


def test_it_is_looked_at_often_only_while_cars_charge(limit, charger):
    settle(limit)
    assert power_limit.due(now=at(20)) == []
    assert power_limit.due(now=at(70)) == [limit.pk]
    plug_in(charger, seconds=20)
    assert power_limit.due(now=at(20)) == [limit.pk]
    settle(limit, seconds=20)
    assert power_limit.due(now=at(27)) == []
    assert power_limit.due(now=at(37)) == [limit.pk]


@pytest.fixture
def garage(limit, site, charger):
    """A second charger at the same limit of 20 A; both are wired for 32 A."""
    PowerLimit.objects.filter(pk=limit.pk).update(amount=Decimal(20))
    limit.refresh_from_db()
    other = Charger.objects.create(charger_id="CP2", station_id="SUN002", property=site)
    evse = other.evses.create(number=1)
    evse.connectors.create(number=1, max_power_w=22_000)
    connect(other)
    return other


def heard(charger, *, seconds):
    Charger.objects.filter(pk=charger.pk).update(last_message_at=at(seconds))


def test_an_idle_charger_that_is_lost_takes_nothing_from_the_others(limit, charger, garage):
    heard(garage, seconds=0)
    settle(limit)
    connect(garage, online=False)
    plug_in(charger, seconds=100)
    settle(limit, seconds=101)

    shares = dict(PowerOutlet.objects.values_list("evse__charger", "allotted_a"))
    limit.refresh_from_db()
    assert shares == {charger.pk: Decimal(16), garage.pk: None}
    assert limit.uncontrolled_a is None


def charging_since_start(charger) -> Transaction:
    return Transaction.objects.create(
        charger=charger,
        transaction_id="900",
        ocpp_version="1.6",
        evse_number=1,
        started_at=at(0),
        start_received_at=at(0),
    )


def test_a_charger_that_is_lost_while_charging_keeps_what_it_was_told(limit, charger, garage):
    heard(garage, seconds=0)
    charging_since_start(garage)
    plug_in(charger)
    settle(limit)
    connect(garage, online=False)
    settle(limit, seconds=60)

    outlet = PowerOutlet.objects.get(evse__charger=garage)
    assert (outlet.allotted_a, outlet.kind) == (Decimal(10), "fixed")
    assert PowerOutlet.objects.get(evse__charger=charger).allotted_a == Decimal(10)
    settle(limit, seconds=86_500)
    assert PowerOutlet.objects.get(evse__charger=charger).allotted_a == Decimal(16)


def test_it_says_since_when_more_than_the_limit_cannot_be_controlled(limit, charger, garage):
    heard(garage, seconds=0)
    connect(garage, online=False)
    charging_since_start(garage)
    plug_in(charger)
    settle(limit, seconds=10)

    limit.refresh_from_db()
    assert (limit.uncontrolled_a, limit.uncontrolled_since, limit.is_exceeded()) == (Decimal(32), at(10), True)
    connect(garage)
    settle(limit, seconds=60)
    limit.refresh_from_db()
    assert (limit.uncontrolled_a, limit.uncontrolled_since) == (None, None)
