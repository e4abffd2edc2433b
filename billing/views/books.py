"""Books: the trial balance of the hosts, and every movement behind a number. For agents."""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from billing.bank_lines.by_hand import clearing
from billing.books import ledger, sources
from billing.books.ledger import Balance
from billing.models import Clearing, LedgerAccount, Posting
from chargers.lib import moments
from chargers.models import Host
from chargers.properties import time_zones

_PAGE = 100


class TrialForm(forms.Form):
    """Whose books, and as of when."""

    host = forms.ModelChoiceField(Host.objects.order_by("name"), required=False, empty_label="All hosts")
    until = forms.DateField(
        required=False,
        label="Before the day",
        help_text="By the host's clock; UTC for all hosts. Empty: now.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The accounts of one host in one currency, with their sums: both sides are the same, or the books are broken."""

    host: Host
    currency: str
    balances: list[Balance]

    @property
    def debit_minor(self) -> int:
        return sum(one.minor for one in self.balances if one.minor > 0)

    @property
    def credit_minor(self) -> int:
        return -sum(one.minor for one in self.balances if one.minor < 0)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One side of an entry, with its other sides and the page of its document."""

    posting: Posting
    others: list[Posting]
    session_id: str


@login_required
@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """What each account of each host holds."""
    _for_agents(request)
    form = TrialForm(request.GET)
    cleaned = form.cleaned_data if form.is_valid() else {}
    accounts = LedgerAccount.objects.all()
    if cleaned.get("host"):
        accounts = accounts.filter(host=cleaned["host"])
    zone = time_zones.of_host(cleaned["host"]) if cleaned.get("host") else "UTC"
    found = ledger.balances(accounts, until=_beginning(cleaned.get("until"), zone=zone))
    sheets = [
        Sheet(host, currency, list(rows))
        for (host, currency), rows in groupby(found, key=lambda one: (one.account.host, one.account.currency))
    ]
    return render(request, "billing/books.html", {"room": "books", "form": form, "sheets": sheets})


@login_required
@require_safe
def books_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Every movement of one account, the newest first."""
    _for_agents(request)
    account = LedgerAccount.objects.select_related("host").filter(pk=pk).first()
    if account is None:
        raise Http404
    zone = time_zones.of_host(account.host)
    form = TrialForm(request.GET)
    day = form.cleaned_data.get("until") if form.is_valid() else None
    until = _beginning(day, zone=zone)
    rows = account.postings.select_related("entry").prefetch_related("entry__postings__account").order_by("-entry_id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(entry_id__lt=int(before))
    rows = rows.filter(entry__occurred_at__lt=until) if until else rows
    page = list(rows[: _PAGE + 1])
    context = {
        "room": "books",
        "account": account,
        "zone": zone,
        "until": day,
        "in_suspense": _in_suspense(account),
        "posted": _posted(account),
        "targets": [(code.value, code.label) for code in clearing.OF_SUSPENSE],
        "balance": ledger.balances(LedgerAccount.objects.filter(pk=pk), until=until)[0],
        "lines": _lines(page[:_PAGE]),
        "older": page[_PAGE - 1].entry_id if len(page) > _PAGE else None,
    }
    return render(request, "billing/books_account.html", context)


def _in_suspense(account: LedgerAccount) -> list[Posting]:
    """What a person can post elsewhere; empty for every other account."""
    if account.code != LedgerAccount.Code.BANK_SUSPENSE:
        return []
    return list(clearing.in_suspense(account.host).filter(account=account)[:_PAGE])


def _posted(account: LedgerAccount) -> list[Clearing]:
    """What a person can take back; empty for every other account."""
    if account.code != LedgerAccount.Code.BANK_SUSPENSE:
        return []
    return list(clearing.from_suspense(account.host).filter(currency=account.currency)[:_PAGE])


def _lines(postings: list[Posting]) -> list[AccountLine]:
    sessions = sources.sessions(one.entry for one in postings)
    return [
        AccountLine(
            posting=one,
            others=[other for other in one.entry.postings.all() if other.pk != one.pk],
            session_id=sessions.get((one.entry.source_type, one.entry.source_id), ""),
        )
        for one in postings
    ]


def _for_agents(request: HttpRequest) -> None:
    if not viewer(request).is_agent:
        raise Http404


def _beginning(day: date | None, *, zone: str) -> datetime | None:
    return moments.clamped(datetime.combine(day, time(), tzinfo=ZoneInfo(zone))) if day else None
