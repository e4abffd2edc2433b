"""Home charging: what employers owe for each month, the invoices, and the employees' payouts."""

from dataclasses import dataclass

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import HomeCharge, HomeInvoice, HomePayout
from billing.proration import periods
from billing.sessions.documents import issuer
from billing.sessions.home import acts, home_charging, home_files
from billing.sessions.home.home_charging import Bill, NotOverError
from chargers.properties import time_zones

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Month:
    """The unbilled part of a host's month."""

    bill: Bill
    is_over: bool
    may_close: bool


@login_required
@require_safe
def home_charging_page(request: HttpRequest) -> HttpResponse:
    """Lists months that are not billed yet, and the invoices, newest first."""
    user, at = viewer(request), now()
    visible_hosts = people.hosts_with(user, Right.SEE_MONEY).filter(reimbursement_contracts__isnull=False).distinct()
    handled = set(people.hosts_with(user, Right.HANDLE_MONEY).values_list("pk", flat=True))
    months = [
        Month(bill, home_charging.is_over(host, bill.month, now=at), host.pk in handled)
        for host in home_charging.to_bill(visible_hosts)
        for bill in home_charging.bills(host)
    ]
    unpaid = Count("payouts", filter=Q(payouts__paid_at=None, payouts__amount_minor__gt=0))
    invoices = access.home_invoices(user).annotate(unpaid=unpaid).order_by("-issued_at", "-pk")
    page = Paginator(invoices, _PAGE).get_page(read_query_param(request, "page"))
    context = {
        "room": "authorization",
        "tab": "reimbursement",
        "months": months,
        "page": page,
        "many": visible_hosts.count() > 1,
    }
    return render(request, "billing/home_charging.html", context)


@login_required
@require_POST
def home_close(request: HttpRequest, host: str, month: str) -> HttpResponse:
    """Bills a month to every employer who owes something for it."""
    user, day = viewer(request), periods.month(month)
    owner = people.hosts_with(user, Right.HANDLE_MONEY).filter(slug=host).first()
    if owner is None or day is None:
        raise Http404
    try:
        new_invoices = acts.close(owner, day, by=user, now=now())
    except NotOverError:
        notes.warning(request, f"{day:%B %Y} is not over yet at every property. Nothing was billed.")
    else:
        if new_invoices:
            notes.success(request, f"{day:%B %Y} is billed: {', '.join(invoice.label for invoice in new_invoices)}.")
        else:
            notes.info(request, f"Nothing is left to bill for {day:%B %Y}.")
    return redirect("billing:home-charging")


@login_required
@require_safe
def home_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one invoice down to each employee and each session; printed, it is the employer's copy."""
    invoice = _invoice(viewer(request), pk)
    payouts = invoice.payouts.select_related("contract__token").prefetch_related(
        "charges__session__charger",
        "charges__session__property",
        "charges__session__rate_version",
        "charges__session__ratings",
    )
    context = {
        "room": "authorization",
        "tab": "reimbursement",
        "invoice": invoice,
        "issuer": issuer.of_home_invoice(invoice),
        "service": home_files.service_rows(invoice),
        "payouts": payouts.order_by("contract__name", "pk"),
        "may_handle": people.has_right(viewer(request), Right.HANDLE_MONEY, invoice.host),
        "zone": time_zones.of_host(invoice.host),
    }
    return render(request, "billing/home_invoice.html", context)


@login_required
@require_safe
def home_invoice_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the invoice as CSV: a row for each session, times with their offset, amounts in minor units."""
    invoice = _invoice(viewer(request), pk)
    content = home_files.to_csv(home_files.charges_of(invoice))
    return _download(content, name=f"{invoice.label}.csv", content_type="text/csv; charset=utf-8")


@login_required
@require_safe
def home_invoice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the invoice as a PDF for the employer."""
    invoice = _invoice(viewer(request), pk)
    return _download(home_files.employer_pdf(invoice), name=f"{invoice.label}.pdf", content_type="application/pdf")


@login_required
@require_safe
def home_payout_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns one employee's payout for a month as CSV, session by session."""
    payout = _payout(viewer(request), pk)
    content = home_files.to_csv(HomeCharge.objects.filter(payout=payout))
    return _download(content, name=_name(payout, "csv"), content_type="text/csv; charset=utf-8")


@login_required
@require_safe
def home_payout_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns one employee's payout as a PDF."""
    payout = _payout(viewer(request), pk)
    return _download(home_files.employee_pdf(payout), name=_name(payout, "pdf"), content_type="application/pdf")


@login_required
@require_POST
def home_invoice_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Records that the employer paid."""
    user = viewer(request)
    invoice = _invoice(user, pk)
    if not people.has_right(user, Right.HANDLE_MONEY, invoice.host):
        raise Http404
    if acts.invoice_paid(invoice, reference=_reference(request), by=user, now=now()):
        notes.success(request, f"{invoice.employer} paid {invoice.label}.")
    else:
        notes.info(request, f"That {invoice.label} is paid was noted before.")
    return redirect("billing:home-invoice", pk)


@login_required
@require_POST
def home_payout_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Records that the employee was paid."""
    user = viewer(request)
    payout = _payout(user, pk)
    if not people.has_right(user, Right.HANDLE_MONEY, payout.invoice.host):
        raise Http404
    if acts.payout_paid(payout, reference=_reference(request), by=user, now=now()):
        notes.success(request, f"{payout.contract.name} is paid for {payout.invoice.month:%B %Y}.")
    else:
        notes.info(request, f"That {payout.contract.name} is paid was noted before.")
    return redirect("billing:home-invoice", payout.invoice_id)


def _invoice(user: User, pk: int) -> HomeInvoice:
    invoice = access.home_invoices(user).select_related("host").filter(pk=pk).first()
    if invoice is None:
        raise Http404
    return invoice


def _payout(user: User, pk: int) -> HomePayout:
    rows = HomePayout.objects.filter(invoice__in=access.home_invoices(user))
    payout = rows.select_related("invoice__host", "contract__token").filter(pk=pk).first()
    if payout is None:
        raise Http404
    return payout


def _name(payout: HomePayout, ending: str) -> str:
    return f"{payout.invoice.label}-{payout.pk}.{ending}"


def _download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _reference(request: HttpRequest) -> str:
    return request.POST.get("reference", "").replace("\x00", "").strip()
