"""Open incidents and the safe ladder's tickets as hosts see them at their own chargers: nothing about other hosts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse

from authorization.people.access import Viewer
from billing.portal.overview import causes
from billing.portal.overview.causes import Cause, Kind, Link
from chargers.models import Charger
from support.incidents import patterns
from support.models import AffectedCharger, CommonFault, Ticket
from support.tickets import reading

_WORDS: Final = "Part of an incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """An open incident at one charger. `note`: what support says about it; empty: nothing yet."""

    sentence: str
    since: datetime
    note: str
    noted_at: datetime | None


def of(viewer: Viewer, chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    """What the attention list says of them. Two queries."""
    yield from _incidents(chargers)
    yield from _tickets(viewer, chargers)


def at(charger: Charger) -> list[Concerned]:
    """Open incidents that a charger is part of. One query."""
    rows = AffectedCharger.objects.filter(charger=charger, recovered_at=None, fault__closed_at=None)
    return [
        Concerned(sentence=_sentence(row.fault), since=row.since, note=row.fault.note, noted_at=row.fault.noted_at)
        for row in rows.select_related("fault").order_by("since")
    ]


def _incidents(chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    rows = AffectedCharger.objects.filter(charger__in=chargers, recovered_at=None, fault__closed_at=None)
    for row in rows.select_related("fault", "charger"):
        page = f"{causes.page_of('chargers:overview', row.charger)}#incident"
        note = f" Support: {row.fault.note}" if row.fault.note else ""
        yield Cause(
            subject=causes.subject_of(row.charger.charger_id),
            kind=Kind.INCIDENT,
            key=f"incident:{row.fault_id}:{row.fault.noted_at or ''}",
            level="warn",
            since=row.since,
            words=Link(_WORDS, page),
            detail=f"{_sentence(row.fault)}.{note}",
            fix=Link("See what support says", page),
        )


def _sentence(row: CommonFault) -> str:
    what = "are offline" if row.code == patterns.OFFLINE else f"report {row.code}"
    match row.kind:
        case CommonFault.Kind.SITE:
            return "Several chargers of this property do not work"
        case CommonFault.Kind.FIRMWARE:
            return f"Several chargers with this firmware {what}"
        case _:
            return f"Several chargers {what}"


def _tickets(viewer: Viewer, chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    """Of the ladder, for those who may read them."""
    if isinstance(viewer, AnonymousUser):
        return
    rows = reading.seen(viewer).filter(origin=Ticket.Origin.LADDER, state__in=Ticket.LIVE, charger__in=chargers)
    for ticket in rows.select_related("charger"):
        assert ticket.charger is not None
        page = reverse("help:ticket", args=[ticket.secret])
        yield Cause(
            subject=causes.subject_of(ticket.charger.charger_id),
            kind=Kind.REPORTED,
            key=f"reported:{ticket.pk}:{ticket.state}",
            level="warn",
            since=ticket.opened_at,
            words=Link(f"The safe ladder opened {ticket.label}", page),
            detail=ticket.get_state_display().lower(),
            fix=Link("Follow the request", page),
        )
