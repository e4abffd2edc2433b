"""`manage.py stays --property SLUG`: prints a property's stays as JSON lines, in order of arrival."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any, Final

from django.core.management import CommandError

from authorization.models import Stay
from authorization.people.request import now
from authorization.visits import stays
from authorization.visits.stays import State
from chargers.lib.quick_command import QuickCommand
from chargers.models import Property

_STATES: Final = {
    State.COMING: "expected",
    State.RUNNING: "in_house",
    State.OVER: "ended",
    State.CANCELLED: "cancelled",
    State.NO_SHOW: "no_show",
}


class Command(QuickCommand):
    """Prints the stays, including cancelled ones. `source` is the connection's key; null if it was entered by hand."""

    help = "Prints the stays of a property as JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--property", required=True, metavar="SLUG")

    def handle(self, *_: Any, **options: Any) -> None:
        property_ = Property.objects.filter(slug=options["property"]).first()
        if property_ is None:
            raise CommandError(f"There is no property {options['property']!r}.", returncode=2)
        at = now()
        rows = Stay.objects.filter(property=property_).select_related("unit", "connection")
        for stay in rows.order_by("arrives_at", "pk").iterator():
            self.stdout.write(json.dumps(_line(stay, at=at), ensure_ascii=False))


def _line(stay: Stay, *, at: datetime) -> dict[str, Any]:
    begins, ends = stays.access_span(stay)
    return {
        "key": stays.display_key(stay),
        "unit": stay.unit.slug if stay.unit else None,
        "starts_at": _utc(stay.arrives_at),
        "ends_at": _utc(stay.departs_at),
        "state": _STATES[stays.state(stay, now=at)],
        "access_from": _utc(begins),
        "access_to": _utc(ends),
        "source": stay.connection.key if stay.connection else None,
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
