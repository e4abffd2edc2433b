"""The readings behind each line of a receipt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from billing.formatting import rating_reasons
from billing.formatting.rating_reasons import Explanation
from billing.models import Rating
from billing.pricing import session_facts
from billing.sessions.documents import gross
from chargers.fleet import condition

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Reading:
    """One event that the price was computed from, by our clock."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of the report with the charger's readings during its time."""

    line: dict[str, Any]
    why: Explanation
    readings: list[Reading]


def explain_lines(rating: Rating) -> list[ExplainedLine]:
    """Returns each line with its readings: energy with the registers, idle time with the connector's statuses, fees
    with start and end.
    """
    events = rating.inputs["session"]["events"]
    moved = timedelta(seconds=rating.report["inputs"]["clock_correction_s"])
    timeline = sorted(
        ((datetime.fromisoformat(event["t"]) + moved, event) for event in events), key=lambda pair: pair[0]
    )
    lines = gross.report(rating.report)["lines"]
    spans = iter(session_facts.energy_spans(rating.inputs) if lines else [])
    return [
        ExplainedLine(
            line,
            rating_reasons.of_line(line),
            [Reading(at, _describe_event(event)) for at, event in _select_line_events(line, timeline, spans)],
        )
        for line in lines
    ]


def _select_line_events(
    line: dict[str, Any], timeline: list[tuple[datetime, dict[str, Any]]], spans: Iterator[list[Span]]
) -> list[tuple[datetime, dict[str, Any]]]:
    registers = [(at, event) for at, event in timeline if event["type"] != "status"]
    match line["kind"]:
        case "energy":
            return _select_registers(registers, next(spans, []))
        case "idle":
            return [(at, event) for at, event in timeline if event["type"] == "status"]
        case _:
            return [registers[0], registers[-1]] if len(registers) > 1 else registers


def _select_registers(
    registers: list[tuple[datetime, dict[str, Any]]], spans: list[Span]
) -> list[tuple[datetime, dict[str, Any]]]:
    """Returns the registers within the spans, and for each span the one before it and the one after it."""
    indexes: set[int] = set()
    for start, end in spans:
        before = [index for index, (at, _event) in enumerate(registers) if at <= start][-1:]
        after = [index for index, (at, _event) in enumerate(registers) if at >= end][:1]
        inner_indexes = [index for index, (at, _event) in enumerate(registers) if start <= at <= end]
        indexes.update(before, inner_indexes, after)
    return [registers[index] for index in sorted(indexes)]


def _describe_event(event: dict[str, Any]) -> str:
    match event["type"]:
        case "start":
            return _("start, meter at %(wh)s Wh") % {"wh": event["wh"]}
        case "stop":
            return _("stop, meter at %(wh)s Wh") % {"wh": event["wh"]}
        case "meter":
            return _("meter at %(wh)s Wh") % {"wh": event["wh"]}
        case _:
            return _("connector: %(state)s") % {"state": _(condition.status_text(event.get("status", "")))}
