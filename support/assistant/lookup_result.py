"""The result of the look-up for a turn of a conversation."""

from collections.abc import Callable
from dataclasses import dataclass

from support.assistant.aspects import Aspect
from support.assistant.dialogue import Findings
from support.models import Conversation
from support.tickets.lifecycle import Facts
from support.topics.details import Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """What is known now: facts with the details that follow from them, and the topic's findings."""

    facts: Facts
    details: dict[Detail, str]
    findings: Findings


LookUp = Callable[[Conversation, int, Aspect], LookupResult]
"""Looks up what the person may see of a topic."""
