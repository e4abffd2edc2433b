"""Shared by the stories of proxied chargers."""

import asyncio
import socket
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from asgiref.sync import sync_to_async

from chargers.lib import secrets
from chargers.models import Charger, Upstream
from chargers.simulator.partner import Manner, Partner
from chargers.upstreams import backends
from tests.kit.gateway import looking


def port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listener_on(number):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", number))
    listener.listen(64)
    return listener


@asynccontextmanager
async def standing(number=None, *, first=900_001, **manner):
    partner = Partner(manner=Manner(**manner), first_transaction_id=first)
    await partner.start(listener_on(number or port()))
    try:
        yield partner
    finally:
        partner.kill()


def address(partner):
    return f"ws://127.0.0.1:{partner._server.sockets[0].getsockname()[1]}/ocpp"


def connect(charger, name, partner, *, role="follower", password="", **fields):
    url = partner if isinstance(partner, str) else address(partner)
    row = Upstream.objects.create(
        charger=charger, name=name, url=url, role=role, password_encrypted=secrets.encrypt(password), **fields
    )
    changed(charger)
    return row


def changed(charger):
    backends.announce_changes(Charger.objects.filter(pk=charger.pk), now=datetime.now(tz=UTC))


async def until(question, *, within_s=15.0):
    """Waits until `question`, about the state of this process, is true."""
    deadline = time.monotonic() + within_s
    while not question():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)


async def until_stored(question, *, within_s=15.0):
    deadline = time.monotonic() + within_s
    while not await looking(question):
        assert time.monotonic() < deadline, "it was not stored"
        await asyncio.sleep(0.05)


def make_leader(charger, row):
    Upstream.objects.filter(charger=charger).update(role="follower")
    if row is not None:
        Upstream.objects.filter(pk=row.pk).update(role="leader")
    changed(charger)


aconnect = sync_to_async(connect)
