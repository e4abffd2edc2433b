"""Lines on the bill of a stay: stored, posted by one worker at a time, looked up where an answer was lost.

Property systems do not roll back, so nothing here is called inside a transaction. A line that may already be on the
bill is looked up before it is added.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.models import Stay
from authorization.pms import failures
from authorization.pms import folios as bills
from authorization.pms.failures import Code, FailedError
from authorization.pms.systems.source import Charge
from billing.engine.values import money
from billing.models import FolioCharge, Rating, Session
from billing.sessions.folios import totals
from billing.sessions.stays import terms
from chargers.lib import batch

State = FolioCharge.State
_LEASE: Final = timedelta(minutes=5)
_RETRY_DELAYS: Final = tuple(timedelta(minutes=count) for count in (1, 2, 5, 15, 60, 240, 720, 1440))
"""Delays between attempts; after the last failure the line is refused, or its fate stays unknown."""
_PASSING: Final = frozenset(
    (Code.SLOW_DOWN, Code.SERVER_ERROR, Code.NO_ANSWER, Code.TOKEN_BUDGET, Code.UNREADABLE_ANSWER)
)
"""Temporary failures: the line is tried again, after looking for it first."""
_MAX_AT_ONCE: Final = 200
_GONE: Final = "The connection of this booking was removed: settle it with the guest."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a stay's bill takes no charge now, in English for the host; guests read that they pay by card."""

    why: str


def refusal(stay: Stay, *, currency: str, now: datetime) -> Refusal | None:
    """Asks the booking's system before charging begins; None if its bill takes the charge. Uses the network."""
    if not bills.takes_charges(stay):
        return Refusal("The property system of this booking takes no charges.")
    try:
        bills.check(stay, currency=currency, now=now)
    except FailedError as exc:
        return Refusal(_sentence(stay, exc))
    return None


def post_due(*, now: datetime) -> int:
    """Stores the lines of settled sessions, makes the totals that are due, then posts or takes back the waiting lines.

    Uses the network.
    """
    _store_settled(now=now)
    totals.bundle_due(now=now)
    ready = FolioCharge.objects.filter(state__in=(State.WAITING, State.UNKNOWN, State.UNDOING), due_at__lte=now)
    ready = ready.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
    return batch.run_for_rows(ready, lambda pk: _post_or_undo_line(pk, now=now), failure="could not be posted")


def ask_back(line: FolioCharge, *, now: datetime) -> bool:
    """Marks the line for a worker to take back within seconds. A posted total is taken back whole; before that, a
    session is left out of it.

    False if the line is not on the bill, or was taken back.
    """
    rows = FolioCharge.objects.filter(pk=line.pk, state=State.COLLECTED)
    if rows.update(state=State.LEFT_OUT):
        return True
    rows = FolioCharge.objects.filter(pk=line.posted.pk, state=State.CHARGED)
    return bool(rows.update(state=State.UNDOING, due_at=now, attempts=0, failure=""))


def ask_again(line: FolioCharge, *, now: datetime) -> bool:
    """Marks a refused line to be tried again, after the host reopened the bill. False if it is not refused."""
    rows = FolioCharge.objects.filter(pk=line.posted.pk, state=State.REFUSED)
    return bool(rows.update(state=State.UNKNOWN, due_at=now, attempts=0, failure=""))


def _store_settled(*, now: datetime) -> None:
    sessions = Session.objects.filter(
        state=Session.State.SETTLED, billed_to=Session.BilledTo.FOLIO, folio_charge=None, stay__isnull=False
    ).select_related("stay", "charger", "property")
    for session in sessions.order_by("id")[:_MAX_AT_ONCE]:
        rating = session.ratings.filter(kind=Rating.Kind.FINAL).first()
        if rating is not None and rating.total_minor and session.stay is not None:
            _store(session, session.stay, rating, now=now)


def _store(session: Session, stay: Stay, rating: Rating, *, now: datetime) -> None:
    collected = totals.collected_for(session, terms.get_or_default(session.property).folio_lines)
    FolioCharge.objects.get_or_create(
        session=session,
        defaults={
            "stay": stay,
            "connection_id": stay.connection_id,
            "booking_key": stay.external_key,
            "key": f"ev-{session.pk.hex}",
            "amount_minor": rating.total_minor,
            "currency": rating.currency,
            "text": f"EV charging {session.charger.station_id}, {Decimal(rating.energy_wh) / 1000:.1f} kWh",
            "state": State.COLLECTED if collected else State.WAITING,
            "collected_for": collected,
            "due_at": totals.due_at(stay, session.property, collected, now=now) if collected else now,
            "created_at": now,
        },
    )


def _post_or_undo_line(pk: int, *, now: datetime) -> None:
    line = _claim(pk, now=now)
    if line is None:
        return
    stay = line.stay
    if stay is None or stay.connection_id != line.connection_id or stay.external_key != line.booking_key:
        _filter_claimed_row(line).update(state=_state_after_refusal(line), failure=_GONE, claimed_until=None)
        return
    try:
        if line.state == State.UNDOING:
            bills.undo(stay, _charge(line), ref=line.external_ref, now=now)
            _filter_claimed_row(line).update(state=State.UNDONE, undone_at=now, failure="", claimed_until=None)
        else:
            ref = bills.charge(stay, _charge(line), may_be_there=line.state == State.UNKNOWN, now=now)
            _filter_claimed_row(line).update(
                state=State.CHARGED, external_ref=ref[:200], charged_at=now, failure="", claimed_until=None
            )
    except FailedError as exc:
        _retry_or_refuse(line, exc, now=now)


def _claim(pk: int, *, now: datetime) -> FolioCharge | None:
    """Claims the line for some minutes. Before the call the row records that the line may be on the bill."""
    with transaction.atomic():
        line = FolioCharge.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if line is None or line.state not in {State.WAITING, State.UNKNOWN, State.UNDOING}:
            return None
        if line.claimed_until is not None and line.claimed_until > now:
            return None
        line.claimed_until, line.attempts = now + _LEASE, line.attempts + 1
        stored_state = State.UNKNOWN if line.state == State.WAITING else line.state
        FolioCharge.objects.filter(pk=pk).update(
            state=stored_state, claimed_until=line.claimed_until, attempts=line.attempts
        )
    return line


def _retry_or_refuse(line: FolioCharge, exc: FailedError, *, now: datetime) -> None:
    why = _sentence(line.stay, exc)[:300]
    if exc.code in _PASSING and line.attempts <= len(_RETRY_DELAYS):
        due_at = now + _RETRY_DELAYS[line.attempts - 1]
        if "at" in exc.facts:
            due_at = max(due_at, datetime.fromisoformat(str(exc.facts["at"])))
        _filter_claimed_row(line).update(due_at=due_at, failure=why, claimed_until=None)
        return
    _filter_claimed_row(line).update(state=_state_after_refusal(line), failure=why, claimed_until=None)


def _state_after_refusal(line: FolioCharge) -> FolioCharge.State:
    """Returns the state after a refusal: a line that could not be taken back is still on the bill."""
    return State.CHARGED if line.state == State.UNDOING else State.REFUSED


def _charge(line: FolioCharge) -> Charge:
    amount = Decimal(line.amount_minor).scaleb(-money.EXPONENTS[line.currency])
    return Charge(key=line.key, amount=amount, currency=line.currency, text=line.text)


def _filter_claimed_row(line: FolioCharge) -> QuerySet[FolioCharge]:
    """Returns the row while this worker holds it."""
    return FolioCharge.objects.filter(pk=line.pk, attempts=line.attempts)


def _sentence(stay: Stay | None, exc: FailedError) -> str:
    connection = stay.connection if stay is not None else None
    system = connection.get_kind_display() if connection else "The property system"
    return failures.render(exc.code.value, exc.facts, system=system).sentence
