"""Why an amount is what it is, in the reader's language: the explanations of stored reports, for templates."""

from typing import Any

from django import template

from billing.formatting import rating_reasons
from billing.formatting.rating_reasons import Told

register = template.Library()


@register.filter
def why(line: dict[str, Any]) -> Told:
    """Why a line is what it is."""
    return rating_reasons.of_line(line)


@register.filter
def notes(report: dict[str, Any]) -> list[Told]:
    """What a report says beside its lines."""
    return rating_reasons.notes(report)


@register.filter
def stored(reason: dict[str, Any] | None, plain: str) -> str:
    """Why something was given back or corrected; `plain` where it was stored as a sentence alone."""
    return rating_reasons.stored(reason, plain=plain)
