"""A ticket's likely cause with a reply, an action and the evidence: only from the catalogue and stored facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from authorization.decide import reasons
from authorization.decide.reasons import Reason
from authorization.insight import presentation
from authorization.models import Decision
from authorization.pms import connections
from billing.engine.rate import definition
from billing.formatting import rating_reasons, times
from billing.formatting.money import digits, money, price
from billing.models import BankAccount, Rating, Session
from billing.payouts.cycle import wording
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.sessions.visitors import sentences
from chargers.lib.i18n import mark
from chargers.models import Charger
from support.context.facts import Attempt, Context
from support.diagnosis import causes
from support.diagnosis import wording as wording_of_causes
from support.diagnosis.causes import Cause, ChargeFacts, ReportedStatus
from support.models import ToolUse
from support.topics import catalogue

_AT_CHARGER: Final = frozenset({Cause.CHARGER_FAULT, Cause.CABLE, Cause.RESTARTED, Cause.LIMIT_ELSEWHERE})
_ENTER_ACCOUNT: Final = "Enter and confirm the bank account under Payouts > Bank accounts."
_LATE: Final = timedelta(hours=6)
_FAULT_COUNTS: Final = timedelta(days=3)


_ORDERED_START: Final = mark("We have sent the charger the order to start.")
_BY_TOOL: Final = {
    "start": _ORDERED_START,
    "override": _ORDERED_START,
    "stop": mark("We have sent the charger the order to stop."),
    "unlock": mark("We have sent the charger the order to release the plug."),
    "reset": mark("We have sent the charger the order to restart."),
    "stop-billing": mark("We have ended the billing of the session."),
    "let-in": mark("We have allowed you to charge for a limited time."),
    "stay": mark("We have entered your reservation."),
    "whitelist": mark("We have added your charging card."),
    "refund": mark("We have entered a refund for the session."),
    "resend": mark("We have sent the receipt once more."),
    "end-plan": mark("We have cancelled your subscription."),
}
"""What a tool did, as text for the person who asked. Tools that are not listed are not mentioned to them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stored fact, and the page that shows it."""

    sentence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """The agent's possible next step: a link to the page where the act is confirmed."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`cause` is for the agent, in English; `reply` is for the person who asked, in their language."""

    cause: str
    reply: str
    actions: tuple[Action, ...]
    evidence: tuple[Evidence, ...]
    done: tuple[str, ...] = ()
    """What agents did with tools on this ticket, in the language of the person who asked."""


def suggest(context: Context) -> Suggestion | None:
    """Returns the first cause that the facts prove, or would prove for the likely session, with what was done about it.

    None if there is no cause, and nothing was done.
    """
    suggestion, completed_actions = _cause(context), _list_completed_actions(context)
    if suggestion is None and completed_actions:
        suggestion = Suggestion(cause="We see no remaining cause.", reply="", actions=(), evidence=())
    return replace(suggestion, done=completed_actions) if suggestion is not None and completed_actions else suggestion


def _cause(context: Context) -> Suggestion | None:
    suggestion = _first(context)
    if suggestion is not None or context.if_likely is None:
        return suggestion
    if_likely = _first(context.if_likely)
    if if_likely is None:
        return None
    # The bill is not shown before it is known to be theirs.
    reply = "" if context.ticket.topic in catalogue.BILLING else if_likely.reply
    return replace(if_likely, cause=f"If it is this session: {if_likely.cause}", reply=reply)


def _first(context: Context) -> Suggestion | None:
    with translation.override(context.ticket.language), timezone.override(_zone(context)):
        return next((suggestion for rule in _RULES if (suggestion := rule(context)) is not None), None)


def render_reply(context: Context, suggestion: Suggestion) -> str:
    """Returns the reply with a greeting, in the language of the person who asked."""
    with translation.override(context.ticket.language):
        parts = (_("Hello,"), "\n".join(suggestion.done), suggestion.reply)
        return "\n\n".join(filter(None, parts))


def _list_completed_actions(context: Context) -> tuple[str, ...]:
    """Returns each thing that was done, once, in order. One query."""
    used = ToolUse.objects.filter(ticket=context.ticket, state=ToolUse.State.DONE, tool__in=_BY_TOOL)
    with translation.override(context.ticket.language):
        return tuple(
            dict.fromkeys(_(_BY_TOOL[tool]) for tool in used.order_by("begun_at").values_list("tool", flat=True))
        )


def breakdown(session: Session, rating: Rating) -> str:
    """Returns the bill by line, in the active language and time zone."""
    start_time = session.started_at or session.opened_at
    values = {"place": session.property.name, "when": times.format_moment(start_time)}
    lines = [_("Your session at %(place)s, %(when)s:") % values]
    for line in rating.report.get("lines", []):
        is_counted = line.get("unit_price") and line.get("quantity") and line.get("unit") != "session"
        quantity_note = f" ({_format_quantity_price(line, rating.currency)})" if is_counted else ""
        lines.append(f"– {capfirst(_(line['label']))}{quantity_note}: {money(line['amount'], rating.currency)}")
    lines.append(_("Total: %(amount)s") % {"amount": money(rating.total_minor, rating.currency)})
    return "\n".join(lines)


def _format_quantity_price(line: Mapping[str, Any], currency: str) -> str:
    unit = _(line["unit"]) if line.get("unit") else ""
    quantity = f"{digits(str(line['quantity']))} {unit}".strip()
    return f"{quantity} × {price(line['unit_price'], currency)}"


def explain_bill(session: Session, rating: Rating) -> str:
    """Returns the bill by line, and whether the two fees that people ask about were charged."""
    return "\n".join([breakdown(session, rating), "", *_fees(session, rating)])


def _fees(session: Session, rating: Rating) -> list[str]:
    """Tells whether the two fees that people ask about were charged, and why not."""
    kinds = {line.get("kind") for line in rating.report.get("lines", []) if line["amount"]}
    rate_definition = session.rate_version.definition if session.rate_version else {}
    sentences = []
    if "idle" in kinds:
        sentences.append(_("An idle fee was charged, because the car stayed plugged in after charging had ended."))
    elif definition.waive(rate_definition, "idle")[1] is None:
        sentences.append(_("No idle fee was charged: this rate has none."))
    else:
        why = " ".join(str(explanation) for explanation in rating_reasons.notes(rating.report))
        sentences.append(f"{_('No idle fee was charged, although this rate has one.')} {why}".strip())
    if "connection" in kinds:
        sentences.append(_("The connection fee was charged once, for the start of the session."))
    else:
        sentences.append(_("No connection fee was charged."))
    return sentences


def _offline(context: Context) -> Suggestion | None:
    """The charger has no connection, or reports a fault now."""
    charger, state = context.charger, context.condition
    if context.ticket.topic not in catalogue.CHARGING or charger is None or state is None or state.kind != "bad":
        return None
    since = f" Since {_format_moment(state.since)}." if state.since else ""
    evidence = [Evidence(f"{state.word}: {state.sentence}{since}", _charger_page(charger))]
    evidence += [
        Evidence(
            f"Connection refused at {_format_moment(handshake.at)}: {handshake.get_reason_display()}.",
            _connection(charger),
        )
        for handshake in context.handshakes
    ]
    evidence += [
        Evidence(f"{report.status} {report.error_code} at {_format_moment(report.at)}.".replace("  ", " "))
        for report in context.faults[:2]
    ]
    suggestion = _build_reason_suggestion(reasons.get("charger_out_of_order"), charger, uid="", evidence=evidence)
    first = context.diagnosis.findings[0] if context.diagnosis and context.diagnosis.findings else None
    if first is None or not first.is_answered:
        return suggestion
    return replace(
        suggestion,
        cause=f"{first.title} ({first.certainty.lower()}). {first.step}",
        evidence=(*suggestion.evidence, Evidence(first.evidence[-1], _charger_page(charger))),
    )


def _no_bookings(context: Context) -> Suggestion | None:
    """A property system of the host fails, or its listings have no unit."""
    for connection in context.systems:
        page = reverse("settings-property-system", args=[connection.key])
        failure, since = connections.failure(connection), connection.failing_since
        actions = (Action("Open the connection", page),)
        if failure is not None and since is not None:
            cause = f"No bookings have come from {connection.name} since {_format_moment(since)}: {failure.sentence}"
            reply = f"{cause}\n\n{failure.fix} You find it under Settings > Property systems > {connection.name}."
            evidence = (Evidence(f"{failure.sentence} {failure.who_repairs}", page),)
            return Suggestion(cause=cause, reply=reply, actions=actions, evidence=evidence)
        if unmapped := getattr(connection, "unmapped", 0):
            cause = f"{unmapped} listing{'s' if unmapped > 1 else ''} of {connection.name} without a unit here."
            settings_path = f"Settings > Property systems > {connection.name}"
            reply = f"{cause} Their bookings wait until you choose it, under {settings_path}."
            return Suggestion(cause=cause, reply=reply, actions=actions, evidence=(Evidence(cause, page),))
    return None


def _suggest_for_refusal(context: Context) -> Suggestion | None:
    """The newest attempt at the charger was refused."""
    if context.ticket.topic not in catalogue.CHARGING or context.charger is None:
        return None
    attempt = next((attempt for attempt in context.attempts if _is_near(attempt.decision, context)), None)
    if attempt is None or attempt.decision.verdict == Decision.Verdict.ACCEPTED:
        return None
    reason = reasons.CATALOGUE.get(attempt.decision.reason)
    if reason is None:
        return None
    return _build_reason_suggestion(reason, context.charger, uid=attempt.decision.uid, evidence=[_evidence_of(attempt)])


def _strangers_stop(context: Context) -> Suggestion | None:
    """The session was ended by another card, unrelated to it."""
    session, stop = context.session, context.stop
    if context.ticket.topic != catalogue.NOT_CHARGING or session is None or stop is None or not stop.is_stranger:
        return None
    values = {"place": session.property.name, "when": times.format_moment(session.stopped_at)}
    reply = _("Your session at %(place)s ended at %(when)s without any action on your part.") % values
    return Suggestion(
        cause=stop.sentence,
        reply=f"{reply}\n\n{_('Please unplug, wait 30 seconds, plug in again and start a new session.')}",
        actions=(Action("Open the session", _session_page(session)),),
        evidence=(Evidence(stop.sentence, _session_page(session)),),
    )


def _suggest_for_diagnosis(context: Context) -> Suggestion | None:
    """Why the car does not charge, or stopped, according to readings, statuses and the stop reason."""
    session, diagnosis = context.session, context.diagnosis
    if context.ticket.topic != catalogue.NOT_CHARGING or session is None:
        return None
    if diagnosis is None or diagnosis.likeliest is None:
        return None
    first, guest = diagnosis.findings[0], wording_of_causes.for_guest(diagnosis.likeliest)
    actions = [Action("Open the session", _session_page(session))]
    if diagnosis.likeliest.cause in _AT_CHARGER:
        actions.append(Action("Controls", _commands(session.charger)))
    other_causes = [f"{finding.title} ({finding.certainty.lower()})" for finding in diagnosis.findings[1:]]
    return Suggestion(
        cause=f"{first.title} ({first.certainty.lower()}). {first.step}"
        + (f" Or: {', '.join(other_causes)}." if other_causes else ""),
        reply="\n\n".join(filter(None, [guest.meaning, guest.step])),
        actions=tuple(actions),
        evidence=tuple(Evidence(sentence, _session_page(session)) for sentence in first.evidence),
    )


def _suggest_for_fault(context: Context) -> Suggestion | None:
    """The charger reported a fault around the ticket's time, whatever it reports now."""
    charger = context.charger
    if context.ticket.topic not in catalogue.CHARGING or charger is None:
        return None
    nearby_reports = [
        status_report
        for status_report in context.faults
        if status_report.status == "Faulted" and _is_around(status_report.at, context)
    ]
    if not nearby_reports:
        return None
    reported = [
        ReportedStatus(
            at=status.at, status=status.status, error_code=status.error_code, vendor_error_code=status.vendor_error_code
        )
        for status in nearby_reports
    ]
    finding = causes.find_causes(ChargeFacts(now=nearby_reports[0].at, started_at=None, statuses=(reported[0],)))[0]
    guest, page = wording_of_causes.for_guest(finding), reverse("chargers:logs", args=[charger.charger_id])
    with translation.override("en"):
        staff = wording_of_causes.for_staff(finding)
    evidence = [
        f"{report.error_code or report.vendor_error_code or report.status} at {_format_moment(report.at)}."
        for report in nearby_reports
    ]
    is_over = all(connector.status != "Faulted" for connector in context.connectors)
    recovery_note = _("The charger reported a fault around that time, and has gone back to normal.")
    return Suggestion(
        cause=f"{staff.title}: reported around that time, {'and not now' if is_over else 'and still'}. {staff.step}",
        reply="\n\n".join(filter(None, [recovery_note if is_over else guest.meaning, guest.step])),
        actions=(Action("Logs", page), Action("Controls", _commands(charger))),
        evidence=tuple(Evidence(sentence, page) for sentence in evidence),
    )


def _is_around(at: datetime, context: Context) -> bool:
    return abs(context.ticket.opened_at - at) < _FAULT_COUNTS


def _worth_giving_back(context: Context) -> Suggestion | None:
    """A line of the receipt that the facts contradict."""
    session, paid = context.session, context.money
    if context.ticket.topic not in catalogue.BILLING or session is None or paid is None or not paid.suggested:
        return None
    rating = paid.rating
    assert rating is not None
    reply = _("We have looked at your session, and a part of it should not have been charged.")
    return Suggestion(
        cause=" ".join(suggestion.sentence for suggestion in paid.suggested),
        reply=f"{reply}\n\n{explain_bill(session, rating)}",
        actions=(Action("Refund…", reverse("billing:refund", args=[session.pk])),),
        evidence=tuple(Evidence(suggestion.sentence, _session_page(session)) for suggestion in paid.suggested),
    )


def _suggest_for_held_session(context: Context) -> Suggestion | None:
    """The session is held for review, and nothing was billed."""
    session, paid = context.session, context.money
    if session is None or paid is None or session.state != Session.State.HELD:
        return None
    return Suggestion(
        cause=f"The session is held for review, and nothing is billed. {session.state_reason}".strip(),
        reply=sentences.of_review(session, paid.rating, has_card=bool(paid.holds)),
        actions=(Action("Decide what is billed", _session_page(session)),),
        evidence=tuple(Evidence(doubt, _session_page(session)) for doubt in paid.doubts)
        or (Evidence(session.state_reason, _session_page(session)),),
    )


def _nothing_taken(context: Context) -> Suggestion | None:
    """What the person sees at their bank is a hold that was released."""
    session, paid = context.session, context.money
    if session is None or paid is None or session.state != Session.State.FAILED:
        return None
    released = [hold for hold in paid.holds if hold.state == "voided"]
    sums = [money(hold.amount_minor, hold.currency) for hold in released]
    return Suggestion(
        cause=f"Nothing was charged. {session.state_reason}".strip(),
        reply="\n\n".join(
            [
                _("You pay nothing."),
                *(_("%(amount)s was only held, and was released.") % {"amount": amount} for amount in sums),
            ]
        ),
        actions=(Action("Open the session", _session_page(session)),),
        evidence=tuple(Evidence(f"The hold of {amount} was released.", _session_page(session)) for amount in sums)
        or (Evidence(session.state_reason, _session_page(session)),),
    )


def _suggest_bill_explanation(context: Context) -> Suggestion | None:
    """The bill follows the rate: explains it by line."""
    session, paid = context.session, context.money
    if context.ticket.topic not in catalogue.BILLING or session is None or paid is None or paid.rating is None:
        return None
    rate = Evidence(session.rate_reason, _session_page(session)) if session.rate_reason else None
    lines = [
        Evidence(f"{capfirst(line['label'])}: {_describe_line(line)}".rstrip(": "), _session_page(session))
        for line in paid.rating.report.get("lines", [])
    ]
    return Suggestion(
        cause="The bill follows from the readings and the rate; nothing speaks for a refund.",
        reply=explain_bill(session, paid.rating),
        actions=(Action("Open the session", _session_page(session)),),
        evidence=(*lines, *filter(None, [rate])),
    )


def _describe_line(line: Mapping[str, Any]) -> str:
    """Returns the line as the session's page shows it, with times in the place's time zone."""
    with translation.override("en"):
        return str(rating_reasons.of_line(line))


def _format_moment(at: datetime) -> str:
    """Returns the moment for the agent, in English and in the place's time zone."""
    with translation.override("en"):
        return times.format_moment(at)


def _payout(context: Context) -> Suggestion | None:
    """What the payout's own state shows."""
    payout = context.payout
    if context.ticket.topic != catalogue.PAYOUTS or payout is None:
        return None
    page, failure = reverse("billing:payout", args=[payout.pk]), wording.failure(payout)
    cause = failure["sentence"] if failure else wording.expected_reason(payout)
    rows = tuple(
        Evidence(f"{row['label']}: {money(row['amount_minor'], payout.currency)}", page) for row in wording.rows(payout)
    )
    total = f"Total: {money(payout.amount_minor, payout.currency)}"
    account = bank_accounts.current(Scope.from_row(payout))
    next_steps = [] if account is not None and account.state == BankAccount.State.CONFIRMED else [_ENTER_ACCOUNT]
    reply = "\n".join([f"{payout.label}: {cause}", *(f"– {row.sentence}" for row in rows), total, *next_steps])
    return Suggestion(cause=cause, reply=reply, actions=(Action("Open the payout", page),), evidence=rows)


_RULES: Final[tuple[Callable[[Context], Suggestion | None], ...]] = (
    _no_bookings, _suggest_for_held_session, _nothing_taken, _suggest_for_refusal, _strangers_stop, _offline,
    _suggest_for_diagnosis, _suggest_for_fault, _worth_giving_back, _suggest_bill_explanation, _payout,
)  # fmt: skip
"""The rules in order; the first that the facts prove is used."""


def _build_reason_suggestion(reason: Reason, charger: Charger, *, uid: str, evidence: list[Evidence]) -> Suggestion:
    """Returns the catalogue's texts for the guest and the agent."""
    steps = presentation.next_steps(reason, "agent", charger, uid)
    texts = [_(reason.guest.meaning), *(_(step.text) for step in reason.guest.next_steps)]
    return Suggestion(
        cause=f"{reason.title}: {reason.agent.meaning}",
        reply="\n\n".join(texts),
        actions=tuple(Action(step.text, step.url) for step in steps if step.url),
        evidence=tuple(evidence),
    )


def _is_near(decision: Decision, context: Context) -> bool:
    """Whether the attempt may be what the ticket is about."""
    return context.ticket.opened_at - decision.at < _LATE


def _evidence_of(attempt: Attempt) -> Evidence:
    decision = attempt.decision
    card = decision.uid or "no card"
    decider = presentation.decider(decision.decided_by)
    fact = f"{_format_moment(decision.at)}, {card}: refused, {attempt.title}. Decided by {decider}."
    return Evidence(fact, reverse("authorization:decision", args=[decision.pk]))


def _zone(context: Context) -> ZoneInfo:
    property_ = context.session.property if context.session else context.ticket.property
    return ZoneInfo(property_.time_zone if property_ else "UTC")


def _charger_page(charger: Charger) -> str:
    return reverse("chargers:overview", args=[charger.charger_id])


def _connection(charger: Charger) -> str:
    return reverse("chargers:connection", args=[charger.charger_id])


def _commands(charger: Charger) -> str:
    return reverse("chargers:commands", args=[charger.charger_id])


def _session_page(session: Session) -> str:
    return reverse("billing:session", args=[session.pk])
