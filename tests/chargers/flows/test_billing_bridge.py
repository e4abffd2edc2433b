"""From the plug to the receipt: what a charger tells over a real socket, priced, captured and settled."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from billing import tasks
from billing.models import (
    ChargingStateReport,
    ProcessorEvent,
    Rate,
    RateAssignment,
    RateVersion,
    Receipt,
    Session,
    SimulatedDelivery,
)
from billing.payments.processors import simulated
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.starting import ordering
from chargers.commands import queue
from chargers.models import Charger, Command, Property, Transaction
from chargers.sentences import stored
from tests.kit.calls_16 import CARD, ago, sampled, start, status
from tests.kit.gateway import Device, looking

RATE = {"energy": [{"name": "all day", "price": "0.40"}], "connection_fee": "1.00"}


@pytest.fixture
def rated(site, transactional_db):
    rate = Rate.objects.create(host=site.host, slug="plain", name="Plain", currency="USD")
    RateVersion.objects.create(rate=rate, number=1, definition=RATE, created_at=datetime.now(tz=UTC))
    for audience in ("member", "guest"):
        RateAssignment.objects.create(rate=rate, property=site, audience=audience)


def beat():
    tasks.give_up_waiting_sessions()
    tasks.price_what_stopped()
    tasks.settle_due_sessions()
    tasks.resolve_holds()


def test_it_bills_a_member_from_the_start_to_the_receipt(gateway, charger, member, rated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            started = await device.call("StartTransaction", start())
            number = started["transactionId"]
            assert (await looking(Session.objects.get)).state == "charging"
            await device.call("StatusNotification", status("Charging", timestamp=ago(minutes=29)))
            await device.call("MeterValues", sampled(4000, transaction_id=number))
            stop = {"transactionId": number, "idTag": CARD, "meterStop": 6000, "timestamp": ago(minutes=1)}
            await device.call("StopTransaction", stop)
            await device.call("StopTransaction", stop)
            await looking(beat)
            session = await looking(Session.objects.get)
            assert session.state == "stopped"
            assert (await looking(session.ratings.get)).total_minor == 300
            await device.call("StatusNotification", status("Available", timestamp=ago(seconds=5)))
            await looking(beat)
            await looking(beat)

    asyncio.run(story())

    session = Session.objects.get()
    assert (session.state, session.audience, session.token) == ("settled", "member", member)
    assert session.transaction == Transaction.objects.get()
    assert session.decision_id == session.transaction.decision_id
    receipt = Receipt.objects.get()
    assert receipt.rating.total_minor == 300  # 1.00 + 5 kWh x 0.40
    assert receipt.document["report"]["inputs"]["readings_used"] == 3


def test_it_bills_a_guest_whose_start_was_ordered(gateway, charger, rated):
    order = lifecycle.GuestOrder(charger=charger, evse_number=1)
    now = datetime.now(tz=UTC)
    session = lifecycle.open_for_guest(order, now=now)
    hold = holds.authorize(holds.open_hold(session, amount_minor=4000, now=now), card="4242424242424242", now=now)
    assert hold.state == "authorised"

    def request_start():
        wish = queue.CommandRequest(
            action="RemoteStartTransaction",
            payload={"idTag": session.id_token, "connectorId": 1},
            origin="guest",
            id_token=session.id_token,
            evse_number=1,
        )
        queue.request(Charger.objects.get(pk=charger.pk), wish, now=datetime.now(tz=UTC))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(request_start)
            asked = await device.receive()
            assert (asked[2], asked[3]["idTag"]) == ("RemoteStartTransaction", session.id_token)
            await device.send(f'[3,"{asked[1]}",{{"status":"Accepted"}}]')
            begun = start(idTag=session.id_token, timestamp=ago(seconds=0))
            started = await device.call("StartTransaction", begun)
            assert started["idTagInfo"]["status"] == "Accepted"
            stop = {"transactionId": started["transactionId"], "meterStop": 1500, "timestamp": ahead(minutes=4)}
            await device.call("StopTransaction", {**stop, "reason": "EVDisconnected"})
            await looking(beat)

    asyncio.run(story())

    session.refresh_from_db()
    hold.refresh_from_db()
    assert Session.objects.count() == 1
    assert (session.state, session.audience) == ("settled", "guest")
    assert (hold.state, hold.captured_minor) == ("captured", 120)


def paid_start(charger) -> Session:
    """A guest's session with 40.00 held, whose start was ordered."""
    now = datetime.now(tz=UTC)
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=now)
    holds.authorize(holds.open_hold(session, amount_minor=4000, now=now), card="4242424242424242", now=now)
    return session


def ordered(charger, session: Session) -> None:
    wish = queue.CommandRequest(
        action="RemoteStartTransaction",
        payload={"idTag": session.id_token, "connectorId": 1},
        origin="guest",
        id_token=session.id_token,
        evse_number=1,
    )
    queue.request(Charger.objects.get(pk=charger.pk), wish, now=datetime.now(tz=UTC))


def test_a_guests_payment_covers_one_start_and_a_later_one_is_refused(gateway, charger, rated):
    session = paid_start(charger)

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: ordered(charger, session))
            await obey(device)
            begun = await device.call("StartTransaction", start(idTag=session.id_token, timestamp=ago(minutes=2)))
            stop = {"transactionId": begun["transactionId"], "meterStop": 1001, "timestamp": ago(minutes=1)}
            await device.call("StopTransaction", stop)
            again = await device.call("StartTransaction", start(idTag=session.id_token, timestamp=ago(seconds=0)))
            return begun["idTagInfo"]["status"], again["idTagInfo"]["status"]

    assert asyncio.run(story()) == ("Accepted", "Invalid")
    assert Session.objects.count() == 1


def test_a_second_start_under_a_guests_payment_is_held_for_review_and_not_given_away(gateway, charger, rated):
    session = paid_start(charger)

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: ordered(charger, session))
            await obey(device)
            await device.call("StartTransaction", start(idTag=session.id_token, timestamp=ago(seconds=2)))
            again = await device.call("StartTransaction", start(idTag=session.id_token, timestamp=ago(seconds=1)))
            stop = {"transactionId": again["transactionId"], "meterStop": 3000, "timestamp": ahead(minutes=4)}
            await device.call("StopTransaction", {**stop, "reason": "EVDisconnected"})
            await looking(beat)

    asyncio.run(story())

    second = Session.objects.exclude(pk=session.pk).get()
    assert second.state == "held"
    assert "paid_once" in {one["code"] for one in second.ratings.order_by("-pk")[0].held}


def test_it_hears_of_payments_by_signed_webhooks_over_the_network(gateway, charger, rated, settings):
    settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{gateway.port}"
    now = datetime.now(tz=UTC)
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=now)
    hold = holds.authorize(holds.open_hold(session, amount_minor=4000, now=now), card="4000002760003184", now=now)
    simulated.confirm(hold.processor_ref, accepted=True)
    hold.refresh_from_db()
    assert hold.state == "authorising"
    SimulatedDelivery.objects.update(due_at=now)

    assert tasks.deliver_simulated_webhooks() == 4  # two events, each twice
    assert ProcessorEvent.objects.count() == 2
    Charger.objects.filter(pk=charger.pk).update(connection_id=uuid.uuid4())
    Property.objects.update(access="guest")
    tasks.resolve_holds()

    hold.refresh_from_db()
    assert hold.state == "authorised"
    assert Command.objects.get(id_token=session.id_token).action == "RemoteStartTransaction"
    assert not ProcessorEvent.objects.filter(handled_at=None).exists()


def ahead(**parts):
    return (datetime.now(tz=UTC) + timedelta(**parts)).isoformat(timespec="seconds").replace("+00:00", "Z")


def test_it_opens_no_session_for_a_card_that_was_refused(gateway, charger, member, rated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start(idTag="DEADBEEF"))

    asyncio.run(story())

    assert not Session.objects.exists()


@pytest.fixture
def broken_billing(transactional_db):
    """A database in which no session can be stored."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_session ADD CONSTRAINT broken CHECK (false) NOT VALID")
    yield
    mend()


def mend():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_session DROP CONSTRAINT IF EXISTS broken")


def test_it_answers_a_start_though_billing_fails_and_makes_it_good(gateway, charger, member, rated, broken_billing):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            started = await device.call("StartTransaction", start())
            assert started["idTagInfo"]["status"] == "Accepted"

    asyncio.run(story())
    assert Transaction.objects.get().authorization_status == "Accepted"
    assert not Session.objects.exists()

    mend()

    assert tasks.begin_missing_sessions() == 1
    assert Session.objects.get().transaction == Transaction.objects.get()


def test_it_keeps_the_charging_states_of_a_newer_charger(gateway, charger, member, rated):
    def event(kind, seq, state, *, minutes, **fields):
        return {
            "eventType": kind,
            "timestamp": ago(minutes=minutes),
            "triggerReason": "ChargingStateChanged",
            "seqNo": seq,
            "transactionInfo": {"transactionId": "T1", "chargingState": state},
            **fields,
        }

    def register(wh, context):
        value = {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"}
        return {"meterValue": [{"timestamp": ago(minutes=1), "sampledValue": [value]}]}

    token = {"idToken": {"idToken": CARD, "type": "ISO14443"}, "evse": {"id": 1, "connectorId": 1}}

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            begun = event("Started", 0, "Charging", minutes=30, **token, **register(1000, "Transaction.Begin"))
            await device.call("TransactionEvent", begun)
            await device.call("TransactionEvent", event("Updated", 1, "SuspendedEV", minutes=10))
            await device.call("TransactionEvent", event("Updated", 2, "SuspendedEV", minutes=9))
            ended = event("Ended", 3, "Idle", minutes=1, **register(6000, "Transaction.End"))
            ended["transactionInfo"]["stoppedReason"] = "EVDisconnected"
            await device.call("TransactionEvent", ended)
            await looking(beat)

    asyncio.run(story())

    states = list(ChargingStateReport.objects.order_by("at").values_list("state", flat=True))
    assert states == ["Charging", "SuspendedEV", "Idle"]
    assert Session.objects.get().state == "settled"
    assert Receipt.objects.get().rating.total_minor == 300


def paid_guest(charger):
    now = datetime.now(tz=UTC)
    Property.objects.update(access="guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=now)
    holds.authorize(holds.open_hold(session, amount_minor=4000, now=now), card="4242424242424242", now=now)
    ordering.start_if_paid(session, now=datetime.now(tz=UTC))
    return session


async def obey(device):
    asked = await device.receive()
    await device.send(f'[3,"{asked[1]}",{{"status":"Accepted"}}]')
    return asked[3]


@pytest.mark.parametrize("behind_s", [61, 3600, -200, -7200])
def test_it_begins_a_paid_session_whatever_the_time_of_the_charger(gateway, charger, rated, behind_s):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: paid_guest(charger))
            token = (await obey(device))["idTag"]
            at = ahead(seconds=-behind_s)
            started = await device.call("StartTransaction", start(idTag=token, timestamp=at))
            assert started["idTagInfo"]["status"] == "Accepted"

    asyncio.run(story())

    assert Session.objects.get().state == "charging"


def test_it_begins_an_ordered_start_of_a_card_though_the_clock_is_minutes_slow(gateway, charger, rated):
    def request_start():
        wish = queue.CommandRequest(
            action="RemoteStartTransaction",
            payload={"idTag": CARD, "connectorId": 1},
            origin="user:eve@example.com",
            id_token=CARD,
            evse_number=1,
        )
        queue.request(Charger.objects.get(pk=charger.pk), wish, now=datetime.now(tz=UTC))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(request_start)
            await obey(device)
            started = await device.call("StartTransaction", start(timestamp=ahead(minutes=-10)))
            assert started["idTagInfo"]["status"] == "Accepted"

    asyncio.run(story())


def test_it_begins_a_paid_session_that_a_station_names_by_remote_start_id_alone(gateway, charger, rated):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: paid_guest(charger))
            number = (await obey(device))["remoteStartId"]
            started = {
                "eventType": "Started", "timestamp": ago(seconds=0), "triggerReason": "RemoteStart", "seqNo": 0,
                "transactionInfo": {"transactionId": "T1", "remoteStartId": number}, "evse": {"id": 1},
            }  # fmt: skip
            answer = await device.call("TransactionEvent", started)
            assert answer["idTokenInfo"]["status"] == "Accepted"

    asyncio.run(story())

    assert Session.objects.get().state == "charging"


def test_it_releases_the_hold_at_once_where_the_paid_start_is_refused(gateway, charger, rated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: paid_guest(charger))
            token = (await obey(device))["idTag"]
            await looking(lambda: Charger.objects.update(retired_at=datetime.now(tz=UTC)))
            started = await device.call("StartTransaction", start(idTag=token, timestamp=ago(seconds=0)))
            assert started["idTagInfo"]["status"] != "Accepted"
            await looking(tasks.give_up_waiting_sessions)

    asyncio.run(story())

    session = Session.objects.get()
    assert (session.state, session.holds.get().state) == ("failed", "voided")
    assert session.state_reason.startswith("Charging could not be started.")


def test_it_refuses_a_start_whose_guest_gave_up(gateway, charger, rated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            session = await looking(lambda: paid_guest(charger))
            token = (await obey(device))["idTag"]
            await looking(lambda: lifecycle.give_up(session.pk, why=stored.free("Too late."), now=datetime.now(tz=UTC)))
            started = await device.call("StartTransaction", start(idTag=token, timestamp=ago(seconds=0)))
            assert started["idTagInfo"]["status"] != "Accepted"

    asyncio.run(story())

    assert Session.objects.get().state == "failed"
