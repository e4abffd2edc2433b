"""Maintenance: planned without overlap, left out of the uptime, and what it does to reservations and chargers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from chargers.availability import maintenance, outages
from chargers.availability.maintenance import MaintenanceError, Plan
from chargers.availability.uptime import Span
from chargers.fleet import presence
from chargers.models import Charger, Command, MaintainedCharger, Maintenance, OutageExclusion, Reservation

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def plan(charger: Charger, begins: datetime = NOON, ends: datetime = NOON + 2 * HOUR, **changes) -> Maintenance:
    wanted = {
        "span": Span(begins, ends),
        "chargers": [charger],
        "reason": "New cable",
        "refuses_starts": True,
    } | changes
    return maintenance.plan(charger.property, Plan(**wanted), by="user:x", now=NOON - HOUR)


def connect(charger: Charger, *, at: datetime):
    held = uuid4()
    presence.connect(charger, connection_id=held, version="1.6", now=at)
    charger.refresh_from_db()
    return held


def tick(now: datetime) -> None:
    """As the periodic task does."""
    maintenance.begin_due(now=now)
    maintenance.end_due(now=now)
    for row in maintenance.switching(now=now):
        maintenance.switch(row, now=now)


def sent(charger: Charger) -> list[object]:
    return [one.payload.get("type") for one in Command.objects.filter(charger=charger).order_by("created_at", "id")]


def answer(state: str) -> None:
    Command.objects.filter(state=Command.State.QUEUED).update(state=state)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"reason": "  "}, "reason", "Write why: guests read it."),
        ({"span": Span(NOON, NOON)}, "ends_at", "It must end after it begins."),
        ({"span": Span(NOON - 9 * HOUR, NOON - 8 * HOUR)}, "ends_at", "It is over already"),
        ({"span": Span(NOON, NOON + 31 * 24 * HOUR)}, "ends_at", "It may last 30 days at most."),
        ({"span": Span(NOON + 400 * 24 * HOUR, NOON + 401 * 24 * HOUR)}, "begins_at", "It may lie a year ahead"),
        ({"chargers": []}, "chargers", "Choose at least one charger."),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_sentence(charger, changes, field, sentence):
    with pytest.raises(MaintenanceError, match=sentence) as refused:
        plan(charger, **changes)

    assert refused.value.field == field
    assert not OutageExclusion.objects.exists()


def test_a_charger_is_not_maintained_twice_at_a_time(charger):
    first = plan(charger)
    with pytest.raises(MaintenanceError, match="planned for that time already"):
        plan(charger, NOON + HOUR, NOON + 3 * HOUR)

    plan(charger, NOON + 2 * HOUR, NOON + 3 * HOUR)
    maintenance.end(first, by="user:x", now=NOON - HOUR)
    plan(charger)


def test_an_outage_within_it_does_not_count(charger):
    held = connect(charger, at=NOON - 8 * HOUR)
    plan(charger)
    presence.disconnect(charger, connection_id=held, now=NOON)
    connect(charger, at=NOON + 2 * HOUR)

    found = outages.of_charger(charger, since=NOON - 8 * HOUR, now=NOON + 2 * HOUR).together

    assert (found.raw_pct, found.pct, found.nevi_pct) == (Decimal("80.00"), Decimal(100), Decimal(100))


def test_ended_early_the_rest_counts_again(charger):
    row = plan(charger)
    tick(NOON)

    assert maintenance.end(row, by="user:x", now=NOON + HOUR)
    assert not maintenance.end(row, by="user:x", now=NOON + HOUR)

    assert OutageExclusion.objects.get().ends_at == NOON + HOUR
    assert maintenance.find_announced(charger.pk, now=NOON + HOUR) is None


def test_cancelled_before_it_begins_nothing_is_excluded(charger):
    maintenance.end(plan(charger), by="user:x", now=NOON - HOUR)

    assert OutageExclusion.objects.get().withdrawn_at == NOON - HOUR
    tick(NOON)
    assert Maintenance.objects.get().begun_at is None


def test_guests_know_of_it_a_day_before_and_starts_are_refused_only_during_it(charger):
    row = plan(charger, NOON + 30 * HOUR, NOON + 31 * HOUR)

    assert maintenance.find_announced(charger.pk, now=NOON) is None
    assert maintenance.find_announced(charger.pk, now=NOON + 7 * HOUR) == row
    assert maintenance.find_refusing(charger.pk, now=NOON + 30 * HOUR - timedelta(seconds=1)) is None
    assert maintenance.find_refusing(charger.pk, now=NOON + 30 * HOUR) == row
    assert maintenance.find_refusing(charger.pk, now=NOON + 31 * HOUR) is None


def test_reservations_that_reach_into_it_are_cancelled_when_it_begins(charger):
    connect(charger, at=NOON - HOUR)
    for number, until in ((1, NOON + HOUR), (2, NOON - timedelta(minutes=1))):
        Reservation.objects.create(
            charger=charger, number=number, id_token="04A1", until=until, state="active", created_at=NOON - HOUR
        )
    plan(charger, refuses_starts=False)

    tick(NOON)
    tick(NOON + timedelta(minutes=1))

    [command] = Command.objects.all()
    assert (command.action, command.payload) == ("CancelReservation", {"reservationId": 1})


def test_a_charger_is_made_unavailable_and_available_again(charger):
    connect(charger, at=NOON - HOUR)
    plan(charger)

    tick(NOON - timedelta(seconds=1))
    assert sent(charger) == []
    tick(NOON)
    tick(NOON + timedelta(seconds=5))
    assert sent(charger) == ["Inoperative"]
    answer("accepted")
    tick(NOON + HOUR)
    assert MaintainedCharger.objects.get().switch == "off"
    tick(NOON + 2 * HOUR)
    answer("accepted")
    tick(NOON + 2 * HOUR + timedelta(seconds=5))
    assert sent(charger) == ["Inoperative", "Operative"]
    assert MaintainedCharger.objects.get().switch == "on"
    tick(NOON + 3 * HOUR)
    assert len(sent(charger)) == 2


def test_a_charger_that_was_offline_at_the_end_is_made_available_when_it_comes_back(charger):
    held = connect(charger, at=NOON - HOUR)
    plan(charger)
    tick(NOON)
    answer("accepted")
    tick(NOON + HOUR)
    presence.disconnect(charger, connection_id=held, now=NOON + HOUR)

    tick(NOON + 2 * HOUR)
    assert sent(charger) == ["Inoperative"]
    connect(charger, at=NOON + 5 * HOUR)
    tick(NOON + 5 * HOUR)
    answer("timed_out")
    tick(NOON + 5 * HOUR + timedelta(minutes=1))
    assert sent(charger) == ["Inoperative", "Operative"]
    tick(NOON + 5 * HOUR + timedelta(minutes=3))
    assert sent(charger) == ["Inoperative", "Operative", "Operative"]


def test_a_charger_that_does_not_know_the_command_is_asked_once(charger):
    connect(charger, at=NOON - HOUR)
    plan(charger)
    tick(NOON)
    answer("not_supported")
    tick(NOON + timedelta(minutes=10))

    assert (MaintainedCharger.objects.get().answer, len(sent(charger))) == ("not_supported", 1)
