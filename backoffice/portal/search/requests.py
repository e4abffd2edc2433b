"""Searches for requests: a host's people find their own by number, agents find all."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from authorization.models import User
from authorization.people.access import Viewer
from backoffice.portal.search.hits import OF_A_KIND, Hit
from billing.formatting.pasted_values import PastedValue
from support.models import Ticket
from support.tickets import reading

_LABEL: Final = re.compile(r"^T-(\d{4,12})$", re.IGNORECASE)
_FIRST: Final = 1000


def by_label(viewer: Viewer, ones: Sequence[PastedValue]) -> Iterator[Hit]:
    """Finds requests by labels such as T-1002. One query; none if the text is not such a label."""
    matches = (_LABEL.match(text.strip()) for pasted in ones for text in (pasted.text, pasted.whole))
    keys = {int(match[1]) - _FIRST for match in matches if match is not None}
    if not keys or isinstance(viewer, AnonymousUser):
        return
    is_agent = isinstance(viewer, User) and viewer.is_agent
    rows = Ticket.objects.all() if is_agent else reading.visible_tickets(viewer)
    for ticket in rows.filter(pk__in=keys)[:OF_A_KIND]:
        agents = reverse("admin:support_ticket_change", args=[ticket.pk]) if is_agent else ""
        yield Hit(
            kind="page",
            id=ticket.label,
            title=f"{ticket.label}: {ticket.subject}",
            url=agents or reverse("help:ticket", args=[ticket.secret]),
            why="Its number.",
        )
