"""How reasons are told on pages."""

from dataclasses import dataclass

from django import template

from authorization import links
from authorization.reasons import Audience, Reason
from chargers.models import Charger

register = template.Library()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with the page where it is done (empty: nowhere in here)."""

    text: str
    url: str


@register.simple_tag
def next_steps(reason: Reason, audience: str, charger: Charger, uid: str) -> list[Step]:
    """The advice of the catalogue with its links filled in for this charger and card."""
    values = {
        "charger_id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
        "uid": uid,
    }
    steps = reason.advice(Audience(audience)).next_steps
    return [Step(step.text, links.fill(step.link, values) if step.link else "") for step in steps]


@register.filter
def decider(name: str) -> str:
    """Who decided, as hosts say it."""
    return "us (no other back office leads here)" if name in {"", "us"} else f"{name}, the Leader here"
