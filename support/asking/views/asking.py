"""Support > Ask: help for hosts' people, without asking for what the portal knows."""

from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import rate_limit
from authorization.people.request import now, viewer
from chargers.lib import ids
from support.asking import acts as assistant
from support.asking import conversation_form, uploads
from support.asking.forms import HelpForm
from support.assistant.record import NewConversation
from support.lookup import host_facts
from support.lookup.host_facts import QuestionSubject
from support.lookup.prefill import Prefill
from support.models import Ticket
from support.requests.acts import requests as acts
from support.tickets import attachments
from support.tickets.attachments import AttachmentError
from support.tickets.lifecycle import NewTicket
from support.topics import catalogue
from support.topics.topic import Asker, Topic

_A_DAY: Final = 50


@uploads.limit_body_size
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Shows the topics for hosts, then a form.

    `charger`, `session` and `payout` name the subject of the page before.
    """
    user, topics = viewer(request), catalogue.for_asker(Asker.HOST)
    topic = next((topic for topic in topics if str(topic.number) == request.GET.get("topic", "")), None)
    query = request.GET.copy()
    query.pop("topic", None)
    context: dict[str, Any] = {"room": "support", "topics": topics, "topic": topic, "query": query.urlencode()}
    if topic is None and request.method == "POST":
        return _begin_conversation(request, user)
    if topic is None:
        return render(request, "support/ask.html", context)
    prefilled = _gather_subject(request, user)
    missing = catalogue.missing_requirements(topic, known_details=prefilled.answered)
    form = HelpForm(request.POST or None, request.FILES or None, missing=missing, asks_address=False)
    if request.method == "POST" and form.is_valid():
        if rate_limit.too_often("help-by", subject=user.email, limit=_A_DAY, within_s=86400):
            return HttpResponse("Too many requests: try again tomorrow.", status=429)
        try:
            ticket = _open_ticket(form, topic, prefilled, user=user, at=now())
        except AttachmentError as exc:
            form.add_error(None, str(exc))
        else:
            return redirect("help:ticket", secret=ticket.secret)
    return render(request, "support/ask.html", context | {"form": form, "known": prefilled})


def _begin_conversation(request: HttpRequest, user: User) -> HttpResponse:
    """Begins a conversation with the assistant, with the first sentence if one was written."""
    if conversation_form.too_many_begun(request):
        return HttpResponse("Too many requests: try again in an hour.", status=429)
    prefilled = _gather_subject(request, user)
    new = NewConversation(
        asker=Asker.HOST, user=user, email=user.email, facts=prefilled.facts, known_details=prefilled.details
    )
    row = assistant.begin(new, now=now())
    if request.POST.get("text", "").strip():
        conversation_form.begin_with(row, request.POST["text"])
    return redirect(conversation_form.address(row))


def _open_ticket(form: HelpForm, topic: Topic, prefilled: Prefill, *, user: User, at: datetime) -> Ticket:
    answers = form.cleaned_data["given"]
    new = NewTicket(
        topic=topic.number,
        text=form.cleaned_data["text"],
        asker=Asker.HOST,
        origin=Ticket.Origin.PORTAL,
        email=user.email,
        user=user,
        facts=host_facts.complete_from_answers(prefilled, answers, viewer=user, now=at),
        known_details=prefilled.details,
        given=answers,
    )
    return acts.open_ticket(new, files=form.files_read[: attachments.MAX_FILES], now=at)


def _gather_subject(request: HttpRequest, user: User) -> Prefill:
    """Returns the subject of the page before, if the viewer may see it."""
    subject_ids = QuestionSubject(
        charger=request.GET.get("charger", ""),
        session=ids.read(request.GET.get("session", "")),
        payout=ids.read(request.GET.get("payout", "")),
    )
    return host_facts.gather(user, subject_ids, email=user.email)
