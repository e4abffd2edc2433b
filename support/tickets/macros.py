"""Stored texts for replies, with placeholders for the ticket's facts."""

import re
from collections.abc import Mapping
from typing import Final

from django.db.models import Q

from support.models import Macro, Ticket

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
UNKNOWN: Final = "[…]"
"""Stands for an unknown fact. The agent must replace it before sending."""


def list_for_ticket(ticket: Ticket) -> list[Macro]:
    """Returns the macros of the ticket's topic first, then those for every topic. One query."""
    rows = Macro.objects.filter(Q(topic=None) | Q(topic=ticket.topic)).order_by("name")
    return sorted(rows, key=lambda macro: macro.topic is None)


def render(text: str, facts: Mapping[str, str]) -> str:
    """Replaces every placeholder; unknown values are marked. Values are never read as placeholders."""
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1], "") or UNKNOWN, text)
