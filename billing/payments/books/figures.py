"""The figures of a period: charged, refunded, taxed, kept and earned amounts, incoming money, and what is owed.

Every headline about money is one of these, and all are read from the books by the time of posting, so that pages,
statements and API cannot differ. What payouts keep is posted after the month, and belongs to the month of its sessions.
What a host collects itself is a separate figure and in no other. Whole accounts are read from daily sums where those
exist (`billing.payments.daily_totals`), and otherwise from postings: the result is the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, Model, Q, QuerySet, Sum
from django.db.models.functions import Cast, TruncDate

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing import access
from billing.engine.values import money
from billing.models import (
    DayOf,
    DayOfBooks,
    Dispute,
    Hold,
    LedgerAccount,
    LedgerEntry,
    Posting,
    Rating,
    Receipt,
    Receivable,
    Refund,
    RefundPart,
)
from billing.payments.books import ledger, payout_fees
from billing.payments.books.ledger import Code
from billing.payments.daily_totals import spans
from billing.payments.daily_totals.spans import SummedDays
from chargers.models import Host

_OWED_TO_US: Final = (Code.GUEST_RECEIVABLE, Code.ROAMING_RECEIVABLE)
_SOLD: Final = ("receipt", "refund")
_TAKEN_BACK: Final = ("dispute.opened", "dispute.won")
_COLLECTED: Final = ("hold.captured", "refund_part.refunded", "period.paid", "period.given_back")
_KEPT_BY_PAYOUTS: Final = ("payout", "payout_month")
_OF_SESSIONS: Final[tuple[tuple[str, type[Model], str], ...]] = (
    ("receipt", Receipt, "session"),
    ("refund", Refund, "receipt__session"),
    ("refund_part", RefundPart, "refund__receipt__session"),
    ("hold", Hold, "session"),
    ("receivable", Receivable, "session"),
    ("dispute", Dispute, "hold__session"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures in one currency, in minor units.

    `earned_minor` is `gross` less `refunds`, `tax` and `fees`, with `borne`, `plans`, `disputes`, `booked`, `remitted`
    and `other`.
    """

    currency: str
    gross_minor: int = 0
    """What receipts charged, with tax."""
    refunds_minor: int = 0
    """What credit notes refunded of it, with tax."""
    tax_minor: int = 0
    """The tax in what was charged and not refunded."""
    fees_minor: int = 0
    """Processing fees that the host bears, and what payouts kept of these sales."""
    borne_minor: int = 0
    """The part of the refunds that the platform bears."""
    plans_minor: int = 0
    """Earned with plans: finished periods, without tax."""
    disputes_minor: int = 0
    """Lost disputes; negative."""
    booked_minor: int = 0
    """What a person booked from a line of the platform's bank account."""
    remitted_minor: int = 0
    """Tax of these sales that payouts passed on to the host, which remits it."""
    other_minor: int = 0
    """Refunds that the host gave another way, and corrections."""
    earned_minor: int = 0
    """How much more the platform owes the host because of these sales."""
    fees_elsewhere_minor: int = 0
    """Kept of these sales in another period, less what was kept in this period of others."""
    collected_minor: int = 0
    """What cards paid, less refunds to them and what banks took back or hold in disputes."""
    paid_out_minor: int = 0
    """Payouts sent, less those that failed; not part of what was earned."""
    own_minor: int = 0
    """What the host collects itself, with tax, less its refunds."""
    outstanding_minor: int = 0
    """What drivers and roaming partners had not paid at the end of the period, with tax."""
    payable_minor: int = 0
    """What was owed to the host at the end of the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The part of the books in question: whole accounts, and single postings of others."""

    accounts: QuerySet[LedgerAccount]
    postings: QuerySet[Posting] | None = None
    summed: SummedDays | None = None
    """The summed days, if they were already read."""

    def rows(self) -> QuerySet[Posting]:
        """Returns the postings."""
        account_postings = Posting.objects.filter(account__in=self.accounts)
        return account_postings if self.postings is None else account_postings | self.postings


def of_host(host: Host, *, currency: str, since: datetime, until: datetime) -> Figures:
    """Returns what was posted from `since` (aware) until before `until`. Seven queries."""
    books = Books(accounts=LedgerAccount.objects.filter(host=host, currency=currency))
    return _compute_figures(books, since=since, until=until).get(currency, Figures(currency=currency))


def of_viewer(viewer: Viewer, *, since: datetime, until: datetime) -> list[Figures]:
    """Returns the figures by currency of all that the viewer may see: whole hosts, and visible sessions of
    other hosts.
    """
    by_currency = _compute_figures(visible_books(viewer), since=since, until=until)
    return [
        by_currency[currency]
        for currency in sorted(by_currency, key=lambda currency: (-by_currency[currency].gross_minor, currency))
    ]


def sum_period(books: Books, *, since: datetime, until: datetime) -> dict[str, Figures]:
    """Returns by currency what was posted in that time, without the outstanding amounts at its end.

    Four or five queries.
    """
    return _figures(_sums_within(books, since=since, until=until))


def sum_owed(books: Books, *, at: datetime) -> dict[str, Figures]:
    """Returns by currency only what is owed to the hosts and what drivers and partners owe at that time.

    Three or four queries.
    """
    return _figures(_sums_standing(books, at=at))


def charged_by_day(
    rows: QuerySet[Posting], *, since: datetime, until: datetime, zone: str
) -> dict[str, dict[date, int]]:
    """Returns what receipts charged, with tax, by currency and day of the zone; the days add up to `gross_minor`."""
    charge_rows = charges(rows, since=since, until=until)
    days = charge_rows.annotate(day=TruncDate("entry__posted_at", tzinfo=ZoneInfo(zone)))
    by_currency: dict[str, dict[date, int]] = defaultdict(dict)
    for currency, day, minor in days.values_list("account__currency", "day").annotate(moved=Sum(ledger.DEBITED)):
        by_currency[currency][day] = minor
    return dict(by_currency)


def charges(rows: QuerySet[Posting], *, since: datetime, until: datetime) -> QuerySet[Posting]:
    """Returns the postings by which receipts charged somebody in that time."""
    return rows.filter(
        entry__source_type="receipt",
        account__code__in=_OWED_TO_US,
        entry__posted_at__gte=since,
        entry__posted_at__lt=until,
    )


def sum_charges(rows: QuerySet[Posting]) -> dict[str, int]:
    """Returns the sum of such postings by currency, in minor units."""
    sums = rows.order_by().values_list("account__currency").annotate(moved=Sum(ledger.DEBITED))
    return dict(sums.order_by("account__currency"))


def charged_by_charger(
    rows: QuerySet[Posting], chargers: Collection[int], *, since: datetime, until: datetime
) -> dict[int, dict[str, int]]:
    """Returns what receipts charged, with tax, by charger (primary key) and currency; they add up to `gross_minor`."""
    charge_rows = charges(rows, since=since, until=until).filter(entry__session__charger__in=chargers)
    by_charger: dict[int, dict[str, int]] = defaultdict(dict)
    names = ("entry__session__charger", "account__currency")
    for charger, currency, minor in charge_rows.values_list(*names).annotate(moved=Sum(ledger.DEBITED)):
        by_charger[charger][currency] = minor
    return dict(by_charger)


def visible_books(viewer: Viewer) -> Books:
    """Returns the accounts of whole hosts, and the postings about single sessions, that the viewer may see."""
    full_hosts = people.hosts_with(viewer, Right.SEE_MONEY)
    accounts = LedgerAccount.objects.filter(host__in=full_hosts)
    if not people.sees_parts(viewer, Right.SEE_MONEY):
        return Books(accounts=accounts)
    return Books(accounts=accounts, postings=Posting.objects.filter(_session_condition(viewer, full_hosts)))


def seen_by_days(viewer: Viewer) -> Books:
    """Returns the same for several spans: a single query reads which days are summed."""
    return replace(visible_books(viewer), summed=spans.read(DayOf.BOOKS))


def _session_condition(viewer: Viewer, full_hosts: QuerySet[Host]) -> Q:
    """Returns the condition for entries about sessions of other hosts that the viewer may see."""
    visible_sessions = access.sessions(viewer).exclude(host__in=full_hosts)
    condition = Q(pk__in=[])
    if not visible_sessions.exists():
        return condition
    for kind, model, path in _OF_SESSIONS:
        rows = model._default_manager.filter(**{f"{path}__in": visible_sessions.values("pk")})
        ids = rows.values_list(Cast("pk", output_field=CharField()), flat=True)
        condition |= Q(entry__source_type=kind, entry__source_id__in=ids)
    return condition


_Sums: TypeAlias = defaultdict[str, dict[str, int]]
"""Amounts by currency and name of the figure."""


@dataclass(frozen=True, slots=True)
class _Movements:
    """The debits less the credits of one account from one kind of entry."""

    currency: str
    source: str
    kind: str
    code: str
    minor: int


def _compute_figures(books: Books, *, since: datetime, until: datetime) -> dict[str, Figures]:
    sums = _sums_within(books, since=since, until=until)
    for currency, standing in _sums_standing(books, at=until).items():
        sums[currency] |= standing
    return _figures(sums)


def _figures(sums: _Sums) -> dict[str, Figures]:
    return {currency: Figures(currency=currency, **amounts) for currency, amounts in sums.items()}


def _sums_within(books: Books, *, since: datetime, until: datetime) -> _Sums:
    sums: _Sums = defaultdict(lambda: defaultdict(int))
    for movement in _read_movements(books, since=since, until=until):
        for name, minor in _counted_in(movement):
            sums[movement.currency][name] += minor
    for fee in payout_fees.sum_kept(books.accounts, since=since, until=until):
        sums[fee.currency]["fees_elsewhere_minor"] += fee.minor
        sums[fee.currency]["earned_minor"] -= fee.minor
        sums[fee.currency]["remitted_minor" if fee.is_tax else "fees_minor"] += -fee.minor if fee.is_tax else fee.minor
    return sums


def _sums_standing(books: Books, *, at: datetime) -> _Sums:
    sums: _Sums = defaultdict(lambda: defaultdict(int))
    codes = (*_OWED_TO_US, Code.HOST_PAYABLE)
    owed = Books(
        accounts=books.accounts.filter(code__in=codes),
        postings=None if books.postings is None else books.postings.filter(account__code__in=codes),
        summed=books.summed,
    )
    for movement in _read_movements(owed, since=None, until=at):
        name = "payable_minor" if movement.code == Code.HOST_PAYABLE else "outstanding_minor"
        sums[movement.currency][name] += -movement.minor if movement.code == Code.HOST_PAYABLE else movement.minor
    return sums


def _read_movements(books: Books, *, since: datetime | None, until: datetime) -> Iterator[_Movements]:
    """Yields movements.

    The same account and kind of entry may appear more than once: from summed days, and from the other postings.
    """
    span = spans.build(DayOf.BOOKS, since=since, until=until, summed=books.summed)
    names = ("account__currency", "source_type", "kind", "account__code")
    if span.last is not None:
        days = DayOfBooks.objects.filter(span.days(), account__in=books.accounts)
        yield from _build_movements(days.values_list(*names).annotate(moved=Sum("moved_minor")))
    rows = Posting.objects.filter(account__in=books.accounts, entry__host__in=books.accounts.values("host"))
    yield from _build_movements(_sum_by_kind(rows.filter(span.rows("entry__posted_at"))))
    if books.postings is not None:
        session_postings = books.postings.filter(entry__posted_at__lt=until)
        yield from _build_movements(
            _sum_by_kind(session_postings if since is None else session_postings.filter(entry__posted_at__gte=since))
        )


def _sum_by_kind(rows: QuerySet[Posting]) -> Iterable[tuple[str, str, str, str, int]]:
    names = ("account__currency", "entry__source_type", "entry__kind", "account__code")
    return rows.order_by().values_list(*names).annotate(moved=Sum(ledger.DEBITED))


def _build_movements(rows: Iterable[tuple[str, str, str, str, int]]) -> Iterator[_Movements]:
    for currency, source, kind, code, minor in rows:
        yield _Movements(currency=currency, source=source, kind=kind, code=code, minor=minor)


def _counted_in(movement: _Movements) -> Iterable[tuple[str, int]]:
    """Yields the figures that a movement is part of, with the amount."""
    if movement.code == Code.HOST_PAYABLE and movement.source in _KEPT_BY_PAYOUTS:
        # Deductions are counted by `payout_fees`, at the time of their sales.
        yield (
            ("fees_elsewhere_minor", -movement.minor)
            if movement.kind in payout_fees.KINDS
            else ("paid_out_minor", movement.minor)
        )
    elif movement.code == Code.HOST_PAYABLE:
        yield "earned_minor", -movement.minor
        if movement.source not in _SOLD:
            yield _payable_field(movement.source), -movement.minor
    elif movement.code == Code.HOST_CLAIMS:
        yield "own_minor", movement.minor
    elif movement.code == Code.PROCESSOR_CLEARING and f"{movement.source}.{movement.kind}".startswith(_COLLECTED):
        yield "collected_minor", movement.minor
    elif movement.code == Code.DISPUTE_HOLD and f"{movement.source}.{movement.kind}" in _TAKEN_BACK:
        yield "collected_minor", -movement.minor
    elif movement.source in _SOLD:
        yield from _sale_figures(movement)


def _payable_field(source: str) -> str:
    return {"period": "plans_minor", "dispute": "disputes_minor", "bank_line": "booked_minor"}.get(
        source, "other_minor"
    )


def _sale_figures(movement: _Movements) -> Iterable[tuple[str, int]]:
    is_refund = movement.source == "refund"
    if movement.code in _OWED_TO_US:
        yield ("refunds_minor", -movement.minor) if is_refund else ("gross_minor", movement.minor)
    elif movement.code == Code.TAX_PAYABLE:
        yield "tax_minor", -movement.minor
    elif movement.code == Code.PLATFORM_REVENUE:
        yield ("borne_minor", movement.minor) if is_refund else ("fees_minor", -movement.minor)


def awaiting(viewer: Viewer) -> dict[str, int]:
    """Returns by currency how much of the current debt to the hosts comes from unpaid sessions.

    It can be paid out once drivers and roaming partners have paid: their tax is not the host's. Two queries.
    """
    by_currency: dict[str, int] = defaultdict(int)
    rows = _unpaid_receivables(viewer).annotate(
        net=F("session__ratings__net_minor"), total=F("session__ratings__total_minor")
    )
    for row in rows:
        by_currency[row.currency] += money.round_half_away(Fraction(row.left_minor * row.net, row.total))
    of_partners = LedgerEntry.objects.filter(postings__account__code=Code.ROAMING_RECEIVABLE)
    owed = Posting.objects.filter(account__code=Code.HOST_PAYABLE, entry__in=of_partners)
    own_postings = owed.filter(account__host__in=people.hosts_with(viewer, Right.SEE_MONEY))
    for currency, minor in own_postings.values_list("account__currency").annotate(moved=Sum(ledger.DEBITED)):
        by_currency[currency] -= minor
    return {currency: minor for currency, minor in by_currency.items() if minor}


def _unpaid_receivables(viewer: Viewer) -> QuerySet[Receivable]:
    rows = Receivable.objects.filter(state=Receivable.State.OPEN, session__in=access.sessions(viewer))
    return rows.filter(session__ratings__kind=Rating.Kind.FINAL, session__ratings__total_minor__gt=0)


_PARTS: Final = {
    "Charged, with tax": ("gross_minor", 1),
    "Refunds": ("refunds_minor", -1),
    "Tax": ("tax_minor", -1),
    "Fees borne by the host": ("fees_minor", -1),
    "Refunds borne by the platform": ("borne_minor", 1),
    "Plans, for periods that are over": ("plans_minor", 1),
    "Lost disputes": ("disputes_minor", 1),
    "Bank payments booked for or against the host": ("booked_minor", 1),
    "Tax that the host remits, paid out to it": ("remitted_minor", 1),
    "Other, such as refunds given by the host itself": ("other_minor", 1),
}
PARTS: Final = tuple(_PARTS)
"""The labels of the parts of what was earned, in order."""
SOLD_WORDS: Final = PARTS[:2]
"""The parts that lists of sessions have, too."""


def parts(figures: Figures) -> list[tuple[str, int]]:
    """Returns the labelled parts of what was earned, without zeros."""
    signed = [(words, sign * getattr(figures, name)) for words, (name, sign) in _PARTS.items()]
    return [(words, minor) for words, minor in signed if minor]
