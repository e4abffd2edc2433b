"""`manage.py simulate`: simulated chargers over a real websocket."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from chargers.simulator import stories
from chargers.simulator.device import Identity
from chargers.simulator.link import CallFailedError, RefusedError
from chargers.simulator.station import DEVICES


class Command(BaseCommand):
    """Boots N chargers, taps a card, charges and stops; or plays the demo's stories for ever."""

    help = "Simulated chargers. With --chargers N above 1 the ids are ID-1 to ID-N."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="ws://HOST/ocpp")
        parser.add_argument("--id", help="charger id")
        parser.add_argument("--password")
        parser.add_argument("--version", dest="ocpp_version", choices=sorted(DEVICES), default="1.6")
        parser.add_argument("--token", default="04A1B2C3D4", metavar="UID", help="the card to tap")
        parser.add_argument("--chargers", type=int, default=1, metavar="N")
        parser.add_argument("--outlets", type=int, default=1)
        parser.add_argument("--power", type=int, default=11000, metavar="W")
        parser.add_argument("--seconds", type=float, default=30, help="how long to charge")
        parser.add_argument("--stay", action="store_true", help="stay connected afterwards and obey commands")
        parser.add_argument("--stories", action="store_true", help="play the demo's stories for ever")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        # Replaces Django's --version by ours (the OCPP version).
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def handle(self, *_: Any, **options: Any) -> None:
        work = stories.play_all(url=options["url"], log=self._print) if options["stories"] else self._run(options)
        try:
            asyncio.run(work)
        except KeyboardInterrupt:
            self._print("stopped")
        except (RefusedError, CallFailedError, OSError, TimeoutError) as exc:
            raise CommandError(str(exc) or type(exc).__name__) from exc

    async def _run(self, options: dict[str, Any]) -> None:
        if not options["id"]:
            raise CommandError("Give the charger's id with --id, or play the demo's stories with --stories.")
        count = options["chargers"]
        names = [options["id"]] if count == 1 else [f"{options['id']}-{n}" for n in range(1, count + 1)]
        await asyncio.gather(*(self._run_charger(name, options) for name in names))

    async def _run_charger(self, name: str, options: dict[str, Any]) -> None:
        identity = Identity(
            url=options["url"], charger_id=name, password=options["password"], outlets=options["outlets"]
        )
        device = DEVICES[options["ocpp_version"]](identity, log=lambda sentence: self._print(f"{name} {sentence}"))
        device.on_start_order = stories.make_start_handler(device, power_w=options["power"])
        await device.connect()
        try:
            if await stories.present_card(device, options["token"]):
                await stories.charge(
                    device, outlet=1, uid=options["token"], power_w=options["power"], seconds=options["seconds"]
                )
        except (OSError, TimeoutError) as exc:
            if not options["stay"]:
                raise
            device.log(f"could not go on: {exc}")
        if options["stay"]:
            await stories.stay(device)
        if device.link:
            await device.link.close()

    def _print(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
