"""All hosts' payouts, for agents: what waits, what failed, and the next step of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization import audit
from authorization.people.request import now, read_query_param, viewer
from billing.models import BankAccount, Payout, PayoutAgreement
from billing.payouts.cycle import approval, wording
from billing.payouts.payees.agreements import Scope
from chargers.models import Host

_PAGE: Final = 50
State = Payout.State
_WAITING: Final = (State.CALCULATED, State.HELD, State.APPROVED, State.FAILED, State.RETURNED)
_SHOWN: Final = (
    ("waiting", "What waits for somebody", Q(state__in=_WAITING)),
    ("approval", "Waits for a second person", Q(state=State.CALCULATED)),
    ("held", "Held", Q(state=State.HELD)),
    ("on_its_way", "On its way", Q(state__in=(State.APPROVED, State.SUBMITTED, State.IN_TRANSIT))),
    ("failed", "Failed or returned", Q(state__in=(State.FAILED, State.RETURNED))),
    ("carried", "Carried", Q(state=State.CARRIED)),
    ("unmatched", "Paid, on no bank statement yet", Q(state=State.PAID)),
    ("all", "All", Q()),
)
_LOOKS: Final = {
    "paid": "ok", "reconciled": "ok", "approved": "busy", "submitted": "busy", "in_transit": "busy", "held": "warn",
    "calculated": "warn", "carried": "unknown", "failed": "bad", "returned": "bad", "reissued": "unknown",
}  # fmt: skip


class PayoutsForm(forms.Form):
    """Filters of payouts."""

    show = forms.ChoiceField(choices=[(key, name) for key, name, _ in _SHOWN], required=False, label="Show")
    host = forms.ModelChoiceField(Host.objects.order_by("name"), required=False, empty_label="All hosts")
    currency = forms.CharField(max_length=3, required=False)


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout with its next step."""

    row: Payout
    style: str
    next_step: str


@dataclass(frozen=True, slots=True)
class PendingConfirmation:
    """Something that a second person must confirm before money follows it."""

    scope: Scope
    what: str
    by: str
    at: datetime
    page: str


@dataclass(frozen=True, slots=True)
class Together:
    """The total of the rows of one currency and state."""

    currency: str
    state: str
    count: int
    amount_minor: int


@login_required
@require_safe
def books_payouts(request: HttpRequest) -> HttpResponse:
    """Lists payouts; without a filter, those that wait for somebody, oldest first."""
    if not viewer(request).is_agent:
        raise Http404
    form = PayoutsForm(request.GET)
    rows = _filter_payouts(form)
    at = now()
    page = Paginator(rows.order_by("ends_at", "pk"), _PAGE).get_page(read_query_param(request, "page"))
    context = {
        "room": "books",
        "form": form,
        "page": page,
        "payouts": [_build_row(row, at=at) for row in page.object_list],
        "together": _sum_by_state(rows),
        "unconfirmed": _list_unconfirmed(),
        "query": _query(request),
    }
    return render(request, "billing/books_payouts.html", context)


def _filter_payouts(form: PayoutsForm) -> QuerySet[Payout]:
    filters = form.cleaned_data if form.is_valid() else {}
    selection = filters.get("show") or _SHOWN[0][0]
    rows = Payout.objects.filter(next(condition for key, _, condition in _SHOWN if key == selection))
    rows = rows.select_related("host", "property", "agreement", "bank_account", "reissues")
    if filters.get("host"):
        rows = rows.filter(host=filters["host"])
    return rows.filter(currency=filters["currency"].upper()) if filters.get("currency") else rows


def _sum_by_state(rows: QuerySet[Payout]) -> list[Together]:
    sums = rows.order_by("currency", "state").values_list("currency", "state")
    return [
        Together(currency, State(state).label, count, minor)
        for currency, state, count, minor in sums.annotate(count=Count("pk"), minor=Sum("amount_minor"))
    ]


def _list_unconfirmed() -> list[PendingConfirmation]:
    """Returns what all hosts have unconfirmed, oldest first. Two queries."""
    versions = PayoutAgreement.objects.filter(state=PayoutAgreement.State.WAITING)
    accounts = BankAccount.objects.filter(state=BankAccount.State.UNCONFIRMED)
    unconfirmed = [
        PendingConfirmation(
            Scope.from_row(agreement),
            f"Agreement, version {agreement.number}",
            audit.name(agreement.made_by),
            agreement.made_at,
            "payout-agreement",
        )
        for agreement in versions.select_related("host", "property")
    ]
    unconfirmed += [
        PendingConfirmation(
            Scope.from_row(account), str(account), audit.name(account.entered_by), account.entered_at, "bank-accounts"
        )
        for account in accounts.select_related("host", "property")
    ]
    return sorted(unconfirmed, key=lambda account: account.at)


def _build_row(row: Payout, *, at: datetime) -> PayoutRow:
    return PayoutRow(row, _LOOKS.get(row.state, "unknown"), _next_step(row, at=at))


def _next_step(row: Payout, *, at: datetime) -> str:
    """Returns the next step and who has to take it, as a sentence."""
    match row.state:
        case State.CALCULATED if row.approved_by:
            return f"A second person approves it, after {audit.name(row.approved_by)}."
        case State.CALCULATED:
            return "Two people approve it: it is above the agreed limit."
        case State.FAILED | State.RETURNED:
            return approval.what_hinders(row, now=at) or "It is paid again within minutes."
        case State.PAID:
            return "A line of the bank statement has to be found for it."
    return wording.expected_reason(row)


def _query(request: HttpRequest) -> str:
    """Returns the filter as a query string, for the links to other pages."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
