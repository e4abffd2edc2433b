"""Statements: what was owed to a host when a month began, each line that changed it, and what is owed at its end.

A view over the books, by the moment at which an entry was posted: entries are never changed, so a month that is over
never changes either, and its end is the next one's beginning. What came late stands in the month in which it was
posted, with the time at which it happened. Months are those of the host's zone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Coalesce, TruncMonth

from billing.books import figures, ledger
from billing.books.figures import Figures
from billing.books.ledger import Code
from billing.models import LedgerAccount, Posting
from billing.proration.periods import following
from chargers.fleet import time_zones
from chargers.models import Host

_SIGNED: Final = Case(
    When(side=Posting.Side.CREDIT, then=F("amount_minor")),
    default=-F("amount_minor"),
    output_field=BigIntegerField(),
)
"""What the host is owed by a posting: positive is for the host."""
KINDS: Final = {
    ("receipt", "issued"): "Sessions, as on their receipts, without tax",
    ("receipt", "corrected"): "Corrected receipts, by the difference",
    ("refund", "credited"): "Refunds borne by the host",
    ("refund", "refunded"): "Refunds borne by the host",
    ("refund_part", "otherwise"): "Refunds given by the host itself",
    ("dispute", "lost"): "Disputes that were lost",
    ("period", "earned"): "Plans, for periods that are over",
    ("payout", "platform_fee"): "Platform fee",
    ("payout", "fee_returned"): "Platform fee",
    ("payout_month", "subscription"): "Subscription",
    ("payout", "processing"): "Card processing",
    ("payout", "dispute_fee"): "Fees of disputes",
    ("payout", "written_off"): "Given up: drivers did not pay it",
    ("payout", "tax_remitted"): "Taxes that the host remits",
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
    Code.TAX_PAYABLE: "Taxes of these sessions",
    Code.SUBSCRIPTION_DEFERRED: "Paid for plans, for periods that are not over",
}
"""Other accounts of the host that say something about what is owed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Amounts in minor units; what is owed to the host is positive. `month` is its first day in `zone`."""

    host: Host
    currency: str
    zone: str
    month: date
    opening_minor: int
    closing_minor: int
    lines: int

    @property
    def moved_minor(self) -> int:
        return self.closing_minor - self.opening_minor

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Half-open, aware."""
        return _midnight(self.month, self.zone), _midnight(following(self.month, anchor=1), self.zone)

    @property
    def figures(self) -> Figures:
        """The headlines of the month. Two queries."""
        since, until = self.span
        return figures.of_host(self.host, currency=self.currency, since=since, until=until)

    def is_over(self, now: datetime) -> bool:
        return now >= self.span[1]

    def has_begun(self, now: datetime) -> bool:
        return now >= self.span[0]

    def not_begun(self, now: datetime) -> str:
        """Why there is no statement of a month in the future."""
        today = now.astimezone(ZoneInfo(self.zone))
        return f"{self.month:%B %Y} has not begun in {self.zone}: the newest statement is that of {today:%B %Y}."


@dataclass(frozen=True, slots=True)
class OfKind:
    """All lines of one kind in a month."""

    words: str
    lines: int
    amount_minor: int


def months(host: Host) -> list[Month]:
    """Every month in which something was posted, the newest first; by currency. Two queries."""
    zone = time_zones.of_host(host)
    at = TruncMonth("entry__posted_at", tzinfo=ZoneInfo(zone))
    rows = _postings(host).annotate(month=at).values("currency", "month")
    found: list[Month] = []
    owed: dict[str, int] = {}
    for row in rows.annotate(moved=Sum(_SIGNED), lines=Count("id")).order_by("currency", "month"):
        before = owed.get(row["currency"], 0)
        owed[row["currency"]] = before + row["moved"]
        found.append(
            Month(
                host=host, currency=row["currency"], zone=zone, month=row["month"].date(), opening_minor=before,
                closing_minor=owed[row["currency"]], lines=row["lines"],
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.month, one.currency), reverse=True)


def month(host: Host, *, currency: str, begins: date) -> Month | None:
    """None where the host never had anything in this currency."""
    zone = time_zones.of_host(host)
    begin, end = _midnight(begins, zone), _midnight(following(begins, anchor=1), zone)
    rows = _postings(host).filter(currency=currency)
    within = Q(entry__posted_at__gte=begin, entry__posted_at__lt=end)
    sums = rows.aggregate(
        opening=Coalesce(Sum(_SIGNED, filter=Q(entry__posted_at__lt=begin)), 0),
        moved=Coalesce(Sum(_SIGNED, filter=within), 0),
        lines=Count("id", filter=within),
        all=Count("id"),
    )
    if not sums["all"]:
        return None
    return Month(
        host=host, currency=currency, zone=zone, month=begins, opening_minor=sums["opening"],
        closing_minor=sums["opening"] + sums["moved"], lines=sums["lines"],
    )  # fmt: skip


def lines(of: Month) -> QuerySet[Posting]:
    """In the order in which they were posted, each with `owed_minor` (for the host if positive) and `balance_minor`,
    what was owed after it."""
    rows = _within(of).annotate(owed_minor=_SIGNED).select_related("entry")
    running = Window(Sum(F("owed_minor")), order_by=F("entry_id").asc())
    return rows.annotate(balance_minor=Value(of.opening_minor) + running).order_by("entry_id")


def lines_after(of: Month, *, entry_id: int, most: int) -> list[Posting]:
    """Those that follow an entry, with the balances that they have among all."""
    rows = lines(of)
    skipped = rows.filter(entry_id__lte=entry_id).count() if entry_id else 0
    return list(rows[skipped : skipped + most])


def sums(of: Month) -> list[OfKind]:
    """What a month's lines come to, by what caused them. One query."""
    rows = _within(of).values("entry__source_type", "entry__kind").annotate(owed=Sum(_SIGNED), lines=Count("id"))
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        words = KINDS.get((row["entry__source_type"], row["entry__kind"]), _OTHER)
        count, owed = found.get(words, (0, 0))
        found[words] = (count + row["lines"], owed + row["owed"])
    return [OfKind(words, *found[words]) for words in dict.fromkeys((*KINDS.values(), _OTHER)) if words in found]


def beside(of: Month) -> list[tuple[str, int]]:
    """What stood at the month's end on the host's other accounts, in words; nothing of it is in the statement."""
    return [(BESIDE[code], minor) for code, minor in beside_by_code(of).items()]


def beside_by_code(of: Month) -> dict[Code, int]:
    """The same by account; what is owed to others is positive. One query."""
    accounts = LedgerAccount.objects.filter(host=of.host, currency=of.currency, code__in=BESIDE)
    found = {one.account.code: one.minor for one in ledger.balances(accounts, posted_before=of.span[1])}
    owed = {Code.TAX_PAYABLE, Code.SUBSCRIPTION_DEFERRED}
    return {code: -found[code] if code in owed else found[code] for code in BESIDE if found.get(code)}


def _postings(host: Host) -> QuerySet[Posting]:
    return Posting.objects.filter(account__host=host, account__code=Code.HOST_PAYABLE)


def _within(of: Month) -> QuerySet[Posting]:
    begin, end = of.span
    rows = _postings(of.host).filter(currency=of.currency)
    return rows.filter(entry__posted_at__gte=begin, entry__posted_at__lt=end)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
