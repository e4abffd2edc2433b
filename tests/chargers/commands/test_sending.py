"""Commands: from the row to the charger and back, in words."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from chargers.gateway import exchange
from chargers.journal.connection import Connection
from chargers.lib import ids
from chargers.models import Charger, Command, Message, Variable
from chargers.protocol.frames import CallResult, Version
from tests.kit.commands import obey, order
from tests.kit.connected import charger
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until

__all__ = ["charger"]


@pytest.mark.parametrize(
    ("action", "payload", "reply", "state", "words"),
    [
        (
            "RemoteStartTransaction",
            {"idTag": "04A1B2C3D4", "connectorId": 1},
            lambda i: [3, i, {"status": "Accepted"}],
            "accepted",
            "The charger will try to start the session.",
        ),
        ("Reset", {"type": "Hard"}, lambda i: [3, i, {"status": "Rejected"}], "rejected", "The charger refused."),
        (
            "ClearCache",
            {},
            lambda i: [4, i, "NotSupported", "", {}],
            "not_supported",
            "The charger does not support this command.",
        ),
        (
            "ClearCache",
            {},
            lambda i: [4, i, "FormationViolation"],
            "error",
            "The charger answered with the error FormationViolation.",
        ),
    ],
)
def test_it_sends_a_command_and_tells_its_outcome(gateway, charger, action, payload, reply, state, words):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            row = await looking(lambda: order(action, payload))
            frame = await obey(device, reply)
            assert frame[2:] == [action, payload]
            await until(lambda: Command.objects.get().state == state)
            return row.pk, frame[1]

    pk, message_id = asyncio.run(story())

    command = Command.objects.get(pk=pk)
    assert (command.outcome, command.message_id) == (words, message_id)
    message = Message.objects.get(direction="out")
    assert (message.action, message.origin, message.message_id) == (action, "user:host@example.com", message_id)
    assert json.loads(message.answer) == reply(message_id)


def test_it_sends_one_call_at_a_time_and_keeps_listening(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: [order("Reset", {"type": "Soft"}), order("ClearCache")])
            first = await device.receive()
            assert first[2] == "Reset"
            assert "currentTime" in await device.call("Heartbeat", {})
            with pytest.raises(TimeoutError):
                await device.receive(within_s=0.5)
            await device.send(json.dumps([3, first[1], {"status": "Accepted"}]))
            second = await device.receive()
            assert second[2] == "ClearCache"
            await device.send(json.dumps([3, second[1], {"status": "Accepted"}]))
            await until(lambda: Command.objects.filter(state="accepted").count() == 2)

    asyncio.run(story())


def test_it_ends_what_was_in_flight_as_unknown_when_the_connection_dies(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: order("Reset", {"type": "Soft"}))
            assert (await device.receive())[2] == "Reset"
        await until(lambda: Command.objects.get().state == "unknown")
        async with await Device.connect(gateway, "CP1") as device:
            with pytest.raises(TimeoutError):
                await device.receive(within_s=0.5)

    asyncio.run(story())

    assert Command.objects.get().outcome == "The connection ended before the answer: look at the charger."


def test_it_ends_what_a_superseded_connection_had_in_flight(gateway, charger):
    async def story():
        old = await Device.connect(gateway, "CP1")
        await old.call("Heartbeat", {})
        await looking(lambda: order("Reset", {"type": "Soft"}))
        frame = await old.receive()
        async with await Device.connect(gateway, "CP1") as new:
            await new.call("Heartbeat", {})
            await until(lambda: Command.objects.get().state == "unknown")
            await new.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            await new.call("Heartbeat", {})

    asyncio.run(story())

    assert Command.objects.get().state == "unknown"


def test_it_sends_nothing_to_a_charger_that_is_offline(gateway, charger):
    assert order("ClearCache").state == "offline"


def test_a_stop_that_was_asked_for_while_the_charger_was_away_is_sent_on_its_return(gateway, charger):
    order("RemoteStopTransaction", {"transactionId": 7})
    order("RemoteStopTransaction", {"transactionId": 7})
    order("RemoteStopTransaction", {"transactionId": 8})
    order("ClearCache")
    Command.objects.filter(payload={"transactionId": 8}).update(created_at=datetime.now(tz=UTC) - timedelta(minutes=2))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            frame = await obey(device, lambda i: [3, i, {"status": "Accepted"}])
            await until(lambda: Command.objects.filter(state="accepted").exists())
            with pytest.raises(TimeoutError):
                await device.receive(within_s=0.5)
            return frame[2:]

    assert asyncio.run(story()) == ["RemoteStopTransaction", {"transactionId": 7}]
    assert Command.objects.filter(state="offline").count() == 3


def test_it_finds_a_command_whose_nudge_was_lost(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            row = await looking(lambda: order("ClearCache"))
            frame = await device.receive()
            await device.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
            await until(lambda: Command.objects.get().state == "accepted")
            # The same again as if Redis had lost the nudge: a row and nothing else.
            await looking(
                lambda: Command.objects.filter(pk=row.pk).update(
                    state="queued", expires_at=datetime(2099, 1, 1, tzinfo=UTC)
                )
            )
            assert (await device.receive(within_s=8))[2] == "ClearCache"

    asyncio.run(story())


def test_it_never_sends_what_would_break_the_schema(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(
                lambda: [order("Reset", {"type": "Warm"}), order("RequestStartTransaction"), order("ClearCache")]
            )
            assert (await device.receive())[2] == "ClearCache"

    asyncio.run(story())

    words = {row.action: row.outcome for row in Command.objects.filter(state="error")}
    assert words["Reset"] == 'It was not sent: type is "Warm": write one of Hard, Soft.'
    assert (
        words["RequestStartTransaction"] == "It was not sent: the charger speaks OCPP 1.6, which has no such command."
    )


def test_it_keeps_the_settings_that_a_charger_tells(gateway, charger):
    settings = [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}, {"key": "Secret", "readonly": True}]

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: order("GetConfiguration"))
            await obey(device, lambda i: [3, i, {"configurationKey": settings}])
            await until(lambda: Command.objects.get().state == "accepted")

    asyncio.run(story())

    assert list(Variable.objects.order_by("name").values_list("name", "value", "mutability")) == [
        ("HeartbeatInterval", "300", "ReadWrite"),
        ("Secret", None, "ReadOnly"),
    ]


def test_it_shows_sent_accepted_and_effect_separately(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("Heartbeat", {})
            token = {"idToken": "04A1B2C3D4", "type": "ISO14443"}
            payload = {"idToken": token, "remoteStartId": 7, "evseId": 1}
            await looking(
                lambda: order(
                    "RequestStartTransaction", payload, id_token="04A1B2C3D4", evse_number=1, remote_start_id=7
                )
            )
            await obey(device, lambda i: [3, i, {"status": "Accepted"}])
            await until(lambda: Command.objects.get().state == "accepted")
            assert (await looking(Command.objects.get)).effect_seen_at is None
            started = {
                "eventType": "Started",
                "timestamp": datetime.now(tz=UTC).isoformat(),
                "triggerReason": "RemoteStart",
                "seqNo": 0,
                "transactionInfo": {"transactionId": "T1", "remoteStartId": 7},
                "evse": {"id": 1},
                "idToken": token,
            }
            assert (await device.call("TransactionEvent", started))["idTokenInfo"]["status"] == "Accepted"

    asyncio.run(story())

    command = Command.objects.get()
    assert command.sent_at <= command.answered_at <= command.effect_seen_at


SECRET_REPLY = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "6f70656e20736573616d65"}]}


@pytest.mark.django_db
def test_it_gives_a_late_answer_to_its_command_and_hides_its_secrets(charger):
    now = datetime.now(tz=UTC)
    connection = Connection(charger, Version.V16, ids.generate(now=now))
    Charger.objects.filter(pk=charger.pk).update(connection_id=connection.id, connected_at=now)
    row = order("GetConfiguration")
    outgoing = exchange.next_command(connection, now=now).value
    Message.objects.create(
        id=outgoing.journal_id,
        charger=charger,
        direction="out",
        ocpp_version="1.6",
        message_type=2,
        action="GetConfiguration",
        message_id=outgoing.message_id,
        request_at=now,
        request=outgoing.text,
    )
    exchange.handle_timeout(outgoing, now=now + timedelta(seconds=30))
    text = json.dumps([3, outgoing.message_id, SECRET_REPLY])
    late = now + timedelta(seconds=40)

    frame = CallResult(outgoing.message_id, SECRET_REPLY)
    exchange.handle_frame(connection, text=text, frame=frame, now=late, is_presence_due=False)

    command, kept = Command.objects.get(pk=row.pk), Message.objects.get(message_id=outgoing.message_id)
    assert (command.state, command.answered_at) == ("accepted", late)
    assert command.reply["configurationKey"][0]["value"] == "(hidden: a password)"
    assert (kept.action, kept.is_error, kept.fault) == ("GetConfiguration", False, "")
    assert "6f70656e" not in kept.answer


def test_it_hides_secrets_in_an_answer_whose_command_it_does_not_know(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.send(json.dumps([3, "of-nothing", SECRET_REPLY]))
            await device.call("Heartbeat", {})

    asyncio.run(story())

    kept = Message.objects.get(message_id="of-nothing")
    assert "(hidden: a password)" in kept.request
    assert "6f70656e" not in kept.request
