"""What the assistant looks up for a topic before it asks: the charger now, the session, its bill, the payout.

Nothing of a session is looked up that is not proved to be the person's, and nothing of a host that they may not see.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from authorization.decide import reasons
from authorization.models import Decision
from authorization.people import access as people
from billing import access
from billing.formatting import times
from billing.formatting.money import money
from billing.guest import landing, sentences, unstarted
from billing.models import Payout, Session
from billing.payouts import wording
from chargers.fleet import condition
from chargers.lib.i18n import mark
from chargers.models import Charger, Connector
from support.acts.assistant import Looked
from support.assistant import record
from support.assistant.dialogue import Findings
from support.context import suggestions
from support.guest import host_facts, opening
from support.guest.opening import Known
from support.models import Conversation
from support.tickets.lifecycle import Facts
from support.topics import catalogue
from support.topics.catalogue import Asker
from support.topics.details import Detail

_CHARGING: Final = frozenset({1, 2, 3, 9})
_MONEY: Final = frozenset({4, 5})
_HARDWARE: Final = frozenset({"charger_out_of_order", "upstream_silent"})
"""Prompts that the steps of the topic may cure; others are a matter of permission."""
_MOST_STEPS: Final = 5
_NOT_FOUND: Final = mark("We have found no session that this proves to be yours.")
_NO_CHARGER: Final = mark("No charger in service has this Station ID.")
_USABLE: Final = mark("Station %(station)s is connected, and can be used now.")
_CHARGES_NOW: Final = mark("Your session at station %(station)s is charging: %(energy)s kWh so far.")
_TAKEN: Final = mark("%(amount)s was taken from your card ending %(last4)s.")
_HELD: Final = mark("%(amount)s is held on your card ending %(last4)s, and nothing of it is taken yet.")
_YOURSELF: Final = mark("You can do this yourself, without waiting for us: use the links below.")


def look(row: Conversation, number: int) -> Looked:
    """What is known of the conversation now, and what is found for the topic (0: none), in its language."""
    now = datetime.now(tz=UTC)
    given = {Detail(code): value for code, value in row.given.items()}
    begun = {Detail(code): value for code, value in row.known.items()}
    facts = _facts(row, begun, given, now=now)
    known = begun | _details(facts)
    if row.asker == Asker.HOST:
        known.pop(Detail.LAST4, None)
    with translation.override(row.language), timezone.override(_zone(facts)):
        found = _found(row, facts, number, given=given, now=now)
    findings = replace(found, known=frozenset({*known, *given}), has_address=bool(row.email))
    return Looked(facts=facts, known=known, findings=findings)


def _facts(row: Conversation, known: dict[Detail, str], given: dict[Detail, str], *, now: datetime) -> Facts:
    """With the station that was named, and the session that time and card prove."""
    begun = Known(record.facts(row), known, row.email)
    if row.user is not None and row.asker == Asker.HOST:
        return host_facts.completed(begun, given, viewer=row.user)
    return opening.completed(begun, given, email=row.email, now=now)


def _details(facts: Facts) -> dict[Detail, str]:
    """The details that follow from the facts."""
    if facts.session is not None and facts.proof:
        return opening.of_session(facts.session).details
    return opening.of_charger(facts.charger).details if facts.charger is not None else {}


def _found(row: Conversation, facts: Facts, number: int, *, given: dict[Detail, str], now: datetime) -> Findings:
    if number in _CHARGING:
        return _charging(row, facts, number, given=given, now=now)
    if number in _MONEY:
        return _money(facts, number, given=given)
    finder = _OTHERS.get(number)
    return finder(row, facts) if finder else Findings()


def _charging(row: Conversation, facts: Facts, number: int, *, given: dict[Detail, str], now: datetime) -> Findings:
    """The charger's state now, and why nobody, or this person, can start there."""
    steps = tuple(_(step) for step in catalogue.TOPICS[number].steps)
    if facts.charger is None:
        unknown = (_(_NO_CHARGER),) if Detail.CHARGER_ID in given else ()
        return Findings(statements=unknown, steps=steps, needs=(Detail.CHARGER_ID,))
    if row.asker == Asker.HOST:
        return _at_hosts_charger(facts.charger, steps)
    session = facts.session if facts.proof else None
    of_session = _of_session(session, now=now) if session else ()
    if session is not None and session.state == Session.State.CHARGING:
        return Findings(statements=of_session, steps=steps)
    at = landing.look(facts.charger, port_number=session.evse_number if session else None, now=now)
    if at.prompt is None:
        usable = _(_USABLE) % {"station": facts.charger.station_id}
        return Findings(statements=(*of_session, usable), steps=steps, is_in_trouble=False)
    sentence = f"{at.prompt.title}. {at.prompt.meaning}"
    first = tuple(step.text for step in at.prompt.steps)
    every = (*first, *steps) if at.prompt.code in _HARDWARE else first
    return Findings(
        statements=(*of_session, sentence),
        steps=every[:_MOST_STEPS],
        is_in_trouble=at.prompt.code != "occupied",
    )


def _at_hosts_charger(charger: Charger, steps: tuple[str, ...]) -> Findings:
    """Its state, and the reason of the last refusal, as the portal says them."""
    connectors = list(Connector.objects.filter(evse__charger=charger).select_related("evse")[:20])
    state = condition.of_charger(charger, connectors)
    since = f" Since {times.when_short(state.since)}." if state.since else ""
    statements = [f"{charger.station_id}: {state.word}. {state.sentence}{since}"]
    last = Decision.objects.filter(charger=charger).order_by("-id").first()
    reason = reasons.CATALOGUE.get(last.reason) if last and last.verdict != Decision.Verdict.ACCEPTED else None
    advised: tuple[str, ...] = ()
    if last is not None and reason is not None:
        statements.append(
            f"The last attempt, {times.when_short(last.at)}, was refused: {reason.title}. {reason.host.meaning}"
        )
        advised = tuple(step.text for step in reason.host.next_steps)
    return Findings(
        statements=tuple(statements), steps=(*advised, *steps)[:_MOST_STEPS], is_in_trouble=state.kind == "bad"
    )


def _of_session(session: Session, *, now: datetime) -> tuple[str, ...]:
    """How it stands, and what became of the hold."""
    station = session.charger.station_id
    if session.state == Session.State.CHARGING and session.transaction is not None:
        energy = f"{(session.transaction.energy_wh or 0) / 1000:.1f}"
        return (_(_CHARGES_NOW) % {"station": station, "energy": energy},)
    hold = session.holds.order_by("-created_at").first()
    if (never := unstarted.of(session, hold, now=now)) is not None:
        texts = [f"{never.title}.", sentences.why(session, None), unstarted.money_sentence(session, hold)]
        return (" ".join(filter(None, texts)),)
    why = sentences.why(session, session.ratings.order_by("-id").first())
    return (why,) if why else ()


def _money(facts: Facts, number: int, *, given: dict[Detail, str]) -> Findings:
    """The bill by line, what was taken and what was given back; of a session that is proved to be theirs."""
    asked = (Detail.CHARGER_ID, Detail.ATTEMPTED_AT, Detail.LAST4)
    session = facts.session if facts.proof else None
    if session is None:
        is_given = all(one in given for one in asked[1:])
        return Findings(statements=(_(_NOT_FOUND),) if is_given else (), needs=asked)
    rating = session.ratings.order_by("-id").first()
    statements = [suggestions.breakdown(session, rating)] if rating is not None else []
    for hold in session.holds.exclude(last4="").order_by("id"):
        if hold.captured_minor:
            values = {"amount": money(hold.captured_minor, hold.currency), "last4": hold.last4}
            statements.append(_(_TAKEN) % values)
        elif hold.state == "authorised":
            values = {"amount": money(hold.amount_minor, hold.currency), "last4": hold.last4}
            statements.append(_(_HELD) % values)
    if not statements:
        statements = list(_of_session(session, now=datetime.now(tz=UTC)))
    steps = () if rating is not None else tuple(_(step) for step in catalogue.TOPICS[number].steps)
    return Findings(statements=tuple(statements), steps=steps, is_answer=bool(statements))


def _account(_row: Conversation, _facts: Facts) -> Findings:
    """Accounts are changed by their owners; the links stand beside the conversation."""
    return Findings(statements=(_(_YOURSELF),), is_answer=True)


def _address(_row: Conversation, _facts: Facts) -> Findings:
    return Findings(statements=tuple(_(step) for step in catalogue.TOPICS[7].steps))


def _assigned(row: Conversation, facts: Facts) -> Findings:
    """Where a charger of the host is, and whether it is connected."""
    charger = facts.charger
    if charger is None:
        total = people.chargers(row.user).filter(retired_at=None).count() if row.user else 0
        text = f"We see {total} charger{'' if total == 1 else 's'} of yours in service."
        return Findings(statements=(text,), needs=(Detail.CHARGER_ID,))
    place = charger.property.name + (f", {charger.unit.name}" if charger.unit else "")
    state = condition.of_charger(charger, list(Connector.objects.filter(evse__charger=charger).select_related("evse")))
    return Findings(
        statements=(f"{charger.station_id} is assigned to {place}. {state.word}: {state.sentence}",), is_answer=True
    )


def _paid_out(row: Conversation, facts: Facts) -> Findings:
    """The payout that is meant, else the newest ones, and why each is as it is."""
    if row.user is None:
        return Findings()
    rows = access.payouts(row.user).select_related("host", "property").order_by("-id")
    payouts = [facts.payout] if facts.payout else list(rows.exclude(state=Payout.State.OPEN)[:2])
    return Findings(statements=tuple(_of_payout(one) for one in payouts), is_answer=bool(payouts))


def _of_payout(payout: Payout) -> str:
    failure = wording.failure(payout)
    why = failure["sentence"] if failure else wording.expected_reason(payout)
    amount = money(payout.amount_minor, payout.currency)
    return f"{payout.label}, {amount}, {payout.get_state_display().lower()}: {why}"


_OTHERS: Final[dict[int, Callable[[Conversation, Facts], Findings]]] = {
    6: _account,
    7: _address,
    8: _assigned,
    10: _paid_out,
}


def _zone(facts: Facts) -> ZoneInfo:
    place = facts.session.property if facts.session else facts.property
    return ZoneInfo(place.time_zone if place else "UTC")
