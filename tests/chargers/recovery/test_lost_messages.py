"""Messages of a transaction that never came: asked for, waited for, and told, over a real socket."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Membership, User
from billing.models import RateAssignment, Session
from billing.sessions.settlement import late_stops, reviews, settle, unclaimed
from billing.sessions.settlement.api.sessions import SessionSerializer
from chargers.models import Command, Transaction, number_ranges
from chargers.recovery import lost_messages
from chargers.transactions import outlets
from tests.kit import calls_2x
from tests.kit.calls_2x import event
from tests.kit.calls_16 import ago, sampled, start, status
from tests.kit.charging import PLAIN, assign, make_rate
from tests.kit.gateway import Device, looking

MINUTE = timedelta(minutes=1)


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rated(transactional_db, site):
    assign(make_rate(site.host, definition=PLAIN), site, *RateAssignment.Audience.values)


def now(**parts):
    return datetime.now(tz=UTC) + timedelta(**parts)


def answering(reply):
    """Lets the station answer the question that is put to it now."""

    async def answer(device):
        await looking(lambda: lost_messages.ask_due(now=now(minutes=6)))
        number, message_id, action, payload = await device.receive()
        assert number == 2
        await device.send(json.dumps([3, message_id, reply]))
        while await looking(lambda: Command.objects.filter(state="sent").exists()):
            await asyncio.sleep(0.02)
        return action, payload

    return answer


def free(**fields):
    return {"timestamp": ago(minutes=2), "connectorStatus": "Available", "evseId": 1, "connectorId": 1, **fields}


def price():
    settle.catch_up(now=now())
    settle.settle_due(now=now())


async def with_gap(device):
    await device.call("TransactionEvent", event("Started", 0, minutes=30, wh=1000, idToken=calls_2x.CARD))
    await device.call("TransactionEvent", event("Updated", 3, minutes=20, trigger="MeterValuePeriodic", wh=3000))
    ended = event("Ended", 5, minutes=10, wh=5000, info={"stoppedReason": "EVDisconnected"})
    await device.call("TransactionEvent", ended)


def test_a_session_with_missing_messages_is_asked_about_and_settled_when_the_queue_is_empty(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await with_gap(device)
            await looking(price)
            assert await looking(lambda: Session.objects.get().state) == "stopped"
            said = await answering({"ongoingIndicator": False, "messagesInQueue": True})(device)
            assert said == ("GetTransactionStatus", {"transactionId": "T1"})
            await looking(price)
            assert await looking(lambda: Session.objects.get().state) == "stopped"
            await looking(lambda: Transaction.objects.update(status_asked_at=None))
            await answering({"ongoingIndicator": False, "messagesInQueue": False})(device)
            await looking(price)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert number_ranges.spans_of(row.seq_nos) == [(0, 1), (3, 4), (5, 6)]
    assert (row.missing_seq_nos, row.missing_count) == ("1–2, 4", 3)
    assert Session.objects.get().state == "settled"
    assert lost_messages.ask_due(now=now(hours=1)) == 0


def test_what_was_missing_and_comes_after_all_ends_the_wait(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await with_gap(device)
            for number, minutes, wh in ((4, 15, 4000), (1, 28, 1500), (2, 25, 2000), (2, 25, 2000)):
                late = event("Updated", number, minutes=minutes, trigger="MeterValuePeriodic", wh=wh, offline=True)
                await device.call("TransactionEvent", late)

    asyncio.run(story())
    price()

    row = Transaction.objects.get()
    assert (row.is_incomplete, row.missing_count, Session.objects.get().state) == (False, 0, "settled")
    assert lost_messages.ask_due(now=now(minutes=6)) == 0


@pytest.mark.parametrize(("is_away", "hours"), [(False, 1), (True, 24)])
def test_a_station_that_cannot_say_what_is_missing_holds_a_session_up_for_a_time_only(
    gateway, charger, member, is_away, hours
):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await with_gap(device)
            await looking(lambda: settle.catch_up(now=now()))
            if not is_away:
                await looking(lambda: settle.settle_due(now=now(hours=hours, minutes=1)))
                return
        while await looking(lambda: type(charger).objects.filter(connection_id__isnull=False).exists()):
            await asyncio.sleep(0.02)
        await looking(lambda: settle.settle_due(now=now(hours=hours - 1)))
        assert await looking(lambda: Session.objects.get().state) == "stopped"
        await looking(lambda: settle.settle_due(now=now(hours=hours, minutes=1)))

    asyncio.run(story())

    assert Session.objects.get().state == "settled"


def test_a_2x_transaction_that_its_station_has_forgotten_is_ended_with_what_is_known(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, wh=1000, idToken=calls_2x.CARD))
            await device.call("TransactionEvent", event("Updated", 1, minutes=3, trigger="MeterValuePeriodic", wh=3000))
            await device.call("StatusNotification", free())
            assert await looking(lambda: lost_messages.ask_due(now=now())) == 0  # its stop may be on its way
            await answering({"ongoingIndicator": False, "messagesInQueue": False})(device)

    asyncio.run(story())
    price()

    row = Transaction.objects.get()
    assert (row.case, row.meter_stop_wh, row.stopped_at) == ("never_stopped", 3000, row.register_at)
    assert row.case_detail == "The charger says that it is over, and never reported a stop; ended at its last reading."
    assert (Session.objects.get().state, Session.objects.get().ratings.latest("pk").energy_wh) == ("settled", 2000)


def test_a_2x_transaction_that_goes_on_is_left_alone_although_its_connector_is_called_free(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, wh=1000, idToken=calls_2x.CARD))
            await device.call("StatusNotification", free())
            await answering({"ongoingIndicator": True, "messagesInQueue": False})(device)
            assert await looking(lambda: lost_messages.end_due(now=now(hours=30))) == 0
            assert await looking(lambda: lost_messages.ask_due(now=now(minutes=20))) == 0

    asyncio.run(story())

    assert Transaction.objects.get().stopped_at is None


def test_a_stop_that_waits_in_the_stations_queue_is_waited_for(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, wh=1000, idToken=calls_2x.CARD))
            await device.call("StatusNotification", free())
            await answering({"ongoingIndicator": False, "messagesInQueue": True})(device)
            assert await looking(lambda: lost_messages.end_due(now=now(hours=1))) == 0
            ended = event("Ended", 1, minutes=3, wh=5000, info={"stoppedReason": "EVDisconnected"})
            await device.call("TransactionEvent", ended)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.case, row.meter_stop_wh) == ("", 5000)


def test_a_1_6_charger_that_is_free_again_is_asked_for_its_status_and_its_session_ended(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start()))["transactionId"]
            await device.call("MeterValues", sampled(4000, transaction_id=row_id, at=ago(minutes=12)))
            await device.call("StatusNotification", status("Available"))
            assert await looking(lambda: lost_messages.ask_due(now=now())) == 0
            said = await answering({"status": "Accepted"})(device)
            assert said == ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1})
            await looking(lambda: Transaction.objects.update(status_asked_at=now(seconds=-1)))
            await device.call("StatusNotification", status("Available"))
            assert await looking(lambda: lost_messages.end_due(now=now(minutes=2))) == 1
            assert not await looking(lambda: outlets_in_use(charger))
            # its stop comes after all
            await looking(price)
            assert await looking(lambda: Session.objects.get().ratings.latest("pk").energy_wh) == 3000
            stop = {"transactionId": row_id, "meterStop": 6000, "timestamp": ago(minutes=5)}
            await device.call("StopTransaction", stop)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.case, row.meter_stop_wh) == ("", 6000)
    assert Session.objects.get().late_stop_at is not None


def outlets_in_use(charger):
    return charger.evses.filter(outlets.in_use(now=now())).exists()


def test_a_1_6_charger_that_does_not_obey_is_believed_after_a_quarter_of_an_hour(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            await device.call("StatusNotification", status("Available"))
            assert await looking(lambda: lost_messages.end_due(now=now(minutes=14))) == 0
            assert await looking(lambda: lost_messages.end_due(now=now(minutes=16))) == 1

    asyncio.run(story())

    assert Transaction.objects.get().case == "never_stopped"


@pytest.mark.parametrize("word", ["Charging", "SuspendedEV", "Finishing"])
def test_a_1_6_status_that_flickers_ends_nothing(gateway, charger, member, word):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            await device.call("StatusNotification", status("Available"))
            await device.call("StatusNotification", status(word))
            assert await looking(lambda: lost_messages.ask_due(now=now(minutes=20))) == 0
            assert await looking(lambda: lost_messages.end_due(now=now(minutes=20))) == 0

    asyncio.run(story())

    assert Transaction.objects.get().stopped_at is None


def test_another_connector_of_the_evse_that_is_free_says_nothing(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, wh=1000, idToken=calls_2x.CARD))
            await device.call("StatusNotification", free(connectorId=2))
            assert await looking(lambda: outlets_in_use(charger))
            assert await looking(lambda: lost_messages.ask_due(now=now(minutes=20))) == 0

    asyncio.run(story())


def test_a_chain_of_updated_that_never_ends_is_held_when_its_station_knows_nothing_of_it(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await chain(device)
            await answering({"ongoingIndicator": False, "messagesInQueue": False})(device)

    asyncio.run(story())

    assert unclaimed.hold_due(now=now(minutes=16)) == 1
    session = Session.objects.get()
    assert (session.state, session.ratings.get().energy_wh) == ("held", 4000)


def test_a_chain_of_updated_of_a_station_that_fell_silent_is_held(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await chain(device)

    asyncio.run(story())

    assert unclaimed.hold_due(now=now(hours=3)) == 0
    assert unclaimed.hold_due(now=now(hours=5)) == 1
    session = Session.objects.get()
    assert (session.state, session.ratings.get().energy_wh) == ("held", 4000)


async def chain(device):
    for number, minutes, wh in ((4, 40, 1000), (5, 20, 3000), (6, 1, 5000)):
        updated = event("Updated", number, minutes=minutes, trigger="MeterValuePeriodic", wh=wh)
        await device.call("TransactionEvent", updated)


@pytest.mark.parametrize("unknown", [0, -1, 777])
def test_a_1_6_stop_that_comes_before_its_start_ends_it(gateway, charger, member, unknown):
    stop = {"transactionId": unknown, "meterStop": 6000, "timestamp": ago(minutes=5), "idTag": "04A1B2C3D4"}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StopTransaction", stop)
            began = start()
            first = (await device.call("StartTransaction", began))["transactionId"]
            assert (await device.call("StartTransaction", began))["transactionId"] == first
            await device.call("StopTransaction", stop)
            await device.call("StopTransaction", {**stop, "transactionId": first})
            return first

    first = asyncio.run(story())
    price()

    row = Transaction.objects.get()
    assert (row.pk, row.transaction_id, row.case) == (first, str(first), "")
    assert (row.meter_start_wh, row.meter_stop_wh) == (1000, 6000)
    settle.settle_due(now=now(hours=1))
    session = Session.objects.get()
    assert (session.state, session.ratings.latest("pk").energy_wh) == ("settled", 5000)


def test_a_1_6_stop_under_our_id_counts_also_after_a_guessed_stop_was_settled(gateway, charger, member):
    orphan = {"transactionId": 987654, "meterStop": 4000, "timestamp": ago(minutes=5), "idTag": "04A1B2C3D4"}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StopTransaction", orphan)
            number = (await device.call("StartTransaction", start()))["transactionId"]
            await looking(price)
            await looking(lambda: settle.settle_due(now=now(hours=1)))
            settled = await looking(Session.objects.get)
            assert (settled.state, (await looking(lambda: settled.ratings.latest("pk"))).energy_wh) == ("settled", 3000)
            stop = {"transactionId": number, "meterStop": 6000, "timestamp": ago(minutes=1)}
            await device.call("StopTransaction", stop)

    asyncio.run(story())
    Session.objects.filter(late_stop_at=None).update(late_stop_at=now())
    late_stops.catch_up(now=now(hours=1))

    session = Session.objects.get(transaction__case="")
    assert (session.transaction.energy_wh, session.late_stop.energy_wh) == (5000, 5000)
    assert session.late_stop.outcome == "not_billed"
    assert Transaction.objects.get(case="stop_without_start").meter_stop_wh == 4000


def test_a_1_6_stop_under_our_id_takes_a_session_out_of_review_that_a_guessed_stop_brought_there(
    gateway, charger, member
):
    orphan = {"transactionId": 987654, "meterStop": 900_000, "timestamp": ago(minutes=5), "idTag": "04A1B2C3D4"}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StopTransaction", orphan)
            number = (await device.call("StartTransaction", start()))["transactionId"]
            await looking(price)
            assert (await looking(Session.objects.get)).state == "held"
            stop = {"transactionId": number, "meterStop": 6000, "timestamp": ago(minutes=1)}
            await device.call("StopTransaction", stop)

    asyncio.run(story())
    settle.settle_due(now=now(hours=1))

    session = Session.objects.get(transaction__case="")
    assert (session.state, session.ratings.latest("pk").energy_wh, session.state_reason) == ("settled", 5000, "")


@pytest.mark.parametrize(
    "changes",
    [{"idTag": "OTHERCARD1"}, {"meterStop": 900}, {"timestamp": ago(hours=3)}],
    ids=["card", "register", "time"],
)
def test_a_1_6_stop_of_another_session_ends_no_start_that_comes_later(gateway, charger, member, changes):
    stop = {"transactionId": 0, "meterStop": 6000, "timestamp": ago(minutes=5), "idTag": "04A1B2C3D4", **changes}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StopTransaction", stop)
            await device.call("StartTransaction", start())

    asyncio.run(story())

    assert Transaction.objects.filter(stopped_at=None).count() == 1


def told_of(client, site, session):
    user = User.objects.create_user("host@example.com", "secret-password-1")
    Membership.objects.create(user=user, host=site.host, role="owner")
    client.force_login(user)
    page = client.get(f"/sessions/{session.pk}/").content.decode()
    found = re.search(r'id="missing-messages"><p>(.*?)</p>', page)
    return re.sub("<.*?>", "", found[1]) if found else ""


def test_the_session_says_which_messages_are_missing_and_what_the_station_said(gateway, charger, member, client, site):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await with_gap(device)

    asyncio.run(story())

    begun = "Messages are missing. 3 messages (1–2, 4) are missing."
    assert told_of(client, site, Session.objects.get()) == f"{begun} The charger is asked for them."
    Transaction.objects.update(status_asked_at=now(), status_answered_at=now(), status_answer="empty")
    page = client.get(f"/sessions/{Session.objects.get().pk}/").content.decode()
    assert "The charger has nothing left to send: the bill is made of what came." in page
    shown = SessionSerializer(Session.objects.select_related("transaction").get()).data
    assert shown["missing_messages"] == 3


@pytest.mark.parametrize(("last", "state"), [(event, "held"), (None, "settled")], ids=["flowing", "paused"])
def test_energy_that_may_have_flowed_after_the_last_reading_of_a_lost_stop_is_held(
    gateway, charger, member, last, state
):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=90, wh=1000, idToken=calls_2x.CARD))
            word = {"chargingState": "Charging" if last else "SuspendedEV"}
            updated = event("Updated", 1, minutes=60, trigger="MeterValuePeriodic", wh=3000, info=word)
            await device.call("TransactionEvent", updated)
            await device.call("StatusNotification", free())
            await answering({"ongoingIndicator": False, "messagesInQueue": False})(device)

    asyncio.run(story())
    price()

    session = Session.objects.get()
    assert session.state == state
    if state == "held":
        assert session.state_reason.startswith("The charger reported no stop, so the energy of the last 58 min")
        assert reviews.offers(session)
