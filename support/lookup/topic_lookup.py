"""What the assistant looks up for a topic before it asks: the present charger, the session, its bill, the payout.

It looks up sessions only if they are proved to be the person's, and hosts only if the person may see them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorization.decide import reasons
from authorization.models import Decision
from authorization.people import access as people
from authorization.people.roles import Right
from billing import access
from billing.formatting import stored_sentences, times
from billing.formatting.money import money
from billing.models import Hold, Refund, Session
from billing.pricing import price_card
from billing.pricing.taxes import property_tax
from billing.sessions.documents import outbox, receipts
from billing.sessions.offers import offers
from billing.sessions.starting import landing, refused_starts, running
from billing.sessions.starting.landing import Landing, Prompt
from billing.sessions.visitors import sentences
from chargers.fleet import condition
from chargers.lib.i18n import mark
from chargers.models import Charger, Transaction
from support.assistant import record
from support.assistant.aspects import STEPS, Aspect
from support.assistant.dialogue import Findings
from support.assistant.lookup_result import LookupResult
from support.context import suggestions
from support.diagnosis import causes, presentation
from support.diagnosis import facts as facts_of_charging
from support.diagnosis.causes import FLOWS_W
from support.diagnosis.wording import ExplainedFinding
from support.lookup import driver_facts, host_facts, payout_facts, prefill, recent_troubles
from support.lookup.host_facts import Systems
from support.lookup.prefill import Prefill
from support.models import Conversation, Ticket
from support.tickets.lifecycle import Facts
from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker

_NOT_CHARGING: Final = 2
_STARTS: Final = frozenset({1, 3, 9})
"""Topics of drivers who cannot start."""
_ASSIGN: Final = 8
_HARDWARE: Final = frozenset({"charger_out_of_order", "upstream_silent"})
"""Prompts that the topic's steps may solve; others are about permissions."""
_OCCUPIED: Final = "occupied"
_OUT_OF_ORDER: Final = "charger_out_of_order"
_WELL: Final = frozenset({"ok", "busy"})
_RECENTLY: Final = timedelta(days=1)
_MAX_STEPS: Final = 5
_NOT_FOUND: Final = mark("We have found no session that this proves to be yours.")
_NOT_YOURS: Final = mark("We have found no session of yours that fits.")
_NO_CHARGER: Final = mark("No charger in service has this Station ID.")
_USABLE: Final = mark("Station %(station)s is connected, and can be used now.")
_DARK_BUT_HEARD: Final = mark(
    "You write that no light is on, but station %(station)s is connected to us. Is it the one in front of you? "
    "Its number is on the label."
)
_RAN: Final = mark("Your session at station %(station)s ran %(span)s, with %(energy)s kWh.")
_BROKEN_OFF: Final = mark("Neither you nor the host ended it: the charger broke it off (%(reason)s).")
_FAULTS: Final = frozenset({"GroundFault", "OvercurrentFault", "PowerLoss", "PowerQuality", "Reboot"})
"""Stop reasons that neither a person nor a car causes."""
_STOPS: Final = {
    "EVDisconnected": mark("It ended when the cable was unplugged."),
    "Local": mark("It was stopped at the charger."),
    "Remote": mark("It was stopped from a page or an app."),
}
_FREE: Final = mark("Free now at this place: %(stations)s.")
_PORT: Final = mark("%(station)s, plug %(port)s")
_NO_ENERGY: Final = mark("Your session at station %(station)s has begun, but no energy has flowed so far.")
_PAUSED: Final = mark("Your session at station %(station)s has %(energy)s kWh so far. No energy flows now.")
_SO_FAR: Final = mark("So far this session costs %(amount)s, for %(energy)s kWh. It is billed when it ends.")
_PRICE: Final = mark("The price: %(price)s")
_IF_YOURS: Final = mark("If it is your car: open your session’s page, or find your session again by the link below.")
_OFFLINE: Final = 1
_PAYOUTS: Final = 10
_OF_HOSTS: Final = frozenset({_ASSIGN, _PAYOUTS})
_FOR_HOSTS: Final = mark(
    "This is about a host’s account. Log in to the portal and ask there: the assistant then sees your chargers, "
    "property systems and payouts, and answers at once."
)
_AT_WORKING_CHARGER: Final = (
    mark("Look at the charger: is its display or a light on? If all is dark, it has no power."),
    mark("Use another plug of the charger, or another charger at this place."),
    mark("Ask the host, or somebody at the place, to look at the charger and its breaker."),
)
"""Steps for a charger that works as far as we see, while the person at it sees a fault."""
_CHARGES_NOW: Final = mark("Your session at station %(station)s is charging: %(energy)s kWh so far.")
_FLOWS_NOW: Final = mark("We have looked again: energy flows into your car now.")
_TAKEN: Final = mark("%(amount)s was taken from your card ending %(last4)s.")
_HELD: Final = mark("%(amount)s is held on your card ending %(last4)s, and nothing of it is taken yet.")
_GIVEN_BACK: Final = mark("%(amount)s of it was given back to you.")
_OFFERED: Final = mark("You can have %(amount)s of it back: %(why)s Press the button below to take it.")
_RECEIPTS_ARE: Final = mark(
    "The receipt is on your session’s page, and in the e-mail we sent if you gave an address when you paid. “Find your "
    "session again” below e-mails a link to any session of the last seven days to that address. We can also look for "
    "the session with you, by station, time and payment card."
)
_IN_HISTORY: Final = mark("The receipts for your sessions are under History: use the link below.")
_RECEIPTS_OF_HOST: Final = mark("Each session’s page shows its receipt and where it was e-mailed.")
_RECEIPT_IS: Final = mark("The receipt for this session is %(number)s, for %(amount)s.")
_RECEIPT_FOR_HOST: Final = mark("The session’s page shows it and where it was e-mailed: use the link below.")
_RECEIPT_COMES: Final = mark("The receipt is issued when the session has ended.")
_NO_RECEIPT: Final = mark("There is no receipt for this session yet.")
_SENT_AGAIN: Final = mark(
    "Press “Send me the receipt again” below: it goes to the e-mail address that was given for this session."
)
_NO_ADDRESS_YET: Final = mark(
    "No e-mail address was given for this session. Open the receipt by the link below: there you can give one, or keep "
    "the receipt as a file."
)
_NO_ADDRESS: Final = mark("No e-mail address was given for this session, so nothing can be sent there.")
_LOG_IN: Final = mark("Log in to your account by a link that we mail you. There you can do this yourself.")
_NEW_ADDRESS: Final = mark(
    "Under Account you can enter another e-mail address. It counts once you open the link that we send there."
)
_NO_SYSTEMS_SEEN: Final = mark("Your role does not show property systems. The owner of the account sees them.")
_ADDRESS_OF_HOST: Final = mark(
    "You can change your address yourself: it counts once you open the link that we send to the new one."
)
_YOURSELF: Final = mark("You can do this yourself, without waiting for us: use the links below.")


def collect_findings(row: Conversation, number: int, aspect: Aspect) -> LookupResult:
    """Returns what is known of the conversation now, and the topic's findings (0: none), in its language.

    `aspect`: a symptom with its own advice.
    """
    now = datetime.now(tz=UTC)
    given_details = {Detail(code): value for code, value in row.given.items()}
    initial_details = {Detail(code): value for code, value in row.known.items()}
    facts = _facts(row, number, initial_details, given_details, now=now)
    details = initial_details | _details(row, facts) | _find_system_details(row, facts, number)
    with translation.override(row.language), timezone.override(_zone(facts)):
        topic_findings = _build_topic_findings(row, facts, number, aspect, given_details=given_details, now=now)
        if number == _NOT_CHARGING and aspect in STEPS:
            topic_findings = _build_symptom_findings(row, facts, topic_findings, aspect, now=now)
    answered = Prefill(facts, details | given_details).answered | _proved_by_login(row)
    findings = replace(topic_findings, known_details=answered, has_address=bool(row.email))
    return LookupResult(facts=facts, details=details, findings=findings)


def _proved_by_login(row: Conversation) -> frozenset[Detail]:
    """Returns the details that a log-in replaces: an account or a host's role proves a session as well as a card."""
    return frozenset({Detail.LAST4}) if row.user is not None else frozenset()


def _build_symptom_findings(
    row: Conversation, facts: Facts, findings: Findings, aspect: Aspect, *, now: datetime
) -> Findings:
    """Returns the symptom's own advice, without checking whether the charger is free for other drivers."""
    steps = tuple(_(step) for step in STEPS[aspect])
    if row.asker == Asker.HOST:
        return replace(findings, steps=steps)
    session = facts.session if facts.proof else None
    statements = _describe_session(session, now=now) if session else ()
    return Findings(statements=statements, steps=steps)


def present(row: Conversation, *, now: datetime) -> tuple[str, ...]:
    """Returns the state of the session that is proved to be the person's, in their language."""
    facts = record.facts(row)
    if facts.session is None or not facts.proof:
        return ()
    with translation.override(row.language), timezone.override(_zone(facts)):
        return _describe_session(facts.session, now=now)


def _facts(
    row: Conversation, number: int, known_details: dict[Detail, str], given_details: dict[Detail, str], *, now: datetime
) -> Facts:
    """Adds the named station, and the session that is the person's by time and card, or by their account."""
    prefilled = Prefill(record.facts(row), known_details, row.email)
    if row.user is not None and row.asker == Asker.HOST:
        return host_facts.complete_from_answers(prefilled, given_details, viewer=row.user, now=now)
    facts = prefill.complete_from_answers(prefilled, given_details, email=row.email, now=now)
    if row.user is None or facts.session is not None or number not in catalogue.CHARGING | catalogue.PAID:
        return facts
    own_session = driver_facts.session(
        row.user, facts.charger, given_details, is_bill=number in catalogue.PAID, now=now
    )
    if own_session is not None:
        return prefill.of_session(own_session).facts
    last = driver_facts.charger(row.user, now=now) if facts.charger is None and number in catalogue.CHARGING else None
    return prefill.of_charger(last).facts if last is not None else facts


def _details(row: Conversation, facts: Facts) -> dict[Detail, str]:
    """Returns the details that follow from the facts. An account of a host's people never counts as the session's."""
    if facts.session is not None and facts.proof:
        details = dict(prefill.of_session(facts.session).details)
        if row.asker == Asker.HOST or row.user is not None:
            details.pop(Detail.ACCOUNT_EMAIL, None)
        return details
    return prefill.of_charger(facts.charger).details if facts.charger is not None else {}


def _build_topic_findings(
    row: Conversation, facts: Facts, number: int, aspect: Aspect, *, given_details: dict[Detail, str], now: datetime
) -> Findings:
    if number in catalogue.CHARGING:
        return _charging(row, facts, number, aspect, given_details=given_details, now=now)
    if number in catalogue.BILLING:
        return _money(row, facts, number, given_details=given_details, now=now)
    if number == catalogue.RECEIPT:
        return _receipt(row, facts, given_details=given_details, now=now)
    if number in _OF_HOSTS and row.user is None:
        return Findings(statements=(_(_FOR_HOSTS),), needs=(Detail.CHARGER_ID,) if number == _ASSIGN else ())
    if number == _PAYOUTS:
        words = record.join_person_texts(row) if row.pk else ""
        return payout_facts.findings(row.user, facts.payout, aspect, words=words, now=now)
    if number == _ASSIGN:
        return _build_assignment_findings(row, facts, aspect)
    finder = _OTHERS.get(number)
    if finder is not None:
        return finder(row, facts, now=now)
    topic = catalogue.TOPICS.get(number)
    return Findings(steps=tuple(_(step) for step in topic.steps)) if topic else Findings()


def _charging(
    row: Conversation, facts: Facts, number: int, aspect: Aspect, *, given_details: dict[Detail, str], now: datetime
) -> Findings:
    """Returns the charger's present state, and why nobody, or this person, cannot start there."""
    steps = tuple(_(step) for step in catalogue.TOPICS[number].steps)
    statements: tuple[str, ...] = (_(_NO_CHARGER),) if Detail.CHARGER_ID in given_details else ()
    if facts.charger is None and row.asker == Asker.HOST and row.user is not None and not statements:
        chargers = people.chargers(row.user)
        rows = recent_troubles.out_of_order(chargers)
        if len(rows) == 1:
            facts = replace(facts, charger=rows[0])
        else:
            statements = recent_troubles.describe_troubles(rows, chargers=chargers)
    if facts.charger is None:
        return Findings(statements=statements, steps=steps, needs=(Detail.CHARGER_ID,))
    if row.asker == Asker.HOST:
        findings = _build_host_findings(row, facts, facts.charger, number, steps, now=now)
        return _also_dark(findings, facts.charger) if aspect is Aspect.DARK else findings
    refused = driver_facts.refusal(row.user, facts.charger, now=now) if row.user else ""
    session = facts.session if facts.proof else None
    of_session = _describe_session(session, now=now) if session else ()
    cause = presentation.for_guest(session, now=now) if session is not None and number == _NOT_CHARGING else None
    if session is not None and session.state == Session.State.CHARGING:
        return _add_sign_question(_while_charging(session, cause, of_session, steps, now=now), cause)
    if cause is not None:
        of_session, steps = (_cause(cause), *of_session), (*filter(None, [cause.step]), *steps)
    at = landing.build_for_charger(facts.charger, port_number=session.evse_number if session else None, now=now)
    observations = (*of_session, *filter(None, [refused]))
    if number in _STARTS and session is None:
        failed = recent_troubles.failed_starts(facts.charger, last4=given_details.get(Detail.LAST4, ""), now=now)
        observations = (
            *observations,
            *(text for text in failed if not refused or text.partition(": ")[2] not in refused),
        )
    if at.prompt is None and aspect is Aspect.DARK:
        return _dark_but_heard(facts.charger, observations, now=now)
    if at.prompt is None and (troubled := _find_charger_trouble(facts.charger, at, steps, now=now)) is not None:
        return replace(troubled, statements=(*observations, *troubled.statements))
    if at.prompt is None:
        usable = _(_USABLE) % {"station": facts.charger.station_id}
        steps = tuple(_(step) for step in _AT_WORKING_CHARGER) if number == _OFFLINE else steps
        return Findings(statements=(*observations, usable), steps=steps, is_in_trouble=False)
    findings = _explain_start_obstacle(
        facts.charger, at, at.prompt, number, steps, is_theirs=session is not None, now=now
    )
    if not facts.charger.is_online():  # a charger where nobody can start comes before failed single starts
        return replace(findings, statements=(*findings.statements, *observations))
    return replace(findings, statements=(*observations, *findings.statements))


def _find_charger_trouble(charger: Charger, at: Landing, steps: tuple[str, ...], *, now: datetime) -> Findings | None:
    """Returns findings if a charger that can start has a faulty port or an unstable connection, with what works.

    Else None.
    """
    faults, unsteady = recent_troubles.faults(charger), recent_troubles.describe_instability(charger, now=now)
    if not faults and not unsteady:
        return None
    free = _free_here(at) or _named_free([nearby.station_id for nearby in landing.list_nearby(charger, now=now)])
    own = recent_troubles.fault_steps(charger) if faults else tuple(_(step) for step in _AT_WORKING_CHARGER[1:])
    every = tuple(dict.fromkeys((*own, *steps)))
    return Findings(statements=tuple(filter(None, (*faults, unsteady, free))), steps=every[:_MAX_STEPS])


def _dark_but_heard(charger: Charger, observations: tuple[str, ...], *, now: datetime) -> Findings:
    """Returns findings for a charger that is connected though the person sees no light: it may be another one."""
    free = _named_free([nearby.station_id for nearby in landing.list_nearby(charger, now=now)])
    conflict = _(_DARK_BUT_HEARD) % {"station": charger.station_id}
    steps = tuple(_(step) for step in _AT_WORKING_CHARGER[1:])
    return Findings(statements=(*observations, " ".join(filter(None, (conflict, free)))), steps=steps)


def _also_dark(findings: Findings, charger: Charger) -> Findings:
    """Adds the host's observation that no light is on, if it contradicts what we see."""
    if not charger.is_online():
        return findings
    conflict = _(_DARK_BUT_HEARD) % {"station": charger.station_id}
    return replace(findings, statements=(*findings.statements, conflict))


def _explain_start_obstacle(
    charger: Charger,
    at: Landing,
    prompt: Prompt,
    number: int,
    steps: tuple[str, ...],
    *,
    is_theirs: bool,
    now: datetime,
) -> Findings:
    """Returns why nobody, or this person, cannot start there, and what else is free at the place."""
    sentence, first, trouble = f"{prompt.title}. {prompt.meaning}", tuple(step.text for step in prompt.steps), None
    if prompt.code == _OUT_OF_ORDER:
        sentence = recent_troubles.offline(charger) or sentence
        first = first[:1]  # the others lead to support, where the person already is
        trouble = None if charger.is_online() else presentation.of_charger_for_guest(charger, now=now)
    if prompt.code == _OCCUPIED and not is_theirs:
        sentence = f"{sentence} {_(_IF_YOURS)}"
    faults = recent_troubles.faults(charger) if prompt.code == _OUT_OF_ORDER else ()
    if faults:
        sentence, first = " ".join((sentence, *faults)), (*first[:1], *recent_troubles.fault_steps(charger))
    if free := _free_here(at):
        sentence, first = f"{sentence} {free}", first[1:]
    if trouble is not None and trouble.is_answered:
        sentence, first = _add_observation(trouble, sentence, first)
        steps = _drop_light_step(number, steps)
    every = (*first, *steps) if prompt.code in _HARDWARE else first
    findings = Findings(
        statements=(sentence,),
        steps=tuple(dict.fromkeys(every))[:_MAX_STEPS],
        is_in_trouble=prompt.code != _OCCUPIED,
    )
    return _add_sign_question(findings, trouble)


def _add_observation(trouble: ExplainedFinding, sentence: str, first: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Adds what was seen at the charger, and what follows if it has no power."""
    if trouble.cause is not causes.Cause.POWER_LOST:
        return f"{sentence} {trouble.evidence[-1]}", first
    return f"{sentence} {trouble.evidence[-1]} {trouble.meaning}", (trouble.step, *first)


def _drop_light_step(number: int, steps: tuple[str, ...]) -> tuple[str, ...]:
    """Leaves out the topic's step to look for a light, which was answered."""
    return tuple(step for step in steps if number != _OFFLINE or step != _(catalogue.TOPICS[_OFFLINE].steps[0]))


def _add_sign_question(findings: Findings, cause: ExplainedFinding | None) -> Findings:
    """Adds the question about lights or beeps that decides between two causes."""
    open_question = cause.asked if cause is not None else None
    return (
        replace(findings, sign=open_question.code, sign_question=open_question.text)
        if open_question is not None
        else findings
    )


def _while_charging(
    session: Session,
    cause: ExplainedFinding | None,
    of_session: tuple[str, ...],
    steps: tuple[str, ...],
    *,
    now: datetime,
) -> Findings:
    """Returns findings during a session: the cause with its step first. Once energy flows, the trouble is over."""
    if cause is None:
        is_flowing = causes.is_flowing(facts_of_charging.of_session(session, now=now))
        return Findings(
            statements=of_session,
            steps=steps,
            is_in_trouble=False if is_flowing else None,
            recovered=_(_FLOWS_NOW),
        )
    every = tuple(dict.fromkeys((*filter(None, [cause.step]), *steps)))
    return Findings(statements=(_cause(cause), *of_session), steps=every[:_MAX_STEPS], is_in_trouble=True)


def _cause(cause: ExplainedFinding) -> str:
    """Returns the cause's meaning and its evidence."""
    return " ".join((cause.meaning, *cause.evidence))


def _free_here(at: Landing) -> str:
    """Returns other ports and stations of the place where drivers can start now; empty if there are none."""
    ports = [_(_PORT) % {"station": at.charger.station_id, "port": port.number} for port in at.others]
    return _named_free([*ports, *(nearby.station_id for nearby in at.nearby)])


def _named_free(names: list[str]) -> str:
    return _(_FREE) % {"stations": ", ".join(names)} if names else ""


def _build_host_findings(
    row: Conversation, facts: Facts, charger: Charger, number: int, steps: tuple[str, ...], *, now: datetime
) -> Findings:
    """Returns the charger's state for a host; for a car that does not charge, first the causes with their evidence."""
    findings = _build_charger_findings(charger, number, steps, now=now)
    session = _session_of_host(row, facts, charger, now=now) if number == _NOT_CHARGING else None
    if session is None and (charger.is_online() or number not in catalogue.CHARGING):
        return findings
    diagnosis = presentation.for_staff(session, now=now) if session else presentation.of_charger(charger, now=now)
    likely, open_question = diagnosis.findings, diagnosis.asked
    may_answer = row.user is not None and people.may_at(row.user, Right.OPERATE, charger)
    if open_question is not None and open_question.given is None and may_answer:
        findings = replace(findings, sign=open_question.code, sign_question=open_question.text)
    texts = tuple(f"{cause.title} ({cause.certainty.lower()}). {' '.join(cause.evidence)}" for cause in likely)
    own = _drop_light_step(number, findings.steps) if any(cause.is_answered for cause in likely) else findings.steps
    every = tuple(dict.fromkeys((*filter(None, (cause.step for cause in likely)), *own)))
    return replace(
        findings,
        statements=(*texts, *findings.statements),
        steps=every[:_MAX_STEPS],
        is_answer=findings.is_answer and not likely,
    )


def _session_of_host(row: Conversation, facts: Facts, charger: Charger, *, now: datetime) -> Session | None:
    """Returns the session that is meant, else the charger's newest of the day, of those that the user may see."""
    if facts.session is not None and facts.proof:
        return facts.session
    if row.user is None:
        return None
    rows = access.sessions(row.user).filter(charger=charger, opened_at__gte=now - _RECENTLY)
    return rows.select_related("charger", "property", "transaction").order_by("-id").first()


def _build_charger_findings(charger: Charger, number: int, steps: tuple[str, ...], *, now: datetime) -> Findings:
    """Returns its state, and the reason of the last refusal, as the portal shows them."""
    connectors = list(condition.connectors().filter(evse__charger=charger).select_related("evse")[:20])
    state = condition.of_charger(charger, connectors)
    since = f" Since {times.when_short(state.since)}." if state.since else ""
    statements = [recent_troubles.offline(charger) or f"{charger.station_id}: {_describe_condition(state)}{since}"]
    recent = [*recent_troubles.faults(charger), *filter(None, [recent_troubles.describe_instability(charger, now=now)])]
    statements += recent
    last = Decision.objects.filter(charger=charger, at__gte=now - _RECENTLY).order_by("-id").first()
    reason = reasons.CATALOGUE.get(last.reason) if last and last.verdict != Decision.Verdict.ACCEPTED else None
    advised: tuple[str, ...] = ()
    if last is not None and reason is not None:
        statements.append(
            f"The last attempt, {times.when_short(last.at)}, was refused: {reason.title}. {reason.host.meaning}"
        )
        advised = tuple(step.text for step in reason.host.next_steps)
    is_well = state.kind in _WELL and not recent
    every = (*advised, *steps) if number != 1 or not is_well else advised
    return Findings(
        statements=tuple(statements),
        steps=every[:_MAX_STEPS],
        is_in_trouble=state.kind == "bad",
        is_answer=is_well and not every,
    )


def _describe_condition(state: condition.Condition) -> str:
    """Returns the state's title and sentence, or only one of them if they are the same."""
    if state.sentence.rstrip(".") == state.word:
        return f"{state.word}."
    return f"{state.word}. {state.sentence.rstrip('.')}."


def _describe_session(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Returns the session's state, and what happened to the hold."""
    station = session.charger.station_id
    if session.state == Session.State.CHARGING and session.transaction is not None:
        return (_(_how_it_charges(session.transaction)) % {"station": station, "energy": _kwh(session.transaction)},)
    hold = session.holds.order_by("-created_at").first()
    if (never := refused_starts.describe(session, hold, now=now)) is not None:
        texts = [
            f"{never.title}.",
            sentences.describe_reason(session, None),
            refused_starts.money_sentence(session, hold),
        ]
        return (" ".join(filter(None, texts)),)
    why = sentences.describe_reason(session, session.ratings.order_by("-id").first())
    return tuple(filter(None, (_describe_ended_session(session), why)))


def _how_it_charges(row: Transaction) -> str:
    """Returns how it charges. Without energy it is not called charging, except at chargers that report no power."""
    if not row.energy_wh:
        return _NO_ENERGY
    return _PAUSED if row.power_w is not None and row.power_w < FLOWS_W else _CHARGES_NOW


def _kwh(row: Transaction) -> str:
    """Returns the energy as the session's page shows it."""
    return number_format((row.energy_wh or 0) / 1000, decimal_pos=3)


def _describe_ended_session(session: Session) -> str:
    """Returns from when to when it charged, how much, and who or what ended it; empty if it has not ended."""
    row = session.transaction
    if row is None or session.started_at is None or session.stopped_at is None:
        return ""
    values = {
        "station": session.charger.station_id,
        "span": times.span(session.started_at, session.stopped_at),
        "energy": _kwh(row),
    }
    ending_text = _STOPS.get(row.stop_reason, _BROKEN_OFF if row.stop_reason in _FAULTS else "")
    return " ".join(
        filter(None, (_(_RAN) % values, _(ending_text) % {"reason": row.stop_reason} if ending_text else ""))
    )


def _ask_for_session_details(row: Conversation, given_details: dict[Detail, str]) -> Findings:
    """Asks for what would find the session: a receipt number, or the station and the time, with the card as the proof.

    A logged-in user needs no proof, and the account knows where it charged.
    """
    needed_details: tuple[Detail, ...] = (Detail.CHARGER_ID, Detail.ATTEMPTED_AT, Detail.LAST4)
    if row.user is not None:
        needed_details = needed_details[:2] if row.asker == Asker.HOST else (Detail.ATTEMPTED_AT,)
        is_given = Detail.ATTEMPTED_AT in given_details or Detail.DOCUMENT in given_details
        return Findings(statements=(_(_NOT_YOURS),) if is_given else (), needs=needed_details)
    if Detail.DOCUMENT in given_details and Detail.LAST4 not in given_details:
        return Findings(needs=(Detail.LAST4,))
    is_given = all(detail in given_details for detail in needed_details[1:]) or Detail.DOCUMENT in given_details
    return Findings(statements=(_(_NOT_FOUND),) if is_given else (), needs=needed_details)


def _money(
    row: Conversation, facts: Facts, number: int, *, given_details: dict[Detail, str], now: datetime
) -> Findings:
    """Returns the bill by line, what was paid, held, refunded and offered, for a session proved to be theirs."""
    session = facts.session if facts.proof else None
    if session is None:
        return _ask_for_session_details(row, given_details)
    rating = session.ratings.order_by("-id").first()
    statements = [suggestions.breakdown(session, rating)] if rating is not None else []
    if session.state == Session.State.CHARGING:
        statements += _so_far(session, now=now)
    elif rating is None or session.state == Session.State.HELD:
        statements += _describe_session(session, now=now)
    statements += [*_payments(session), *_given_back(session)]
    if facts.proof == Ticket.Proof.LINK and (offer := offers.open_of(session, now=now)) is not None:
        values = {"amount": money(offer.total_minor, offer.currency), "why": stored_sentences.local(offer.sentences)}
        statements.append(_(_OFFERED) % values)
    steps = () if rating is not None else tuple(_(step) for step in catalogue.TOPICS[number].steps)
    return Findings(statements=tuple(statements), steps=steps, is_answer=bool(statements))


def _receipt(row: Conversation, facts: Facts, *, given_details: dict[Detail, str], now: datetime) -> Findings:
    """Tells where the receipt is and how to get it again, for a session proved to be theirs; else how to find it."""
    session = facts.session if facts.proof else None
    if session is None:
        findings = _ask_for_session_details(row, given_details)
        return replace(findings, statements=(_where_receipts_are(row), *findings.statements))
    if (newest_receipt := receipts.newest(session)) is None:
        is_to_come = session.state in {Session.State.WAITING, Session.State.CHARGING}
        text = _(_RECEIPT_COMES if is_to_come else _NO_RECEIPT)
        return Findings(statements=(*_describe_session(session, now=now), text), is_answer=True)
    values = {
        "number": newest_receipt.label,
        "amount": money(newest_receipt.rating.total_minor, newest_receipt.rating.currency),
    }
    which = _(_RECEIPT_IS) % values
    if row.asker == Asker.HOST:
        return Findings(statements=(which, _(_RECEIPT_FOR_HOST)), is_answer=True)
    if outbox.address_of(session):
        return Findings(statements=(which, _(_SENT_AGAIN)), is_answer=True)
    if facts.proof == Ticket.Proof.LINK:
        return Findings(statements=(which, _(_NO_ADDRESS_YET)), is_answer=True)
    return Findings(statements=(which, _(_NO_ADDRESS)))


def _where_receipts_are(row: Conversation) -> str:
    if row.asker == Asker.HOST:
        return _(_RECEIPTS_OF_HOST)
    return _(_IN_HISTORY if row.user is not None else _RECEIPTS_ARE)


def _so_far(session: Session, *, now: datetime) -> list[str]:
    """Returns the cost as the session's own page shows it, and the price behind it."""
    shown_cost = running.load(session, now=now)
    if shown_cost is None:
        return list(_describe_session(session, now=now))
    cost = shown_cost.cost
    energy = number_format(cost.energy_wh / 1000, decimal_pos=3)
    lines = [_(_SO_FAR) % {"amount": money(cost.total_minor, cost.currency), "energy": energy}]
    if (version := property_tax.version_of(session)) is not None:
        moment = price_card.Moment(at=now, zone=ZoneInfo(session.property.time_zone), energy_wh=cost.energy_wh)
        card = price_card.build(version, moment=moment, plan=session.benefits, left_wh=shown_cost.left_wh)
        lines.append(_(_PRICE) % {"price": card.text})
    return lines


def _payments(session: Session) -> list[str]:
    """Returns, by card, what was charged, and what is only held."""
    texts: list[str] = []
    for hold in session.holds.exclude(last4="").order_by("id"):
        if hold.captured_minor:
            texts.append(_(_TAKEN) % {"amount": money(hold.captured_minor, hold.currency), "last4": hold.last4})
        elif hold.state == Hold.State.AUTHORISED:
            texts.append(_(_HELD) % {"amount": money(hold.amount_minor, hold.currency), "last4": hold.last4})
    return texts


def _given_back(session: Session) -> list[str]:
    rows = Refund.objects.filter(receipt__session=session, state=Refund.State.DONE).order_by("id")
    return [_(_GIVEN_BACK) % {"amount": money(refund.total_minor, refund.currency)} for refund in rows]


def _account(row: Conversation, _facts: Facts, *, now: datetime) -> Findings:
    """Returns the logged-in user's plans and cards. Owners change their accounts themselves, by the links shown."""
    if row.user is None:
        return Findings(statements=(_(_LOG_IN),), is_answer=True)
    return Findings(statements=(*driver_facts.account(row.user, now=now), _(_YOURSELF)), is_answer=True)


def _address(row: Conversation, _facts: Facts, *, now: datetime) -> Findings:
    """Tells a logged-in user where to change the address; others must prove their identity."""
    if row.asker == Asker.HOST:
        return Findings(statements=(_(_ADDRESS_OF_HOST),), is_answer=True)
    if row.user is not None:
        return Findings(statements=(_(_NEW_ADDRESS),), is_answer=True)
    return Findings(statements=(_(_LOG_IN), *(_(step) for step in catalogue.TOPICS[7].steps)), is_answer=True)


def _build_assignment_findings(row: Conversation, facts: Facts, aspect: Aspect) -> Findings:
    """Returns a charger's place and connection, or the host's property systems; both if the question names neither."""
    statements = _systems(row, facts).statements
    if aspect is Aspect.BOOKINGS:
        unseen = (_(_NO_SYSTEMS_SEEN),) if row.user else ()
        return Findings(statements=statements or unseen, is_answer=bool(statements or unseen))
    own = () if aspect is Aspect.ASSIGN else statements
    if (charger := facts.charger) is None:
        total = people.chargers(row.user).filter(retired_at=None).count() if row.user else 0
        pattern = ngettext(
            "We see %(total)s charger of yours in service.", "We see %(total)s chargers of yours in service.", total
        )
        text = pattern % {"total": total}
        return Findings(statements=(text, *own) if total else own, needs=(Detail.CHARGER_ID,))
    location = charger.property.name + (f", {charger.unit.name}" if charger.unit else "")
    state = condition.of_charger(
        charger, list(condition.connectors().filter(evse__charger=charger).select_related("evse"))
    )
    assigned = f"{charger.station_id} is assigned to {location}. {_describe_condition(state)}"
    return Findings(statements=(assigned, *own), is_answer=True)


def _systems(row: Conversation, facts: Facts) -> Systems:
    """Returns the property systems of the host whose people ask."""
    if row.user is None or row.asker != Asker.HOST:
        return Systems({})
    return host_facts.systems(row.user, facts.host)


def _find_system_details(row: Conversation, facts: Facts, number: int) -> dict[Detail, str]:
    return _systems(row, facts).details if number == _ASSIGN else {}


_OTHERS: Final[dict[int, Callable[..., Findings]]] = {
    6: _account,
    7: _address,
}


def _zone(facts: Facts) -> ZoneInfo:
    property_ = facts.session.property if facts.session else facts.property
    return ZoneInfo(property_.time_zone if property_ else "UTC")
