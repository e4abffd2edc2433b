"""From "Pay and start" to RemoteStart: each step happens once, in whichever page or task runs first."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from authorization.decide import decisions
from authorization.decide.facts import GuestFacts, GuestHold, OrderedBy
from authorization.models import AccessRequest, Token
from authorization.visits import access_requests, stay_keys
from billing.engine.values import money
from billing.formatting import stored_sentences
from billing.models import Driver, Hold, Receivable, Session
from billing.pricing.taxes import property_tax
from billing.sentences import catalogue
from billing.sentences.sessions import PATTERNS, SessionCode
from billing.sessions.holds import hold_amount, holds
from billing.sessions.lifecycle import lifecycle, outlets
from billing.sessions.settlement import settle
from billing.sessions.starting import maintenance
from billing.sessions.starting.landing import Landing
from chargers.commands import builder, queue
from chargers.commands.builder import Details, UsualAction
from chargers.commands.queue import CommandRequest
from chargers.lib import batch
from chargers.models import Charger, Command, Connector
from chargers.protocol.frames import Version
from chargers.sentences import stored
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentences

RETURNED: Final = "returned"
"""Query parameter of the address that the bank's page returns to."""
_ASKED_AGAIN_AFTER: Final = timedelta(seconds=1)
STOPS_WITHIN: Final = timedelta(seconds=60)
"""An accepted stop ends the transaction within seconds; after a minute something is wrong."""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """The guest's choice: a card of the processor, and the address to which their bank returns them."""

    card: str
    return_url: str
    customer_ref: str = ""


def open_session(
    landing: Landing, *, email: str, now: datetime, driver: Driver | None = None, key: UUID | None = None
) -> Session:
    """Opens a session at this port, at the current price. Raises sessions.OccupiedError, NoRateError."""
    assert landing.port is not None
    connector = landing.port.connector
    return lifecycle.open_for_guest(
        lifecycle.GuestOrder(
            charger=landing.charger,
            evse_number=connector.evse.number,
            connector_number=connector.number,
            email=email,
            driver=driver,
            key=key,
            stay=landing.stay,
            billed_to=landing.billed_to,
        ),
        now=now,
    )


def start_for_stay(landing: Landing, *, email: str, key: UUID | None, now: datetime) -> Session:
    """Opens and starts a session of a booking's guest who pays without a card. The same key finds it again.

    Raises sessions.OccupiedError.
    """
    session = open_session(landing, email=email, now=now, key=key)
    if session.state == Session.State.WAITING:
        lifecycle.wait_for_plug(session.pk, now=now)
        start_unpaid(session, now=now)
    return session


def start_unpaid(session: Session, *, now: datetime) -> None:
    """Starts a session that is billed without a card and was not started yet. Any page or task may call it again."""
    _fail_if_offline(_start_once(session, None, now=now), session, now=now)


def pay(session: Session, order: PaymentOrder, *, now: datetime) -> Hold:
    """Holds the amount and, if that succeeds, sends the start command. The hold's state says how it ended.

    A retry repeats the request with the same key; a decided hold is not requested again.
    """
    earlier = session.holds.filter(role=Hold.Role.MAIN).order_by("-created_at").first()
    if earlier is not None and (earlier.processor_ref or earlier.state != Hold.State.AUTHORISING):
        return earlier
    size = _size(session)
    hold = holds.open_hold(session, amount_minor=size.amount_minor, now=now, why=size.why)
    means = holds.Means(
        card=order.card, customer_ref=order.customer_ref, return_url=order.return_url, keeps_card=size.extends
    )
    hold = holds.ask(hold, means, now=now)
    start_if_paid(session, now=now)
    return hold


def _size(session: Session) -> hold_amount.Size:
    """Returns the hold's size for a session that is not paid yet."""
    at_port = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    connector = at_port.order_by("number").first()
    max_power_w = connector.max_power_w if connector else None
    version = property_tax.version_of(session)
    assert version is not None
    return hold_amount.calculate(version, property_=session.property, max_power_w=max_power_w, plan=session.benefits)


def start_if_paid(session: Session, *, now: datetime) -> None:
    """Starts a session whose money is held and that was not started yet. Any page or task may call it again."""
    hold = session.holds.filter(role=Hold.Role.MAIN).order_by("-created_at").first()
    if hold is not None and hold.state in {Hold.State.UNKNOWN, Hold.State.AUTHORISING} and hold.processor_ref:
        hold = holds.check(hold.pk, now=now)
    if hold is None or hold.state != Hold.State.AUTHORISED or not holds.take_outlet(hold, now=now):
        return
    _fail_if_offline(_start_once(session, hold, now=now), session, now=now)


def _fail_if_offline(command: Command | None, session: Session, *, now: datetime) -> None:
    if command is not None and command.state == Command.State.OFFLINE:
        why = (*stored.build_sentence(SessionCode.NOT_STARTED), *command.outcome_sentences)
        settle.fail(session.pk, why=why, now=now)


def returned_from_bank(session: Session, *, now: datetime) -> None:
    """Checks the payment at once when the payer returns from the bank's page, unless it was checked a moment ago."""
    recent_checks = session.holds.filter(role=Hold.Role.MAIN, checked_at__gt=now - _ASKED_AGAIN_AFTER)
    if session.state == Session.State.WAITING and not recent_checks.exists():
        start_if_paid(session, now=now)


def start_paid(*, now: datetime) -> int:
    """Starts every session whose money is held and for which no start was ordered: its guest's phone may be asleep."""
    ordered = Command.objects.filter(
        charger=OuterRef("charger"), id_token=OuterRef("id_token"), action__in=queue.START_ACTIONS
    )
    waiting = Session.objects.filter(~Exists(ordered), state=Session.State.WAITING)
    paid = waiting.filter(holds__role=Hold.Role.MAIN, holds__state=Hold.State.AUTHORISED)
    started = batch.run_for_rows(
        paid, lambda pk: start_if_paid(Session.objects.get(pk=pk), now=now), failure="could not be started"
    )
    unpaid = waiting.exclude(billed_to="").filter(outlet_taken_at__isnull=False)
    return started + batch.run_for_rows(
        unpaid, lambda pk: start_unpaid(Session.objects.get(pk=pk), now=now), failure="could not be started"
    )


def cancel(session: Session, *, now: datetime) -> bool:
    """Cancels for the guest: releases the hold, and withdraws the start command."""
    if not lifecycle.give_up(session.pk, why=stored.build_sentence(SessionCode.CANCELLED), now=now):
        return False
    holds.release(session.pk, now=now)
    return True


def pay_rest(session: Session, order: PaymentOrder, *, now: datetime) -> Hold | None:
    """Charges the outstanding amount to a card of the guest's choice; None if there is none. A double tap pays once.

    The row's lock excludes a second payment, and the end of one in progress.
    """
    with transaction.atomic():
        rows = Receivable.objects.select_for_update()
        owed = rows.filter(session=session, state=Receivable.State.OPEN).first()
        if owed is None:
            return None
        rest_hold = session.holds.filter(role=Hold.Role.REST, state__in=Hold.LIVE).first()
        is_new = rest_hold is None
        if rest_hold is None:
            amount = owed.left_minor
            rest_hold = holds.open_hold(
                session, amount_minor=amount, now=now, why=owed.reason_sentences, role=Hold.Role.REST
            )
    if is_new:
        return holds.ask(rest_hold, holds.Means(card=order.card, return_url=order.return_url), now=now)
    return holds.check(rest_hold.pk, now=now)


@dataclass(frozen=True, slots=True)
class StopOrder:
    """A stop, ordered now or before."""

    command: Command
    is_new: bool


def stop(
    session: Session, *, now: datetime, origin: str = "guest", again_after: timedelta = timedelta(0)
) -> StopOrder | None:
    """Sends a stop command; None if nothing runs.

    No second command is sent while one is pending, nor within `again_after` of the last.
    """
    with transaction.atomic():
        locked = Session.objects.select_for_update(of=("self",)).select_related("transaction", "charger")
        session = locked.get(pk=session.pk)
        if session.transaction is None or session.state != Session.State.CHARGING:
            return None
        newest = _newest_stop(session)
        if newest is not None and (_may_still_stop(newest, now=now) or now - newest.created_at < again_after):
            return StopOrder(newest, is_new=False)
        order = _stop_order(session)
        command = queue.request(session.charger, CommandRequest(order.action, order.payload, origin=origin), now=now)
        return StopOrder(command, is_new=True)


@dataclass(frozen=True, slots=True)
class Stopping:
    """A stop that was sent: pending, or without effect, with the charger's reply; or queued while the charger is
    offline.
    """

    has_failed: bool
    outcome: Sentences = ()
    is_kept: bool = False


def find_stop_state(session: Session, *, now: datetime) -> Stopping | None:
    """Returns the state of a running session's newest stop command, or None. Expects `session` with its rows."""
    if session.transaction is None or session.state != Session.State.CHARGING:
        return None
    newest = _newest_stop(session)
    if newest is None:
        return None
    if _may_still_stop(newest, now=now):
        return Stopping(has_failed=False)
    if newest.state == Command.State.OFFLINE:
        if now - newest.created_at < queue.STOP_REMEMBERED:
            return Stopping(has_failed=False, is_kept=True)
        return Stopping(has_failed=True, outcome=stored.build_sentence(CommandCode.STOP_DROPPED))
    is_accepted = newest.state == Command.State.ACCEPTED
    outcome = stored.build_sentence(CommandCode.AGREED_WITHOUT_EFFECT) if is_accepted else newest.outcome_sentences
    return Stopping(has_failed=True, outcome=outcome)


def _newest_stop(session: Session) -> Command | None:
    order = _stop_order(session)
    commands = Command.objects.filter(charger=session.charger_id, action=order.action, payload=order.payload)
    return commands.filter(created_at__gte=session.opened_at).order_by("-created_at").first()


def _may_still_stop(command: Command, *, now: datetime) -> bool:
    """Whether the command waits, was sent, or was accepted a moment ago."""
    if command.state in {Command.State.QUEUED, Command.State.SENT}:
        return True
    return command.state == Command.State.ACCEPTED and now - command.created_at < STOPS_WITHIN


def _stop_order(session: Session) -> builder.BuiltCommand:
    assert session.transaction is not None
    details = Details(transaction_id=session.transaction.transaction_id)
    return builder.build(UsualAction.STOP, details, version=_version(session.charger))


class RefusedError(Exception):
    """The start was refused; the message gives the reason in the guest's language."""


def start_for_visitor(access_request: AccessRequest, *, evse_number: int, now: datetime) -> Command:
    """Sends a start command for a visitor with the host's approval. A second tap finds the first command.

    Raises RefusedError.
    """
    if access_request.rule is None:
        raise RefusedError(_("The host has not let you in here yet."))
    if not access_requests.can_start_by_link(access_request):
        raise RefusedError(_("Hold your card to the charger: this page does not start with the number of a card."))
    return start_with_token(access_request.rule.token, access_request.charger, evse_number=evse_number, now=now)


def start_with_token(token: Token, charger: Charger, *, evse_number: int, now: datetime) -> Command:
    """Sends a start command for a person who proved that the token is theirs. A second tap finds the first command.

    Raises RefusedError.
    """
    with transaction.atomic():
        Charger.objects.select_for_update(no_key=True).get(pk=charger.pk)
        if (earlier := queue.live_start(charger, id_token=token.canonical_uid, now=now)) is not None:
            return earlier
        if outlets.is_taken(charger.pk, evse_number, now=now, uid=token.canonical_uid):
            raise RefusedError(_(lifecycle.OCCUPIED))
        if serviced := maintenance.refusal(charger, now=now):
            raise RefusedError(serviced)
        question = decisions.Question(
            kind="remote_start", uid=token.canonical_uid, at=now, evse_number=evse_number, ordered_by=OrderedBy.GUEST
        )
        outcome = decisions.decide(charger=charger, question=question, now=now)
        if outcome.is_accepted:
            command = _order(charger, evse_number=evse_number, uid=token.canonical_uid, now=now)
    if not outcome.is_accepted:
        reason = outcome.reason_entry
        raise RefusedError(_(reason.guest.meaning if reason else PATTERNS[SessionCode.START_REFUSED]))
    if command.state == Command.State.OFFLINE:
        raise RefusedError(stored_sentences.local(command.outcome_sentences))
    return command


def _start_once(session: Session, hold: Hold | None, *, now: datetime) -> Command | None:
    with transaction.atomic():
        waiting = Session.objects.select_for_update(of=("self",)).select_related(
            "charger__property", "stay__property", "stay__unit"
        )
        locked = waiting.filter(pk=session.pk, state=Session.State.WAITING).first()
        if locked is None or _was_ordered(locked):
            return None
        refusal = _refusal(locked, hold, now=now)
        if not refusal:
            Session.objects.filter(pk=locked.pk).update(expires_at=now + lifecycle.TIME_TO_PLUG_IN)
            return _order(locked.charger, evse_number=locked.evse_number, uid=locked.id_token, now=now)
    settle.fail(session.pk, why=refusal, now=now)
    return None


def _refusal(session: Session, hold: Hold | None, *, now: datetime) -> Sentences:
    """Returns why this session may not start; empty if it may. Without a hold a stay must allow it."""
    if outlets.is_taken(session.charger_id, session.evse_number, now=now, besides=session.pk):
        return stored.build_sentence(SessionCode.TAKEN_MEANWHILE)
    hold_text = f"{money.text(hold.amount_minor, currency=hold.currency)} {hold.currency}" if hold else ""
    outcome = decisions.decide(
        charger=session.charger,
        question=decisions.Question(kind="guest", uid=session.id_token, at=now, evse_number=session.evse_number),
        now=now,
        given_facts=decisions.GivenFacts(
            guest=GuestFacts(hold=GuestHold(amount=hold_text) if hold_text else None),
            guest_stays=(stay_keys.facts(session.stay),) if session.stay else (),
        ),
    )
    if outcome.is_accepted:
        return ()
    return catalogue.describe_refusal(outcome.reason) or stored.build_sentence(SessionCode.START_REFUSED)


def _order(charger: Charger, *, evse_number: int | None, uid: str, now: datetime) -> Command:
    version = _version(charger)
    number = time.time_ns() // 1_000_000 % 2**31
    details = Details(evse_number=evse_number, uid=uid, remote_start_id=number)
    order = builder.build(UsualAction.START, details, version=version)
    request = CommandRequest(
        order.action,
        order.payload,
        origin="guest",
        id_token=uid,
        evse_number=evse_number,
        remote_start_id=None if version is Version.V16 else number,
    )
    return queue.request(charger, request, now=now)


def _was_ordered(session: Session) -> bool:
    orders_of_it = Command.objects.filter(charger=session.charger_id, id_token=session.id_token)
    return orders_of_it.filter(action__in=queue.START_ACTIONS).exists()


def _version(charger: Charger) -> Version:
    return Version(charger.ocpp_version) if charger.ocpp_version else Version.V16
