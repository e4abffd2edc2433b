"""A ticket's page: the acts by button name, and the page's context."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.dateformat import format as formatted

from authorization.models import User
from billing.models import Session
from chargers.lib import ids
from chargers.models import Charger
from support.context import facts, macro_facts, opened_state, suggestions
from support.desk.admin.tools import table
from support.diagnosis import acts as signs
from support.diagnosis.signs import SignReply
from support.incidents import detection
from support.knowledge import reading
from support.models import Article, ArticleText, SignAnswer, Ticket, TicketDetail, TicketMessage
from support.tickets import conversation, lifecycle, macros, presence
from support.tickets.acts import tickets as acts
from support.tickets.conversation import Author, ChangedError, ClosedError, Kind, Reply
from support.tickets.lifecycle import MergeError
from support.tools import identity
from support.tools.case import TicketContext
from support.topics import catalogue, details
from support.topics.details import FIELDS, Detail, DetailError
from support.topics.topic import Priority, Requirement

Posted = Mapping[str, str]
_ACCOUNTS: Final = frozenset({6, 7, None})
"""Topics whose tools need to know who asks; mails come without a topic."""
_THEN: Final = {
    "waiting_customer": Ticket.State.WAITING_CUSTOMER,
    "waiting_host": Ticket.State.WAITING_HOST,
    "solved": Ticket.State.SOLVED,
    "open": Ticket.State.OPEN,
}


class RefusedError(Exception):
    """Nothing was done; the message is a sentence for the agent. `messages`: those that the agent has not seen."""

    def __init__(self, sentence: str, messages: Sequence[TicketMessage] = ()) -> None:
        super().__init__(sentence)
        self.messages = list(messages)


def act(ticket: Ticket, posted: Posted, *, by: User, now: datetime) -> str:
    """Does what the button `do` names; returns the sentence to report. Raises RefusedError."""
    action = _ACTS.get(posted.get("do", ""))
    if action is None:
        raise RefusedError("Nothing was done: this button is not known.")
    return action(ticket, posted, by, now)


def page(ticket: Ticket, posted: Posted, *, by: User, now: datetime) -> dict[str, Any]:
    """Returns the page's context. Opening the page marks the ticket as read, and this agent as present."""
    Ticket.objects.filter(pk=ticket.pk, unread_since__isnull=False).update(unread_since=None)
    presence.note(ticket, by, is_writing=False, now=now)
    context, case = facts.load(ticket, now=now), TicketContext(ticket, by=by, now=now)
    suggestion = suggestions.suggest(context)
    messages = list(conversation.visible_messages(ticket).prefetch_related("attachments"))
    ticket_macros = macros.list_for_ticket(ticket)
    return {
        "ticket": ticket,
        "topic": catalogue.TOPICS.get(ticket.topic or 0),
        "topics": catalogue.TOPICS.values(),
        "priorities": Ticket.Priority.choices,
        "known": context,
        "suggestion": suggestion,
        "since": opened_state.find_changes(ticket, suggestion),
        "conversation": messages,
        "seen": conversation.fingerprint(messages),
        "undo": _undo(messages, by=by, now=now),
        "others": presence.list_colleagues(ticket, by, now=now),
        "reply": _reply(ticket, posted, context, suggestion, by=by),
        "macros": ticket_macros,
        "articles": _articles(ticket, context),
        "incident": detection.of_ticket(ticket),
        "tools": table.groups(case),
        "identity": identity.state(case) if ticket.topic in _ACCOUNTS else "",
        "missing": [(_label(requirement), requirement) for requirement in lifecycle.missing(ticket)],
        "details": [
            (FIELDS[Detail(row.code)].label, _format_detail(row), row) for row in ticket.details.order_by("id")
        ],
        "all_details": [(detail.value, FIELDS[detail].label) for detail in Detail],
        "is_late": _is_late(ticket, now=now),
        "agents": User.objects.filter(is_agent=True, is_active=True).order_by("email")[:100],
        "zone": ticket.property.time_zone if ticket.property else "UTC",
    }


def present(ticket: Ticket, posted: Posted, *, by: User, now: datetime) -> dict[str, Any]:
    """Stores the agent's presence and draft; returns who else is here and whether messages came in."""
    text = posted.get("text", "")
    presence.note(ticket, by, is_writing=bool(text.strip()), now=now)
    if "text" in posted:
        presence.keep_draft(ticket, by, text, now=now)
    messages = list(conversation.visible_messages(ticket))
    presence_lines = [
        f"{colleague.name} is writing" if colleague.is_writing else f"{colleague.name} is here"
        for colleague in presence.list_colleagues(ticket, by, now=now)
    ]
    return {
        "others": presence_lines,
        "is_new": posted.get("seen", "") != conversation.fingerprint(messages),
        "kept_at": f"{formatted(now, 'H:i:s')} UTC",
    }


def _send(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    text = posted.get("text", "").replace("\x00", "").strip()
    if not text:
        raise RefusedError("Nothing was sent: write something first.")
    is_note = posted["do"] == "note"
    if not is_note and macros.UNKNOWN in text:
        raise RefusedError(f"Not sent: replace {macros.UNKNOWN} by what is missing.")
    reply = Reply(text=text, kind=Kind.INTERNAL if is_note else Kind.PUBLIC, seen=posted.get("seen", ""))
    next_state = None if is_note else _THEN.get(posted.get("then", ""), Ticket.State.WAITING_CUSTOMER)
    try:
        acts.reply(ticket, reply, next_state=next_state, by=by, now=now)
    except ChangedError as exc:
        presence.keep_draft(ticket, by, text, now=now)
        raise RefusedError(f"{exc} Read it below, then send again.", exc.messages) from exc
    except ClosedError as exc:
        raise RefusedError(str(exc)) from exc
    return "The note is kept." if is_note else ""


def _withdraw(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    key = ids.read(posted.get("message", ""))
    message = ticket.messages.select_related("ticket").filter(pk=key).first() if key else None
    if message is None or not acts.withdraw(message, by=by, now=now):
        raise RefusedError("It was sent already: write another reply.")
    return "Not sent. The text is your draft again."


def _assign(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    assignee = posted.get("assignee", "")
    new_assignee = (
        by if assignee == "me" else User.objects.filter(email=assignee, is_agent=True, is_active=True).first()
    )
    if assignee and new_assignee is None:
        raise RefusedError("There is no such agent.")
    acts.assign(ticket, new_assignee, by=by, now=now)
    return f"Assigned to {new_assignee.email}." if new_assignee else "Given back to the queue."


def _change_state(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    state = posted.get("state", "")
    if state not in {*_THEN, "closed"} or not acts.change_state(ticket, Ticket.State(state), by=by, now=now):
        raise RefusedError("Nothing was changed: it is in that state, or closed.")
    return f"{ticket.label}: {ticket.get_state_display().lower()}."


def _sort(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    number, priority = posted.get("topic", ""), posted.get("priority", "")
    if not number.isdecimal() or int(number) not in catalogue.TOPICS or priority not in {*Priority}:
        raise RefusedError("Choose a topic and a priority.")
    acts.sort(ticket, topic=int(number), priority=Priority(priority), by=by, now=now)
    return "Sorted."


def _merge(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    other = _get_ticket(posted.get("other", ""))
    try:
        acts.merge(ticket, into=other, by=by, now=now)
    except MergeError as exc:
        raise RefusedError(str(exc)) from exc
    return f"Merged into {other.label}."


def _link(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    other = _get_ticket(posted.get("other", ""))
    if other.pk == ticket.pk:
        raise RefusedError("A ticket is not linked to itself.")
    acts.link(ticket, other, by=by, now=now)
    return f"Linked with {other.label}."


def _note_detail(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    code = posted.get("detail", "")
    if code not in {*Detail}:
        raise RefusedError("Choose what it is.")
    try:
        value = details.read(Detail(code), posted.get("value", ""))
    except DetailError as exc:
        raise RefusedError(str(exc)) from exc
    if not value:
        raise RefusedError("Write the detail.")
    acts.note_detail(ticket, Detail(code), value, by=by, now=now)
    return "Kept: nobody is asked for it."


def _attach_session(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    key = ids.read(posted.get("session", ""))
    session = Session.objects.filter(pk=key).first() if key else None
    if session is None:
        raise RefusedError("There is no such session: give its whole id.")
    acts.attach_session(ticket, session, by=by, now=now)
    return "The ticket is about this session now."


def _attach_charger(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    matching_chargers = Charger.objects.select_related("property__host").filter(
        station_id__iexact=posted.get("charger", "").strip()
    )
    if (charger := matching_chargers.first()) is None:
        raise RefusedError("No charger has this Station ID.")
    acts.attach_charger(ticket, charger, by=by, now=now)
    return f"The ticket is about {charger.station_id} now."


def _answer_sign(ticket: Ticket, posted: Posted, by: User, now: datetime) -> str:
    """Stores an answer reported by telephone or in writing."""
    context = facts.load(ticket, now=now)
    if context.charger is None or posted.get("seen", "") not in {*SignReply}:
        raise RefusedError("Choose an answer.")
    submission = signs.GivenAnswer(
        charger=context.charger,
        session=context.session,
        question=posted.get("question", "")[:40],
        seen=SignReply(posted["seen"]),
        asked_in=SignAnswer.Place.TICKET,
        ticket=ticket,
    )
    try:
        signs.answer(submission, by=by, now=now)
    except signs.NotAskedError as exc:
        raise RefusedError(str(exc)) from exc
    return "Kept. It counts until the charger reports something new."


_ACTS: Final[Mapping[str, Callable[[Ticket, Posted, User, datetime], str]]] = {
    "reply": _send,
    "note": _send,
    "undo": _withdraw,
    "assign": _assign,
    "move": _change_state,
    "sort": _sort,
    "merge": _merge,
    "link": _link,
    "detail": _note_detail,
    "session": _attach_session,
    "charger": _attach_charger,
    "sign": _answer_sign,
}


def _get_ticket(text: str) -> Ticket:
    digits = text.strip().upper().removeprefix("T-")
    ticket = None
    if digits.isascii() and digits.isdecimal() and 1000 < int(digits) < 2**62:
        ticket = Ticket.objects.filter(pk=int(digits) - 1000).first()
    if ticket is None:
        raise RefusedError("There is no such ticket: give its number, such as T-1042.")
    return ticket


def _undo(messages: Sequence[TicketMessage], *, by: User, now: datetime) -> TicketMessage | None:
    """Returns the agent's own reply that can still be withdrawn."""
    return next(
        (
            message
            for message in reversed(messages)
            if message.author == Author.AGENT and message.user_id == by.pk and message.released_at > now
        ),
        None,
    )


def _reply(
    ticket: Ticket, posted: Posted, context: facts.Context, suggestion: suggestions.Suggestion | None, *, by: User
) -> str:
    """Returns the initial text of the reply: what was typed, a chosen macro or suggestion, else the draft."""
    if "text" in posted:
        return posted["text"]
    draft = presence.draft(ticket, by)
    inserted_text = ""
    if posted.get("suggested") and suggestion is not None:
        inserted_text = suggestions.render_reply(context, suggestion)
    elif posted.get("breakdown"):
        inserted_text = macro_facts.collect(context, suggestion)["breakdown"]
    elif (key := posted.get("macro", "")).isdecimal():
        macro = next((macro for macro in macros.list_for_ticket(ticket) if str(macro.pk) == key), None)
        inserted_text = macros.render(macro.text, macro_facts.collect(context, suggestion)) if macro else ""
    return "\n\n".join(filter(None, (draft, inserted_text)))


def _articles(ticket: Ticket, context: facts.Context) -> list[tuple[ArticleText, str, str]]:
    """Returns articles for the agent, then for the person who asks in their language, each with its title and page."""
    start_attempts = context.attempts if ticket.topic in catalogue.CHARGING else ()
    refused = [attempt.decision.reason for attempt in start_attempts if attempt.decision.reason][:1]
    texts = reading.suggest_articles(
        audiences=[Article.Audience.AGENT, ticket.asker], language=ticket.language, topic=ticket.topic, codes=refused
    )
    return [(text, reading.render(text).title, reading.address(text)) for text in texts]


def _format_detail(row: TicketDetail) -> str:
    """Returns the detail as text: a choice's label, a moment without the T of ISO 8601."""
    spec = FIELDS[Detail(row.code)]
    if spec.kind == "moment":
        return row.value.replace("T", ", ")  # a day without a time has no T
    return dict(spec.choices).get(row.value, row.value)


def _label(requirement: Requirement) -> str:
    return " or ".join(FIELDS[detail].label for detail in requirement.any_of)


def _is_late(ticket: Ticket, *, now: datetime) -> str:
    """Returns what is overdue, as text; empty if nothing is."""
    if ticket.state not in {Ticket.State.NEW, Ticket.State.OPEN}:
        return ""
    if ticket.first_answered_at is None and ticket.first_answer_due_at <= now:
        return "The first answer is overdue"
    return "The solution is overdue" if ticket.solve_due_at <= now else ""
