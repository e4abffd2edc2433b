"""Stored texts for replies, whose placeholders are filled from the ticket's facts."""

import re
from collections.abc import Mapping
from typing import Final

from django.db.models import Q

from support.models import Macro, Ticket

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
UNKNOWN: Final = "[…]"
"""Stands where a fact is not known: it is not sent before the agent replaced it."""


def offered(ticket: Ticket) -> list[Macro]:
    """Those of the ticket's topic first, then those for every topic. One query."""
    rows = Macro.objects.filter(Q(topic=None) | Q(topic=ticket.topic)).order_by("name")
    return sorted(rows, key=lambda macro: macro.topic is None)


def render(text: str, facts: Mapping[str, str]) -> str:
    """The text with every placeholder replaced; what is not known is marked. Values are never read as placeholders."""
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1], "") or UNKNOWN, text)
