"""Commands by API, form and page with more entries than the charger takes at once: in parts, the answers joined."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from authorization.models import User
from chargers.commands import builder, sending
from chargers.models import Charger, Command, LocalList, Message, Variable
from chargers.protocol.frames import Version
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until


def limit(charger, component, name, instance="", value="2"):
    facts = {"component": component, "name": name, "instance": instance, "value": value}
    Variable.objects.create(charger=charger, reported_at=datetime.now(tz=UTC), **facts)


def named(number):
    return {"component": {"name": "C"}, "variable": {"name": f"V{number}"}}


def ordered(action, payload, version):
    charger = Charger.objects.get(charger_id="CP1")
    agent, _ = User.objects.get_or_create(email="agent@example.com", is_agent=True)
    order = builder.check(action, payload, version=version)
    return sending.send(charger, order, by=agent, now=datetime.now(tz=UTC))


def story_of(gateway, action, payload, replies, *, version="2.0.1"):
    """The payloads that came, and the command in the end."""

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            row = await looking(lambda: ordered(action, payload, Version(version)))
            came = []
            for reply in replies:
                frame = await device.receive()
                assert frame[2] == action
                came.append(frame[3])
                answer = reply(frame[3]) if callable(reply) else reply
                await device.send(
                    json.dumps([3, frame[1], answer] if isinstance(answer, dict) else [4, frame[1], *answer])
                )
            await until(lambda: Command.objects.get(pk=row.pk).state not in {"sent", "queued"})
            return came, row.pk

    came, pk = asyncio.run(story())
    return came, Command.objects.get(pk=pk)


def variables_told(payload):
    return {
        "getVariableResult": [
            {**entry, "attributeStatus": "Accepted", "attributeValue": entry["variable"]["name"].lower()}
            for entry in payload["getVariableData"]
        ]
    }


def test_get_variables_is_sent_in_parts_and_answered_once(gateway, charger):
    limit(charger, "DeviceDataCtrlr", "ItemsPerMessage", "GetVariables")

    asked = {"getVariableData": [named(number) for number in range(5)]}
    came, command = story_of(gateway, "GetVariables", asked, [variables_told] * 3)

    assert [len(payload["getVariableData"]) for payload in came] == [2, 2, 1]
    assert (command.state, command.payload) == ("accepted", asked)
    assert [one["attributeValue"] for one in command.reply["getVariableResult"]] == ["v0", "v1", "v2", "v3", "v4"]
    assert Variable.objects.filter(component="C").count() == 5
    assert Message.objects.filter(direction="out", action="GetVariables").count() == 3
    assert Command.objects.filter(action="GetVariables").count() == 1


def test_an_error_in_the_middle_keeps_what_was_answered(gateway, charger):
    limit(charger, "DeviceDataCtrlr", "ItemsPerMessage", "GetVariables")

    asked = {"getVariableData": [named(number) for number in range(5)]}
    came, command = story_of(gateway, "GetVariables", asked, [variables_told, ["InternalError", "", {}]])

    assert (len(came), command.state, len(command.reply["getVariableResult"])) == (2, "error", 2)


def test_passwords_in_later_parts_are_sent_and_kept_nowhere(gateway, charger):
    limit(charger, "DeviceDataCtrlr", "ItemsPerMessage", "SetVariables", value="1")
    words = ("first-password-1", "second-password-2")
    asked = {
        "setVariableData": [
            {"component": {"name": "C"}, "variable": {"name": f"Net{number}Password"}, "attributeValue": word}
            for number, word in enumerate(words)
        ]
    }

    def done(payload):
        entry = payload["setVariableData"][0]
        place = {name: entry[name] for name in ("component", "variable")}
        return {"setVariableResult": [{**place, "attributeStatus": "Accepted"}]}

    came, command = story_of(gateway, "SetVariables", asked, [done, done])

    assert [payload["setVariableData"][0]["attributeValue"] for payload in came] == list(words)
    assert (command.state, command.secret_encrypted) == ("accepted", "")
    kept = json.dumps([command.payload, command.reply, *Message.objects.values_list("request", flat=True)])
    assert not any(word in kept for word in words)


def test_a_1_6_charger_is_asked_for_no_more_keys_than_it_takes(gateway, charger):
    limit(charger, "", "GetConfigurationMaxKeys")

    def told(payload):
        return {"configurationKey": [{"key": key, "readonly": False, "value": "1"} for key in payload["key"]]}

    came, command = story_of(gateway, "GetConfiguration", {"key": ["A", "B", "D"]}, [told, told], version="1.6")

    assert [payload["key"] for payload in came] == [["A", "B"], ["D"]]
    assert [entry["key"] for entry in command.reply["configurationKey"]] == ["A", "B", "D"]


@pytest.mark.parametrize(("answers", "count"), [(("Accepted", "Accepted"), 3), (("Failed",), 0)])
def test_a_local_list_by_api_goes_out_in_parts_until_one_is_refused(gateway, charger, answers, count):
    limit(charger, "LocalAuthListCtrlr", "ItemsPerMessage")
    entry = {"idTokenInfo": {"status": "Accepted"}}
    cards = [{**entry, "idToken": {"idToken": f"CARD{number}", "type": "ISO14443"}} for number in range(3)]
    asked = {"versionNumber": 7, "updateType": "Full", "localAuthorizationList": cards}

    came, command = story_of(gateway, "SendLocalList", asked, [{"status": word} for word in answers])

    sent = [(one["versionNumber"], one["updateType"]) for one in came]
    assert sent == [(7, "Full"), (8, "Differential")][: len(answers)]
    assert (command.state == "accepted") is bool(count)
    known = LocalList.objects.filter(charger=charger).first()
    assert (len(known.entries) if known else 0) == count
