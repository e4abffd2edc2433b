"""`manage.py simulate_partner`: another back office, for the demo and for trying out the proxy."""

import asyncio
import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from chargers.simulator.partner import DEMO_CARDS, Manner, Partner


class Command(BaseCommand):
    """Serves OCPP 1.6, 2.0.1 and 2.1 as a back office would, until stopped."""

    help = "Another back office: it accepts the cards that it is given, refuses all others, and may be slow."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        socket_group = parser.add_mutually_exclusive_group()
        socket_group.add_argument(
            "--port", type=int, default=0, help="a port of this machine; any free one if left out"
        )
        socket_group.add_argument("--fd", type=int, help="a listening socket that the supervisor opened")
        parser.add_argument("--accept", action="append", metavar="UID", help="a card that is good (the demo's alone)")
        parser.add_argument("--refuse-with", default="Invalid", metavar="STATUS", help="said to every other card")
        parser.add_argument("--delay", type=float, default=0, metavar="S", help="seconds before each answer")
        parser.add_argument("--password", default="", help="asked of every charger; its id is the user name")

    def handle(self, *_: Any, **options: Any) -> None:
        fd = options["fd"]
        listener = socket.create_server(("127.0.0.1", options["port"])) if fd is None else socket.socket(fileno=fd)
        manner = Manner(
            cards=frozenset(options["accept"] or DEMO_CARDS),
            word=options["refuse_with"],
            delay_s=options["delay"],
            password=options["password"],
        )
        try:
            asyncio.run(self._serve(listener, manner))
        except KeyboardInterrupt:
            self.stdout.write("stopped")

    async def _serve(self, listener: socket.socket, manner: Manner) -> None:
        address = await Partner(manner=manner).start(listener)
        self.stdout.write(f"answers at {address}/{{charger id}}; good cards: {', '.join(sorted(manner.cards or ()))}")
        self.stdout.flush()
        await asyncio.Event().wait()
