"""A conversation with the assistant, as a form that works without script: on guests' pages and in the portal."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from authorization.people import rate_limit
from billing.guest import limits
from chargers.lib.i18n import mark
from support.acts import assistant as acts
from support.assistant import record
from support.assistant.dialogue import Chosen, Event, Given, Press, Stage, Words
from support.guest import looked_up
from support.guest.forms import DetailsForm
from support.knowledge import reading
from support.models import Conversation, Ticket
from support.tickets.attachments import File
from support.topics import catalogue
from support.topics.catalogue import Asker, Requirement
from support.topics.details import FIELDS, Detail

LONGEST: Final = 2000
_AN_HOUR: Final = 200
_OF_ONE_AN_HOUR: Final = 80
_BEGUN_AN_HOUR: Final = 30
_SAID: Final = {
    Press.TRIED: mark("I have tried it"),
    Press.YES: mark("Yes"),
    Press.NO: mark("No"),
    Press.SKIP: mark("I do not know"),
    Press.PERSON: mark("Write to a person"),
}


class FloodError(Exception):
    """Too many turns or conversations from one source."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where the person can act."""

    label: str
    url: str


def too_many_begun(request: HttpRequest) -> bool:
    """Counts a conversation that is begun."""
    return limits.too_often(request, "assistant-begun", most=_BEGUN_AN_HOUR, within_s=3600)


def begin_with(row: Conversation, text: str) -> Conversation:
    """The first sentence."""
    now = datetime.now(tz=UTC)
    kept = text.replace("\x00", "").strip()[:LONGEST]
    return acts.answer(row, Words(kept), wording=kept, look=looked_up.look, now=now)


def post(request: HttpRequest, row: Conversation) -> DetailsForm | None:
    """Takes one turn. Returns the form where it is wrong. Raises FloodError and AttachmentError."""
    by_row = rate_limit.too_often("assistant-of", who=str(row.pk), most=_OF_ONE_AN_HOUR, within_s=3600)
    if by_row or limits.too_often(request, "assistant", most=_AN_HOUR, within_s=3600):
        raise FloodError
    now, state = datetime.now(tz=UTC), record.state(row)
    files: list[File] = []
    pressed = request.POST.get("press", "")
    event: Event
    if pressed == "resend":
        if not rate_limit.too_often("letters-of", who=str(row.session_id), most=5, within_s=86400):
            acts.send_receipt_again(row, now=now)
        return None
    if pressed in {*Press}:
        event, wording = Press(pressed), _(_SAID[Press(pressed)])
    elif (number := request.POST.get("topic", "")).isdecimal() and int(number[:3]) in catalogue.TOPICS:
        event, wording = Chosen(int(number)), _(catalogue.TOPICS[int(number)].title)
    elif state.stage is Stage.DETAIL:
        form = form_of(row, request)
        if not form.is_valid():
            return form
        given: dict[Detail, str] = form.cleaned_data["given"]
        files = form.files_read
        event, wording = Given(given), "\n".join(f"{_(FIELDS[one].label)}: {text}" for one, text in given.items())
    elif state.stage is Stage.ADDRESS:
        form = form_of(row, request)
        if not form.is_valid():
            return form
        address = form.cleaned_data["given"][Detail.NEW_EMAIL]
        event, wording = Given({}, address), address
    else:
        text = request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST]
        if not text:
            return None
        event, wording = Words(text), text
    language = "" if row.asker == Asker.HOST else get_language() or ""
    acts.answer(row, event, wording=wording, look=looked_up.look, files=files, language=language, now=now)
    return None


def form_of(row: Conversation, request: HttpRequest | None = None) -> DetailsForm:
    """The field for what is asked now; of an address the field for e-mail addresses."""
    state = record.state(row)
    asked = (Detail.NEW_EMAIL,) if state.stage is Stage.ADDRESS else state.asked
    missing = [Requirement(article="", any_of=asked)] if asked else []
    if request is None:
        return DetailsForm(None, missing=missing, takes_photos=False)
    return DetailsForm(request.POST, request.FILES, missing=missing, takes_photos=False)


def context(row: Conversation, form: DetailsForm | None = None) -> dict[str, Any]:
    """What the page shows."""
    state = record.state(row)
    return {
        "conversation": row,
        "turns": row.turns.order_by("id"),
        "stage": state.stage.value,
        "form": form or form_of(row),
        "is_file": any(FIELDS[one].kind == "file" for one in state.asked),
        "offered": [catalogue.TOPICS[number] for number in state.offered],
        "is_long": row.turns.count() >= record.MOST_TURNS,
        "links": links(row),
        "may_resend": _may_resend(row),
        "host": row.host,
    }


def links(row: Conversation) -> list[Link]:
    """The pages where the person can act on the topic, of what is theirs."""
    found: list[Link] = []
    topic, session = row.topic or 0, row.session if row.proof == Ticket.Proof.LINK else None
    if row.asker == Asker.HOST:
        return _of_host(row)
    if session is not None:
        found.append(Link(_("Your session"), reverse("guest:session", args=[session.secret])))
        if topic in {4, 5} and session.receipts.exists():
            found.append(Link(_("Receipt"), reverse("guest:receipt", args=[session.secret])))
            found.append(Link(_("Ask the host for a refund"), reverse("guest:complain", args=[session.secret])))
    if topic in {1, 2, 3, 9} and row.charger is not None and row.charger.station_id:
        found.append(Link(_("Start again"), reverse("guest:station", args=[row.charger.station_id])))
    if topic == 3 and row.charger is not None and row.charger.station_id:
        found.append(Link(_("Ask the host for access"), reverse("guest:ask", args=[row.charger.station_id])))
    article = reading.of_subject(audience=Asker.GUEST, language=get_language() or "en", topic=topic)
    if article is not None:
        found.append(Link(article.title, reverse("help:article", args=[article.article.slug])))
    if topic == 6:
        found += [
            Link(_("Plans"), reverse("drive:plans")),
            Link(_("Payment"), reverse("drive:cards")),
            Link(_("Account"), reverse("drive:account")),
        ]
    return found


def _of_host(row: Conversation) -> list[Link]:
    found: list[Link] = []
    if row.charger is not None:
        found.append(
            Link(f"Charger {row.charger.station_id}", reverse("chargers:overview", args=[row.charger.charger_id]))
        )
    if row.session is not None:
        found.append(Link("The session", reverse("billing:session", args=[row.session.pk])))
    if row.topic == 10:
        found.append(Link("Payouts", reverse("billing:payout-hosts")))
    article = reading.of_subject(audience=Asker.HOST, language=reading.ENGLISH, topic=row.topic)
    if article is not None:
        found.append(Link(article.title, reverse("support:article", args=[article.article.slug])))
    return found


def _may_resend(row: Conversation) -> bool:
    if row.proof != Ticket.Proof.LINK or row.session is None or row.topic not in {4, 5}:
        return False
    return bool(row.session.guest_email) and row.session.receipts.exists()
