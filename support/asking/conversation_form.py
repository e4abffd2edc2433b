"""A conversation with the assistant as a form that works without scripts, on guests' pages and in the portal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from authorization.people import access as people
from authorization.people import rate_limit
from billing.models import Session
from billing.sessions.documents import outbox
from billing.sessions.offers import offers
from billing.sessions.starting import ordering
from chargers.lib.i18n import mark
from chargers.models import Property
from support.asking import acts, sources
from support.asking.acts import StaleError
from support.asking.forms import DetailsForm
from support.assistant import dialogue, languages, mentioned_details, mentions, record
from support.assistant.aspects import Aspect
from support.assistant.dialogue import ButtonPress, ChosenTopic, Event, GivenDetails, Line, Stage, State, Utterance
from support.knowledge import reading
from support.lookup import host_facts, payout_facts, topic_lookup
from support.models import Conversation, Ticket
from support.tickets.attachments import File
from support.topics import catalogue
from support.topics.details import FIELDS, Detail
from support.topics.topic import Asker, Requirement

LONGEST: Final = 2000
_AN_HOUR: Final = 200
_OF_ONE_AN_HOUR: Final = 80
_BEGUN_AN_HOUR: Final = 30
_OF_SESSION: Final = frozenset({1, 2, 3, 4, 5, 9})
_MAX_PROPERTIES: Final = 12
"""The most properties to choose from."""
_DIGITS: Final = 18
"""The most digits of a turn's number."""
_ADDRESS_LABEL: Final = mark("E-mail address")
_ADDRESS_WANTED: Final = mark("Write an e-mail address, or continue without one.")
_ON_LABEL: Final = mark("It is printed on the label. Without it you can send a photo of the label at the end.")
_PRESSED: Final = {
    ButtonPress.TRIED: mark("I have tried it"),
    ButtonPress.YES: mark("Yes"),
    ButtonPress.NO: mark("No"),
    ButtonPress.UNSEEN: mark("I cannot see that"),
    ButtonPress.PERSON: mark("Write to a person"),
}
_YES_OR_NO: Final = frozenset({Stage.ANSWER, Stage.SIGN})
_OF_STEP: Final = {ButtonPress.YES: mark("It works now"), ButtonPress.NO: mark("I cannot do that")}
_SKIPPED: Final = mark("I do not know")
_NO_ADDRESS: Final = mark("No address")
_NO_FILE: Final = mark("I have none")
_JUST_NOW: Final = "now"


class FloodError(Exception):
    """Too many turns or conversations from one source."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page where the person can act."""

    label: str
    url: str


def address(row: Conversation) -> str:
    """Returns the conversation's page, scrolled to the last text."""
    return f"{reverse('help:assistant', args=[row.secret])}#newest"


def too_many_begun(request: HttpRequest) -> bool:
    """Counts a new conversation, and returns whether there were too many."""
    return sources.too_often(request, "assistant-begun", max_count=_BEGUN_AN_HOUR, within_s=3600)


def begin_with(row: Conversation, text: str) -> Conversation:
    """Begins a conversation with its first sentence."""
    now = datetime.now(tz=UTC)
    sentence = text.replace("\x00", "").strip()[:LONGEST]
    language = _language(row, Utterance(sentence))
    return acts.answer(
        row, Utterance(sentence), wording=sentence, look_up=topic_lookup.collect_findings, language=language, now=now
    )


def post(request: HttpRequest, row: Conversation) -> DetailsForm | None:
    """Handles one turn. Returns the form if it has errors. Raises FloodError, StaleError and AttachmentError."""
    by_row = rate_limit.too_often("assistant-of", subject=str(row.pk), limit=_OF_ONE_AN_HOUR, within_s=3600)
    if by_row or sources.too_often(request, "assistant", max_count=_AN_HOUR, within_s=3600):
        raise FloodError
    now, state = datetime.now(tz=UTC), record.state(row)
    files: list[File] = []
    pressed = request.POST.get("press", "")
    event: Event
    if pressed in _DONE:
        if pressed in _list_allowed_actions(row, now=now):
            _DONE[pressed](row, now=now)
        return None
    if (turn_number := _parse_turn_number(request)) is not None and turn_number != record.newest(row):
        raise StaleError
    if pressed in {*ButtonPress}:
        event, wording = ButtonPress(pressed), _wording(ButtonPress(pressed), state)
    elif pressed == _JUST_NOW and (moment := _just_now(row, now=now)):
        event, wording = (
            GivenDetails({Detail.ATTEMPTED_AT: moment}),
            _render_details(row, {Detail.ATTEMPTED_AT: moment}),
        )
    elif (number := request.POST.get("topic", "")).isdecimal() and int(number[:3]) in catalogue.TOPICS:
        event, wording = ChosenTopic(int(number)), _(catalogue.TOPICS[int(number)].title)
    elif state.stage is Stage.DETAIL and "text" not in request.POST:
        form = form_of(row, request)
        if not form.is_valid():
            return form
        answers: dict[Detail, str] = form.cleaned_data["given"]
        files = form.files_read
        event, wording = GivenDetails(answers), _render_details(row, answers)
    elif state.stage is Stage.ADDRESS and "text" not in request.POST:
        form = form_of(row, request)
        if not form.is_valid():
            return form
        address = form.cleaned_data["given"][Detail.NEW_EMAIL]
        event, wording = GivenDetails({}, address), address
    else:
        text = request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST]
        if not text:
            return None
        event, wording = _parse_answer(text, state), text
    language = _language(row, event)
    acts.answer(
        row,
        event,
        wording=wording,
        look_up=topic_lookup.collect_findings,
        files=files,
        language=language,
        turn_number=turn_number,
        now=now,
    )
    return None


def _parse_answer(text: str, state: State) -> Event:
    """Treats a written yes or no as the button, if the question has one."""
    is_yes = mentions.yes_or_no(text) if state.stage in _YES_OR_NO else None
    if is_yes is None:
        return Utterance(text)
    return ButtonPress.YES if is_yes else ButtonPress.NO


def _language(row: Conversation, event: Event) -> str:
    """Returns the page's language; in the portal, which is in English, that of the words. Empty: unchanged."""
    if row.asker != Asker.HOST:
        return get_language() or ""
    return languages.detect(event.text) if isinstance(event, Utterance) else ""


def _parse_turn_number(request: HttpRequest) -> int | None:
    """Returns the number of the turn that the form answers; None if it names none."""
    number_text = request.POST.get("turn", "")
    return int(number_text) if number_text.isdecimal() and len(number_text) <= _DIGITS else None


def _wording(press: ButtonPress, state: State) -> str:
    """Returns the button's label, for the transcript."""
    if state.stage is Stage.STEP and press in _OF_STEP:
        return _(_OF_STEP[press])
    if press is not ButtonPress.SKIP:
        return _(_PRESSED[press])
    if state.stage is Stage.ADDRESS:
        return _(_NO_ADDRESS)
    return _(_NO_FILE if _is_file(state) else _SKIPPED)


def _is_file(state: State) -> bool:
    return any(FIELDS[detail].kind == "file" for detail in state.asked)


def _just_now(row: Conversation, *, now: datetime) -> str:
    """Returns the present time at the place; empty if no time is asked for, or the time zone is unknown."""
    if Detail.ATTEMPTED_AT not in record.state(row).asked or row.property is None:
        return ""
    return f"{now.astimezone(ZoneInfo(row.property.time_zone)):%Y-%m-%dT%H:%M}"


def _render_details(row: Conversation, answers: dict[Detail, str]) -> str:
    return mentioned_details.render(answers, zone=row.property.time_zone if row.property else "")


def _resend(row: Conversation, *, now: datetime) -> None:
    if not rate_limit.too_often("letters-of", subject=str(row.session_id), limit=5, within_s=86400):
        acts.send_receipt_again(row, now=now)


def _stop(row: Conversation, *, now: datetime) -> None:
    assert row.session is not None
    ordered = ordering.stop(row.session, now=now)
    acts.note(row, Line(dialogue.STOP_ORDERED if ordered else dialogue.NOTHING_TO_STOP), now=now)


def _cancel(row: Conversation, *, now: datetime) -> None:
    assert row.session is not None
    is_done = ordering.cancel(row.session, now=now)
    acts.note(row, Line(dialogue.RELEASED if is_done else dialogue.NOTHING_TO_CANCEL), now=now)


_DONE: Final[dict[str, Callable[..., None]]] = {
    "resend": _resend,
    "take": acts.take_offer,
    "stop": _stop,
    "cancel": _cancel,
}
"""The buttons next to the conversation, which call the acts of the guest's pages."""


def _list_allowed_actions(row: Conversation, *, now: datetime) -> frozenset[str]:
    """Returns which of these the person may do now.

    Most need the session's link or its account. With a proof by time and card they may only have the receipt sent again
    to its earlier address.
    """
    session = row.session
    if session is None or row.proof not in {Ticket.Proof.LINK, Ticket.Proof.CARD}:
        return frozenset()
    can_send = bool(outbox.address_of(session)) and session.receipts.exists()
    if row.proof == Ticket.Proof.CARD:
        return frozenset({"resend"} if row.topic == catalogue.RECEIPT and can_send else ())
    allowed = {
        "stop": session.state == Session.State.CHARGING and session.transaction is not None,
        "cancel": session.state == Session.State.WAITING,
        "resend": row.topic in catalogue.PAID and can_send,
        "take": row.topic in catalogue.BILLING and offers.open_of(session, now=now) is not None,
    }
    return frozenset(name for name, may in allowed.items() if may)


def form_of(row: Conversation, request: HttpRequest | None = None) -> DetailsForm:
    """Returns the form for the present question; when an address is asked for, it has the e-mail field."""
    state = record.state(row)
    requested_details = (Detail.NEW_EMAIL,) if state.stage is Stage.ADDRESS else state.asked
    missing = [Requirement(article="", any_of=requested_details)] if requested_details else []
    if request is not None:
        form = DetailsForm(request.POST, request.FILES, missing=missing, takes_photos=False)
    else:
        form = DetailsForm(None, missing=missing, takes_photos=False)
    if state.stage is Stage.ADDRESS:
        form.fields[Detail.NEW_EMAIL.value].label = _(_ADDRESS_LABEL)
        form.message_if_missing = _(_ADDRESS_WANTED)
    if Detail.CHARGER_ID.value in form.fields:
        form.fields[Detail.CHARGER_ID.value].help_text = _(_ON_LABEL)
    if Detail.PROPERTY.value in form.fields and (names := _properties(row)):
        form.fields[Detail.PROPERTY.value] = forms.ChoiceField(
            label=form.fields[Detail.PROPERTY.value].label, choices=[(name, name) for name in names], required=False
        )
    return form


def _properties(row: Conversation) -> list[str]:
    """Returns property names to choose from, for a host's people; empty if there are none, or too many to choose."""
    if row.user is None or row.asker != Asker.HOST:
        return []
    rows = people.properties(row.user).filter(closed_at=None).order_by("name").values_list("name", flat=True)
    names = list(dict.fromkeys(rows[: _MAX_PROPERTIES + 1]))
    return names if len(names) <= _MAX_PROPERTIES else []


def context(request: HttpRequest, row: Conversation, form: DetailsForm | None = None) -> dict[str, Any]:
    """Returns the page's context."""
    state, now = record.state(row), datetime.now(tz=UTC)
    may = _list_allowed_actions(row, now=now)
    return {
        "conversation": row,
        "turns": row.turns.order_by("id"),
        "stage": state.stage.value,
        "form": form or form_of(row),
        "is_file": _is_file(state),
        "may_be_now": bool(_just_now(row, now=now)),
        "newest": record.newest(row),
        "zone": row.property.time_zone if row.property else "UTC",
        "present": topic_lookup.present(row, now=now) if record.has_session_changed(row) else (),
        "ticket_address": request.build_absolute_uri(_ticket_url(row.ticket)) if row.ticket else "",
        "article": _article(row),
        "offered": [catalogue.TOPICS[number] for number in state.offered],
        "is_long": row.turns.count() >= record.MAX_TURNS,
        "links": links(row),
        "may": may,
        "offer": offers.open_of(row.session, now=now) if "take" in may and row.session else None,
        "host": row.host,
    }


def _ticket_url(ticket: Ticket) -> str:
    return reverse("help:ticket", args=[ticket.secret])


def _article(row: Conversation) -> Link | None:
    """Returns the article about the topic, for this audience."""
    is_host = row.asker == Asker.HOST
    audience, language = (Asker.HOST, reading.ENGLISH) if is_host else (Asker.GUEST, get_language() or "en")
    text = reading.of_subject(audience=audience, language=language, topic=row.topic or 0)
    if text is None:
        return None
    address = "support:article" if is_host else "help:article"
    return Link(text.title, reverse(address, args=[text.article.slug]))


def links(row: Conversation) -> list[Link]:
    """Returns the person's own pages on which they can act on the topic."""
    links: list[Link] = []
    topic, session = row.topic or 0, row.session if row.proof == Ticket.Proof.LINK else None
    if row.asker == Asker.HOST:
        return _build_host_links(row)
    if session is not None:
        links.append(Link(_("Your session"), reverse("guest:session", args=[session.secret])))
        has_receipt = topic in catalogue.PAID and session.receipts.exists()
        if has_receipt:
            links.append(Link(_("Receipt"), reverse("guest:receipt", args=[session.secret])))
        if has_receipt and topic in catalogue.BILLING:
            links.append(Link(_("Tell the host what is wrong"), reverse("guest:complain", args=[session.secret])))
    station = row.charger.station_id if row.charger is not None else ""
    is_over = session is None or session.state not in {Session.State.CHARGING, Session.State.WAITING}
    if topic in catalogue.CHARGING and station and is_over:
        links.append(Link(_("Start again"), reverse("guest:station", args=[station])))
    is_lost = topic == catalogue.RECEIPT and row.user is None
    if session is None and (is_lost or (station and topic in _OF_SESSION)):
        links.append(Link(_("Find your session again"), reverse("guest:lost")))
    is_private = row.charger is not None and row.charger.property.access == Property.Access.PRIVATE
    if station and (topic == 3 or (topic in {1, 9} and is_private)):
        links.append(Link(_("Ask the host for access"), reverse("guest:ask", args=[station])))
    return links + _build_account_links(row)


def _build_account_links(row: Conversation) -> list[Link]:
    """Returns pages of the logged-in user; other visitors log in first."""
    if row.topic in catalogue.ACCOUNTS and row.user is None:
        return [Link(_("Log in"), reverse("drive:enter"))]
    if row.topic == 6:
        return [
            Link(_("Plans"), reverse("drive:plans")),
            Link(_("Payment"), reverse("drive:cards")),
            Link(_("Delete my account"), reverse("drive:delete")),
        ]
    if row.topic == 7:
        return [Link(_("Account"), reverse("drive:account"))]
    if row.topic in catalogue.PAID and row.user is not None:
        return [Link(_("History"), reverse("drive:history"))]
    return []


def _build_host_links(row: Conversation) -> list[Link]:
    links: list[Link] = []
    if row.charger is not None:
        links.append(
            Link(f"Charger {row.charger.station_id}", reverse("chargers:overview", args=[row.charger.charger_id]))
        )
    if row.session is not None:
        links.append(Link("The session", reverse("billing:session", args=[row.session.pk])))
    match row.topic:
        case 7:
            links.append(Link("Your address", reverse("account_email")))
        case 8:
            links += _build_assignment_links(row)
        case 10:
            pages = payout_facts.pages(
                row.user, row.payout, record.state(row).aspect, words=record.join_person_texts(row)
            )
            links += [Link(label, url) for label, url in pages]
    return links


def _build_assignment_links(row: Conversation) -> list[Link]:
    """Returns the pages of chargers, property systems, or both, depending on the answer."""
    aspect = record.state(row).aspect
    links = [Link("Chargers", reverse("chargers:list"))] if aspect is not Aspect.BOOKINGS else []
    if aspect is not Aspect.ASSIGN and row.user is not None:
        links += [Link(label, url) for label, url in host_facts.systems(row.user, row.host).pages]
    return links
