"""The yearly report about sellers: DAC7 in the EU, form 1099-K in the US. From the books.

Consideration is what was credited to a host, without tax and after fees (DAC7, annex V section I.A.10); 1099-K requires
the gross of the payments, before refunds and fees. Years and quarters are in the host's zone. Missing data about a host
is listed, never silently left blank.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from billing.engine.values import money as amounts
from billing.formatting.money import money
from billing.models import BankAccount, LedgerAccount, Posting, ReportingThreshold, SellerFacts
from billing.payments.books import figures, statements
from billing.payments.books.figures import Figures
from billing.payments.books.ledger import Code
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.statements import seller_facts
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host
from chargers.properties import time_zones
from chargers.properties.countries import EU
from chargers.text.spreadsheets import escape_formula

Scheme = ReportingThreshold.Scheme
_QUARTERS: Final = (1, 2, 3, 4)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SOLD_TO: Final = (Code.GUEST_RECEIVABLE, Code.ROAMING_RECEIVABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter, in minor units."""

    consideration_minor: int
    activities: int
    fees_minor: int
    taxes_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A host in one currency."""

    host: Host
    facts: SellerFacts
    currency: str
    account: BankAccount | None
    quarters: tuple[Quarter, ...]
    gross_minor: tuple[int, ...]
    """By month, as sold, before refunds and fees."""
    payments: int
    scheme: Scheme | None
    is_reported: bool
    why: str
    missing: tuple[str, ...]

    @property
    def consideration_minor(self) -> int:
        return sum(quarter.consideration_minor for quarter in self.quarters)

    @property
    def activities(self) -> int:
        return sum(quarter.activities for quarter in self.quarters)

    @property
    def fees_minor(self) -> int:
        return sum(quarter.fees_minor for quarter in self.quarters)

    @property
    def total_minor(self) -> int:
        return sum(self.gross_minor)


def sellers(year: int, *, country: str = "") -> list[Seller]:
    """Returns every host of a country (or of all) with sales in the year, by name and currency."""
    hosts = Host.objects.filter(ledger_accounts__code=Code.HOST_PAYABLE).distinct().order_by("name")
    if country:
        hosts = hosts.filter(country=country.upper())
    return [
        seller
        for host in hosts
        for seller in _build_host_sellers(host, year)
        if seller.activities or seller.consideration_minor
    ]


def render_csv(reported_sellers: Iterable[Seller], *, year: int, is_whole: bool) -> str:
    """Returns the CSV; `is_whole` writes account numbers in full rather than masked."""
    buffer = StringIO()
    rows = [_cells(seller, year=year, is_whole=is_whole) for seller in reported_sellers]
    writer = csv.DictWriter(buffer, fieldnames=_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def scheme_of(host: Host) -> Scheme | None:
    if host.country == "US":
        return Scheme.FORM_1099K
    return Scheme.DAC7 if host.country in EU else None


def thresholds() -> list[ReportingThreshold]:
    """Returns the thresholds, the newest of each scheme first."""
    return list(ReportingThreshold.objects.order_by("scheme", "-from_year"))


def _build_host_sellers(host: Host, year: int) -> Iterator[Seller]:
    zone, facts = time_zones.of_host(host), seller_facts.load(host)
    accounts = LedgerAccount.objects.filter(host=host, code=Code.HOST_PAYABLE).order_by("currency")
    for currency in accounts.values_list("currency", flat=True):
        quarters = tuple(_quarter(host, currency, year, number, zone=zone) for number in _QUARTERS)
        by_month = _sum_sales_by_month(host, currency, year, zone=zone)
        gross, payments = tuple(amount for amount, _ in by_month), sum(count for _, count in by_month)
        account = bank_accounts.current(Scope(host=host, currency=currency))
        scheme = scheme_of(host)
        sums = (sum(gross), payments) if scheme == Scheme.FORM_1099K else _sum_quarters(quarters)
        is_reported, why = _assess_reporting_duty(scheme, year, currency, *sums)
        yield Seller(
            host=host,
            facts=facts,
            currency=currency,
            account=account,
            quarters=quarters,
            gross_minor=gross,
            payments=payments,
            scheme=scheme,
            is_reported=is_reported,
            why=why,
            missing=seller_facts.missing(host, facts, has_account=account is not None, is_in_eu=scheme == Scheme.DAC7),
        )


def _sum_quarters(quarters: Iterable[Quarter]) -> tuple[int, int]:
    rows = list(quarters)
    return sum(quarter.consideration_minor for quarter in rows), sum(row.activities for row in rows)


def _quarter(host: Host, currency: str, year: int, number: int, *, zone: str) -> Quarter:
    begin = statements.midnight(date(year, 3 * number - 2, 1), zone)
    after = date(year + 1, 1, 1) if number == 4 else date(year, 3 * number + 1, 1)
    end = statements.midnight(after, zone)
    quarter: Figures = figures.of_host(host, currency=currency, since=begin, until=end)
    sales = _sales(host, currency).filter(entry__posted_at__gte=begin, entry__posted_at__lt=end)
    return Quarter(
        consideration_minor=quarter.earned_minor,
        activities=sales.count(),
        fees_minor=quarter.fees_minor,
        taxes_minor=quarter.tax_minor,
    )


def _sum_sales_by_month(host: Host, currency: str, year: int, *, zone: str) -> list[tuple[int, int]]:
    """Returns the gross and number of sales of each month."""
    begin, end = (statements.midnight(date(each_year, 1, 1), zone) for each_year in (year, year + 1))
    rows = _sales(host, currency).filter(entry__posted_at__gte=begin, entry__posted_at__lt=end)
    at = TruncMonth("entry__posted_at", tzinfo=ZoneInfo(zone))
    sums = rows.annotate(month=at).values_list("month").order_by("month")
    by_month: dict[int, tuple[int, int]] = {
        month.month: (minor, count) for month, minor, count in sums.annotate(Sum("amount_minor"), Count("id"))
    }
    return [by_month.get(number, (0, 0)) for number in range(1, 13)]


def _sales(host: Host, currency: str) -> QuerySet[Posting]:
    """Returns what receipts charged to drivers and partners through the platform."""
    return Posting.objects.filter(
        account__host=host,
        account__currency=currency,
        account__code__in=_SOLD_TO,
        side=Posting.Side.DEBIT,
        entry__source_type="receipt",
        entry__kind="issued",
    )


def _assess_reporting_duty(scheme: Scheme | None, year: int, currency: str, minor: int, count: int) -> tuple[bool, str]:
    """Whether the law requires a report about the host, and why, as a sentence."""
    if scheme is None:
        return False, "Neither DAC7 nor 1099-K is for hosts of this country."
    effective_thresholds = ReportingThreshold.objects.filter(scheme=scheme, from_year__lte=year)
    limit = effective_thresholds.order_by("-from_year").first()
    if limit is None:
        return True, f"No threshold of {scheme.label} is known for {year}, so it is reported."
    payments = "payment" if limit.above_count == 1 else "payments"
    above = f"more than {money(limit.above_minor, limit.currency)} by more than {limit.above_count:,} {payments}"
    if limit.currency != currency and (limit.above_minor or limit.above_count):
        return True, f"Compare by hand: the threshold is {above}, and this is in {currency}."
    if minor > limit.above_minor and count > limit.above_count:
        sums = f"{money(minor, currency)} by {count:,} {'payment' if count == 1 else 'payments'}"
        return True, f"{sums}: {above}." if limit.above_minor or limit.above_count else f"{sums}."
    return False, f"Not {above}."


_FACTS: Final = (
    "year", "host", "name", "kind", "address", "country", "taxpayer_number", "vat_number", "registration_number",
    "born_on", "account", "account_holder", "currency",
)  # fmt: skip
_OF_QUARTER: Final = ("consideration", "activities", "fees", "taxes")
_COLUMNS: Final = (
    *_FACTS,
    *(f"q{number}_{name}" for number in _QUARTERS for name in _OF_QUARTER),
    "year_consideration", "year_activities", "year_fees",
    *(f"gross_{name}" for name in _MONTHS),
    "gross_year", "payments_year", "scheme", "reported", "why", "missing",
)  # fmt: skip


def _cells(seller: Seller, *, year: int, is_whole: bool) -> dict[str, object]:
    def major(minor: int) -> str:
        return amounts.major(minor, currency=seller.currency)

    host, facts = seller.host, seller.facts
    cells: dict[str, object] = {
        "year": year,
        "host": host.slug,
        "name": host.legal_name or host.name,
        "kind": facts.kind,
        "address": host.legal_address,
        "country": host.country,
        "taxpayer_number": seller_facts.taxpayer_number(facts, is_whole=is_whole),
        "vat_number": host.tax_number,
        "registration_number": facts.registration_number,
        "born_on": facts.born_on or "",
        "account": _account(seller.account, is_whole=is_whole),
        "account_holder": seller.account.holder if seller.account else "",
        "currency": seller.currency,
        "year_consideration": major(seller.consideration_minor),
        "year_activities": seller.activities,
        "year_fees": major(seller.fees_minor),
        "gross_year": major(seller.total_minor),
        "payments_year": seller.payments,
        "scheme": seller.scheme.label if seller.scheme else "",
        "reported": "yes" if seller.is_reported else "no",
        "why": seller.why,
        "missing": "; ".join(seller.missing),
    }
    for number, quarter in zip(_QUARTERS, seller.quarters, strict=True):
        cells |= {
            f"q{number}_consideration": major(quarter.consideration_minor),
            f"q{number}_activities": quarter.activities,
            f"q{number}_fees": major(quarter.fees_minor),
            f"q{number}_taxes": major(quarter.taxes_minor),
        }
    cells |= {f"gross_{name}": major(minor) for name, minor in zip(_MONTHS, seller.gross_minor, strict=True)}
    return {
        name: escape_formula(cell) if name in _FACTS and isinstance(cell, str) else cell for name, cell in cells.items()
    }


def _account(account: BankAccount | None, *, is_whole: bool) -> str:
    if account is None:
        return ""
    try:
        return bank_accounts.number(account) if is_whole else f"…{account.last4}"
    except UnreadableSecretError:
        return f"…{account.last4} (its key is gone)"
