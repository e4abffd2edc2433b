"""What the tests of local_lists.list_state, local_lists.sync and tokens.local_lists share."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token, TokenGroup
from chargers.commands import queue
from chargers.commands.results import of_reply
from chargers.flows import command_effects
from chargers.journal.connection import Connection, Outgoing
from chargers.lib import ids
from chargers.local_lists import list_state, sync
from chargers.models import CardMemory, Charger, Command, Variable
from chargers.protocol.frames import Version

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def group(site):
    group = TokenGroup.objects.create(host=site.host, slug="residents", name="Residents")
    group.properties.add(site)
    return group


@pytest.fixture
def online(charger, group):
    Charger.objects.update(
        connection_id=ids.generate(now=NOW), connected_at=NOW - timedelta(minutes=5), ocpp_version="1.6"
    )
    for uid in ("04AA", "04BB", "04CC"):
        add(group, uid)
    charger.refresh_from_db()
    return charger


def add(group, uid, **fields):
    token = Token.objects.create(host=group.host, uid=uid, canonical_uid=uid, **fields)
    token.groups.add(group)
    return token


def setting(charger, name, value, *, component=""):
    Variable.objects.create(charger=charger, component=component, name=name, value=value, reported_at=NOW)


def look(now=NOW):
    for pks in sync.due(now=now).values():
        sync.keep(pks, now=now)
    return CardMemory.objects.first()


def waiting():
    return Command.objects.filter(state="queued").order_by("created_at", "id").first()


def answer(reply, *, now=NOW, version=Version.V16):
    """Lets the charger answer the waiting command, and does everything that follows from it."""
    command = waiting()
    Command.objects.filter(pk=command.pk).update(state="sent")
    outcome = of_reply(command.action, reply)
    outgoing = Outgoing(command.pk, ids.generate(now=now), "m", command.action, "")
    command_effects.apply_answer(
        Connection(command.charger, version, ids.generate(now=now)), outgoing, outcome, reply, now=now
    )
    assert queue.close(command.pk, state=outcome.result.value, outcome=outcome.sentences, reply=reply, now=now)
    return command


def keep_in_step(charger):
    """A charger that has stored our list."""
    list_state.choose(charger, "on")
    look()
    answer({"listVersion": 0})
    look()
    answer({"status": "Accepted"})
    memory = look()
    assert memory.state == "in_step"
    return memory


def uids_of(command):
    return [one["idTag"] for one in command.payload.get("localAuthorizationList", [])]
