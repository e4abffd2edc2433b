"""`manage.py simulate_provider`: the demo's mobility providers, which answer when a roaming card is presented."""

import asyncio
import socket
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections as database

from authorization.models import MobilityProvider
from billing.roaming.credentials import handshake
from billing.roaming.partners import connections
from chargers.lib import secrets
from chargers.simulator import calendar
from chargers.simulator.emsp import TOKEN_A, VERSIONS_PATH
from chargers.simulator.hotel import Hotel
from chargers.simulator.provider import DEMO_CARDS, DEMO_MANNERS, TOKENS_PATH, Provider


class Command(BaseCommand):
    """Serves OCPI's real-time authorization for the demo's cards until stopped."""

    help = "A provider that accepts one card, refuses another with NO_CREDIT, and answers a third one far too late."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        socket_group = parser.add_mutually_exclusive_group()
        socket_group.add_argument(
            "--port", type=int, default=0, help="a port of this machine; any free one if left out"
        )
        socket_group.add_argument("--fd", type=int, help="a listening socket that the supervisor opened")

    def handle(self, *_: Any, **options: Any) -> None:
        fd = options["fd"]
        listener = socket.create_server(("127.0.0.1", options["port"])) if fd is None else socket.socket(fileno=fd)
        try:
            asyncio.run(self._serve(listener))
        except KeyboardInterrupt:
            self.stdout.write("stopped")

    async def _serve(self, listener: socket.socket) -> None:
        provider = Provider(
            manners=dict(DEMO_MANNERS), cards=list(DEMO_CARDS), calendars={calendar.NAME: calendar.feed}, hotel=Hotel()
        )
        address = await provider.start(listener)
        self.stdout.write(f"answers at {address}/{{uid}}/authorize: {', '.join(DEMO_MANNERS)}")
        self.stdout.flush()
        await asyncio.to_thread(self._connect, address.removesuffix(TOKENS_PATH))
        await asyncio.Event().wait()

    def _connect(self, base: str) -> None:
        """Connects the demo's partner by the usual handshake."""
        msp = MobilityProvider.objects.filter(country_code="NL", party_id="EMS").first()
        if msp is None:
            return
        msp.versions_url, msp.token_a_encrypted = f"{base}{VERSIONS_PATH}", secrets.encrypt(TOKEN_A)
        msp.save(update_fields=["versions_url", "token_a_encrypted"])
        connection = connections.of_provider(msp)
        if connection.is_registered:
            connections.unregister(connection, now=datetime.now(tz=UTC))  # left by an earlier run, on another port
        for step in handshake.connect(connection, now=datetime.now(tz=UTC)):
            self.stdout.write(step.sentence)
        self.stdout.flush()
        database.close_all()
