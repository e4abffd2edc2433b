"""Chargers > View > Logs: what just happened, and why."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from authorization.decide import reasons
from authorization.decide.reasons import Reason
from authorization.identifiers import uids
from authorization.insight import divergence
from authorization.models import Decision, Opinion, User
from authorization.people.request import now, read_query_param, viewer
from billing import access
from billing.sessions.lifecycle.filters import with_number
from chargers.journal import messages
from chargers.journal.messages import Filter
from chargers.lib import ids
from chargers.models import Charger, Message, Transaction
from chargers.pages import charger_decisions
from chargers.pages.charger_decisions import DescribedAct
from chargers.pages.frame import frame_of
from chargers.upstreams import backends

PERIODS = {"1h": ("Last hour", 1), "24h": ("Last 24 hours", 24), "7d": ("Last 7 days", 168), "90d": ("All", 24 * 91)}
_PAGE = 50
_SHORTEST_NUMBER = 8
_BEFORE_START = timedelta(minutes=15)
"""How long before the start of a searched session its tap may have been."""
_WITH = {"": None, "charger": ""}
_GOOD = {"Accepted", "Unlocked", "Scheduled", "RebootRequired"}
_BAD = {"Invalid", "Blocked", "Expired", "ConcurrentTx", "Rejected", "Unknown", "NoCredit", "NotAtThisLocation",
        "NotAtThisTime", "NotSupported", "NotImplemented", "UnlockFailed"}  # fmt: skip


def _not_asked(decided_by: str) -> str:
    return f"not asked: {'we lead' if decided_by in {'', 'us'} else f'{decided_by} leads'}"


@dataclass(frozen=True, slots=True)
class Aside:
    """Another back office's verdict on the same tap, and why it did not count."""

    name: str
    status: str
    not_asked: str


@dataclass(frozen=True, slots=True)
class LogRow:
    """An exchange as a row of the page."""

    message: Message
    decision: Decision | None
    is_new: bool = False
    act: DescribedAct | None = None
    leader: str = ""
    asides: tuple[Aside, ...] = ()

    @property
    def latency_ms(self) -> int | None:
        return messages.latency_ms(self.message)

    @property
    def not_asked(self) -> str:
        """Returns why another back office's verdict about a card did not count; empty for all other rows."""
        message = self.message
        passed_on = bool(message.upstream) and message.direction == Message.Direction.IN
        if not passed_on or message.is_error or message.action not in messages.AUTHORIZATION_ACTIONS:
            return ""
        decided_by = self.decision.decided_by if self.decision else self.leader
        return "" if decided_by == message.upstream else _not_asked(decided_by)

    @property
    def verdict_kind(self) -> str:
        if self.not_asked:
            return ""
        if self.message.is_error or self.message.verdict in _BAD:
            return "bad"
        return "ok" if self.message.verdict in _GOOD else ""

    @property
    def reason(self) -> Reason | None:
        return reasons.get(self.decision.reason) if self.decision and self.decision.reason else None

    @property
    def request_text(self) -> str:
        return messages.format_frame(self.message.request)

    @property
    def answer_text(self) -> str:
        return messages.format_frame(self.message.answer)


@login_required
@require_safe
def logs(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the journal with its filters; `after` requests only newer rows (the live feed), `before` older ones."""
    frame = frame_of(request, charger_id)
    back_offices = backends.of_charger(frame.charger)
    criteria = _filter(request, frame.charger, at=now())
    journal = Message.objects.filter(charger=frame.charger)
    journal_rows = messages.search(journal, criteria)
    after, before = ids.read(request.GET.get("after")), ids.read(request.GET.get("before"))
    context = {
        "room": "chargers",
        "tab": "logs",
        "frame": frame,
        "periods": {key: label for key, (label, _) in PERIODS.items()},
        "period": _period(request),
        "filters": _filters_of(request),
        "others": [row.name for row in back_offices],
    }
    leader = backends.leader_among(back_offices)
    if after is not None:
        newer = messages.page_after(journal_rows, key=after, size=_PAGE)
        return _render_newer_rows(
            request, context, rows=_rows(newer, new=True, leader=leader, is_proxied=bool(back_offices))
        )
    unread = messages.find_first_unread(journal, since=criteria.since, key=before) if criteria.is_rare else None
    read = journal_rows.filter(id__gt=unread) if unread else journal_rows
    page = messages.page_before(read, key=before, size=_PAGE + 1)
    is_full = len(page) > _PAGE
    context |= {
        "rows": _rows(page[:_PAGE], leader=leader, is_proxied=bool(back_offices)),
        "older": page[_PAGE - 1].id if is_full else None,
        "unread": None if is_full or unread is None else ids.next_larger(unread),
        "read_back_to": ids.time_of(unread) if unread else None,
        "newest": page[0].id if page else ids.floor(criteria.since or now()),
        "is_first_page": before is None,
    }
    return render(request, "chargers/logs.html", context)


@login_required
@require_safe
def log_entry(request: HttpRequest, charger_id: str, message_id: uuid.UUID) -> HttpResponse:
    """Shows an exchange: both payloads, and "Why?" if a decision was made. As a page, or as a part of Logs."""
    frame = frame_of(request, charger_id)
    message = Message.objects.filter(charger=frame.charger, id=message_id).first()
    if message is None:
        raise Http404
    row = _rows([message], leader=backends.leader_of(frame.charger))[0]
    context = {"room": "chargers", "tab": "logs", "frame": frame, "row": row}
    template = "chargers/log_entry.html"
    return render(request, f"{template}#entry" if request.htmx else template, context)  # type: ignore[attr-defined]


def _render_newer_rows(request: HttpRequest, context: dict[str, object], *, rows: list[LogRow]) -> HttpResponse:
    if not rows:
        return HttpResponse(status=204)
    context |= {"rows": rows, "newest": rows[0].message.id, "is_first_page": True}
    return render(request, "chargers/logs.html#live", context)


def _rows(page: list[Message], *, new: bool = False, leader: str = "", is_proxied: bool = False) -> list[LogRow]:
    decision_ids = [message.decision_id for message in page if message.decision_id]
    decisions = Decision.objects.select_related("token").in_bulk(decision_ids) if decision_ids else {}
    acts = charger_decisions.of_decisions(decision_ids) if decision_ids else {}
    voices = divergence.opinions_by_decision(decision_ids) if decision_ids and is_proxied else {}

    def row(message: Message) -> LogRow:
        key = message.decision_id
        decision, act = (decisions.get(key), acts.get(key)) if key else (None, None)
        asides = _build_asides(decision, voices.get(key, [])) if decision and not message.upstream else ()
        return LogRow(message, decision, new, act, leader, asides)

    return [row(message) for message in page]


def _build_asides(decision: Decision, voices: list[Opinion]) -> tuple[Aside, ...]:
    """Returns the other back offices' verdicts; our own is shown under "Why?"."""
    why = {Opinion.Voice.LEADER: "answered too late", Opinion.Voice.FOLLOWER: _not_asked(decision.decided_by)}
    other_opinions = (voice for voice in voices if voice.voice != Opinion.Voice.US)
    return tuple(Aside(opinion.name, opinion.status, why[Opinion.Voice(opinion.voice)]) for opinion in other_opinions)


def _filter(request: HttpRequest, charger: Charger, *, at: datetime) -> Filter:
    _, hours = PERIODS[_period(request)]
    text = request.GET.get("q", "").strip()[:100]
    matching_transactions = _find_transactions(viewer(request), charger, text)
    since = at - timedelta(hours=hours)
    return Filter(
        text=text,
        spellings=tuple(other for other in uids.spellings(text) if other != text.upper()),
        transaction_refs=tuple(row.transaction_id for row in matching_transactions),
        since=min([since, *(row.started_at - _BEFORE_START for row in matching_transactions)]),
        direction=request.GET.get("direction", "") if request.GET.get("direction") in {"in", "out"} else "",
        authorization_only="auth" in request.GET,
        errors_only="errors" in request.GET,
        folds_copies=not read_query_param(request, "with"),
        upstream=_WITH.get(read_query_param(request, "with"), read_query_param(request, "with")),
    )


def _find_transactions(user: User, charger: Charger, text: str) -> list[Transaction]:
    """Returns the transactions here whose session id or receipt number is the text."""
    if len(text) < _SHORTEST_NUMBER or " " in text:
        return []
    sessions = access.sessions(user).filter(with_number(text), charger=charger, transaction__isnull=False)
    return list(Transaction.objects.filter(pk__in=sessions.values("transaction")[:_PAGE]))


def _period(request: HttpRequest) -> str:
    period = request.GET.get("period", "24h")
    return period if period in PERIODS else "24h"


def _filters_of(request: HttpRequest) -> str:
    names = ("q", "period", "direction", "with", "auth", "errors")
    return urlencode([(key, request.GET[key]) for key in names if key in request.GET])
