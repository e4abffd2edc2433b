"""A bank line that is a payout: written once, and what follows for the payout and the books."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from billing.models import BankLine, BankMatch, Payout, PayoutAgreement, PayoutCarry
from billing.payouts.cycle import sending

State = Payout.State
Kind = BankMatch.Kind
Rule = BankMatch.Rule
NOT_SENT: Final = (State.OPEN, State.CLOSING, State.CALCULATED, State.HELD, State.APPROVED, State.CARRIED)
FAILED: Final = (State.FAILED, State.RETURNED, State.REISSUED)
CLOSED: Final = (BankLine.Match.MATCHED, BankLine.Match.ANSWERED)
"""Of a line that nobody has to look at any more."""
UNDONE: Final = "undone"
"""Kind of a line whose match was taken back: it is left to a person."""
WITHOUT_CODE: Final = "MS03"
"""What ISO 20022 calls a return for which the bank names no reason."""
_NOON: Final = time(12)


class NotPossibleError(Exception):
    """The line is not that payout, or somebody was faster; the message says why."""


def kind_of(line: BankLine) -> BankMatch.Kind | None:
    """What such a line is to a payout, by its sign: None where money leaves a host's account."""
    if line.host_id is None:
        return Kind.LEFT if line.amount_minor < 0 else Kind.RETURNED
    return Kind.ARRIVED if line.amount_minor > 0 else None


def obstacle(payout: Payout, kind: BankMatch.Kind) -> str:
    """Why a payout cannot be on a line of such a kind, as a code of `wording.KINDS`; empty: it can.

    Of a file of ours money may leave also after it is known as failed: banks write returns before what they return.
    What the card processor pays leaves its account, and ours never.
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
    """It failed, and nothing uses its money yet: a line of that amount is the money on its way back."""
    return Payout.objects.filter(_at_processor(), pk=payout.pk).exists()


def _at_processor() -> Q:
    carries = PayoutCarry.objects.filter(payout=OuterRef("pk"), kind=PayoutCarry.Kind.FAILED, taken_by=None)
    return Q(Exists(carries), state__in=(State.FAILED, State.RETURNED), transferred_minor__gt=0)


def obstructed(kind: BankMatch.Kind) -> Q:
    """The payouts that have an `obstacle` to a line of such a kind, as a condition of a query."""
    no_file = ~Q(way=PayoutAgreement.Way.BANK_FILE)
    condition = Q(state__in=NOT_SENT) | Q(state=State.SUBMITTED) & no_file
    if kind == Kind.LEFT:
        return condition | no_file
    if kind == Kind.RETURNED:
        condition |= no_file & ~_at_processor()
    return condition | Q(state__in=FAILED) & (Q() if kind == Kind.ARRIVED else no_file)


def write(
    line_id: int, payouts: Sequence[Payout], *, kind: BankMatch.Kind, rule: BankMatch.Rule, now: datetime, by: str = ""
) -> BankLine:
    """Matches a line, with the payouts paid, found or returned. Raises NotPossibleError if either is matched."""
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
    """Payouts that became paid after their line was matched."""
    by_processor = Payout.objects.filter(
        state=State.PAID, way=PayoutAgreement.Way.PROCESSOR, bank_matches__kind__in=(Kind.LEFT, Kind.ARRIVED)
    )
    arrived = Payout.objects.filter(state=State.PAID, bank_matches__kind=Kind.ARRIVED)
    payouts = {payout.pk: payout for payout in (*by_processor, *arrived)}
    return sum(sending.reconciled(payout, now=now) for payout in payouts.values())


def _match(
    line: BankLine, payout: Payout, *, kind: BankMatch.Kind, rule: BankMatch.Rule, now: datetime, by: str
) -> None:
    taken = BankMatch.objects.filter(payout=payout, kind=kind).select_related("line").first()
    if taken is not None:
        raise NotPossibleError(f"Nothing was changed: {payout.label} is matched to a line of {taken.line.booked_on}.")
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
    on, by_file = booked_at(line.booked_on, now=now), payout.way == PayoutAgreement.Way.BANK_FILE
    match kind:
        case Kind.LEFT if by_file:
            sending.left_bank(payout, on=on, now=now)
        case Kind.LEFT:
            sending.reconciled(payout, now=now)
        case Kind.ARRIVED:
            sending.paid(payout, at=on)
            sending.reconciled(payout, now=now)
        case Kind.RETURNED:
            if not by_file:
                Payout.objects.filter(pk=payout.pk).update(transferred_minor=0)
            sending.came_back(payout, code=line.return_code or WITHOUT_CODE, on=on, now=now)


def noon(day: date) -> datetime:
    """Banks book by days: the moment that stands for one."""
    return datetime.combine(day, _NOON, tzinfo=UTC)


def booked_at(day: date, *, now: datetime) -> datetime:
    """Noon of the day, or now where that is still to come."""
    return min(noon(day), now)
