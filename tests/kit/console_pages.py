"""What the tests of commands.uploads and views.console share."""

import json
import uuid
from datetime import UTC, datetime

import pytest

from chargers.lib import secrets
from chargers.models import Charger, Command

CONSOLE = "/chargers/CP1/commands/"


@pytest.fixture
def online(world):
    connect("1.6")
    return world


def connect(version):
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC), ocpp_version=version)


def post(client, path=CONSOLE, **fields):
    return client.post(path, fields)


@pytest.fixture
def link(online, client_of):
    post(client_of(online.owner), ask="diagnostics")
    command = Command.objects.get()
    (location,) = json.loads(secrets.decrypt(command.secret_encrypted))
    assert location.startswith("http://127.0.0.1:8000/u/")
    return location.removeprefix("http://127.0.0.1:8000")
