"""Energy of transactions without a session: held for a person, with all that is known of it.

The start was lost (OCPP 2.0.1 E01 to E07 may arrive in any order, or not at all), the card was refused and charged all
the same, or there was none.
"""

import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from authorization.decide import decisions
from authorization.identifiers import uids
from authorization.models import Decision
from billing.models import RateAssignment, Session
from billing.pricing.rates import resolver
from billing.sentences.sessions import SessionCode
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.lib import batch, ids
from chargers.models import Evse, MeterValue, StatusReport, Transaction
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from chargers.sentences.stored import Sentences
from chargers.transactions import recording

WAITS: Final = timedelta(minutes=15)
"""How long missing messages may still arrive: stations send stored ones when they are online again."""
LEAST_WH: Final = 100
"""Chargers that obey a refusal stop within a moment."""
_LOOKS_BACK: Final = timedelta(days=30)
_FREE: Final = ("Available", "Reserved")


def hold_due(*, now: datetime) -> int:
    """Opens a held session for each, and returns their number.

    If a start arrives later, its session leaves the review.
    """
    recording.end_without_stop(_silent_transactions(now), why=CaseCode.FELL_SILENT)
    return batch.run_for_rows(_due(now), partial(_hold, now=now), failure="could not be held for review")


def _silent_transactions(now: datetime) -> QuerySet[Transaction]:
    """Returns open transactions without a session whose charger was silent for hours: Updated events that never end."""
    since = now - settle.SILENT_AFTER
    recent_contact = Q(register_at__gt=since) | Q(start_received_at__gt=since) | Q(charger__last_message_at__gt=since)
    rows = Transaction.objects.filter(
        stopped_at=None, session=None, upstream="", start_received_at__gt=now - _LOOKS_BACK
    )
    return rows.exclude(recent_contact).exclude(authorization_status="Accepted")


def _due(now: datetime) -> QuerySet[Transaction]:
    is_over = Q(stop_received_at__lte=now - WAITS) | Q(stop_received_at=None, stopped_at__lte=now - WAITS)
    end = Coalesce("meter_stop_wh", "register_wh")
    rows = Transaction.objects.annotate(end_wh=end).filter(
        is_over,
        Q(meter_start_wh=None) | Q(end_wh__gte=F("meter_start_wh") + LEAST_WH),
        session=None,
        upstream="",
        stopped_at__isnull=False,
        end_wh__isnull=False,
        start_received_at__gt=now - _LOOKS_BACK,
    )
    return rows.exclude(authorization_status="Accepted")


def _hold(pk: int, *, now: datetime) -> bool:
    """Holds one. False if another worker was first, too little is known, or nobody pays here."""
    with transaction.atomic():
        rows = Transaction.objects.select_for_update(of=("self",)).select_related("charger__property")
        row = rows.filter(pk=pk, session=None).first()
        if row is None:
            return False
        has_start = bool(row.stated_start)
        if not has_start and row.evse_number is None:
            row.evse_number = _likely_outlet(row)  # for the session only: no message named it
        if row.meter_start_wh is None:
            _complete(row)
        if not _is_worth_it(row, has_start=has_start):
            return False
        session = _open_session(row, now=now)
        if session is None:
            return False
        if not has_start:
            row.case, row.case_sentences = (
                Transaction.Case.STOP_WITHOUT_START,
                stored.build_sentence(CaseCode.START_LOST),
            )
        row.save(update_fields=["started_at", "meter_start_wh", "case", "case_sentences"])
        settle.hold(session, why=_hold_reason(row, has_start=has_start), now=now)
    return True


def _is_worth_it(row: Transaction, *, has_start: bool) -> bool:
    """Whether it needs a person; also if only the final register is known, so that the energy must be found out."""
    if row.meter_start_wh is None:
        return not has_start
    return (row.energy_wh or 0) >= LEAST_WH


def _complete(row: Transaction) -> None:
    """Adds the start of a transaction that reported none: the outlet's last register, and when the outlet was taken."""
    first = MeterValue.objects.filter(transaction=row, register_wh__isnull=False).order_by("at").first()
    lowest = first.register_wh if first else row.meter_stop_wh
    row.started_at = min(row.started_at, first.at) if first else row.started_at
    if row.evse_number is not None:
        last_register_wh = _left_at(row, row.evse_number)
        if last_register_wh is not None and lowest is not None and last_register_wh <= lowest:
            row.meter_start_wh = last_register_wh
            row.started_at = _taken_since(row) or row.started_at
    if row.meter_start_wh is None and first is not None and first.register_wh != row.meter_stop_wh:
        row.meter_start_wh = first.register_wh


def _left_at(row: Transaction, evse_number: int) -> int | None:
    """Returns the outlet's register in Wh after the newest earlier transaction, or None if unknown."""
    register = Coalesce("meter_stop_wh", "register_wh", "meter_start_wh")
    earlier = Transaction.objects.filter(
        charger=row.charger_id, evse_number=evse_number, started_at__lte=row.started_at
    ).exclude(pk=row.pk)
    before = earlier.annotate(left_wh=register).filter(left_wh__isnull=False).order_by("-started_at").first()
    return before.left_wh if before else None


def _likely_outlet(row: Transaction) -> int | None:
    """Returns the free outlet that an OCPP 1.6 stop with an unknown id most likely belongs to: such a stop names none.

    It is the charger's only outlet, or the one whose last register is the highest not above the stop's. None if no free
    outlet has such a register.
    """
    in_use = Transaction.objects.filter(charger=row.charger_id, stopped_at=None, session__isnull=False)
    outlets = Evse.objects.filter(charger=row.charger_id).values_list("number", flat=True)
    free = sorted(set(outlets).difference(in_use.values_list("evse_number", flat=True)))
    if len(outlets) == 1:
        return free[0] if free else None
    lefts = [(last_wh, number) for number in free if (last_wh := _left_at(row, number)) is not None]
    below = [
        (last_wh, number) for last_wh, number in lefts if row.meter_stop_wh is not None and last_wh <= row.meter_stop_wh
    ]
    return max(below)[1] if below else None


def _taken_since(row: Transaction) -> datetime | None:
    """Returns when the outlet was first reported as taken after it was last free."""
    reports = StatusReport.objects.filter(
        charger=row.charger_id, evse_number=row.evse_number, at__lte=row.started_at
    ).order_by("at", "id")
    free = reports.filter(status__in=_FREE).last()
    taken_report = reports.filter(at__gte=free.at).exclude(status__in=_FREE).first() if free else None
    return taken_report.at if taken_report else None


def _open_session(row: Transaction, *, now: datetime) -> Session | None:
    """Opens the session. None if nobody pays here, or a start that arrived at this moment has opened it."""
    charger, uid = row.charger, row.id_token or row.stop_id_token
    payer = _payer(row, uid)
    resolved = lifecycle.rate_of(charger, payer, at=row.started_at, now=now)
    if resolved.version is None:
        payer = resolver.Payer(audience=RateAssignment.Audience.GUEST, evse_number=row.evse_number)
        resolved = lifecycle.rate_of(charger, payer, at=row.started_at, now=now)
    if resolved.version is None:
        return None
    session = Session(
        id=ids.generate(now=now),
        secret=secrets.token_urlsafe(24),
        host_id=charger.property.host_id,
        property_id=charger.property_id,
        charger=charger,
        evse_number=row.evse_number,
        connector_number=row.connector_number,
        transaction=row,
        audience=payer.audience,
        token_id=payer.token_id,
        id_token=uid[:36],
        decision_id=row.decision_id,
        rate_version=resolved.version,
        rate_sentences=resolved.why,
        state=Session.State.STOPPED,
        opened_at=now,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
    )
    Session.objects.bulk_create([session], ignore_conflicts=True)
    return Session.objects.filter(pk=session.pk).first()


def _payer(row: Transaction, uid: str) -> resolver.Payer:
    """Returns the payer by the card, as far as known; else a guest."""
    if row.decision_id is not None and (decision := Decision.objects.filter(pk=row.decision_id).first()):
        granted_by, token_id = decision.granted_by, decision.token_id
    elif uid and not uids.is_guest(uid):
        question = decisions.Question(kind="start", uid=uid, at=row.started_at, evse_number=row.evse_number, late=True)
        decided = decisions.decide(charger=row.charger, question=question, now=row.started_at, dry_run=True)
        granted_by, token_id = decided.granted_by, decided.token_id
    else:
        granted_by, token_id = "", None
    audience = lifecycle.audience_of(granted_by, token_id=token_id) if token_id else RateAssignment.Audience.GUEST
    return resolver.Payer(audience=audience, token_id=token_id, evse_number=row.evse_number)


def _hold_reason(row: Transaction, *, has_start: bool) -> Sentences:
    if not has_start:
        return stored.build_sentence(SessionCode.START_LOST)
    if row.id_token:
        return stored.build_sentence(SessionCode.CARD_REFUSED)
    return stored.build_sentence(SessionCode.NO_CARD)
