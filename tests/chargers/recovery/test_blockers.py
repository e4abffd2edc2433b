"""Why no command may be sent to a charger in trouble: somebody charges or is about to, or somebody works at it."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.lib import ids
from chargers.models import Charger, ChargerEvent, Command, Connector, Reservation, Transaction, Upstream
from chargers.recovery import blockers
from chargers.recovery.next_step import Hindrance

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def hindrance(charger: Charger, *, paid: bool = False) -> Hindrance | None:
    return blockers.of_charger(charger, is_paid=lambda _: paid, now=NOON)


def status(charger: Charger, word: str) -> None:
    Connector.objects.filter(evse__charger=charger, evse__number=1).update(status=word)


def command(charger: Charger, action: str, *, at: datetime = NOON, state: str = "sent", **facts) -> None:
    Command.objects.create(
        id=ids.generate(now=at), charger=charger, action=action, payload={}, origin="system", state=state,
        created_at=at, expires_at=at + MINUTE, **facts,
    )  # fmt: skip


def test_a_charger_that_nobody_needs_may_be_helped(charger: Charger, other_charger: Charger):
    status(other_charger, "Charging")

    assert hindrance(charger) is None


@pytest.mark.parametrize("word", ["Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"])
def test_a_car_that_charges_goes_before_all(charger: Charger, word: str):
    status(charger, word)

    assert hindrance(charger, paid=True) == Hindrance.CHARGING


@pytest.mark.parametrize(
    ("facts", "found"),
    [({}, Hindrance.CHARGING), ({"stopped_at": NOON}, None), ({"case": Transaction.Case.NEVER_STOPPED}, None)],
)
def test_a_session_counts_until_it_has_ended_or_is_given_up(charger: Charger, facts: dict, found: Hindrance | None):
    Transaction.objects.create(
        charger=charger, transaction_id="1", started_at=NOON, start_received_at=NOON, ocpp_version="1.6", **facts
    )

    assert hindrance(charger) == found


def test_a_guest_who_has_paid_is_waited_for(charger: Charger):
    status(charger, "Preparing")

    assert hindrance(charger, paid=True) == Hindrance.PAID


@pytest.mark.parametrize("word", ["Preparing", "Occupied"])
def test_a_car_that_is_plugged_in_is_left_alone(charger: Charger, word: str):
    status(charger, word)

    assert hindrance(charger) == Hindrance.PLUGGED_IN


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, Hindrance.STARTING),
        ({"at": NOON - 3 * MINUTE}, None),
        ({"state": "rejected"}, None),
        ({"effect_seen_at": NOON}, None),
        ({"withdrawn_at": NOON}, None),
    ],
)
def test_a_start_that_may_still_happen_is_waited_for(charger: Charger, facts: dict, found: Hindrance | None):
    command(charger, "RemoteStartTransaction", **facts)

    assert hindrance(charger) == found


@pytest.mark.parametrize(
    ("state", "until", "found"),
    [
        ("active", NOON + MINUTE, Hindrance.RESERVED),
        ("asked", NOON + MINUTE, Hindrance.RESERVED),
        ("active", NOON, None),
    ],
)
def test_a_reservation_is_kept(charger: Charger, state: str, until: datetime, found: Hindrance | None):
    Reservation.objects.create(
        charger=charger, number=1, state=state, until=until, id_token="04A1B2C3D4", created_at=NOON
    )

    assert hindrance(charger) == found


@pytest.mark.parametrize(
    ("asked_at", "event", "found"),
    [
        (NOON - MINUTE, None, Hindrance.FIRMWARE),
        (NOON - timedelta(hours=25), None, None),
        (NOON - 2 * MINUTE, "Downloading", Hindrance.FIRMWARE),
        (NOON - 2 * MINUTE, "Installed", None),
        (NOON, "Installed", Hindrance.FIRMWARE),
    ],
)
def test_an_update_of_its_firmware_is_let_end(
    charger: Charger, asked_at: datetime, event: str | None, found: Hindrance | None
):
    command(charger, "UpdateFirmware", at=asked_at, state="accepted")
    if event:
        ChargerEvent.objects.create(
            charger=charger, topic="firmware", state=event, at=NOON - MINUTE, received_at=NOON - MINUTE
        )

    assert hindrance(charger) == found


@pytest.mark.parametrize(("paused_at", "found"), [(None, Hindrance.LED), (NOON, None)])
def test_where_another_back_office_leads_it_is_theirs(
    charger: Charger, paused_at: datetime | None, found: Hindrance | None
):
    Upstream.objects.create(name="Partner", url="wss://a.example", role="leader", charger=charger, paused_at=paused_at)

    assert hindrance(charger) == found
