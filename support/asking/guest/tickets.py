"""A request by its unguessable link: its state, messages and missing details; replies, files, a rating."""

import uuid
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.formatting.times import format_moment, when_short
from billing.models import Session
from chargers.lib.i18n import mark
from support.asking import files, sources, uploads
from support.asking.forms import AnswerForm
from support.asking.guest import frames
from support.models import Ticket
from support.requests.acts import requests as acts
from support.tickets import conversation, lifecycle
from support.tickets.attachments import AttachmentError
from support.tickets.conversation import Author, NewMessage

_AN_HOUR: Final = 30
_LATE: Final = mark("We have your request, and are late with our answer.")
_STATES: Final = {
    Ticket.State.NEW: ("busy", mark("We have your request and aim to answer by %(when)s.")),
    Ticket.State.OPEN: ("busy", mark("We are working on it.")),
    Ticket.State.WAITING_CUSTOMER: ("warn", mark("We wait for your answer.")),
    Ticket.State.WAITING_HOST: ("busy", mark("We have asked the host.")),
    Ticket.State.SOLVED: ("ok", mark("Solved. If it is not, write to us here.")),
    Ticket.State.CLOSED: ("ok", mark("Closed. If you write to us here, we begin anew.")),
}


@never_cache
@uploads.limit_body_size
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the whole request to each holder of its link."""
    ticket, at = _get_ticket(secret), datetime.now(tz=UTC)
    if ticket.merged_into is not None:
        return redirect("help:ticket", secret=ticket.merged_into.secret)
    frame = frames.frame(request, asker=ticket.asker)
    form = AnswerForm(request.POST or None, request.FILES or None, missing=lifecycle.missing(ticket))
    if request.method == "POST" and form.is_valid():
        if sources.too_often(request, "help-answers", max_count=_AN_HOUR, within_s=3600):
            return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
        try:
            target = _write_answer(ticket, form, now=at)
        except AttachmentError as exc:
            form.add_error("file", gettext(str(exc)))
        else:
            notes.success(request, gettext("We have your answer."))
            return redirect("help:ticket", secret=target.secret)
    return render(request, "help/ticket.html", _context(ticket, form, now=at) | frame)


@require_POST
def rate(request: HttpRequest, secret: str) -> HttpResponse:
    """Stores the person's rating of the help."""
    ticket, rating_code = _get_ticket(secret), request.POST.get("satisfaction", "")
    if rating_code in {"good", "bad"}:
        text = request.POST.get("text", "").replace("\x00", "")[:500]
        if acts.rate(ticket, Ticket.Satisfaction(rating_code), text=text, by=None, now=datetime.now(tz=UTC)):
            notes.success(request, gettext("Thank you."))
    return redirect("help:ticket", secret=secret)


@never_cache
@require_safe
def attachment(_request: HttpRequest, secret: str, attachment_id: uuid.UUID) -> HttpResponse:
    """Downloads a file of a message that the person may read; it is never displayed."""
    ticket = _get_ticket(secret)
    messages = conversation.public(ticket, now=datetime.now(tz=UTC))
    row = ticket.attachments.filter(pk=attachment_id, message__in=messages).first()
    return files.download(row)


def _get_ticket(secret: str) -> Ticket:
    rows = Ticket.objects.select_related(
        "merged_into", "property__host", "host", "charger", "session__property", "session__charger"
    )
    ticket = rows.filter(secret=secret).first()
    if ticket is None:
        raise Http404
    return ticket


def _write_answer(ticket: Ticket, form: AnswerForm, *, now: datetime) -> Ticket:
    author = Author.HOST if ticket.asker == "host" else Author.GUEST
    answers = form.cleaned_data["given"]
    text = form.cleaned_data["text"] or ", ".join([*answers.values()]) or form.files_read[0].name
    target, _ = acts.write(
        ticket, NewMessage(author=author, text=text), files=form.files_read, given_details=answers, now=now
    )
    return target


def _context(ticket: Ticket, form: AnswerForm, *, now: datetime) -> dict[str, Any]:
    kind, sentence = _STATES[Ticket.State(ticket.state)]
    zone = ticket.property.time_zone if ticket.property else "UTC"
    with timezone.override(ZoneInfo(zone)):
        due = format_moment(ticket.first_answer_due_at)
    if ticket.state == Ticket.State.NEW and ticket.first_answer_due_at <= now:
        sentence = _LATE
    return {
        "ticket": ticket,
        "title": gettext(ticket.subject),
        "kind": kind,
        "sentence": gettext(sentence) % {"when": due},
        "messages_shown": conversation.public(ticket, now=now).prefetch_related("attachments"),
        "form": form,
        "zone": zone,
        "facts": _facts(ticket.session) if ticket.session and ticket.proof else [],
        "may_rate": ticket.state in {Ticket.State.SOLVED, Ticket.State.CLOSED},
        "host": ticket.host,
    }


def _facts(session: Session) -> list[tuple[str, str]]:
    """Returns what the page shows of a session that is proved to be the person's."""
    with timezone.override(ZoneInfo(session.property.time_zone)):
        return [
            (gettext("Place"), session.property.name),
            (gettext("Station"), session.charger.station_id),
            (gettext("Begun"), when_short(session.started_at or session.opened_at)),
        ]
