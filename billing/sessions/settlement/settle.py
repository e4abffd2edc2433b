"""From the stop to the payment: the provisional price, the final one, the capture and the receipt, each exactly once.

The database is the source of truth: every step reads the stored state and does what is missing, so that another worker
resumes after a crash. Nothing here may be called inside a database transaction, since it calls the card processor
between its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from billing.engine import price, timeline
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.reports.report import NoteCode, PriceReport
from billing.engine.reports.report_json import report_json
from billing.models import Hold, RateAssignment, Rating, Session
from billing.payments.books import postings
from billing.payments.webhooks import deliveries
from billing.pricing import benefits, session_facts
from billing.pricing.taxes import property_tax
from billing.sentences import catalogue
from billing.sentences.sessions import SessionCode
from billing.sessions.charges import receivables
from billing.sessions.documents import receipts
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.offers import offers
from billing.sessions.settlement import capture, goodwill, overlaps
from chargers.lib import batch
from chargers.models import Connector, Transaction
from chargers.recovery.lost_messages import LONGEST, SAYS_WITHIN
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from chargers.sentences.stored import Sentences

State = Session.State
Kind = Rating.Kind

WITHOUT_STATUS: Final = timedelta(minutes=30)
SILENT_AFTER: Final = timedelta(hours=4)
SUCCEEDED_AFTER: Final = timedelta(minutes=10)
CAPTURE_MARGIN: Final = timedelta(hours=12)
_OCCUPIED: Final = frozenset(("Finishing", "SuspendedEV", "SuspendedEVSE", "Charging", "Occupied"))
_CONFIRMS_FOR: Final = timedelta(seconds=30)
"""How long a payment is looked up while its cardholder is on the bank's page: their browser may never return."""
_WORTH_A_LOOK: Final = timedelta(minutes=1)
"""How long a charger may charge before its first register; no charger delivers more than a few kWh in that time."""

_BETWEEN_READINGS: Final = timedelta(minutes=15)
"""How far apart chargers take their readings; little flows after the last one."""


def rate_provisionally(session_id: UUID, *, now: datetime) -> None:
    """Prices a stopped session provisionally. Implausible readings hold it; without energy it costs nothing."""
    with transaction.atomic():
        session = _lock_session(session_id, state=State.STOPPED)
        if session is None or session.ratings.filter(kind=Kind.PROVISIONAL).exists():
            return
        _note_unplugged(session)
        if session.rate_version is None:
            _finish_without_rate(session, now=now)
            return
        rated = _rate(session, kind=Kind.PROVISIONAL, now=now, as_of=now if _has_stopped(session) else None)
        if rated is None or rated.is_nothing:
            _close(session, state=State.FAILED, why=_explain_no_bill(rated), now=now)
        elif rated.rating.held:
            _close(session, state=State.HELD, why=rated.why, now=now)
            return
        else:
            return
    # The session costs nothing, so its hold is released at once.
    holds.release(session_id, now=now)


def settle(session_id: UUID, *, now: datetime) -> None:
    """Makes the final price, captures the hold, and then in one transaction issues the receipt and ends the session."""
    rating = _final_rating(session_id, now=now)
    if rating is None:
        if Session.objects.filter(pk=session_id, state=State.FAILED).exists():
            holds.release(session_id, now=now)
        return
    collected = capture.collect(session_id, total_minor=rating.total_minor, now=now)
    if collected is None:
        return  # in doubt: the next round requests it with the same key
    with transaction.atomic():
        session = _lock_session(session_id, state=State.STOPPED)
        if session is None:
            return
        receipt = None
        if not _is_home_charging(session):  # billed to the employer each month
            receipt = receipts.issue(session, rating=rating, paid_by=collected.holds, now=now)
            postings.receipt_issued(receipt, now=now)
        if collected.short_minor:
            receivables.open_for(
                session,
                amount_minor=collected.short_minor,
                currency=rating.currency,
                why=collected.why,
                now=now,
            )
        Session.objects.filter(pk=session_id, state=State.STOPPED).update(state=State.SETTLED, settled_at=now)
        deliveries.publish(deliveries.Kind.SESSION_SETTLED, session, now=now)
        if receipt is not None:
            goodwill.give(receipt, now=now)
            offers.make_if_proved(receipt, now=now)
    if any(hold.state in Hold.LIVE for hold in collected.holds):
        holds.release(session_id, now=now)


def _is_home_charging(session: Session) -> bool:
    return session.rate_version is not None and session.rate_version.rate.contract_id is not None


def fail(session_id: UUID, *, why: Sentences, now: datetime) -> bool:
    """Closes a session that never began: nothing is due, and the hold is released. True if this call did so."""
    if not lifecycle.give_up(session_id, why=why, now=now):
        return False
    holds.release(session_id, now=now)
    return True


def waive(session_id: UUID, *, reason: str, now: datetime) -> bool:
    """Ends a held session without a bill, after a person's review. True if this call did so.

    The caller records who it was in the same transaction, and calls `holds.release` after it (the sweep would do so,
    too).
    """
    held_rows = Session.objects.filter(pk=session_id, state=State.HELD)
    with transaction.atomic():
        if not held_rows.update(
            state=State.FAILED, state_sentences=stored.build_sentence(SessionCode.WAIVED, reason=reason)
        ):
            return False
        deliveries.publish(deliveries.Kind.SESSION_FAILED, Session.objects.get(pk=session_id), now=now)
    return True


def hold(session: Session, *, why: Sentences, now: datetime) -> None:
    """Prices a stopped session and holds it for review, for a reason other than its readings.

    Call it in the transaction that made or locked the session.
    """
    code, evidence = str(why[0].code), catalogue.english(why)
    doubt = {"code": code, "evidence": evidence, "sentences": [sentence.as_json() for sentence in why]}
    rated = _rate(session, kind=Kind.PROVISIONAL, now=now, as_of=None, doubts=(doubt,))
    _close(session, state=State.HELD, why=why if rated is None else rated.why, now=now)


def catch_up(*, now: datetime) -> int:
    """Prices stopped sessions, also those whose transaction had stopped when they began."""
    lifecycle.attach_drivers()
    late = Session.objects.filter(state=State.CHARGING, transaction__stopped_at__isnull=False)
    batch.run_for_rows(late, _stop_one, failure="could not be stopped")
    provisional = Rating.objects.filter(session=OuterRef("pk"), kind=Kind.PROVISIONAL)
    unrated = Session.objects.filter(~Exists(provisional), state=State.STOPPED)
    return batch.run_for_rows(unrated, lambda pk: rate_provisionally(pk, now=now))


def _stop_one(session_id: UUID) -> None:
    stopped = Transaction.objects.filter(session=session_id).values("stopped_at")[:1]
    Session.objects.filter(pk=session_id, state=State.CHARGING).update(
        state=State.STOPPED, stopped_at=Subquery(stopped)
    )


def settle_due(*, now: datetime) -> int:
    """Settles sessions that are over: unplugged, followed by another one, without status for 30 minutes, or with an
    expiring hold.
    """
    priced = Rating.objects.filter(session=OuterRef("pk"), kind__in=(Kind.PROVISIONAL, Kind.FINAL))
    rated = Session.objects.filter(Exists(priced), state=State.STOPPED)
    expiring = Hold.objects.filter(
        session=OuterRef("pk"), state=Hold.State.AUTHORISED, capture_before__lte=now + CAPTURE_MARGIN
    )
    final = Rating.objects.filter(session=OuterRef("pk"), kind=Kind.FINAL)
    is_over = (
        Q(unplugged_at__isnull=False)
        | Q(transaction__stopped_at=None)
        | _later_transaction_condition()
        | _status_expired_condition(now)
    )
    due = rated.filter(Q(is_over & ~_waits_for_messages(now)) | Exists(expiring) | Exists(final))
    return batch.run_for_rows(due, lambda pk: settle(pk, now=now))


def _waits_for_messages(now: datetime) -> Q:
    """Returns the condition for sessions whose missing messages may still wait in the station's queue (OCPP 2.0.1 E14).

    They wait until the station reports an empty queue, or the time is up: a day if it is offline or reports queued
    messages, else an hour.
    """
    answer, stop = Transaction.StatusAnswer, F("transaction__stop_received_at")
    none_left = Q(transaction__status_answer=answer.EMPTY, transaction__status_answered_at__gte=stop)
    may_send = Q(charger__connection_id=None) | Q(transaction__status_answer=answer.LEFT)
    lately = Q(transaction__stop_received_at__gt=now - SAYS_WITHIN)
    today = Q(may_send, transaction__stop_received_at__gt=now - LONGEST)
    return Q(Q(lately | today), ~none_left, transaction__is_incomplete=True)


def close_silent(*, now: datetime) -> int:
    """Ends sessions at their last meter value if the charger was silent for 4 hours, or began another transaction
    there.
    """
    following = Transaction.objects.filter(
        charger=OuterRef("charger"),
        evse_number=OuterRef("evse_number"),
        pk__gt=OuterRef("transaction_id"),
        started_at__gt=OuterRef("started_at"),
        start_received_at__lt=now - SUCCEEDED_AFTER,
    )
    since = now - SILENT_AFTER
    silent = (
        Q(Q(charger__last_message_at=None) | Q(charger__last_message_at__lt=since))
        & Q(Q(transaction__register_at=None) | Q(transaction__register_at__lt=since))
        & Q(transaction__start_received_at__lt=since)
    )
    running = Session.objects.filter(state=State.CHARGING, transaction__stopped_at=None)
    return batch.run_for_rows(running.filter(silent | Exists(following)), _close_one_silent)


def fail_unstarted(*, now: datetime) -> int:
    """Gives up sessions that waited too long to start."""
    expired = Session.objects.filter(state=State.WAITING, expires_at__lte=now)
    return batch.run_for_rows(expired, lambda pk: fail(pk, why=stored.build_sentence(SessionCode.NOT_IN_TIME), now=now))


def resolve_holds(*, now: datetime) -> int:
    """Releases holds that are not needed, and looks up payments in doubt."""
    live = Hold.objects.filter(state__in=Hold.LIVE).filter(
        Q(checked_at=None) | Q(checked_at__lt=now - timedelta(seconds=10))
    )
    surplus_holds = live.filter(session__state__in=(State.FAILED, State.SETTLED)).exclude(role__in=Hold.AFTERWARDS)
    sessions_over = Session.objects.filter(holds__in=surplus_holds)
    count = batch.run_for_rows(sessions_over, lambda pk: holds.release(pk, now=now), failure="could not be released")
    asked_earlier = Q(checked_at=None, created_at__lt=now - _CONFIRMS_FOR) | Q(checked_at__lt=now - _CONFIRMS_FOR)
    confirming = Q(asked_earlier, state=Hold.State.AUTHORISING, session__state=State.WAITING)
    doubtful = live.filter(Q(state=Hold.State.UNKNOWN) | Q(capture_before__lte=now) | confirming)
    return count + batch.run_for_rows(doubtful, lambda pk: holds.check(pk, now=now), failure="could not be checked")


@dataclass(frozen=True, slots=True)
class _StoredRating:
    """A stored rating with the engine's own report."""

    rating: Rating
    report: PriceReport

    @property
    def is_nothing(self) -> bool:
        return any(note.code is NoteCode.NOTHING_BILLABLE for note in self.report.notes) and not self.rating.held

    @property
    def why(self) -> Sentences:
        if self.rating.held:
            return tuple(sentence for doubt in self.rating.doubts for sentence in _evidence(doubt))
        notes = (note for note in self.report.notes if note.code is NoteCode.NOTHING_BILLABLE)
        return next((catalogue.of_price(note.reasons) for note in notes), ())


def _evidence(doubt: Mapping[str, Any]) -> Sentences:
    """Returns why the readings are doubtful. Ratings of earlier versions may have text only."""
    reason = reasons.read(doubt.get("reason"))
    if reason is not None:
        return catalogue.of_price((reason,))
    return stored.read(doubt.get("sentences")) or stored.free(str(doubt["evidence"]))


def _explain_no_bill(rated: _StoredRating | None) -> Sentences:
    """Returns why nothing is billed."""
    return rated.why if rated is not None else stored.build_sentence(SessionCode.NO_METER_VALUE)


def _final_rating(session_id: UUID, *, now: datetime) -> Rating | None:
    """Returns the final rating, made once; None if the session ended otherwise."""
    with transaction.atomic():
        session = _lock_session(session_id, state=State.STOPPED)
        if session is None:
            return None
        if earlier := session.ratings.filter(kind=Kind.FINAL).first():
            return earlier
        note_times(session)
        if session.rate_version is None:
            _finish_without_rate(session, now=now)
            return None
        as_of = now if _is_occupied(session, now=now) else None
        rated = _rate(session, kind=Kind.FINAL, now=now, as_of=as_of)
        if rated is not None and not rated.is_nothing and not rated.rating.held:
            return rated.rating
        if rated is not None and rated.rating.held:
            _close(session, state=State.HELD, why=rated.why, now=now)
        else:
            _close(session, state=State.FAILED, why=_explain_no_bill(rated), now=now)
        return None


def _rate(
    session: Session,
    *,
    kind: Rating.Kind,
    now: datetime,
    as_of: datetime | None,
    doubts: Sequence[dict[str, Any]] = (),
) -> _StoredRating | None:
    """Runs the engine and stores inputs and result; None without any register value.

    `doubts` are added to those about the readings. A final rating is one that is billed: that of a session in review,
    or without a price, is stored as provisional.
    """
    version, inputs = session.rate_version, session_facts.load(session, until=now)
    if inputs is None or version is None:
        return None
    currency = version.rate.currency
    plan = benefits.apply_to_session(session, property_tax.of_session(session), currency=currency)
    inputs = replace(inputs, facts=replace(inputs.facts, benefits=plan.engine))
    report = price.price(
        rate=plan.rate(currency=currency),
        facts=inputs.facts,
        zone=inputs.zone,
        as_of=inputs.not_before_last_register(as_of),
    )
    stored_report = plan.with_waived_fees(report_json(report))
    all_doubts = [
        *doubts,
        *stored_report["held_for_review"],
        *_case_of(session),
        *_clock_of(inputs),
        *_start_of(session),
        *_end_of(session),
        *_payment_of(session),
        *(
            [_build_doubt_entry("overlap", overlap)]
            if report.lines and (overlap := overlaps.find_doubt(session))
            else ()
        ),
    ]
    rating = Rating.objects.create(
        session=session,
        kind=Kind.PROVISIONAL if all_doubts or not report.lines else kind,
        engine_version=price.ENGINE_VERSION,
        inputs=session_facts.as_json(inputs, definition=plan.definition, currency=currency, as_of=as_of),
        report=stored_report,
        currency=currency,
        total_minor=report.total_minor,
        net_minor=report.net_minor,
        tax_minor=report.tax_minor,
        energy_wh=report.energy_wh,
        held=all_doubts,
        created_at=now,
    )
    return _StoredRating(rating, report)


def _case_of(session: Session) -> list[dict[str, Any]]:
    row = session.transaction
    if row is None or row.case != Transaction.Case.IMPLAUSIBLE_ENERGY:
        return []
    sentences = [sentence.as_json() for sentence in row.case_sentences]
    return [{"code": str(row.case), "evidence": row.case_detail, "sentences": sentences}]


def _clock_of(inputs: session_facts.PricingInputs) -> list[dict[str, Any]]:
    """Returns the doubt about a clock that is a day or more off: it is not corrected, and its times may select wrong
    prices.
    """
    behind = timedelta(seconds=-inputs.facts.charger_clock_offset_s)
    if abs(behind) < timeline.LARGEST_DRIFT:
        return []
    code = Code.DOUBT_CLOCK_BEHIND if behind > timedelta(0) else Code.DOUBT_CLOCK_AHEAD
    return [_build_doubt_entry("clock_drift", PriceReason(code, {"off_s": abs(inputs.facts.charger_clock_offset_s)}))]


def _start_of(session: Session) -> list[dict[str, Any]]:
    """Returns the doubt about energy before the first register, which no reading covers: a person decides about it."""
    gap = session_facts.unmetered_start(session)
    if gap < _WORTH_A_LOOK:
        return []
    return [
        _build_doubt_entry("start_unknown", PriceReason(Code.DOUBT_START_UNKNOWN, {"gap_s": int(gap.total_seconds())}))
    ]


def _end_of(session: Session) -> list[dict[str, Any]]:
    """Returns the doubt about energy after the last register of a session whose stop was lost: no reading covers it."""
    gap = session_facts.unmetered_end(session)
    if gap < _BETWEEN_READINGS:
        return []
    return [_build_doubt_entry("end_unknown", PriceReason(Code.DOUBT_END_UNKNOWN, {"gap_s": int(gap.total_seconds())}))]


def _payment_of(session: Session) -> list[dict[str, Any]]:
    """Returns the doubt about a second start under one payment, such as after a charger's restart: a payment covers one
    start.
    """
    if session.audience != RateAssignment.Audience.GUEST or session.holds.exists():
        return []
    same = Session.objects.filter(charger=session.charger_id, id_token=session.id_token).exclude(pk=session.pk)
    if not same.filter(Exists(Hold.objects.filter(session=OuterRef("pk")))).exists():
        return []
    return [_build_doubt_entry("paid_once", PriceReason(Code.DOUBT_PAID_ONCE))]


def _build_doubt_entry(code: str, reason: PriceReason) -> dict[str, Any]:
    return {"code": code, "evidence": reasons.render((reason,), speech=English()), "reason": reason.as_json()}


def _finish_without_rate(session: Session, *, now: datetime) -> None:
    note_times(session)
    Session.objects.filter(pk=session.pk, state=State.STOPPED).update(
        state=State.SETTLED,
        settled_at=now,
        state_sentences=(*stored.build_sentence(SessionCode.NOTHING_BILLED), *session.rate_sentences),
    )
    deliveries.publish(deliveries.Kind.SESSION_SETTLED, session, now=now)


def _close(session: Session, *, state: Session.State, why: Sentences, now: datetime) -> None:
    """Closes the session. Call it in the transaction that locked it."""
    note_times(session)
    Session.objects.filter(pk=session.pk, state=State.STOPPED).update(state=state, state_sentences=why)
    kind = deliveries.Kind.SESSION_HELD if state == State.HELD else deliveries.Kind.SESSION_FAILED
    deliveries.publish(kind, session, now=now)


def _close_one_silent(session_id: UUID) -> None:
    Transaction.objects.filter(session=session_id, stopped_at=None, case=Transaction.Case.NONE).update(
        case=Transaction.Case.NEVER_STOPPED,
        case_sentences=stored.build_sentence(CaseCode.CLOSED_UNSTOPPED),
    )
    last = Transaction.objects.filter(session=session_id).values("register_at")[:1]
    Session.objects.filter(pk=session_id, state=State.CHARGING).update(
        state=State.STOPPED, stopped_at=Coalesce(Subquery(last), F("started_at"))
    )


def _note_unplugged(session: Session) -> None:
    """Stores the unplugging by the charger's clock while the session is unsettled: later events are compared
    with it.
    """
    at = session_facts.unplugged_at(session)
    if at is not None and at != session.unplugged_at:
        session.unplugged_at = at
        session.save(update_fields=["unplugged_at"])


def note_times(session: Session) -> None:
    """Stores by our clock when it began, stopped and was unplugged, as it is priced.

    Call it with the session locked.
    """
    row = session.transaction
    if row is None or session.started_at is None:
        return
    moved = session_facts.clock_correction(session.charger)
    unplugged_at = session_facts.unplugged_at(session)
    session.started_at = row.started_at + moved
    if row.stopped_at is not None:
        session.stopped_at = row.stopped_at + moved
    if unplugged_at is not None:
        session.unplugged_at = unplugged_at + moved
    session.save(update_fields=["started_at", "stopped_at", "unplugged_at"])


def _has_stopped(session: Session) -> bool:
    return session.transaction is not None and session.transaction.stopped_at is not None


def _is_occupied(session: Session, *, now: datetime) -> bool:
    """Whether the plug is known to be in still: the charger is online and reports it."""
    if session.unplugged_at or not _has_stopped(session):
        return False
    return Session.objects.filter(_occupied_condition(now) & ~_later_transaction_condition(), pk=session.pk).exists()


def _occupied_condition(now: datetime) -> Q:
    connectors = Connector.objects.filter(
        evse__charger=OuterRef("charger"), evse__number=OuterRef("evse_number"), status__in=_OCCUPIED
    )
    return Q(Exists(connectors), charger__last_message_at__gt=now - WITHOUT_STATUS)


def _later_transaction_condition() -> Q:
    """Returns the condition for a later transaction at the outlet: the plug was out, even without a status."""
    later = Transaction.objects.filter(
        charger=OuterRef("charger"),
        evse_number=OuterRef("evse_number"),
        started_at__gt=OuterRef("transaction__stopped_at"),
    )
    return Q(Exists(later.exclude(pk=OuterRef("transaction_id"))))


def _status_expired_condition(now: datetime) -> Q:
    """Returns the condition for sessions that stopped 30 minutes ago without a credible report that the plug is still
    in.
    """
    since = now - WITHOUT_STATUS
    stopped = Q(transaction__stop_received_at__lte=since) | Q(transaction__stop_received_at=None, stopped_at__lte=since)
    return stopped & ~_occupied_condition(now)


def _lock_session(session_id: UUID, *, state: Session.State) -> Session | None:
    """Returns the session, locked, if it is in that state; None while another worker has it."""
    rows = Session.objects.select_related("property", "charger", "host", "transaction", "rate_version__rate")
    return rows.select_for_update(of=("self",), skip_locked=True).filter(pk=session_id, state=state).first()
