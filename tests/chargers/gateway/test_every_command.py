"""Every action that a back office sends, in each version: asked for over the API, sent, answered, told in words."""

import asyncio
import json

import pytest
from django.test import Client

from authorization.models import ApiKey
from chargers.models import Command
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart, Sender
from tests.kit.gateway import ROOT, Device, looking
from tests.kit.outbound import SAMPLES
from tests.kit.waiting import until


@pytest.mark.parametrize("version", Version)
def test_its_samples_cover_every_action_of_the_version(version):
    assert set(SAMPLES[version]) == schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)


@pytest.mark.parametrize("version", Version)
def test_its_samples_follow_the_standard(version):
    found = [
        (action, violation.sentence)
        for action, sample in SAMPLES[version].items()
        for part, payload in (
            (PayloadPart.REQUEST, sample.payload),
            (PayloadPart.RESPONSE, sample.yes),
            (PayloadPart.RESPONSE, sample.no),
        )
        for violation in schemas.violations(version=version, action=action, part=part, payload=payload)
    ]

    assert found == []


@pytest.mark.parametrize("version", Version)
def test_its_documentation_names_every_action_of_the_version(version):
    column = 2 + list(Version).index(version)
    rows = [line.split("|") for line in (ROOT / "docs/ocpp.md").read_text().splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `") for row in rows if row[column].strip() == "✓"}

    assert told == schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)


@pytest.fixture
def ask(charger):
    """Posts a command as the host's own software would; answers its id."""
    _, key = ApiKey.objects.create_key(name="test", host=charger.property.host)
    client = Client(headers={"Authorization": f"Api-Key {key}"})

    def post(action, payload):
        body = {"action": action, "payload": payload}
        answer = client.post("/api/v1/chargers/CP1/commands/", body, content_type="application/json")
        assert answer.status_code == 202, (action, answer.json())
        return answer.json()["id"]

    return post


def ended(command_id):
    return lambda: Command.objects.filter(pk=command_id, answered_at__isnull=False).exists()


def converse(gateway, version, ask, reply_of):
    """Asks for every action of the version in turn; `reply_of` makes the charger's frame of an action and an id."""

    async def story():
        told = {}
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            for action, sample in SAMPLES[version].items():
                command_id = await looking(lambda action=action, sample=sample: ask(action, sample.payload))
                frame = await device.receive()
                assert frame == [2, frame[1], action, sample.payload]
                assert not schemas.violations(
                    version=Version(version), action=action, part=PayloadPart.REQUEST, payload=frame[3]
                )
                await device.send(json.dumps(reply_of(action, frame[1])))
                await until(ended(command_id))
                row = await looking(lambda pk=command_id: Command.objects.get(pk=pk))
                told[action] = (row.state, row.outcome, row.reply)
        return told

    return asyncio.run(story())


@pytest.mark.parametrize("version", list(SAMPLES))
def test_it_tells_every_yes_in_words(gateway, ask, version):
    samples = SAMPLES[version]

    told = converse(gateway, version, ask, lambda action, i: [3, i, samples[action].yes])

    assert told == {action: ("accepted", one.yes_words, one.yes) for action, one in samples.items()}


@pytest.mark.parametrize("version", list(SAMPLES))
def test_it_tells_every_no_in_words(gateway, ask, version):
    samples = SAMPLES[version]

    told = converse(gateway, version, ask, lambda action, i: [3, i, samples[action].no])

    assert told == {action: (one.no_state, one.no_words, one.no) for action, one in samples.items()}


@pytest.mark.parametrize("version", list(SAMPLES))
def test_it_tells_of_every_command_that_a_charger_does_not_know(gateway, ask, version):
    told = converse(gateway, version, ask, lambda _, i: [4, i, "NotImplemented", "", {}])

    words = "The charger does not support this command."
    assert told == dict.fromkeys(SAMPLES[version], ("not_supported", words, None))
