"""Open incidents and recovery tickets at a host's own chargers; nothing about other hosts."""

from collections.abc import Iterator
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse

from authorization.people.access import Viewer
from backoffice.portal.attention.cause import Cause, Kind, Link, page_of, subject_of
from chargers.models import Charger
from support.incidents import attention as incidents
from support.models import AffectedCharger, Ticket
from support.tickets import reading

_WORDS: Final = "Part of an incident"


def for_viewer(viewer: Viewer, chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    """Yields the causes. Two queries."""
    yield from _incidents(chargers)
    yield from _tickets(viewer, chargers)


def _incidents(chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    rows = AffectedCharger.objects.filter(charger__in=chargers, recovered_at=None, fault__closed_at=None)
    for row in rows.select_related("fault", "charger"):
        page = f"{page_of('chargers:overview', row.charger)}#incident"
        note = f" Support: {row.fault.note}" if row.fault.note else ""
        yield Cause(
            subject=subject_of(row.charger.charger_id),
            kind=Kind.INCIDENT,
            key=f"incident:{row.fault_id}:{row.fault.noted_at or ''}",
            level="warn",
            since=row.since,
            words=Link(_WORDS, page),
            detail=f"{incidents.sentence(row.fault)}.{note}",
            fix=Link("See what support says", page),
        )


def _tickets(viewer: Viewer, chargers: "QuerySet[Charger]") -> Iterator[Cause]:
    """Yields the ladder's tickets, for users who may read them."""
    if isinstance(viewer, AnonymousUser):
        return
    rows = reading.visible_tickets(viewer).filter(
        origin=Ticket.Origin.LADDER, state__in=Ticket.LIVE, charger__in=chargers
    )
    for ticket in rows.select_related("charger"):
        assert ticket.charger is not None
        page = reverse("help:ticket", args=[ticket.secret])
        yield Cause(
            subject=subject_of(ticket.charger.charger_id),
            kind=Kind.REPORTED,
            key=f"reported:{ticket.pk}:{ticket.state}",
            level="warn",
            since=ticket.opened_at,
            words=Link(f"The safe ladder opened {ticket.label}", page),
            detail=ticket.get_state_display().lower(),
            fix=Link("Follow the request", page),
        )
