"""Random months of a host's books and payouts, and independently calculated results.

The calculation holds each session's money in a list and uses no SQL, no ledger and no payout.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from billing.models import Payout, PayoutCarry, Session
from billing.payouts.cycle import forecast
from billing.payouts.payees.agreements import Scope
from tests.kit.payouts import NEVER, Books

FORECAST_BEFORE = timedelta(days=3)
MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]


@dataclass
class Sold:
    """One session's money from the host's view. `owed`: what the host is credited or charged, by moment."""

    row: Session
    gross: int
    owed: list[tuple[datetime, int]]
    paid_at: datetime | None = None
    moved_at: datetime | None = None
    contested: bool = False
    taken: int = 0

    def left(self, until: datetime) -> int:
        """Returns what is owed before a moment and in no payout yet."""
        if self.paid_at is None or self.contested or (self.moved_at or self.paid_at) >= until:
            return 0
        return sum(minor for at, minor in self.owed if at < until) - self.taken


@dataclass
class Reckoning:
    """The expected amounts of a host's payouts: `carried` is what the last one did not pay."""

    sold: list[Sold] = field(default_factory=list)
    carried: int = 0
    failed: int = 0
    """What failed and is not paid again yet; it waits separately if there is no account to pay to."""

    def due(self, until: datetime, *, can_pay: bool) -> int:
        return self.carried + (self.failed if can_pay else 0) + sum(one.left(until) for one in self.sold)

    def close(self, until: datetime, *, can_pay: bool) -> int:
        due = self.due(until, can_pay=can_pay)
        for one in self.sold:
            one.taken += one.left(until)
        self.carried, self.failed = 0, 0 if can_pay else self.failed
        return due


class Month:
    """Random events of one month in order of time, applied to both the books and the calculation."""

    def __init__(self, dice: random.Random, books: Books, reckoning: Reckoning, *, begins_at: datetime) -> None:
        self.dice, self.books, self.reckoning, self.begins_at = dice, books, reckoning, begins_at

    def events(self) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
        quiet_from = self._end() - FORECAST_BEFORE
        span = int((quiet_from - self.begins_at).total_seconds())
        kinds = [self.sell] * 12 + [self.pay] * 4 + [self.refund] * 3 + [self.contest] * 2 + [self.decide] * 2
        chosen = [self.dice.choice(kinds) for _ in range(self.dice.randrange(4, 26))]
        moments = sorted(self.begins_at + timedelta(seconds=self.dice.randrange(span)) for _ in chosen)
        yield from zip(moments, chosen, strict=True)

    def disputes(self) -> Iterator[datetime]:
        """Yields disputes of the last three days, after the forecast."""
        quiet_from = self._end() - FORECAST_BEFORE
        for number in range(self.dice.randrange(3)):
            yield quiet_from + timedelta(hours=6 + 20 * number)

    def sell(self, at: datetime) -> None:
        gross = self.dice.randrange(100, 9000)
        tax = self.dice.choice((0, gross * 19 // 119))
        is_paid = self.dice.random() < 0.8
        row = self.books.sale(gross, tax=tax, at=at, paid_at=at if is_paid else NEVER)
        self.reckoning.sold.append(Sold(row, gross, [(at, gross - tax)], paid_at=at if is_paid else None))

    def pay(self, at: datetime) -> None:
        if one := self._pick(lambda sold: sold.paid_at is None):
            self.books.pay(one.row, one.gross, at=at)
            one.paid_at = at

    def refund(self, at: datetime) -> None:
        if one := self._pick(lambda sold: sold.paid_at is not None and not sold.contested):
            left = sum(minor for _, minor in one.owed)
            if left > 1:
                net = self.dice.randrange(1, left)
                self.books.refund(one.row, net, at=at)
                one.owed.append((at, -net))
                one.moved_at = at

    def contest(self, at: datetime) -> None:
        if one := self._pick(lambda sold: sold.paid_at is not None and not sold.contested):
            self.books.dispute(one.row, one.gross, at=at)
            one.contested = True

    def decide(self, at: datetime) -> None:
        if one := self._pick(lambda sold: sold.contested):
            one.contested = False
            if self.dice.random() < 0.5:
                self.books.win(one.row, one.gross, at=at)
            else:
                self.books.lose(one.row, one.gross, at=at)
                one.owed.append((at, -one.gross))

    def _pick(self, wanted: Callable[[Sold], bool]) -> Sold | None:
        found = [one for one in self.reckoning.sold if wanted(one)]
        return self.dice.choice(found) if found else None

    def _end(self) -> datetime:
        return MONTHS[MONTHS.index(self.begins_at) + 1]


def forecast_minor(scope: Scope, *, now: datetime) -> int:
    """Returns the forecast's amounts: of the next payout, carried, and failed."""
    found = forecast.calculate(scope, now=now)
    if found is None:
        return 0
    beside = sum(row.amount_minor for row in found.pending if row.why in PayoutCarry.Kind.values)
    return beside + (total(found.payout) if found.payout else 0)


def total(payout: Payout) -> int:
    return payout.opening_minor + payout.moved_minor
