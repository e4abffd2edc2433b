"""The payout cycle: a period ends, available postings are allocated, fees are kept, the rest is paid or carried on.

Each step is a row and a conditional update, and is safe to run twice, late or concurrently: one transaction at a time
closes a scope (advisory lock), a period of a scope has one payout, and a posting has one allocation.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet, Sum

from billing.models import BankAccount, LedgerAccount, LedgerEntry, Payout, PayoutAgreement, PayoutCarry, Posting
from billing.payments.books import ledger
from billing.payouts.cycle import allocation, bridge, deductions, notices, printed_company
from billing.payouts.cycle.allocation import Pending, TakenPostings
from billing.payouts.payees import agreements, bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.proration import business_days
from billing.proration.periods import next_anchor_date
from chargers.lib import batch, ids
from chargers.models import Host
from chargers.properties import time_zones

State = Payout.State
Kind = PayoutCarry.Kind
Carried = dict[Kind, int]
Cycle = PayoutAgreement.Cycle
ARRIVES_AFTER_DAYS: Final = 2
"""Business days from sending until the money arrives at the host's bank."""
_LOCK_SPACE: Final = 7301
_UNTIL_THERE_IS_A_BANK: Final = (Kind.NO_ACCOUNT, Kind.COOLING_OFF, Kind.ERRORED, Kind.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open period in aware UTC."""

    begins_at: datetime
    ends_at: datetime


_INSTANT: Final = timedelta(microseconds=1)
"""A period excludes its `ends_at`."""


def close_due(*, now: datetime) -> int:
    """Closes every period that has ended and whose delay has passed."""
    hosts = Host.objects.filter(ledger_accounts__code=LedgerAccount.Code.HOST_PAYABLE).distinct()
    return batch.run_for_rows(
        hosts, lambda pk: _close_due_of(Host.objects.get(pk=pk), now=now), failure="could not be paid out"
    )


def _close_due_of(host: Host, *, now: datetime) -> bool:
    closed = False
    for scope in agreements.scopes(host):
        agreement = agreements.terms_at(scope, at=now)
        if agreement is None or agreement.cycle == Cycle.MANUAL:
            continue
        zone = ZoneInfo(zone_of(scope))
        ends_at = last_end(agreement, zone=zone, now=now - timedelta(days=agreement.delay_days))
        closed |= close(scope, until=ends_at, now=now) is not None
    return closed


def close_host(host: Host, *, until: datetime, now: datetime) -> list[Payout]:
    """Closes what is due up to a moment for every scope.

    Returns the newest payout of each scope, even if it has nothing new. Idempotent.
    """
    payouts = [close(scope, until=until, now=now) for scope in agreements.scopes(host)]
    return [payout for payout in payouts if payout is not None]


def close(scope: Scope, *, until: datetime, now: datetime) -> Payout | None:
    """Closes the scope's period that ends at `until`. Returns the newest payout, or None if there is none."""
    with transaction.atomic():
        lock(scope)
        newest = _newest(scope)
        due = _due(scope, newest, until=until, now=now)
        return newest if due is None else _close_period(scope, *due, now=now) or newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The unsaved payout that would be made, or None if there is nothing new, and what would stay pending.

    `repays` are the failed payouts whose money it includes.
    """

    payout: Payout | None
    pending: list[Pending]
    repays: frozenset[UUID] = frozenset()


def preview_close(
    scope: Scope, *, until: datetime, now: datetime, paid_before: Collection[UUID] = ()
) -> Outlook | None:
    """Returns what `close` would make; None if no period is to be closed. Only computes sums; nothing is written.

    `paid_before` are failed payouts that will have been paid again by then, so their money is not included.
    """
    due = _due(scope, _newest(scope), until=until, now=now)
    if due is None:
        return None
    payout = _build_payout(scope, *due, now=now)
    payout.number = _number_after(scope.host)
    places = _other_places(payout, scope)
    totals = allocation.would_take(payout, scope, own_places=places, codes=deductions.codes(payout.agreement))
    if not totals.owed and not _can_go(scope, now=now, paid_before=paid_before):
        return Outlook(payout=None, pending=totals.pending)
    account, missing = _missing_bank(scope, now=now)
    deducted = deductions.calculate(payout, scope, totals)
    taken_over = _taken_by(payout, scope, missing).exclude(kind=Kind.FAILED, payout__in=paid_before)
    open_carries = list(taken_over.select_related("payout"))
    payout.opening_minor = sum(carry.amount_minor for carry in open_carries)
    payout.moved_minor = sum(taken_sum.minor for taken_sum in totals.owed.values()) - sum(
        deduction.minor for deduction in deducted
    )
    carried_by_kind = _decide(payout, account, missing, now=now)
    payout.bridge = bridge.rows(
        payout,
        totals=totals,
        deductions=deducted,
        opening_labels=_labels(open_carries),
        carried_by_kind=carried_by_kind,
    )
    repays = frozenset(payout_carry.payout_id for payout_carry in open_carries if payout_carry.kind == Kind.FAILED)
    return Outlook(payout=payout, pending=totals.pending, repays=repays)


def _due(
    scope: Scope, newest: Payout | None, *, until: datetime, now: datetime
) -> tuple[PayoutAgreement, Period] | None:
    """Returns the terms and period of the payout to close, or None."""
    if newest is not None and newest.ends_at >= until:
        return None
    period = _period(scope, newest, until=until)
    at = min(until - _INSTANT, now)
    if period is None or not _is_paid_by_itself(scope, at=at):
        return None
    agreement = agreements.terms_at(scope, at=at)
    return None if agreement is None else (agreement, period)


def zone_of(scope: Scope) -> str:
    return scope.property_.time_zone if scope.property_ else time_zones.of_host(scope.host)


def last_end(agreement: PayoutAgreement, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Returns the latest end of a period that is not after `now`, at midnight in the zone."""
    today = now.astimezone(zone).date()
    if agreement.cycle == Cycle.WEEKLY:
        return midnight(today - timedelta(days=today.weekday()), zone)
    return midnight(today.replace(day=1), zone)


def next_end(agreement: PayoutAgreement, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Returns the end of the current period; None if payouts are made on request."""
    if agreement.cycle == Cycle.MANUAL:
        return None
    today = now.astimezone(zone).date()
    if agreement.cycle == Cycle.WEEKLY:
        return midnight(today + timedelta(days=7 - today.weekday()), zone)
    return midnight(next_anchor_date(today, anchor=1), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def lock(scope: Scope) -> None:
    """Serializes closing this scope and repeating its failed payouts until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, scope.key()])


def _newest(scope: Scope) -> Payout | None:
    return Payout.objects.filter(**scope.fields(), reissues=None).order_by("-ends_at").first()


def _is_paid_by_itself(scope: Scope, *, at: datetime) -> bool:
    """Whether the scope is paid separately; a property is only once its own agreement has begun."""
    return scope.property_ is None or scope.property_.pk in agreements.own_places(
        scope.host, currency=scope.currency, at=at
    )


def _period(scope: Scope, newest: Payout | None, *, until: datetime) -> Period | None:
    """Returns the period since the last payout; a property's first begins where its host's last one ended.

    The very first begins with the month of the host's first entry.
    """
    if newest is None and scope.property_ is not None:
        newest = _newest(Scope(host=scope.host, currency=scope.currency))
    if newest is not None:
        return Period(begins_at=newest.ends_at, ends_at=until) if newest.ends_at < until else None
    first = (
        LedgerEntry.objects.filter(host=scope.host, postings__account__currency=scope.currency).order_by("id").first()
    )
    if first is None or first.posted_at >= until:
        return None
    zone = ZoneInfo(zone_of(scope))
    month = first.posted_at.astimezone(zone).date().replace(day=1)
    return Period(begins_at=midnight(month, zone), ends_at=until)


def _can_go(scope: Scope, *, now: datetime, paid_before: Collection[UUID] = ()) -> bool:
    """Whether amounts carried on because of a missing bank account can be paid now.

    They make a payout even without new postings.
    """
    waiting = (
        _list_open_carries(scope)
        .filter(kind__in=_UNTIL_THERE_IS_A_BANK)
        .exclude(kind=Kind.FAILED, payout__in=paid_before)
    )
    return waiting.exists() and _missing_bank(scope, now=now)[1] is None


def _close_period(scope: Scope, agreement: PayoutAgreement, period: Period, *, now: datetime) -> Payout | None:
    """Makes the payout. Call it with the scope locked. Returns None, and stores nothing, if there is nothing new."""
    with transaction.atomic():
        payout = _build_payout(scope, agreements.ensure_saved(agreement, now=now), period, now=now)
        payout.number = _next_number(scope.host)
        payout.save(force_insert=True)
        places = _other_places(payout, scope)
        count = allocation.allocate(payout, scope, own_places=places, codes=deductions.codes(agreement))
        can_go = _can_go(scope, now=now)
        totals = allocation.sum_allocated(payout, scope, own_places=places) if count or can_go else None
        if totals is None or not (totals.owed or can_go):
            transaction.set_rollback(True)
            return None
    return _calculate_payout(payout, scope, totals, now=now)


def _other_places(payout: Payout, scope: Scope) -> set[int]:
    return agreements.other_places(scope, at=payout.ends_at - _INSTANT)


def _build_payout(scope: Scope, agreement: PayoutAgreement, period: Period, *, now: datetime) -> Payout:
    """Makes an unsaved payout without its number."""
    return Payout(
        id=ids.generate(now=now),
        **scope.fields(),
        number=0,
        agreement=agreement,
        begins_at=period.begins_at,
        ends_at=period.ends_at,
        time_zone=zone_of(scope),
        state=State.CLOSING,
        way=agreement.way,
        created_at=now,
    )


def _calculate_payout(payout: Payout, scope: Scope, totals: TakenPostings, *, now: datetime) -> Payout:
    """Calculates the payout. Call it once, in the transaction that allocated its postings."""
    account, missing = _missing_bank(scope, now=now)
    deducted = deductions.calculate(payout, scope, totals)
    deductions.post(payout, deducted, now=now)
    opening_labels = _take_over(payout, _taken_by(payout, scope, missing))
    allocation_sums = payout.allocations.aggregate(sum=Sum("amount_minor"), oldest=Min("posting__entry__posted_at"))
    payout.moved_minor, payout.counts_from = allocation_sums["sum"] or 0, allocation_sums["oldest"]
    carried_by_kind = _decide(payout, account, missing, now=now)
    for kind, minor in carried_by_kind.items():
        if minor:
            PayoutCarry.objects.create(payout=payout, kind=kind, amount_minor=minor)
    payout.bridge = bridge.rows(
        payout, totals=totals, deductions=deducted, opening_labels=opening_labels, carried_by_kind=carried_by_kind
    )
    payout.save()
    notices.publish_created(payout, now=now)
    if payout.state != State.CARRIED:
        _paid_again_by(payout, now=now)
    return payout


def _taken_by(payout: Payout, scope: Scope, missing: Kind | None) -> QuerySet[PayoutCarry]:
    """Returns the carried amounts that the payout takes over.

    Without an account to pay to, failed payouts are left to be repeated on their own.
    """
    open_carries = _list_open_carries(scope).exclude(payout=payout)
    return open_carries if missing is None else open_carries.exclude(kind=Kind.FAILED)


def _paid_again_by(payout: Payout, *, now: datetime) -> None:
    """Marks the failed payouts whose money this payout pays, directly or through payouts that only carried it on."""
    for earlier in Payout.objects.filter(carries__taken_by=payout).distinct():
        if earlier.state in (State.FAILED, State.RETURNED):
            Payout.objects.filter(pk=earlier.pk).update(state=State.REISSUED)
            notices.publish_change(earlier.pk, now=now)
        elif earlier.state == State.CARRIED:
            _paid_again_by(earlier, now=now)


def paid_again_in(failed: Payout) -> Payout | None:
    """Returns the payout that took over a failed payout: the one that pays it, or the one that carries it on so far."""
    failed_carry = failed.carries.filter(kind=Kind.FAILED).select_related("taken_by").first()
    payout = failed_carry.taken_by if failed_carry else None
    while payout is not None and payout.state == State.CARRIED:
        onward = payout.carries.exclude(taken_by=None).select_related("taken_by").order_by("-pk").first()
        if onward is None:
            return payout
        payout = onward.taken_by
    return payout


def _take_over(payout: Payout, open_carries: QuerySet[PayoutCarry]) -> list[str]:
    """Takes over what earlier payouts carried on. Returns their labels."""
    rows = list(open_carries.select_related("payout"))
    payout.opening_minor = sum(row.amount_minor for row in rows)
    PayoutCarry.objects.filter(pk__in=[carry.pk for carry in rows]).update(taken_by=payout)
    earlier = Payout.objects.filter(pk__in={payout_carry.payout_id for payout_carry in rows}, state=State.CARRIED)
    earlier.update(expected_on=None)  # its money now comes with this payout
    return _labels(rows)


def _labels(open_carries: list[PayoutCarry]) -> list[str]:
    return sorted({carry.payout.label for carry in open_carries})


def _decide(payout: Payout, account: BankAccount | None, missing: Kind | None, *, now: datetime) -> Carried:
    """Decides what is paid, and what is carried on by reason.

    A negative or too small total is carried on as a whole.
    """
    total = payout.opening_minor + payout.moved_minor
    payout.calculated_at, payout.bank_account, payout.printed = now, account, printed_company.now(payout)
    payout.expected_on = arrival(payout, now=now)
    carried_by_kind = _pay_or_carry(payout, total, missing, now=now)
    if payout.state == State.CARRIED:
        payout.expected_on = _next_arrival(payout, now=now)
    return carried_by_kind


def _pay_or_carry(payout: Payout, total: int, missing: Kind | None, *, now: datetime) -> Carried:
    agreement = payout.agreement
    if total < 0:
        carried_by_kind = {Kind.NEGATIVE: total}
    elif total <= agreement.reserve_minor:
        carried_by_kind = {Kind.RESERVE: total}
    elif total - agreement.reserve_minor < agreement.threshold_minor:
        carried_by_kind = {Kind.THRESHOLD: total}
    elif missing is not None:
        carried_by_kind = {missing: total}
    else:
        carried_by_kind = {Kind.RESERVE: agreement.reserve_minor}
        payout.amount_minor = total - agreement.reserve_minor
        payout.transferred_minor = min(_reusable_minor(payout), payout.amount_minor)
        admit(payout, now=now)
    payout.carried_minor = sum(carried_by_kind.values())
    if not payout.amount_minor:
        payout.state = State.CARRIED
    return carried_by_kind


def _reusable_minor(payout: Payout) -> int:
    """Returns the money of failed payouts of the scope that is at the processor and that no other payout uses, in minor
    units.
    """
    scope_payouts = Payout.objects.filter(host=payout.host, property=payout.property, currency=payout.currency)
    return _sum_unused_transfers(scope_payouts.exclude(pk=payout.pk))


def left_at_processor(host: Host, *, currency: str) -> int:
    """Returns the unused money at the processor for all scopes of a host.

    It is owed to the host again and not on its way. Three queries, two more for each scope.
    """
    came_back = Payout.objects.filter(host=host, currency=currency, state__in=bridge.NOT_PAID, transferred_minor__gt=0)
    scopes = came_back.order_by("property").values_list("property", flat=True).distinct()
    return sum(
        _sum_unused_transfers(Payout.objects.filter(host=host, property=property_, currency=currency))
        for property_ in scopes
    )


def _sum_unused_transfers(scope_payouts: QuerySet[Payout]) -> int:
    by_processor = scope_payouts.filter(way=PayoutAgreement.Way.PROCESSOR).values_list("pk", flat=True)
    sent = Posting.objects.filter(
        entry__source_type="payout",
        entry__kind__in=("sent", "booked_back", "unbooked_back"),  # excludes what came back to our bank
        entry__source_id__in=[str(pk) for pk in by_processor],
        account__code=LedgerAccount.Code.PAYOUT_IN_TRANSIT,
    ).aggregate(sum=Sum(ledger.DEBITED))["sum"]
    used = scope_payouts.exclude(state__in=bridge.NOT_PAID).aggregate(sum=Sum("transferred_minor"))["sum"]
    return max((sent or 0) - (used or 0), 0)


def admit(payout: Payout, *, now: datetime) -> None:
    """Approves the payout, or leaves it to two people if it is above the agreed limit. The caller saves it."""
    limit = payout.agreement.two_people_above_minor
    needs_two = limit is not None and payout.amount_minor > limit
    payout.state = State.CALCULATED if needs_two else State.APPROVED
    payout.approved_at = None if needs_two else now


def repeat(failed: Payout, *, account: BankAccount, now: datetime) -> Payout:
    """Makes a new payout for a failed one, of the same period.

    Call it in the transaction that locked the failed one.
    """
    new_payout = Payout(
        id=ids.generate(now=now),
        host=failed.host,
        property=failed.property,
        currency=failed.currency,
        number=_next_number(failed.host),
        agreement=failed.agreement,
        begins_at=failed.begins_at,
        ends_at=failed.ends_at,
        time_zone=failed.time_zone,
        way=failed.way,
        opening_minor=failed.amount_minor,
        amount_minor=failed.amount_minor,
        bank_account=account,
        reissues=failed,
        calculated_at=now,
        created_at=now,
    )
    new_payout.transferred_minor = min(_reusable_minor(new_payout), new_payout.amount_minor)
    new_payout.bridge = [{"kind": "carried_in", "amount_minor": failed.amount_minor, "payouts": [failed.label]}]
    new_payout.printed, new_payout.expected_on = printed_company.now(new_payout), arrival(new_payout, now=now)
    admit(new_payout, now=now)
    new_payout.save()
    notices.publish_created(new_payout, now=now)
    return new_payout


def _missing_bank(scope: Scope, *, now: datetime) -> tuple[BankAccount | None, Kind | None]:
    """Returns the account to pay to, and why it cannot be paid to now."""
    account = bank_accounts.current(scope)
    if account is None:
        return None, Kind.NO_ACCOUNT
    if account.state == BankAccount.State.ERRORED:
        return account, Kind.ERRORED
    return account, None if bank_accounts.why_not(account, now=now) is None else Kind.COOLING_OFF


def _next_arrival(payout: Payout, *, now: datetime) -> date | None:
    """Returns the earliest arrival of carried money; None if payouts are made on request."""
    zone = ZoneInfo(payout.time_zone)
    ends_at = next_end(payout.agreement, zone=zone, now=max(now, payout.ends_at))
    return arrival(payout, now=ends_at + timedelta(days=payout.agreement.delay_days)) if ends_at else None


def arrival(payout: Payout, *, now: datetime) -> date:
    """Returns the day on which money sent now should reach the host's bank. Bank holidays are not known."""
    return business_days.shift_day(now.astimezone(ZoneInfo(payout.time_zone)).date(), ARRIVES_AFTER_DAYS)


def _list_open_carries(scope: Scope) -> QuerySet[PayoutCarry]:
    """Returns the amounts that earlier payouts of the scope carried on and no other payout has taken."""
    return PayoutCarry.objects.filter(payout__in=Payout.objects.filter(**scope.fields()), taken_by=None)


def _next_number(host: Host) -> int:
    """Returns the next number. Call it in a transaction, because two scopes of a host may close at once."""
    Host.objects.select_for_update().get(pk=host.pk)
    return _number_after(host)


def _number_after(host: Host) -> int:
    return (Payout.objects.filter(host=host).aggregate(most=Max("number"))["most"] or 0) + 1
