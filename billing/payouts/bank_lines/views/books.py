"""Books: the hosts' trial balance, and every movement behind a number. For agents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from billing.models import Clearing, LedgerAccount, Posting
from billing.payments.books import ledger, sources
from billing.payments.books.ledger import Balance
from billing.payouts.bank_lines.by_hand import clearing
from billing.payouts.cycle import cycle
from chargers.lib import moments
from chargers.models import Host
from chargers.properties import time_zones

_PAGE = 100
_CAME_BACK: Final = "At the card processor since a payout failed: owed to the host"


class TrialForm(forms.Form):
    """Whose books, and as of which date."""

    host = forms.ModelChoiceField(Host.objects.order_by("name"), required=False, empty_label="All hosts")
    until = forms.DateField(
        required=False,
        label="Before the day",
        help_text="By the host's clock; UTC for all hosts. Empty: now.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The balance of one account, or of a part of it: positive if debits exceed credits."""

    account: LedgerAccount
    label: str
    minor: int

    @property
    def credit_minor(self) -> int:
        return -self.minor


@dataclass(frozen=True, slots=True)
class Sheet:
    """The accounts of one host in one currency, with their sums: both sides must be equal."""

    host: Host
    currency: str
    balances: list[Balance]
    came_back_minor: int = 0
    """The part of what was paid out that is in the host's account at the processor since a payout failed."""

    @property
    def rows(self) -> Iterator[TrialRow]:
        """Yields a row for each account; money on its way and money that came back are separate rows."""
        for balance in self.balances:
            came_back = self.came_back_minor if balance.account.code == LedgerAccount.Code.PAYOUT_IN_TRANSIT else 0
            if came_back:
                yield TrialRow(balance.account, _CAME_BACK, came_back)
            if not came_back or balance.minor != came_back:
                yield TrialRow(balance.account, balance.account.get_code_display(), balance.minor - came_back)

    @property
    def debit_minor(self) -> int:
        return sum(row.minor for row in self.rows if row.minor > 0)

    @property
    def credit_minor(self) -> int:
        return -sum(row.minor for row in self.rows if row.minor < 0)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One side of an entry, with its other sides and a link to its document."""

    posting: Posting
    others: list[Posting]
    session_id: str


@login_required
@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """Shows the balance of each account of each host."""
    _require_agent(request)
    form = TrialForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    accounts = LedgerAccount.objects.all()
    if filters.get("host"):
        accounts = accounts.filter(host=filters["host"])
    zone = time_zones.of_host(filters["host"]) if filters.get("host") else "UTC"
    until = _start_of_day(filters.get("until"), zone=zone)
    account_balances = ledger.balances(accounts, until=until)
    sheets = [
        Sheet(host, currency, balances := list(rows), came_back_minor=_came_back(balances, until=until))
        for (host, currency), rows in groupby(
            account_balances, key=lambda balance: (balance.account.host, balance.account.currency)
        )
    ]
    return render(request, "billing/books.html", {"room": "books", "form": form, "sheets": sheets})


@login_required
@require_safe
def books_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Lists every movement of one account, newest first."""
    _require_agent(request)
    account = LedgerAccount.objects.select_related("host").filter(pk=pk).first()
    if account is None:
        raise Http404
    zone = time_zones.of_host(account.host)
    form = TrialForm(request.GET)
    day = form.cleaned_data.get("until") if form.is_valid() else None
    until = _start_of_day(day, zone=zone)
    rows = account.postings.select_related("entry").prefetch_related("entry__postings__account").order_by("-entry_id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(entry_id__lt=int(before))
    rows = rows.filter(entry__occurred_at__lt=until) if until else rows
    page = list(rows[: _PAGE + 1])
    balance = ledger.balances(LedgerAccount.objects.filter(pk=pk), until=until)[0]
    context = {
        "room": "books",
        "account": account,
        "zone": zone,
        "until": day,
        "in_suspense": _list_suspense_postings(account),
        "posted": _list_clearings(account),
        "targets": [(code.value, code.label) for code in clearing.OF_SUSPENSE],
        "balance": balance,
        "came_back_minor": _came_back([balance], until=until),
        "lines": _lines(page[:_PAGE]),
        "older": page[_PAGE - 1].entry_id if len(page) > _PAGE else None,
    }
    return render(request, "billing/books_account.html", context)


def _came_back(balances: Iterable[Balance], *, until: datetime | None) -> int:
    """Returns what is owed to the host again and is at the processor.

    For an earlier day only this is known: debits of this account are never on their way, because outgoing money is
    credited until it has left.
    """
    for balance in balances:
        if balance.account.code == LedgerAccount.Code.PAYOUT_IN_TRANSIT:
            if until is not None:
                return max(balance.minor, 0)
            return cycle.left_at_processor(balance.account.host, currency=balance.account.currency)
    return 0


def _list_suspense_postings(account: LedgerAccount) -> list[Posting]:
    """Returns postings that a user can move elsewhere; empty for every account but suspense."""
    if account.code != LedgerAccount.Code.BANK_SUSPENSE:
        return []
    return list(clearing.in_suspense(account.host).filter(account=account)[:_PAGE])


def _list_clearings(account: LedgerAccount) -> list[Clearing]:
    """Returns postings that a user can reverse; empty for every account but suspense."""
    if account.code != LedgerAccount.Code.BANK_SUSPENSE:
        return []
    return list(clearing.from_suspense(account.host).filter(currency=account.currency)[:_PAGE])


def _lines(postings: list[Posting]) -> list[AccountLine]:
    sessions = sources.sessions(posting.entry for posting in postings)
    return [
        AccountLine(
            posting=posting,
            others=[other for other in posting.entry.postings.all() if other.pk != posting.pk],
            session_id=sessions.get((posting.entry.source_type, posting.entry.source_id), ""),
        )
        for posting in postings
    ]


def _require_agent(request: HttpRequest) -> None:
    if not viewer(request).is_agent:
        raise Http404


def _start_of_day(day: date | None, *, zone: str) -> datetime | None:
    return moments.clamp_to_utc(datetime.combine(day, time(), tzinfo=ZoneInfo(zone))) if day else None
