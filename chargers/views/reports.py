"""Chargers > View > Reports: a charger's reports about itself, and its deviations from the standard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from authorization.people.request import now
from chargers.fleet import reports
from chargers.fleet.reports import Topic
from chargers.journal import messages
from chargers.models import Charger, ChargerEvent, EventStream
from chargers.pages.frame import frame_of

_PAGE = 50
_MAX_DEVIATIONS = 100
_MAX_STREAMS = 20
_SHOWN_VALUES = 10
_BAD = frozenset(
    (
        "DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature", "PublishFailed",
        "InvalidChecksum", "UploadFailed", "UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation",
        "Failed", "Rejected", "Alarm",
    )
)  # fmt: skip
_GOOD = frozenset(("Installed", "Uploaded", "Published", "Complete", "Settled"))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as a row of the page; repeated words are one row with their count."""

    event: ChargerEvent
    times: int = 1
    first_at: datetime | None = None

    @property
    def kind(self) -> str:
        """Returns the colour and shape of its state."""
        if self.event.state in _BAD or self.event.topic == Topic.PROTOCOL:
            return "bad"
        return "ok" if self.event.state in _GOOD else "busy"

    @property
    def payload_text(self) -> str:
        return messages.format_json(self.event.payload) if self.event.payload else ""


@dataclass(frozen=True, slots=True)
class Run:
    """A firmware update or an upload: its state, and its previous steps, newest first."""

    title: str
    newest: ReportRow
    before: list[ChargerEvent]


@dataclass(frozen=True, slots=True)
class Stream:
    """A periodic event stream with its newest values, newest first, as pairs of ISO time and text."""

    row: EventStream

    @property
    def newest(self) -> list[list[str]]:
        return list(reversed(self.row.recent))[:_SHOWN_VALUES]


@login_required
@require_safe
def report_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows all reports, newest first, filtered by topic, with the current state of firmware and uploads above."""
    frame = frame_of(request, charger_id)
    charger, topic, before = frame.charger, _topic(request), _parse_cursor(request)
    events = reports.page(charger, topic=topic, before=before, size=_PAGE + 1)
    deviations = list(charger.deviations.order_by("-last_at", "pk")[:_MAX_DEVIATIONS])
    context = {
        "room": "chargers",
        "tab": "reports",
        "frame": frame,
        "topics": [choice for choice in Topic.choices if choice[0]],
        "topic": topic,
        "rows": _rows(events[:_PAGE]),
        "older": events[_PAGE - 1].pk if len(events) > _PAGE else None,
        "filters": urlencode({"topic": topic}) if topic else "",
        "is_first_page": before is None,
        "runs": _build_runs(charger) if before is None else [],
        "streams": [Stream(row) for row in reports.open_streams(charger)[:_MAX_STREAMS]] if before is None else [],
        "reading": reports.newest_reading(charger) if before is None else None,
        "restarts": reports.restarts(charger, since=now() - timedelta(hours=1)),
        "deviations": deviations,
        "for_manufacturer": reports.for_manufacturer(charger, deviations) if deviations else "",
    }
    return render(request, "chargers/reports.html", context)


def _build_runs(charger: Charger) -> list[Run]:
    titled = ((Topic.FIRMWARE, "Firmware"), (Topic.UPLOAD, "Logs and diagnostics"))
    runs = [(title, reports.newest_run(charger, topic=topic)) for topic, title in titled]
    return [Run(title=title, newest=ReportRow(steps[0]), before=steps[1:]) for title, steps in runs if steps]


def _rows(events: list[ChargerEvent]) -> list[ReportRow]:
    rows = []
    for _, group in groupby(events, key=lambda event: (event.kind, event.summary, event.request_id)):
        same = list(group)
        rows.append(ReportRow(event=same[0], times=len(same), first_at=same[-1].at))
    return rows


def _topic(request: HttpRequest) -> str:
    topic = request.GET.get("topic", "")
    return topic if topic in Topic.values else ""


def _parse_cursor(request: HttpRequest) -> int | None:
    cursor_text = request.GET.get("before", "")
    return int(cursor_text) if cursor_text.isascii() and cursor_text.isdecimal() and len(cursor_text) < 19 else None
