"""Chargers > View > Logs: what just happened, and why?"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from authorization import reasons
from authorization.models import Decision
from authorization.reasons import Reason
from chargers import ids, messages, upstreams
from chargers.messages import Filter
from chargers.models import Message
from chargers.views import shown_acts
from chargers.views.frame import frame_of, now, stated
from chargers.views.shown_acts import Shown

PERIODS = {"1h": ("Last hour", 1), "24h": ("Last 24 hours", 24), "7d": ("Last 7 days", 168), "90d": ("All", 24 * 91)}
_PAGE = 60
_WITH = {"": None, "charger": ""}
_GOOD = {"Accepted", "Unlocked", "Scheduled", "RebootRequired"}
_BAD = {"Invalid", "Blocked", "Expired", "ConcurrentTx", "Rejected", "Unknown", "NoCredit", "NotAtThisLocation",
        "NotAtThisTime", "NotSupported", "NotImplemented", "UnlockFailed"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """An exchange as the page shows it."""

    message: Message
    decision: Decision | None
    is_new: bool = False
    act: Shown | None = None

    @property
    def latency_ms(self) -> int | None:
        return messages.latency_ms(self.message)

    @property
    def verdict_kind(self) -> str:
        if self.message.is_error or self.message.verdict in _BAD:
            return "bad"
        return "ok" if self.message.verdict in _GOOD else ""

    @property
    def reason(self) -> Reason | None:
        return reasons.get(self.decision.reason) if self.decision and self.decision.reason else None

    @property
    def request_text(self) -> str:
        return messages.pretty(self.message.request)

    @property
    def answer_text(self) -> str:
        return messages.pretty(self.message.answer)


@login_required
@require_safe
def logs(request: HttpRequest, charger_id: str) -> HttpResponse:
    """The journal with its filters; `after` asks for newer rows only (the live feed), `before` for older ones."""
    frame = frame_of(request, charger_id)
    wanted = _filter(request, at=now())
    found = messages.search(Message.objects.filter(charger=frame.charger), wanted)
    after, before = _key(request, "after"), _key(request, "before")
    context = {
        "room": "chargers",
        "tab": "logs",
        "frame": frame,
        "periods": {key: label for key, (label, _) in PERIODS.items()},
        "period": _period(request),
        "filters": _filters_of(request),
        "others": [row.name for row in upstreams.of_charger(frame.charger)],
    }
    if after is not None:
        return _newer(request, context, rows=_rows(messages.page_after(found, key=after, size=_PAGE), new=True))
    page = messages.page_before(found, key=before, size=_PAGE + 1)
    context |= {
        "rows": _rows(page[:_PAGE]),
        "older": page[_PAGE - 1].id if len(page) > _PAGE else None,
        "newest": page[0].id if page else ids.floor(wanted.since or now()),
        "is_first_page": before is None,
    }
    return render(request, "chargers/logs.html", context)


@login_required
@require_safe
def log_entry(request: HttpRequest, charger_id: str, message_id: uuid.UUID) -> HttpResponse:
    """One exchange: both payloads, and "Why?" where a decision was made. A page of its own, or a part of Logs."""
    frame = frame_of(request, charger_id)
    message = Message.objects.filter(charger=frame.charger, id=message_id).first()
    if message is None:
        raise Http404
    row = _rows([message])[0]
    context = {"room": "chargers", "tab": "logs", "frame": frame, "row": row}
    template = "chargers/log_entry.html"
    return render(request, f"{template}#entry" if request.htmx else template, context)  # type: ignore[attr-defined]


def _newer(request: HttpRequest, context: dict[str, object], *, rows: list[Row]) -> HttpResponse:
    if not rows:
        return HttpResponse(status=204)
    context |= {"rows": rows, "newest": rows[0].message.id, "is_first_page": True}
    return render(request, "chargers/logs.html#live", context)


def _rows(found: list[Message], *, new: bool = False) -> list[Row]:
    wanted = [message.decision_id for message in found if message.decision_id]
    decisions = Decision.objects.select_related("token").in_bulk(wanted) if wanted else {}
    acts = shown_acts.of_decisions(wanted) if wanted else {}

    def row(message: Message) -> Row:
        key = message.decision_id
        return Row(message, decisions.get(key) if key else None, new, acts.get(key) if key else None)

    return [row(message) for message in found]


def _filter(request: HttpRequest, *, at: datetime) -> Filter:
    _, hours = PERIODS[_period(request)]
    return Filter(
        text=request.GET.get("q", "").strip()[:100],
        since=at - timedelta(hours=hours),
        direction=request.GET.get("direction", "") if request.GET.get("direction") in {"in", "out"} else "",
        authorization_only="auth" in request.GET,
        errors_only="errors" in request.GET,
        upstream=_WITH.get(stated(request, "with"), stated(request, "with")),
    )


def _period(request: HttpRequest) -> str:
    period = request.GET.get("period", "24h")
    return period if period in PERIODS else "24h"


def _filters_of(request: HttpRequest) -> str:
    names = ("q", "period", "direction", "with", "auth", "errors")
    return urlencode([(key, request.GET[key]) for key in names if key in request.GET])


def _key(request: HttpRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET[name])
    except (KeyError, ValueError):
        return None
