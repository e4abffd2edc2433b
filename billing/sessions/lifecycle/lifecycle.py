"""Sessions: opened by a guest or by a transaction, advanced by the charger's messages.

Every transition is a conditional update, so that concurrent callers apply it once. A charger's message costs at most
two statements here; prices and payments follow in `settlement`.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from authorization.identifiers import uids
from authorization.models import Decision, Stay, Token
from billing.engine import fees, idle, plausibility, price
from billing.engine.idle import IdleForecast
from billing.engine.rate.tariff import Component, IdleFee, Rate
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import SessionFacts
from billing.models import ChargingStateReport, Driver, RateAssignment, Rating, Session
from billing.payments.webhooks import deliveries
from billing.pricing import benefits, session_facts
from billing.pricing.rates import resolver
from billing.pricing.taxes import property_tax
from billing.sentences import catalogue
from billing.sentences.sessions import PATTERNS, SessionCode
from billing.sessions.drivers import payment_cards
from billing.sessions.home import home_charging
from billing.sessions.lifecycle import outlets
from billing.sessions.stays import terms
from chargers.commands import queue
from chargers.lib import ids
from chargers.models import Charger, Property, Transaction
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

State = Session.State
Audience = RateAssignment.Audience

TIME_TO_PAY: Final = timedelta(minutes=15)
TIME_TO_PLUG_IN: Final = timedelta(minutes=4)
"""A minute longer than an ordered start is valid, so that an accepted start still finds its session."""
OCCUPIED: Final = PATTERNS[SessionCode.OCCUPIED]
_ROAMING_STEPS: Final = frozenset(("roaming_always", "approved_recently", "live_validation"))
OCCUPANCY_ENDS: Final = frozenset(("Available", "Preparing", "Reserved"))
_MAX_AT_ONCE: Final = 500
_UNPLUGGED: Final = "EVDisconnected"
_OF_ENERGY: Final = {Transaction.Case.IMPLAUSIBLE_ENERGY.value, *(doubt.value for doubt in plausibility.OF_THE_METER)}


class NotOpenedError(Exception):
    """No session was opened, or it cannot continue; `why` gives the reason as a sentence, the message in English."""

    def __init__(self, why: Sentences) -> None:
        super().__init__(catalogue.english(why))
        self.why = why


class OccupiedError(NotOpenedError):
    """Another person has this outlet."""


class NoRateError(NotOpenedError):
    """There is no rate for guests here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestOrder:
    """A guest who wants to pay at an outlet. `key` identifies the form: if the form is sent again, it finds the same
    session.

    `stay` is the booking that their phone has access to; `billed_to` tells who is paid, if not by card.
    """

    charger: Charger
    evse_number: int
    connector_number: int | None = None
    email: str = ""
    driver: Driver | None = None
    key: UUID | None = None
    stay: Stay | None = None
    billed_to: str = ""


def open_for_guest(order: GuestOrder, *, now: datetime) -> Session:
    """Opens a session that waits for payment and plug, at the current price. The outlet stays free for others.

    The same key returns the same session again. Raises OccupiedError, NoRateError.
    """
    if (session := of_order(order.key)) is not None:
        return session
    if outlets.is_taken(order.charger.pk, order.evse_number, now=now):
        raise OccupiedError(stored.build_sentence(SessionCode.OCCUPIED))
    resolved, audience = _price_of_order(order, now=now)
    if resolved.version is None and not order.billed_to:
        raise NoRateError(resolved.why)
    try:
        with transaction.atomic():
            return Session.objects.create(
                id=ids.generate(now=now),
                secret=secrets.token_urlsafe(24),
                host_id=order.charger.property.host_id,
                property_id=order.charger.property_id,
                charger=order.charger,
                evse_number=order.evse_number,
                connector_number=order.connector_number,
                audience=audience,
                id_token=f"{uids.GUEST_PREFIX}{secrets.token_hex(7).upper()}",
                rate_version=resolved.version,
                rate_sentences=resolved.why,
                state=State.WAITING,
                opened_at=now,
                expires_at=now + TIME_TO_PAY,
                guest_email=order.email,
                driver=order.driver,
                benefits=_benefits_of_order(order, now=now),
                order_key=order.key,
                stay=order.stay,
                billed_to=order.billed_to,
            )
    except IntegrityError:  # the same form sent twice at the same moment
        if (session := of_order(order.key)) is not None:
            return session
        raise


def _price_of_order(order: GuestOrder, *, now: datetime) -> tuple[resolver.ResolvedRate, str]:
    if order.stay is not None:
        return terms.rate(order.charger, evse_number=order.evse_number, at=now)
    payer = resolver.Payer(audience=Audience.GUEST, evse_number=order.evse_number)
    return resolver.resolve(order.charger, driver=payer, at=now), Audience.GUEST


def _benefits_of_order(order: GuestOrder, *, now: datetime) -> dict[str, Any] | None:
    """Returns the stay's benefits, or those of the driver's plan: a session has one allowance."""
    site = order.charger.property
    stay_benefits = terms.allowance(order.stay, terms.get_or_default(site), at=now) if order.stay is not None else None
    return stay_benefits or _find_benefits(order.driver, site, now=now)


def of_order(key: UUID | None) -> Session | None:
    """Returns the session that the form opened when it was first sent, or None."""
    return Session.objects.filter(order_key=key).first() if key else None


def attach_drivers() -> int:
    """Assigns sessions that began with a card of a driver's account to that driver, with their plan's benefits.

    This runs before the session is priced, and not while the charger's message is handled.
    """
    unfinished = Session.objects.filter(state__in=(State.CHARGING, State.STOPPED), driver=None)
    card_sessions = unfinished.filter(token__driver_token__isnull=False).select_related(
        "property", "token__driver_token__driver__user"
    )
    attached_count = 0
    for session in card_sessions.exclude(ratings__kind="final")[:_MAX_AT_ONCE]:
        owner = session.token.driver_token.driver if session.token else None
        plan_benefits = _find_benefits(owner, session.property, now=session.started_at or session.opened_at)
        if owner is not None:
            attached_count += Session.objects.filter(pk=session.pk, driver=None).update(
                driver=owner, benefits=plan_benefits, **_receipt_to(owner, session)
            )
    return attached_count


def _receipt_to(owner: Driver, session: Session) -> dict[str, Any]:
    """Returns the receipt's address and language for drivers who pay by their account."""
    if owner.user is None or payment_cards.find_for_session(session) is None:
        return {}
    return {"guest_email": owner.user.email, "guest_language": owner.language}


def _find_benefits(driver: Driver | None, property_: Property, *, now: datetime) -> dict[str, Any] | None:
    if driver is None:
        return None
    return benefits.find_for_driver(driver.pk, host_id=property_.host_id, property_id=property_.pk, now=now)


def wait_for_plug(session_id: UUID, *, now: datetime) -> bool:
    """Gives the outlet to the guest, whose amount is held and who has a few minutes to plug in.

    False if the session does not wait any more. Raises OccupiedError if another guest paid first.
    """
    waiting = Session.objects.filter(pk=session_id, state=State.WAITING)
    try:
        with transaction.atomic():
            without_outlet = waiting.filter(outlet_taken_at=None)
            if without_outlet.update(outlet_taken_at=now, expires_at=now + TIME_TO_PLUG_IN):
                return True
    except IntegrityError as exc:
        raise OccupiedError(stored.build_sentence(SessionCode.PAID_FIRST)) from exc
    return waiting.exists()


def give_up(session_id: UUID, *, why: Sentences, now: datetime) -> bool:
    """Ends a session that never began: its outlet is free at once, and its start is withdrawn. True if this call did
    so.

    The caller releases the hold, outside any transaction (the sweep would do so, too).
    """
    waiting = Session.objects.filter(pk=session_id, state=State.WAITING)
    with transaction.atomic():
        if not waiting.update(state=State.FAILED, state_sentences=why, expires_at=None):
            return False
        session = Session.objects.select_related("charger").get(pk=session_id)
        queue.withdraw_starts(session.charger, id_token=session.id_token, now=now)
        deliveries.publish(deliveries.Kind.SESSION_FAILED, session, now=now)
    return True


def note_email(session_id: UUID, *, email: str, language: str) -> None:
    """Stores the address for the session's documents, and the language of their mails."""
    Session.objects.filter(pk=session_id).update(guest_email=email.lower(), guest_language=language)


def begin(row: Transaction, *, charger: Charger, decision: Decision, now: datetime) -> None:
    """Begins the session of an accepted transaction: its guest's session, or a new one. A repeat changes nothing."""
    if uids.is_guest(row.id_token) and _attach(row, decision=decision):
        return
    is_guest = uids.is_guest(row.id_token)
    audience = Audience.GUEST if is_guest else audience_of(decision.granted_by, token_id=decision.token_id)
    payer = resolver.Payer(audience=audience, token_id=decision.token_id, evse_number=row.evse_number)
    resolved = rate_of(charger, payer, at=row.started_at, now=now)
    version, why = resolved.version, resolved.why
    if row.upstream:
        version, why = None, stored.build_sentence(SessionCode.LED_ELSEWHERE, upstream=row.upstream)
    elif decision.granted_by == "accepts_any_token":
        version, why = None, stored.build_sentence(SessionCode.ANY_CARD)
    session = Session(
        id=ids.generate(now=now),
        secret=secrets.token_urlsafe(24),
        host_id=decision.host_id,
        property_id=charger.property_id,
        charger_id=row.charger_id,
        evse_number=row.evse_number,
        connector_number=row.connector_number,
        transaction=row,
        audience=audience,
        token_id=decision.token_id,
        id_token=row.id_token[:36],
        decision_id=decision.pk,
        rate_version=version,
        rate_sentences=why,
        upstream=row.upstream,
        state=State.CHARGING,
        opened_at=now,
        started_at=row.started_at,
    )
    if row.stopped_at is None or not _take_over(session):
        Session.objects.bulk_create([session], ignore_conflicts=True)


def _take_over(session: Session) -> bool:
    """Makes a session that was held because it had no start the session of this start, to be priced.

    True if there was one.
    """
    unclaimed = Session.objects.filter(transaction=session.transaction_id, decision_id=None, state=State.HELD)
    return bool(
        unclaimed.update(
            state=State.STOPPED,
            state_sentences=(),
            audience=session.audience,
            token_id=session.token_id,
            id_token=session.id_token,
            decision_id=session.decision_id,
            rate_version=session.rate_version,
            rate_sentences=session.rate_sentences,
            started_at=session.started_at,
        )
    )


def _attach(row: Transaction, *, decision: Decision) -> bool:
    waiting = Session.objects.filter(
        charger_id=row.charger_id, id_token__iexact=row.id_token, state=State.WAITING, transaction=None
    )
    return bool(
        waiting.update(
            state=State.CHARGING,
            transaction=row,
            started_at=row.started_at,
            evse_number=row.evse_number,
            connector_number=row.connector_number,
            decision_id=decision.pk,
            expires_at=None,
        )
    )


def audience_of(granted_by: str, *, token_id: int | None) -> str:
    """Returns who pays, by the step of the decision that accepted their card. One query at most."""
    if granted_by == "guest_hold":
        return Audience.GUEST
    if granted_by == "reimbursement":
        return Audience.REIMBURSEMENT
    if granted_by in _ROAMING_STEPS:
        return Audience.ROAMING
    if granted_by == "start_ordered" and token_id is not None:
        foreign = Token.objects.filter(pk=token_id, msp__isnull=False).exists()
        return Audience.ROAMING if foreign else Audience.MEMBER
    return Audience.MEMBER


def rate_of(charger: Charger, payer: resolver.Payer, *, at: datetime, now: datetime) -> resolver.ResolvedRate:
    """Returns what a session of this payer costs if it begins at that moment, and why."""
    resolved = resolver.resolve(charger, driver=payer, at=at, now=now)
    if payer.audience == Audience.REIMBURSEMENT:
        return home_charging.resolve(charger, token_id=payer.token_id, at=at) or resolved
    return resolved


def stop(row: Transaction) -> bool:
    """Stops the transaction's session; the plug may still be in, and `settling` prices it.

    One statement, and two more if the session was closed without a stop, which `late_stops` then handles.
    """
    charging = Session.objects.filter(transaction=row, state=State.CHARGING)
    unplugged_at = row.stopped_at if row.stop_reason == _UNPLUGGED else None
    if charging.update(state=State.STOPPED, stopped_at=row.stopped_at, unplugged_at=unplugged_at):
        ended_at = row.stop_received_at or row.stopped_at
        if uids.is_guest(row.id_token) and ended_at is not None:  # a payment covers one start
            queue.withdraw_starts(row.charger, id_token=row.id_token, now=ended_at)
        return True
    if row.stop_received_at is not None:
        if not row.case and _is_held_for_its_energy(row):  # a guessed stop had held the session: it is priced again
            Session.objects.filter(transaction=row, state=State.HELD).update(state=State.STOPPED, state_sentences=())
        ended_before = Session.objects.filter(transaction=row, state__in=(State.STOPPED, State.HELD))
        if ended_before.update(stopped_at=row.stopped_at, unplugged_at=unplugged_at):
            return False
        settled = Q(state=State.SETTLED, settled_at__lt=row.stop_received_at)
        closed = Session.objects.filter(settled | _closed_for_nothing(), transaction=row, late_stop_at=None)
        closed.update(late_stop_at=row.stop_received_at)
    return False


def _is_held_for_its_energy(row: Transaction) -> bool:
    """Whether the transaction's session is held only for implausible energy. At most two queries."""
    held_session = Session.objects.filter(transaction=row, state=State.HELD, decision_id__isnull=False).first()
    rating = held_session.ratings.order_by("-id").first() if held_session is not None else None
    return rating is not None and {doubt["code"] for doubt in rating.held} <= _OF_ENERGY


def _closed_for_nothing() -> Q:
    """Returns the condition for sessions closed because no energy was known to have flowed, except those that a person
    waived.
    """
    held_ratings = Rating.objects.filter(session=OuterRef("pk")).exclude(held=[])
    return Q(~Exists(held_ratings), state=State.FAILED)


def status(charger: Charger, *, evse_number: int | None, word: str, at: datetime) -> None:
    """Handles a connector's status: a free connector ends the occupancy of a stopped session."""
    if evse_number is None or word not in OCCUPANCY_ENDS:
        return
    Session.objects.filter(
        charger=charger, evse_number=evse_number, state=State.STOPPED, unplugged_at=None, stopped_at__lte=at
    ).update(unplugged_at=at)


def charging_state(row: Transaction, *, state: str, at: datetime, now: datetime) -> None:
    """Stores a change of the transaction's charging state (OCPP 2.x)."""
    ChargingStateReport.objects.create(transaction=row, state=state[:30], at=at, received_at=now)


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A session at this moment: its cost, and since when its vehicle is done, or None if it may still charge.

    `fee` is what staying plugged in costs this driver, or None if it is free.
    """

    cost: PriceReport
    idle: IdleForecast | None = None
    fee: IdleFee | None = None
    """As billed, with tax."""
    left_wh: int = 0
    """What the session leaves of the allowance in the driver's plan."""

    @property
    def fee_from(self) -> datetime | None:
        """Returns when the fee for staying plugged in begins or began."""
        return self.idle.fee_from if self.idle is not None and self.fee is not None else None


def running_cost(session: Session, *, now: datetime) -> PriceReport | None:
    """Returns what the session costs so far; None without a rate or before the first register value."""
    ongoing = running(session, now=now)
    return ongoing.cost if ongoing else None


def running(session: Session, *, now: datetime) -> RunningSession | None:
    """Returns the session at this moment; None without a rate or before the first register value."""
    inputs = session_facts.load(session, until=now)
    if inputs is None or session.rate_version is None:
        return None
    as_of = None if session.state in {State.SETTLED, State.HELD} else inputs.not_before_last_register(now)
    with transaction.atomic():
        applied = benefits.apply_to_session(
            session, property_tax.of_session(session), currency=session.rate_version.rate.currency
        )
    facts = replace(inputs.facts, benefits=applied.engine)
    rate = applied.rate(currency=session.rate_version.rate.currency)
    cost = price.price(rate=rate, facts=facts, zone=inputs.zone, as_of=as_of)
    if as_of is None or cost.is_held:
        return RunningSession(cost, left_wh=_left_wh(applied.engine.included_wh, cost))
    fee = _idle_fee(rate, facts)
    outlook = idle.forecast(facts, fee=fee, zone=inputs.zone, now=now)
    return RunningSession(cost, idle=outlook, fee=fee, left_wh=_left_wh(applied.engine.included_wh, cost))


def _left_wh(included_wh: int, cost: PriceReport) -> int:
    """Returns what is left of an allowance after the energy that it covers here."""
    covered = sum(int(line.quantity * 1000) for line in cost.lines if line.label == benefits.INCLUDED)
    return max(included_wh - covered, 0)


def _idle_fee(rate: Rate, facts: SessionFacts) -> IdleFee | None:
    if rate.idle is None or not rate.idle.per_min or fees.idle_waiver(rate.idle, driver=facts.driver):
        return None
    taxed = partial(rate.taxes.with_tax, component=Component.IDLE)
    cap = None if rate.idle.cap is None else taxed(rate.idle.cap)
    return replace(rate.idle, per_min=taxed(rate.idle.per_min), cap=cap)
