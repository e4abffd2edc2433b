"""Statements of a month or year: the opening balance owed to a host, each line that changed it, and the closing
balance; for the whole host, or for one of its properties.

A view over the books, by the time of posting: entries are never changed, and none is posted into a closed period
(migration 0043), so the end of each period is the next one's beginning. A late entry is listed in the month in which it
was posted, with the time at which it happened. Periods are in the host's time zone; if that changes, a period begins
where the one before was closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, F, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Cast, Coalesce, TruncMonth

from billing.models import LedgerAccount, Payout, Posting, Statement
from billing.payments.books import figures, ledger
from billing.payments.books.figures import Figures
from billing.payments.books.ledger import Code
from billing.proration.periods import next_anchor_date
from chargers.models import Host, Property
from chargers.properties import time_zones

Kind = Statement.Kind
_ZONES_APART: Final = timedelta(hours=27)
"""How far apart midnight of one day can be in two zones."""
_FROM_BANK: Final = "Bank payments booked for or against the host"
KINDS: Final = {
    ("receipt", "issued"): "Sessions, without tax and card processing by their rates",
    ("receipt", "corrected"): "Corrected receipts, by the difference",
    ("refund", "credited"): "Refunds borne by the host",
    ("refund", "refunded"): "Refunds borne by the host",
    ("refund_part", "otherwise"): "Refunds given by the host itself",
    ("dispute", "lost"): "Disputes that were lost",
    ("period", "earned"): "Plans, for periods that are over",
    ("home_invoice", "paid"): "Service fees of home charging",
    ("payout", "platform_fee"): "Platform fee",
    ("payout", "fee_returned"): "Platform fee",
    ("payout_month", "subscription"): "Subscription",
    ("payout", "processing"): "Card processing",
    ("payout", "dispute_fee"): "Fees of disputes",
    ("payout", "written_off"): "Given up: drivers did not pay it",
    ("payout", "tax_remitted"): "Taxes that the host remits",
    ("bank_line", "posted"): _FROM_BANK,
    ("bank_line", "unposted"): _FROM_BANK,
    ("payout", "submitted"): "Paid out",
    ("payout", "failed"): "Payouts that failed",
}
_OTHER: Final = "Corrections"
BESIDE: Final = {
    Code.PROCESSOR_FEES: "Fees of the card processor",
    Code.GUEST_RECEIVABLE: "Not paid by drivers yet",
    Code.WRITTEN_OFF: "Given up: drivers did not pay it",
    Code.HOST_CLAIMS: "Settled with the property",
    Code.DISPUTE_HOLD: "Disputed by cardholders, not decided yet",
    Code.TAX_PAYABLE: "Taxes held for the authorities",
    Code.SUBSCRIPTION_DEFERRED: "Invoiced and not earned yet: plans, home charging",
}
"""Other accounts of the host, shown next to what is owed to it."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of statements: "owed to the host" in one currency, of the whole host (`property_` None) or of one
    property.
    """

    host: Host
    currency: str
    property_: Property | None = None

    @property
    def zone(self) -> str:
        return self.property_.time_zone if self.property_ else time_zones.of_host(self.host)

    def documents(self, kind: Kind = Kind.MONTH) -> QuerySet[Statement]:
        rows = Statement.objects.filter(host=self.host, property=self.property_, currency=self.currency, kind=kind)
        return rows.order_by("begins_on")

    def postings(self) -> QuerySet[Posting]:
        return postings(self.host, self.property_).filter(currency=self.currency)

    @cached_property
    def is_paid(self) -> bool:
        """Whether payouts are among its lines.

        The host's payouts pay most properties together and are on the host's statement only: such a property's balance
        is what it has earned, not what is owed. One query.
        """
        return self.property_ is None or Payout.objects.filter(property=self.property_, currency=self.currency).exists()

    def __str__(self) -> str:
        return str(self.property_ or self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A month or year.

    Amounts are in minor units; what is owed to the host is positive. `month` is its first day in `zone`.
    """

    account: Account
    zone: str
    month: date
    begins_at: datetime
    ends_at: datetime
    opening_minor: int
    closing_minor: int
    lines: int
    kind: Kind = Kind.MONTH
    document: Statement | None = None
    """The statement, once the period was closed."""

    @property
    def host(self) -> Host:
        return self.account.host

    @property
    def property_(self) -> Property | None:
        return self.account.property_

    @property
    def currency(self) -> str:
        return self.account.currency

    @property
    def opening_label(self) -> str:
        return "Opening balance" if self.account.is_paid else "Earned before"

    @property
    def closed_label(self) -> str:
        """Returns the label of the closing balance: owed or, for a property that the host's payouts pay, earned."""
        return "Closing balance" if self.account.is_paid else "Earned until then"

    def closing_label(self, *, is_over: bool) -> str:
        """Returns the same label, also for a period that has not ended."""
        open_label = "Owed now" if self.account.is_paid else "Earned so far"
        return self.closed_label if is_over else open_label

    @property
    def moved_minor(self) -> int:
        return self.closing_minor - self.opening_minor

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Returns the half-open, aware span."""
        return self.begins_at, self.ends_at

    @property
    def name(self) -> str:
        """Returns the name in URLs: 2026-03, or 2026."""
        return f"{self.month:%Y}" if self.kind == Kind.YEAR else f"{self.month:%Y-%m}"

    @property
    def title(self) -> str:
        """Returns the title: March 2026, or 2026."""
        return f"{self.month:%Y}" if self.kind == Kind.YEAR else f"{self.month:%B %Y}"

    @property
    def figures(self) -> Figures:
        """Returns the headlines of the whole host. Two queries."""
        since, until = self.span
        return figures.of_host(self.host, currency=self.currency, since=since, until=until)

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at

    def has_begun(self, now: datetime) -> bool:
        return now >= self.begins_at

    def not_begun(self, now: datetime) -> str:
        """Returns why a future month has no statement; empty otherwise."""
        today = now.astimezone(ZoneInfo(self.zone))
        return f"{self.title} has not begun in {self.zone}: the newest statement is that of {today:%B %Y}."


@dataclass(frozen=True, slots=True)
class OfKind:
    """The total of all lines of one kind in a month."""

    words: str
    lines: int
    amount_minor: int


def accounts(host: Host) -> list[Account]:
    """Returns all accounts with statements: by currency the whole host, then its properties by name if it has
    several.
    """
    owed = LedgerAccount.objects.filter(host=host, code=Code.HOST_PAYABLE).order_by("currency")
    places = list(Property.objects.filter(host=host).order_by("name"))
    accounts = []
    for currency in owed.values_list("currency", flat=True):
        accounts.append(Account(host=host, currency=currency))
        if len(places) > 1:
            accounts += [Account(host=host, currency=currency, property_=property_) for property_ in places]
    return accounts


def months(host: Host, property_: Property | None = None) -> list[Period]:
    """Returns every month that was closed or has postings, newest first, by currency."""
    rows = Statement.objects.filter(host=host, property=property_, kind=Kind.MONTH).order_by("begins_on")
    closed = {statement.currency: list(ones) for statement, ones in _group_by_currency(rows)}
    base_account = Account(host=host, currency="", property_=property_)
    months = [closed_period(statement, base_account) for ones in closed.values() for statement in ones]
    months += _open_months(base_account, {currency: ones[-1] for currency, ones in closed.items()})
    accounts: dict[str, Account] = {}  # one for each currency, so that its months share cached look-ups
    periods = [replace(month, account=accounts.setdefault(month.currency, month.account)) for month in months]
    return sorted(periods, key=lambda period: (period.month, period.currency), reverse=True)


def years(months: Iterable[Period]) -> list[Period]:
    """Returns the years of an account's months, newest first, without their documents."""
    periods = []
    key = lambda period: (period.month.year, period.currency)  # noqa: E731 - it sorts and groups
    for (year, _), group in groupby(sorted(months, key=key), key=key):
        rows = sorted(group, key=lambda period: period.month)
        first, last = rows[0], rows[-1]
        periods.append(
            replace(
                first,
                kind=Kind.YEAR,
                month=date(year, 1, 1),
                ends_at=last.ends_at,
                document=None,
                closing_minor=last.closing_minor,
                lines=sum(row.lines for row in rows),
            )
        )
    return periods[::-1]


def month(host: Host, *, currency: str, begins: date, property_: Property | None = None) -> Period | None:
    """Returns the month; None if the host never had postings in this currency."""
    return period(Account(host=host, currency=currency, property_=property_), begins=begins)


def period(account: Account, *, begins: date, kind: Kind = Kind.MONTH) -> Period | None:
    """Returns the month or year that begins on a day; None if the account never had postings."""
    zone = account.zone
    begin, end = midnight(begins, zone), midnight(next_day(begins, kind), zone)
    statements = _documents_near(account, begins=begins, kind=kind, edges=(begin, end))
    document = next(
        (statement for statement in statements if statement.kind == kind and statement.begins_on == begins), None
    )
    if document is not None:
        return closed_period(document, account)
    begin, end = _snap_to_closed_month(begin, statements), _snap_to_closed_month(end, statements)
    period_condition = Q(entry__posted_at__gte=begin, entry__posted_at__lt=end)
    sums = account.postings().aggregate(
        opening=Coalesce(Sum(ledger.CREDITED, filter=Q(entry__posted_at__lt=begin)), 0),
        moved=Coalesce(Sum(ledger.CREDITED, filter=period_condition), 0),
        lines=Count("id", filter=period_condition),
        all=Count("id"),
    )
    if not sums["all"]:
        return None
    return Period(
        account=account,
        zone=zone,
        month=begins,
        begins_at=begin,
        ends_at=end,
        opening_minor=sums["opening"],
        closing_minor=sums["opening"] + sums["moved"],
        lines=sums["lines"],
        kind=kind,
    )


def closed_period(document: Statement, account: Account) -> Period:
    """Returns the closed period that a document states."""
    return Period(
        account=replace(account, currency=document.currency),
        zone=document.time_zone,
        month=document.begins_on,
        begins_at=document.begins_at,
        ends_at=document.ends_at,
        opening_minor=document.opening_minor,
        closing_minor=document.closing_minor,
        lines=document.lines,
        kind=Kind(document.kind),
        document=document,
    )


def month_starts(year: Period) -> list[datetime]:
    """Returns where the months of a year begin, as they were closed. One query."""
    closed = list(year.account.documents())
    firsts = [midnight(date(year.month.year, number, 1), year.zone) for number in range(2, 13)]
    return [year.begins_at, *(_snap_to_closed_month(first, closed) for first in firsts)]


def next_day(begins: date, kind: Kind) -> date:
    """Returns the first day of the next period."""
    return date(begins.year + 1, 1, 1) if kind == Kind.YEAR else next_anchor_date(begins, anchor=1)


def _open_months(base_account: Account, closed: dict[str, Statement]) -> Iterable[Period]:
    """Yields the periods after the last closed month of each currency."""
    zone = base_account.zone
    rows = postings(base_account.host, base_account.property_)
    for currency, last in closed.items():
        rows = rows.exclude(currency=currency, entry__posted_at__lt=last.ends_at)
    at = TruncMonth("entry__posted_at", tzinfo=ZoneInfo(zone))
    sums = rows.annotate(month=at).values("currency", "month").annotate(moved=Sum(ledger.CREDITED), lines=Count("id"))
    owed = {currency: last.closing_minor for currency, last in closed.items()}
    begins_by_currency = {currency: last.ends_at for currency, last in closed.items()}
    for row in sums.order_by("currency", "month"):
        currency, first = row["currency"], row["month"].date()
        before = owed.get(currency, 0)
        owed[currency] = before + row["moved"]
        begin = begins_by_currency.pop(currency, None)
        if begin is None or begin < midnight(first, zone) - _ZONES_APART:
            begin = midnight(first, zone)
        yield Period(
            account=replace(base_account, currency=currency),
            zone=zone,
            month=first,
            begins_at=begin,
            ends_at=midnight(next_anchor_date(first, anchor=1), zone),
            opening_minor=before,
            closing_minor=owed[currency],
            lines=row["lines"],
        )


def _group_by_currency(rows: QuerySet[Statement]) -> Iterable[tuple[Statement, list[Statement]]]:
    ordered = sorted(rows, key=lambda statement: statement.currency)
    for _, group in groupby(ordered, key=lambda statement: statement.currency):
        ones = list(group)
        yield ones[0], ones


def _documents_near(account: Account, *, begins: date, kind: Kind, edges: Iterable[datetime]) -> list[Statement]:
    """Returns the period's document, and those of months closed near its edges. One query."""
    condition = Q(kind=kind, begins_on=begins)
    for at in edges:
        condition |= Q(kind=Kind.MONTH, ends_at__gt=at - _ZONES_APART, ends_at__lt=at + _ZONES_APART)
    rows = Statement.objects.filter(host=account.host, property=account.property_, currency=account.currency)
    return list(rows.filter(condition))


def _snap_to_closed_month(at: datetime, closed: Iterable[Statement]) -> datetime:
    """Returns midnight, or the nearby moment at which the month before was closed in another zone."""
    nearby_ends = (
        statement.ends_at
        for statement in closed
        if statement.kind == Kind.MONTH and abs(statement.ends_at - at) < _ZONES_APART
    )
    return next(nearby_ends, at)


def lines(period: Period) -> QuerySet[Posting]:
    """Returns the postings in order, each with `owed_minor` (positive for the host) and `balance_minor`, what was owed
    after it.
    """
    rows = period_postings(period).annotate(owed_minor=ledger.CREDITED).select_related("entry")
    running = Window(Sum(F("owed_minor")), order_by=F("entry_id").asc())
    return rows.annotate(balance_minor=Value(period.opening_minor) + running).order_by("entry_id")


def lines_after(period: Period, *, entry_id: int, limit: int) -> list[Posting]:
    """Returns the lines after an entry, with their balances."""
    rows = lines(period)
    skipped = rows.filter(entry_id__lte=entry_id).count() if entry_id else 0
    return list(rows[skipped : skipped + limit])


def sums(period: Period) -> list[OfKind]:
    """Returns the totals of a month's lines by cause. One query."""
    rows = (
        period_postings(period)
        .values("entry__source_type", "entry__kind")
        .annotate(owed=Sum(ledger.CREDITED), lines=Count("id"))
    )
    by_label: dict[str, tuple[int, int]] = {}
    for row in rows:
        label = KINDS.get((row["entry__source_type"], row["entry__kind"]), _OTHER)
        count, owed = by_label.get(label, (0, 0))
        by_label[label] = (count + row["lines"], owed + row["owed"])
    return [OfKind(label, *by_label[label]) for label in dict.fromkeys((*KINDS.values(), _OTHER)) if label in by_label]


def sum_receipts(period: Period) -> tuple[int, int]:
    """Returns how many sessions got a receipt in the period, and what receipts charged, with tax. One query."""
    receipt_entries = period_postings(period).filter(entry__source_type="receipt").values("entry")
    owed = (Code.GUEST_RECEIVABLE, Code.ROAMING_RECEIVABLE)
    totals = Posting.objects.filter(entry__in=receipt_entries, account__code__in=owed).aggregate(
        sessions=Count("entry__session", distinct=True), minor=Coalesce(Sum(-ledger.CREDITED), 0)
    )
    return totals["sessions"], totals["minor"]


def list_other_balances(period: Period) -> list[tuple[str, int]]:
    """Returns the balances of the host's other accounts at the month's end, with labels; they are not part of the
    statement.
    """
    return [(BESIDE[code], minor) for code, minor in beside_by_code(period).items()]


def beside_by_code(period: Period) -> dict[Code, int]:
    """Returns the same by account; what is owed to others is positive. One query."""
    accounts = LedgerAccount.objects.filter(host=period.host, currency=period.currency, code__in=BESIDE)
    balances = {
        balance.account.code: balance.minor for balance in ledger.balances(accounts, posted_before=period.span[1])
    }
    owed = {Code.TAX_PAYABLE, Code.SUBSCRIPTION_DEFERRED}
    return {code: -balances[code] if code in owed else balances[code] for code in BESIDE if balances.get(code)}


def postings(host: Host, property_: Property | None) -> QuerySet[Posting]:
    """Returns the account's postings; for a property those of its sessions and, if it is paid separately, of its
    payouts and fees.
    """
    rows = Posting.objects.filter(account__host=host, account__code=Code.HOST_PAYABLE)
    if property_ is None:
        return rows
    payouts = Payout.objects.filter(property=property_).values(key=Cast("pk", CharField()))
    of_place = Q(entry__session__property=property_) | Q(entry__source_type="payout", entry__source_id__in=payouts)
    of_place |= Q(entry__source_type="payout_month", entry__source_id__startswith=f"{host.pk}/{property_.pk}/")
    return rows.filter(of_place)


def period_postings(period: Period) -> QuerySet[Posting]:
    """Returns what was posted in the period, unordered."""
    begin, end = period.span
    return period.account.postings().filter(entry__posted_at__gte=begin, entry__posted_at__lt=end)


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
