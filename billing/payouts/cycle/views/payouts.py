"""Payouts: what a host is paid, with the reasons for amount and date, and its bank accounts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing import access
from billing.charts import bars, waterfall
from billing.engine.values import money
from billing.formatting.money import money as shown_money
from billing.models import BankAccount, Payout, PayoutAgreement
from billing.payments.books import statement_lines, statements
from billing.payouts.cycle import acts, approval, bridge, cycle, forecast, paid_payouts, wording
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import agreements, bank_accounts, processor_accounts, readiness
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import AccountError, Entered
from chargers.formatting import day_charts
from chargers.formatting.day_charts import DaySpan
from chargers.lib import batch
from chargers.models import Host, Property
from chargers.properties import time_zones
from chargers.text import reporting_periods, spreadsheets

_PAGE: Final = 50
_ROWS_A_PAGE: Final = 200
_COLUMNS: Final = (
    "posted_at", "happened_at", "row", "kind", "document", "text", "session", "amount_minor", "amount", "balance_minor",
    "balance", "currency", "document_id",
)  # fmt: skip
_BATCH: Final = 1000
_STATE_LOOKS: Final = {
    "paid": "ok", "reconciled": "ok", "approved": "busy", "submitted": "busy", "in_transit": "busy", "held": "warn",
    "calculated": "warn", "carried": "unknown", "failed": "bad", "returned": "bad", "reissued": "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedPayout:
    """A payout in a list, with the style of its state."""

    row: Payout
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPayouts:
    """Payouts that were paid on some days of a zone, with their sums by currency."""

    rows: QuerySet[Payout]
    days: DaySpan
    zone: str
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The forecast of a scope's next payout: where it goes or why it cannot, and what is owed but not included."""

    forecast: forecast.Forecast
    account: str
    problem: str
    pending: list[str]
    chart: waterfall.Waterfall | None


class AccountForm(forms.Form):
    """A bank account: an IBAN, or a US routing and account number."""

    holder = forms.CharField(max_length=140, label="Account holder")
    iban = forms.CharField(max_length=50, required=False, label="IBAN")
    bic = forms.CharField(max_length=11, required=False, label="BIC (may be empty)")
    routing = forms.CharField(max_length=11, required=False, label="US routing number")
    number = forms.CharField(max_length=30, required=False, label="US account number")
    place = forms.ModelChoiceField(
        queryset=Property.objects.none(), required=False, label="For", empty_label="All properties"
    )

    def __init__(self, *arguments: Any, host: Host, **more: Any) -> None:
        super().__init__(*arguments, **more)
        places = self.fields["place"]
        assert isinstance(places, forms.ModelChoiceField)
        places.queryset = Property.objects.filter(host=host).order_by("name")


@login_required
@require_safe
def payout_hosts(request: HttpRequest) -> HttpResponse:
    """Lists hosts; redirects if there is only one."""
    hosts = list(people.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name"))
    if len(hosts) == 1:
        query = request.GET.urlencode()
        return redirect(reverse("billing:payouts", args=[hosts[0].slug]) + (f"?{query}" if query else ""))
    paid = _paid_in_days(request)
    rows = access.payouts(viewer(request)) if paid is None else paid.rows
    newest = _build_rows(rows.select_related("host", "property").order_by("-pk")[:_PAGE])
    context = {"room": "payouts", "hosts": hosts, "payouts": newest, "paid": paid}
    return render(request, "billing/payout_hosts.html", context)


@login_required
@require_safe
def payout_list(request: HttpRequest, host: str) -> HttpResponse:
    """Shows the next payout with its date and reason, and all previous ones."""
    owner = _host(request, host)
    if (paid := _paid_in_days(request, host=owner)) is not None:
        return _paid_page(request, owner, paid)
    at = now()
    next_ones = [
        upcoming
        for scope in agreements.scopes(owner, at=at)
        if (upcoming := forecast.calculate(scope, now=at)) is not None
    ]
    next_ones.sort(key=lambda upcoming: -upcoming.amount_minor)
    rows = access.payouts(viewer(request)).filter(host=owner).select_related("host", "property").order_by("-pk")
    page = Paginator(rows, _PAGE).get_page(read_query_param(request, "page"))
    context = {
        "room": "payouts",
        "host": owner,
        "next_ones": [_upcoming(next_one, at=at) for next_one in next_ones],
        "page": page,
        "payouts": _build_rows(page.object_list),
        "charts": bars.payouts(rows[: 2 * _PAGE], looks=_STATE_LOOKS),
        "many": people.hosts_with(viewer(request), Right.SEE_MONEY).count() > 1,
        "setup_wanted": _is_setup_wanted(owner, next_ones),
        "needs": readiness.find_needs(owner, now=at),
        "may_remind": people.has_right(viewer(request), Right.HANDLE_MONEY, owner),
    }
    return render(request, "billing/payouts.html", context)


def _paid_page(request: HttpRequest, host: Host, paid: PaidPayouts) -> HttpResponse:
    rows = paid.rows.select_related("host", "property").order_by("-pk")
    page = Paginator(rows, _PAGE).get_page(read_query_param(request, "page"))
    context = {"room": "payouts", "host": host, "page": page, "payouts": _build_rows(page.object_list), "paid": paid}
    return render(request, "billing/payouts.html", context)


def _paid_in_days(request: HttpRequest, *, host: Host | None = None) -> PaidPayouts | None:
    """Returns the payouts of the days that a chart opened; None if the page is not about days."""
    days = day_charts.read_span(read_query_param(request, "on"), read_query_param(request, "to"))
    if days is None:
        return None
    places = people.properties(viewer(request))
    slug = read_query_param(request, "property")
    zone = people.zone(places.filter(slug=slug) if slug else places)
    code = read_query_param(request, "within")
    period = reporting_periods.period_of(code, zone=zone, now=now()) if code in reporting_periods.TITLES else None
    since, until = reporting_periods.day_bounds(days.first, days.last, zone=zone, bounding_period=period)
    rows = paid_payouts.list_between(viewer(request), since=since, until=until)
    if host is not None:
        rows = rows.filter(host=host)
    if slug:
        rows = rows.filter(property__slug=slug)
    if currency := read_query_param(request, "currency"):
        rows = rows.filter(currency=currency)
    return PaidPayouts(rows=rows, days=days, zone=zone, totals=paid_payouts.totals(rows))


@login_required
@require_safe
def payout_page(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Shows one payout: the bridge from the charged sum to the bank."""
    user, payout = viewer(request), _payout(request, payout_id)
    rows = wording.rows(payout)
    after = cycle.paid_again_in(payout) if payout.failure else None
    failure = wording.failure(payout)
    context = {
        "room": "payouts",
        "payout": payout,
        "look": _STATE_LOOKS.get(payout.state, "unknown"),
        "rows": rows,
        "statement": _statement_of(payout, rows),
        "chart": waterfall.draw(rows, total_minor=bridge.paid_minor(payout), currency=payout.currency),
        "total_minor": bridge.paid_minor(payout),
        "remainder_minor": bridge.remainder(payout),
        "expected_reason": wording.expected_reason(payout),
        "failure": failure,
        "next_step": _next_step(payout, failed_because=failure["sentence"] if failure else ""),
        "after": after if after is not None and after.state != Payout.State.CARRIED else None,
        "carried_in": after if after is not None and after.state == Payout.State.CARRIED else None,
        "may_reissue": payout.state in ("failed", "returned")
        and people.has_right(user, Right.HANDLE_MONEY, payout.host),
        "missing_account": bank_accounts.why_not(bank_accounts.current(Scope.from_row(payout)), now=now()),
        "may_decide": user.is_agent,
        "bank_matches": payout.bank_matches.select_related("line").order_by("line__booked_on"),
        "may_open_lines": user.is_agent,
        "is_at_processor": _is_at_processor(payout),
    }
    return render(request, "billing/payout.html", context)


@login_required
@require_safe
def payout_row(request: HttpRequest, payout_id: UUID, kind: str) -> HttpResponse:
    """Shows the postings behind one row of the bridge."""
    payout = _payout(request, payout_id)
    row = next((row for row in wording.rows(payout) if row["kind"] == kind), None)
    if row is None:
        raise Http404
    place_ids = agreements.other_places(Scope.from_row(payout), at=payout.last_moment)
    postings = bridge.postings(payout, kind, own_places=place_ids)
    page = Paginator(postings, _ROWS_A_PAGE).get_page(read_query_param(request, "page"))
    context = {"room": "payouts", "payout": payout, "row": row, "page": page}
    if kind == "sessions":
        tax_minor, by_rates_minor = bridge.sessions_net(payout)
        net_minor = row["amount_minor"] + tax_minor + by_rates_minor
        context["steps"] = {"tax_minor": tax_minor, "by_rates_minor": by_rates_minor, "net_minor": net_minor}
    return render(request, "billing/payout_row.html", context)


@login_required
@require_safe
def payout_csv(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Downloads every posting of the payout, with a running balance."""
    payout = _payout(request, payout_id)
    content = spreadsheets.render_csv(_COLUMNS, _build_posting_rows(payout))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payout-{payout.host.slug}-{payout.label}.csv"'
    return response


@login_required
@require_POST
def payout_act(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Approves, holds, releases or repeats a payout."""
    user, payout = viewer(request), _payout(request, payout_id)
    people.require(user, Right.HANDLE_MONEY, payout.host)
    try:
        changed_payout = _act(
            request.POST.get("act", ""), payout, user, reason=request.POST.get("reason", ""), at=now()
        )
    except approval.NotPossibleError as exc:
        notes.warning(request, str(exc))
        changed_payout = payout
    else:
        notes.success(request, f"{changed_payout.label}: {changed_payout.get_state_display().lower()}.")
    if request.POST.get("back") == "books" and user.is_agent:
        return redirect("billing:books-payouts")
    return redirect("billing:payout", payout_id=changed_payout.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bank_account_list(request: HttpRequest, host: str) -> HttpResponse:
    """Lists a host's bank accounts, with a form for a new one."""
    owner = _host(request, host)
    if request.method != "POST":
        return _account_page(request, owner, AccountForm(host=owner))
    if not people.has_right(viewer(request), Right.HANDLE_MONEY, owner):
        raise Http404
    return _store_account(request, owner)


def _store_account(request: HttpRequest, host: Host) -> HttpResponse:
    """Stores a bank account after a fresh login, so that a stolen session cannot change it.

    The form's values are not kept across the login, because the session would contain the account number in clear.
    """
    if fresh_login.is_stale(request):
        return fresh_login.log_in_first(request, next_step="enter the account")
    form = AccountForm(request.POST, host=host)
    if form.is_valid():
        scope = Scope(host=host, currency=_currency(host), property_=form.cleaned_data["place"])
        try:
            bank_account = payee_act_acts.enter_account(
                scope, _read_account_details(form), by=viewer(request), now=now()
            )
        except AccountError as exc:
            form.add_error(exc.field, str(exc))
        else:
            by_support = not readiness.who_may_confirm(bank_account, now=now())
            confirms = readiness.SUPPORT_CONFIRMS if by_support else "A second person has to confirm it."
            notes.success(request, f"{bank_account} was entered. {confirms}")
            return redirect("billing:bank-accounts", host=host.slug)
    return _account_page(request, host, form)


def _account_page(request: HttpRequest, host: Host, form: AccountForm) -> HttpResponse:
    user = viewer(request)
    accounts = BankAccount.objects.filter(host=host).select_related("property", "host").order_by("-pk")
    context = {
        "room": "payouts",
        "host": host,
        "accounts": [(account, _why_not(user, account)) for account in accounts],
        "form": form,
        "may_change": people.has_right(user, Right.HANDLE_MONEY, host),
        "is_at_processor": processor_accounts.find(host) is not None,
        "log_in_again": fresh_login.log_in_page(request.path) if fresh_login.is_stale(request) else "",
        "now": now(),
        "time_zone": time_zones.of_host(host),
    }
    return render(request, "billing/bank_accounts.html", context)


def _why_not(user: User, account: BankAccount) -> str:
    """Explains why the viewer may not confirm a waiting account, and that support confirms it if no member may."""
    is_asked = account.state == BankAccount.State.UNCONFIRMED
    why = bank_accounts.why_not_by(user, account, now=now()) if is_asked else ""
    if why and not user.is_agent and not readiness.who_may_confirm(account, now=now()):
        return f"{why} {readiness.SUPPORT_CONFIRMS}"
    return why


@login_required
@require_POST
def bank_account_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirms or withdraws a waiting account."""
    account = access.bank_accounts(viewer(request)).filter(pk=pk).select_related("host", "property").first()
    if account is None:
        raise Http404
    people.require(viewer(request), Right.HANDLE_MONEY, account.host)
    if request.POST.get("act") == "withdraw":
        return _change_account(request, account, payee_act_acts.withdraw_account)
    if request.POST.get("act") == "remind":
        return _remind_of_account(request, account)
    if request.POST.get("act") != "confirm":
        notes.warning(request, "Nothing was changed: the page did not say what to do with the account. Try again.")
        return redirect("billing:bank-accounts", host=account.host.slug)
    answer: HttpResponse = _confirm_account(request, account)
    return answer


def _remind_of_account(request: HttpRequest, account: BankAccount) -> HttpResponse:
    try:
        recipients = payee_act_acts.remind_of_account(account, by=viewer(request), now=now())
    except bank_accounts.NotPossibleError as exc:
        notes.warning(request, str(exc))
    else:
        notes.success(request, f"Reminded: {', '.join(recipients)}. Each gets one mail a day.")
    return redirect("billing:payouts", host=account.host.slug)


@reauthentication_required  # type: ignore[untyped-decorator]
def _confirm_account(request: HttpRequest, account: BankAccount) -> HttpResponse:
    """Confirms an account after a fresh login, because the second person is the last to check it."""
    return _change_account(request, account, payee_act_acts.confirm_account)


def _change_account(request: HttpRequest, account: BankAccount, act: Callable[..., BankAccount]) -> HttpResponse:
    try:
        updated_account = act(account, by=viewer(request), now=now())
    except bank_accounts.NotPossibleError as exc:
        notes.warning(request, str(exc))
    else:
        notes.success(request, f"{updated_account}: {updated_account.get_state_display().lower()}.")
    return redirect("billing:bank-accounts", host=account.host.slug)


def _act(act: str, payout: Payout, user: User, *, reason: str, at: datetime) -> Payout:
    match act:
        case "approve":
            return acts.approve(payout, by=user, now=at)
        case "hold":
            return acts.hold(payout, reason=reason, by=user, now=at)
        case "release":
            return acts.release(payout, by=user, now=at)
        case "reissue":
            return acts.reissue(payout, by=user, now=at)
    raise approval.NotPossibleError("Nothing was changed: choose what to do with the payout.")


def _read_account_details(form: AccountForm) -> Entered:
    return Entered(**{name: form.cleaned_data[name] for name in ("holder", "iban", "bic", "routing", "number")})


def _currency(host: Host) -> str:
    scopes = agreements.scopes(host)
    return scopes[0].currency if scopes else host.currency


def _upcoming(next_one: forecast.Forecast, *, at: datetime) -> Upcoming:
    currency = next_one.scope.currency
    account = bank_accounts.current(next_one.scope)
    return Upcoming(
        forecast=next_one,
        account=str(account or ""),
        problem=bank_accounts.why_not(account, now=at) or "",
        pending=[wording.pending(row, currency=currency) for row in next_one.pending],
        chart=waterfall.draw(next_one.rows, total_minor=next_one.amount_minor, currency=currency, total="To be paid"),
    )


def _is_setup_wanted(host: Host, next_ones: Iterable[forecast.Forecast]) -> bool:
    """Whether the card processor still needs something from a host that it pays."""
    account = processor_accounts.find(host)
    by_processor = any(upcoming.agreement.way == PayoutAgreement.Way.PROCESSOR for upcoming in next_ones)
    return by_processor and (account is None or not account.is_enabled or bool(account.missing))


def _next_step(payout: Payout, *, failed_because: str) -> str:
    """Returns what happens to a failed payout if nothing else on the page tells it."""
    if payout.state not in (Payout.State.FAILED, Payout.State.RETURNED):
        return ""
    step = approval.what_hinders(payout, now=now()) or "It is paid again by itself within minutes."
    return "" if step in failed_because else step


def _is_at_processor(payout: Payout) -> bool:
    """Whether the money is in the host's account at the card processor and not at the bank."""
    waits = (Payout.State.SUBMITTED, Payout.State.FAILED, Payout.State.RETURNED)
    return payout.way == PayoutAgreement.Way.PROCESSOR and payout.transferred_minor > 0 and payout.state in waits


def _statement_of(payout: Payout, rows: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """Returns the statement of the payout's month, or of its property if that is paid separately.

    It also explains how the statement's charged sum becomes the payout's row of sessions.
    """
    month = wording.month_of(payout)
    if month is None:
        return None
    page = reverse("billing:statement", args=[payout.host.slug, payout.currency, f"{month:%Y-%m}"])
    query = f"?{urlencode({'property': payout.property.slug})}" if payout.property else ""
    link = {"url": f"{page}{query}", "title": f"{month:%B %Y}", "difference": ""}
    period = statements.month(payout.host, currency=payout.currency, begins=month, property_=payout.property)
    if period is None:
        return link
    sessions, charged_minor = statements.sum_receipts(period)
    shown_minor = next((row["amount_minor"] for row in rows if row["kind"] == "sessions"), 0)
    if charged_minor == shown_minor:
        return link
    charged = shown_money(charged_minor, payout.currency)
    difference_text = shown_money(charged_minor - shown_minor, payout.currency)
    were = "session was" if sessions == 1 else "sessions were"
    link["difference"] = (
        f"There, {sessions:,} {were} charged {charged} with tax. The difference of {difference_text} is not in this "
        "row: such as "
        "sessions of properties with payouts of their own."
    )
    return link


def _build_rows(rows: Iterable[Payout]) -> list[ListedPayout]:
    return [ListedPayout(row, _STATE_LOOKS.get(row.state, "unknown")) for row in rows]


def _build_balance_row(payout: Payout, text: str, minor: int) -> list[object]:
    cells = {"text": text, "balance_minor": minor, "balance": money.major(minor, currency=payout.currency)}
    return [{**cells, "currency": payout.currency}.get(name, "") for name in _COLUMNS]


def _build_posting_rows(payout: Payout) -> Iterator[list[object]]:
    balance = payout.opening_minor
    yield _build_balance_row(payout, "Carried from earlier payouts", balance)
    allocations = payout.allocations.exclude(amount_minor=0).select_related("posting__entry")
    rows = allocations.order_by("posting__entry_id").iterator(chunk_size=_BATCH)
    for some in batch.slices(rows, _BATCH):
        numbers = statement_lines.numbers_of(payout_allocation.posting for payout_allocation in some)
        for allocation in some:
            balance += allocation.amount_minor
            yield _cells(payout, allocation, balance, numbers=numbers)
    yield _build_balance_row(payout, "To be paid and carried on", balance)


def _cells(payout: Payout, line: Any, balance: int, *, numbers: Mapping[tuple[str, str], str]) -> list[object]:
    """Returns the cells of a CSV row. `document` is the printed number, if any."""
    entry = line.posting.entry
    number = numbers.get((entry.source_type, entry.source_id), "")
    cells = {
        "posted_at": entry.posted_at.isoformat(),
        "happened_at": entry.occurred_at.isoformat(),
        "row": line.kind,
        "kind": f"{entry.source_type}.{entry.kind}",
        "document": spreadsheets.escape_formula(number or entry.source_id),
        "document_id": entry.source_id,
        "text": spreadsheets.escape_formula(entry.memo),
        "session": str(entry.session_id or ""),
        "amount_minor": line.amount_minor,
        "amount": money.major(line.amount_minor, currency=payout.currency),
        "balance_minor": balance,
        "balance": money.major(balance, currency=payout.currency),
        "currency": payout.currency,
    }
    return [cells[name] for name in _COLUMNS]


def _host(request: HttpRequest, slug: str) -> Host:
    host = people.hosts_with(viewer(request), Right.SEE_MONEY).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def _payout(request: HttpRequest, payout_id: UUID) -> Payout:
    rows = access.payouts(viewer(request)).select_related("host", "property", "agreement", "bank_account", "reissues")
    payout = rows.filter(pk=payout_id).first()
    if payout is None:
        raise Http404
    return payout
