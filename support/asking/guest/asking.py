"""Asking for help: the topics, then one form that asks only for missing details."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import rate_limit
from billing.models import Driver, Session
from chargers.models import Charger
from support.asking import acts as assistant
from support.asking import conversation_form, sources, uploads
from support.asking.forms import HelpForm
from support.assistant import record
from support.assistant.record import NewConversation
from support.knowledge import reading
from support.lookup import prefill
from support.lookup.prefill import Prefill
from support.models import Ticket
from support.requests.acts import requests as acts
from support.tickets import attachments
from support.tickets.attachments import AttachmentError
from support.tickets.lifecycle import NewTicket
from support.topics import catalogue
from support.topics.topic import Asker, Topic

_AN_HOUR: Final = 10
_OF_ONE_A_DAY: Final = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the person comes from: the known details, and the page's session or charger."""

    prefilled: Prefill
    charger: Charger | None = None
    session: Session | None = None


@never_cache
@uploads.limit_body_size
@require_http_methods(["GET", "HEAD", "POST"])
def ask_without_subject(request: HttpRequest) -> HttpResponse:
    """Starts without any details, except the logged-in user."""
    user = request.user
    return _answer(request, Origin(prefill.of_driver(user) if isinstance(user, User) else Prefill()))


@never_cache
@uploads.limit_body_size
@require_http_methods(["GET", "HEAD", "POST"])
def at_charger(request: HttpRequest, station_id: str) -> HttpResponse:
    """Starts from the page of a charger's code, with the logged-in user."""
    rows = Charger.objects.select_related("property__host").filter(station_id=station_id, retired_at=None)
    if (charger := rows.first()) is None:
        raise Http404
    prefilled, user = prefill.of_charger(charger), request.user
    if isinstance(user, User):
        driver = prefill.of_driver(user)
        prefilled = replace(prefilled, details=driver.details | prefilled.details, email=driver.email)
    return _answer(request, Origin(prefilled, charger=charger))


@never_cache
@uploads.limit_body_size
@require_http_methods(["GET", "HEAD", "POST"])
def of_session(request: HttpRequest, secret: str) -> HttpResponse:
    """Starts from the page of a session, by its link."""
    rows = Session.objects.select_related("charger__property__host", "property", "host", "driver__user")
    if (session := rows.filter(secret=secret).first()) is None:
        raise Http404
    user = request.user if isinstance(request.user, User) else None
    is_start = request.method != "POST" and "topic" not in request.GET and "new" not in request.GET
    if is_start and (row := record.open_of(session, user=user)) is not None:
        return redirect(conversation_form.address(row))
    return _answer(request, Origin(prefill.of_session(session), charger=session.charger, session=session))


def _answer(request: HttpRequest, origin: Origin) -> HttpResponse:
    topics = catalogue.for_asker(Asker.GUEST)
    topic_number = request.GET.get("topic", "")
    topic = next((topic for topic in topics if str(topic.number) == topic_number), None)
    host = origin.charger.property.host if origin.charger else None
    context: dict[str, Any] = {"topics": topics, "topic": topic, "origin": origin, "host": host}
    if topic is None and request.method == "POST":
        return _begin_conversation(request, origin)
    if topic is None:
        return render(request, "help/topics.html", context)
    missing = catalogue.missing_requirements(topic, known_details=origin.prefilled.answered)
    asks_address = not origin.prefilled.email
    form = HelpForm(request.POST or None, request.FILES or None, missing=missing, asks_address=asks_address)
    if request.method == "POST" and form.is_valid():
        if _too_often(request, form.address() or origin.prefilled.email):
            return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
        try:
            return redirect("help:ticket", secret=_open_ticket(form, topic, origin).secret)
        except AttachmentError as exc:
            form.add_error(None, gettext(str(exc)))
    article = reading.of_subject(audience=Asker.GUEST, language=get_language() or "en", topic=topic.number)
    context |= {"form": form, "steps": topic.steps, "article": article}
    return render(request, "help/form.html", context)


def _begin_conversation(request: HttpRequest, origin: Origin) -> HttpResponse:
    """Begins a conversation with the assistant, with the first sentence if one was written."""
    if conversation_form.too_many_begun(request):
        return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
    prefilled, user = origin.prefilled, request.user
    new = NewConversation(
        asker=Asker.GUEST,
        language=get_language() or "en",
        user=user if isinstance(user, User) and Driver.objects.filter(user=user).exists() else None,
        email=prefilled.email,
        facts=prefilled.facts,
        known_details=prefilled.details,
    )
    row = assistant.begin(new, now=datetime.now(tz=UTC))
    if request.POST.get("text", "").strip():
        conversation_form.begin_with(row, request.POST["text"])
    return redirect(conversation_form.address(row))


def _open_ticket(form: HelpForm, topic: Topic, origin: Origin) -> Ticket:
    at, answers = datetime.now(tz=UTC), form.cleaned_data["given"]
    email = origin.prefilled.email or form.address()
    new = NewTicket(
        topic=topic.number,
        text=form.cleaned_data["text"],
        asker=Asker.GUEST,
        origin=Ticket.Origin.FORM,
        email=email,
        language=get_language() or "en",
        facts=prefill.complete_from_answers(origin.prefilled, answers, email=email, now=at),
        known_details=origin.prefilled.details,
        given=answers,
    )
    return acts.open_ticket(new, files=form.files_read[: attachments.MAX_FILES], now=at)


def _too_often(request: HttpRequest, email: str) -> bool:
    """Counts this request, and returns whether its source or its reply address has made too many."""
    if sources.too_often(request, "help", max_count=_AN_HOUR, within_s=3600):
        return True
    return bool(email) and rate_limit.too_often("help-by", subject=email, limit=_OF_ONE_A_DAY, within_s=86400)
