"""The safe ladder at chargers: only where nobody charges, one step at a time, and what helped is counted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now as clock

from billing.models import Session
from billing.sessions.lifecycle import outlets
from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import (
    Charger,
    Command,
    Connector,
    Evse,
    MaintainedCharger,
    Maintenance,
    Recovery,
    RecoveryPolicy,
    RecoveryRecord,
    RecoveryStep,
    Reservation,
    StateSpan,
    Transaction,
    Upstream,
)
from chargers.recovery import progress
from chargers.recovery.next_step import Step
from tests.kit.at_once import at_once
from tests.kit.commands import obey
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
EVERY = [step.value for step in Step]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def allow(charger: Charger, *, steps: list[str] = EVERY, now: datetime = NOON) -> None:
    RecoveryPolicy.objects.create(property=charger.property, steps=steps, changed_at=now, changed_by="user:x")


def look(now: datetime) -> None:
    """As the periodic task does."""
    progress.begin_due(now=now)
    for pk in progress.due(now=now):
        progress.advance_recovery(pk, is_paid=outlets.is_paid, now=now)


def report(charger: Charger, status: str, *, at: datetime, error: str = "NoError") -> None:
    Connector.objects.filter(evse__charger=charger).update(status=status, error_code=error, status_at=at)
    StateSpan.objects.filter(charger=charger, track="status", until=None).update(since=at)


def connect(charger: Charger, *, at: datetime) -> None:
    presence.connect(charger, connection_id=ids.generate(now=at), version="1.6", now=at)
    charger.refresh_from_db()


def answered(state: str = "accepted") -> None:
    Command.objects.filter(state=Command.State.QUEUED).update(state=state)


def sent() -> list[str]:
    rows = Command.objects.order_by("created_at", "id")
    return [str(one.payload.get("type") or one.payload.get("requestedMessage") or one.action) for one in rows]


@pytest.fixture
def faulted(charger: Charger) -> Charger:
    """Connected, idle, faulted since noon."""
    if not Connector.objects.filter(evse__charger=charger).exists():
        evse, _ = Evse.objects.get_or_create(charger=charger, number=1)
        Connector.objects.create(evse=evse, number=1)
    connect(charger, at=NOON - timedelta(hours=3))
    report(charger, "Faulted", at=NOON, error="InternalError")
    return charger


@pytest.mark.django_db
def test_it_is_off_until_the_host_allows_a_step(faulted: Charger):
    look(NOON + minutes(30))

    assert not Recovery.objects.exists()


@pytest.mark.django_db
def test_it_tries_one_step_at_a_time_and_ends_with_people(faulted: Charger):
    allow(faulted)
    for minute in range(4, 60):
        answered()
        look(NOON + minutes(minute))

    row = Recovery.objects.get()
    assert sent() == ["StatusNotification", "Soft", "Hard"]
    taken = [one.taken_at - NOON for one in row.steps.order_by("taken_at")]
    assert taken == [minutes(5), minutes(7), minutes(12), minutes(22)]
    assert (row.state, row.waits_for) == (Recovery.State.REPORTED, "")
    assert {(one.step, one.tried, one.recovered) for one in RecoveryRecord.objects.all()} == {
        ("trigger", 1, 0), ("reset_soft", 1, 0), ("reset_hard", 1, 0),
    }  # fmt: skip


@pytest.mark.django_db
def test_it_stops_as_soon_as_the_charger_recovers_and_counts_what_helped(faulted: Charger):
    allow(faulted)
    Charger.objects.update(vendor="ExampleVendor", model="Fictitious One", firmware_version="1.2")
    for minute in (5, 7):
        look(NOON + minutes(minute))
        answered()
    report(faulted, "Available", at=NOON + minutes(8))
    look(NOON + minutes(9))
    look(NOON + minutes(30))

    assert Recovery.objects.get().state == Recovery.State.RECOVERED
    assert sent() == ["StatusNotification", "Soft"]
    helped = RecoveryRecord.objects.get(model="Fictitious One", firmware_version="1.2", step="reset_soft")
    assert (helped.tried, helped.recovered) == (1, 1)


def _running(charger: Charger) -> None:
    Transaction.objects.create(
        charger=charger, transaction_id="7", ocpp_version="1.6", evse_number=2, started_at=NOON, start_received_at=NOON
    )


def _paid(charger: Charger) -> None:
    Session.objects.create(
        id=ids.generate(now=NOON),
        host=charger.property.host,
        property=charger.property,
        charger=charger,
        state="waiting",
        opened_at=NOON,
        audience="guest",
        secret="s" * 22,
    )


def _reserved(charger: Charger) -> None:
    Reservation.objects.create(
        charger=charger, number=1, id_token="04A1", until=NOON + timedelta(hours=9), state="active", created_at=NOON
    )


def _maintained(charger: Charger) -> None:
    row = Maintenance.objects.create(
        property=charger.property,
        begins_at=NOON,
        ends_at=NOON + timedelta(hours=9),
        reason="Cable",
        refuses_starts=False,
        planned_by="user:x",
        planned_at=NOON,
    )
    MaintainedCharger.objects.create(maintenance=row, charger=charger)


def _led(charger: Charger) -> None:
    Upstream.objects.create(charger=charger, name="Partner", url="wss://partner.example", role="leader")


def _updating(charger: Charger) -> None:
    Command.objects.create(
        id=ids.generate(now=NOON),
        charger=charger,
        action="UpdateFirmware",
        payload={},
        origin="user:x",
        state="accepted",
        created_at=NOON,
        expires_at=NOON,
    )


def _starting(charger: Charger) -> None:
    Command.objects.create(
        id=ids.generate(now=NOON),
        charger=charger,
        action="RemoteStartTransaction",
        payload={},
        origin="guest",
        state="accepted",
        created_at=NOON + minutes(5),
        expires_at=NOON,
    )


def _plugged_in(charger: Charger) -> None:
    Connector.objects.create(evse=Evse.objects.create(charger=charger, number=9), number=1, status="Preparing")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hinder", "why"),
    [
        (_running, "charging"), (_paid, "paid"), (_reserved, "reserved"), (_maintained, "maintenance"), (_led, "led"),
        (_updating, "firmware"), (_starting, "starting"), (_plugged_in, "plugged_in"),
    ],
)  # fmt: skip
def test_nothing_is_sent_while_somebody_charges_or_works_there(faulted: Charger, hinder, why: str):
    allow(faulted)
    hinder(faulted)
    before = Command.objects.count()
    look(NOON + minutes(6))

    assert Recovery.objects.get().waits_for == why
    assert Command.objects.count() == before


@pytest.mark.django_db
def test_a_session_that_begins_between_two_steps_stops_the_ladder(faulted: Charger):
    allow(faulted)
    look(NOON + minutes(5))
    answered()
    _running(faulted)
    for minute in range(6, 60):
        look(NOON + minutes(minute))

    assert sent() == ["StatusNotification"]
    assert Recovery.objects.get().waits_for == "charging"


@pytest.mark.django_db
def test_an_offline_charger_is_sent_nothing_and_finally_handed_to_people(charger: Charger):
    connect(charger, at=NOON - timedelta(hours=3))
    presence.disconnect(charger, connection_id=charger.connection_id, now=NOON)
    allow(charger)
    for minute in (5, 60, 119):
        look(NOON + minutes(minute))
    assert Recovery.objects.get().waits_for == "offline"

    look(NOON + minutes(121))
    assert Recovery.objects.get().state == Recovery.State.REPORTED
    assert not Command.objects.exists()


@pytest.mark.django_db
def test_a_charger_that_does_not_answer_any_more_is_not_counted_against_its_model(faulted: Charger):
    """Its connection is stale: the row says that it is online, and commands time out."""
    allow(faulted, steps=["trigger", "ticket"])
    look(NOON + minutes(5))
    Command.objects.update(state=Command.State.TIMED_OUT)
    look(NOON + minutes(8))

    assert Recovery.objects.get().state == Recovery.State.REPORTED
    assert RecoveryStep.objects.get(step="trigger").answer == "timed_out"
    assert not RecoveryRecord.objects.exists()


@pytest.mark.django_db
def test_each_reset_is_sent_at_most_once_a_day_and_a_ladder_at_most_thrice(faulted: Charger):
    allow(faulted)
    at = NOON
    for _trouble in range(5):
        for minute in range(5, 40):
            answered()
            look(at + minutes(minute))
        report(faulted, "Available", at=at + minutes(41))
        look(at + minutes(42))
        at += timedelta(hours=1)
        report(faulted, "Faulted", at=at, error="InternalError")

    assert sent().count("Soft") == sent().count("Hard") == 1
    assert sent().count("StatusNotification") == 3
    assert Recovery.objects.count() == 5


@pytest.mark.django_db
def test_the_host_switches_it_off_in_the_middle(faulted: Charger):
    allow(faulted)
    look(NOON + minutes(5))
    RecoveryPolicy.objects.update(steps=[])
    look(NOON + minutes(10))

    assert Recovery.objects.get().state == Recovery.State.ENDED
    assert len(sent()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_one_step(faulted: Charger):
    allow(faulted)
    at_once(4, lambda: look(NOON + minutes(5)))
    answered()
    at_once(4, lambda: look(NOON + minutes(8)))

    assert sent() == ["StatusNotification", "Soft"]
    assert Recovery.objects.count() == 1


FAULT = {"connectorId": 1, "status": "Faulted", "errorCode": "InternalError"}
FREE = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}


def _yes(message_id: str) -> list[object]:
    return [3, message_id, {"status": "Accepted"}]


def test_a_charger_on_a_real_socket_recovers_by_the_soft_reset(gateway, charger: Charger):
    allow(charger, now=clock())

    async def story() -> list[list[object]]:
        frames = []
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StatusNotification", FAULT)
            for minute in (6, 9):
                await looking(lambda later=minute: look(clock() + minutes(later)))
                frames.append(await obey(device, _yes))
            await until(lambda: not Command.objects.filter(state__in=["queued", "sent"]).exists())
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StatusNotification", FREE)
            await looking(lambda: look(clock() + minutes(11)))
        return [frame[2:] for frame in frames]

    assert asyncio.run(story()) == [
        ["TriggerMessage", {"requestedMessage": "StatusNotification"}],
        ["Reset", {"type": "Soft"}],
    ]
    assert Recovery.objects.get().state == Recovery.State.RECOVERED
    assert RecoveryStep.objects.get(step="reset_soft").effect == "recovered"


def test_a_charger_on_a_real_socket_that_charges_is_never_reset(gateway, charger: Charger, member):
    allow(charger, now=clock())

    async def story() -> None:
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StatusNotification", FAULT)
            start = {"connectorId": 2, "idTag": member.uid, "meterStart": 0, "timestamp": clock().isoformat()}
            await device.call("StartTransaction", start)
            for minute in (6, 9, 30):
                await looking(lambda later=minute: look(clock() + minutes(later)))

    asyncio.run(story())

    assert Recovery.objects.get().waits_for == "charging"
    assert not Command.objects.filter(origin="system").exists()
