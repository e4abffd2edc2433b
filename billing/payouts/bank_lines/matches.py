"""Matches of bank lines to payouts, and their effects on the payout and the books."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from billing.models import BankLine, BankMatch, Payout, PayoutAgreement, PayoutCarry
from billing.payouts.sending import outcomes

State = Payout.State
Kind = BankMatch.Kind
Rule = BankMatch.Rule
NOT_SENT: Final = (State.OPEN, State.CLOSING, State.CALCULATED, State.HELD, State.APPROVED, State.CARRIED)
FAILED: Final = (State.FAILED, State.RETURNED, State.REISSUED)
CLOSED: Final = (BankLine.Match.MATCHED, BankLine.Match.ANSWERED)
"""States of a line that needs no more attention."""
UNDONE: Final = "undone"
"""The kind of a line whose match was taken back: it is left to a person."""
WITHOUT_CODE: Final = "MS03"
"""The ISO 20022 code of a return for which the bank gives no reason."""


class NotPossibleError(Exception):
    """The line is not that payout, or another user was faster; the message is the reason."""


def kind_of(line: BankLine) -> BankMatch.Kind | None:
    """Returns what a line can be to a payout, by its sign: None if money leaves a host's account."""
    if line.host_id is None:
        return Kind.LEFT if line.amount_minor < 0 else Kind.RETURNED
    return Kind.ARRIVED if line.amount_minor > 0 else None


def obstacle(payout: Payout, kind: BankMatch.Kind) -> str:
    """Returns why a payout cannot match this kind of line, as a code of `wording.KINDS`; empty if it can.

    A payout by file may leave after it is known to have failed, because banks write returns before the original
    payments. Payouts by the card processor leave its account, never ours.
    """
    by_file = payout.way == PayoutAgreement.Way.BANK_FILE
    if kind == Kind.RETURNED and not by_file:
        return "" if _lies_at_processor(payout) else "failed_before" if payout.state in FAILED else "wrong_direction"
    if payout.state in NOT_SENT or (payout.state == State.SUBMITTED and not by_file):
        return "not_sent"
    if payout.state in FAILED and (kind == Kind.ARRIVED or not by_file):
        return "failed_before"
    return "wrong_way" if kind == Kind.LEFT and not by_file else ""


def _lies_at_processor(payout: Payout) -> bool:
    """Whether the payout failed and its money is unused at the processor: a line of that amount is the money coming
    back.
    """
    return Payout.objects.filter(_build_processor_condition(), pk=payout.pk).exists()


def _build_processor_condition() -> Q:
    carries = PayoutCarry.objects.filter(payout=OuterRef("pk"), kind=PayoutCarry.Kind.FAILED, taken_by=None)
    return Q(Exists(carries), state__in=(State.FAILED, State.RETURNED), transferred_minor__gt=0)


def obstacle_condition(kind: BankMatch.Kind) -> Q:
    """Returns a query condition for the payouts that have an `obstacle` to this kind of line."""
    no_file = ~Q(way=PayoutAgreement.Way.BANK_FILE)
    condition = Q(state__in=NOT_SENT) | Q(state=State.SUBMITTED) & no_file
    if kind == Kind.LEFT:
        return condition | no_file
    if kind == Kind.RETURNED:
        condition |= no_file & ~_build_processor_condition()
    return condition | Q(state__in=FAILED) & (Q() if kind == Kind.ARRIVED else no_file)


def write(
    line_id: int, payouts: Sequence[Payout], *, kind: BankMatch.Kind, rule: BankMatch.Rule, now: datetime, by: str = ""
) -> BankLine:
    """Matches a line and updates its payouts to paid, found or returned.

    Raises NotPossibleError if either is already matched.
    """
    with transaction.atomic():
        line = BankLine.objects.select_for_update().get(pk=line_id)
        if line.match == BankLine.Match.MATCHED:
            raise NotPossibleError("Nothing was changed: this line is matched already.")
        rows = Payout.objects.select_for_update(of=("self",)).select_related("host", "bank_account", "agreement")
        for payout in rows.filter(pk__in=[payout.pk for payout in payouts]).order_by("pk"):
            _match(line, payout, kind=kind, rule=rule, now=now, by=by)
        line.match, line.kind, line.facts, line.found_at = BankLine.Match.MATCHED, "", {}, now
        line.save(update_fields=["match", "kind", "facts", "found_at"])
        return line


def reconcile(*, now: datetime) -> int:
    """Reconciles payouts that became paid after their line was matched. Returns their number."""
    by_processor = Payout.objects.filter(
        state=State.PAID, way=PayoutAgreement.Way.PROCESSOR, bank_matches__kind__in=(Kind.LEFT, Kind.ARRIVED)
    )
    arrived = Payout.objects.filter(state=State.PAID, bank_matches__kind=Kind.ARRIVED)
    payouts = {payout.pk: payout for payout in (*by_processor, *arrived)}
    return sum(outcomes.mark_reconciled(payout, now=now) for payout in payouts.values())


def _match(
    line: BankLine, payout: Payout, *, kind: BankMatch.Kind, rule: BankMatch.Rule, now: datetime, by: str
) -> None:
    existing_match = BankMatch.objects.filter(payout=payout, kind=kind).select_related("line").first()
    if existing_match is not None:
        raise NotPossibleError(
            f"Nothing was changed: {payout.label} is matched to a line of {existing_match.line.booked_on}."
        )
    if obstacle(payout, kind):
        state = payout.get_state_display().lower()
        raise NotPossibleError(f"Nothing was changed: {payout.label} cannot be this line, it is {state}.")
    BankMatch.objects.create(
        line=line,
        payout=payout,
        kind=kind,
        rule=rule,
        state_before=payout.state,
        amount_minor=payout.amount_minor,
        matched_by=by[:150],
        matched_at=now,
    )
    booking_time, by_file = booked_at(line.booked_on, now=now), payout.way == PayoutAgreement.Way.BANK_FILE
    match kind:
        case Kind.LEFT if by_file:
            outcomes.book_paid(payout, booked_at=booking_time, now=now)
        case Kind.LEFT:
            outcomes.mark_reconciled(payout, now=now)
        case Kind.ARRIVED:
            outcomes.mark_paid(payout, at=booking_time)
            outcomes.mark_reconciled(payout, now=now)
        case Kind.RETURNED:
            if not by_file:
                Payout.objects.filter(pk=payout.pk).update(transferred_minor=0)
            outcomes.book_returned(payout, code=line.return_code or WITHOUT_CODE, booked_at=booking_time, now=now)


def booked_at(day: date, *, now: datetime) -> datetime:
    """Returns noon of the day, or now if that is in the future."""
    return min(outcomes.noon_utc(day), now)
