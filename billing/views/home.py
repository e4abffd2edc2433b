"""Home charging: what employers owe for each month, the invoices, and what each employee was paid."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, stated, viewer
from authorization.people.roles import Right
from authorization.tokens.csv_file import inert
from billing import access
from billing.acts import home as acts
from billing.home import home_charging
from billing.home.home_charging import Bill, NotOverError
from billing.models import HomeCharge, HomeInvoice, HomePayout
from billing.proration import periods
from chargers.fleet import time_zones

_PAGE = 50
COLUMNS = (
    "invoice", "month", "employee", "employer", "card", "charger", "started_at", "stopped_at", "energy_wh", "per_kwh",
    "price_minor", "paid_minor", "currency", "session",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """What is not billed yet of a host's month."""

    bill: Bill
    is_over: bool
    may_close: bool


@login_required
@require_safe
def home_charging_page(request: HttpRequest) -> HttpResponse:
    """Months that are not billed yet, and the invoices, the newest first."""
    user, at = viewer(request), now()
    seen = people.hosts_with(user, Right.SEE_MONEY).filter(reimbursement_contracts__isnull=False).distinct()
    handled = set(people.hosts_with(user, Right.HANDLE_MONEY).values_list("pk", flat=True))
    months = [
        Month(bill, home_charging.is_over(host, bill.month, now=at), host.pk in handled)
        for host in home_charging.to_bill(seen)
        for bill in home_charging.bills(host)
    ]
    unpaid = Count("payouts", filter=Q(payouts__paid_at=None, payouts__amount_minor__gt=0))
    invoices = access.home_invoices(user).annotate(unpaid=unpaid).order_by("-issued_at", "-pk")
    page = Paginator(invoices, _PAGE).get_page(stated(request, "page"))
    context = {
        "room": "authorization",
        "tab": "reimbursement",
        "months": months,
        "page": page,
        "many": seen.count() > 1,
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
        made = acts.close(owner, day, by=user, now=now())
    except NotOverError:
        notes.warning(request, f"{day:%B %Y} is not over yet at every property. Nothing was billed.")
    else:
        if made:
            notes.success(request, f"{day:%B %Y} is billed: {', '.join(invoice.label for invoice in made)}.")
        else:
            notes.info(request, f"Nothing is left to bill for {day:%B %Y}.")
    return redirect("billing:home-charging")


@login_required
@require_safe
def home_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """One invoice, unfolded to each employee and each session; printed, it is the employer's paper."""
    invoice = _invoice(viewer(request), pk)
    payouts = invoice.payouts.select_related("contract__token").prefetch_related(
        "charges__session__charger",
        "charges__session__property",
        "charges__session__rate_version",
        "charges__session__ratings",
    )
    context = {
        "room": "authorization", "tab": "reimbursement", "invoice": invoice,
        "payouts": payouts.order_by("contract__name", "pk"),
        "may_handle": people.may(viewer(request), Right.HANDLE_MONEY, invoice.host),
        "zone": time_zones.of_host(invoice.host),
    }  # fmt: skip
    return render(request, "billing/home_invoice.html", context)


@login_required
@require_safe
def home_invoice_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a program: a row for each session, times with their offset, amounts in minor units."""
    invoice = _invoice(viewer(request), pk)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(invoice))
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{invoice.label}.csv"'
    return response


@login_required
@require_POST
def home_invoice_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes that the employer's money came."""
    user = viewer(request)
    invoice = _invoice(user, pk)
    if not people.may(user, Right.HANDLE_MONEY, invoice.host):
        raise Http404
    if acts.invoice_paid(invoice, reference=_reference(request), by=user, now=now()):
        notes.success(request, f"{invoice.employer} paid {invoice.label}.")
    else:
        notes.info(request, f"That {invoice.label} is paid was noted before.")
    return redirect("billing:home-invoice", pk)


@login_required
@require_POST
def home_payout_paid(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes that the employee was paid."""
    user = viewer(request)
    payouts = HomePayout.objects.filter(invoice__in=access.home_invoices(user)).select_related("invoice", "contract")
    payout = payouts.filter(pk=pk).first()
    if payout is None or not people.may(user, Right.HANDLE_MONEY, payout.invoice.host):
        raise Http404
    if acts.payout_paid(payout, reference=_reference(request), by=user, now=now()):
        notes.success(request, f"{payout.contract.name} is paid for {payout.invoice.month:%B %Y}.")
    else:
        notes.info(request, f"That {payout.contract.name} is paid was noted before.")
    return redirect("billing:home-invoice", payout.invoice_id)


def _invoice(user: User, pk: int) -> HomeInvoice:
    found = access.home_invoices(user).select_related("host").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _reference(request: HttpRequest) -> str:
    return request.POST.get("reference", "").replace("\x00", "").strip()


def _rows(invoice: HomeInvoice) -> Iterator[list[object]]:
    charges = HomeCharge.objects.filter(payout__invoice=invoice).select_related(
        "payout__contract__token", "session__charger", "session__property", "session__rate_version"
    )
    for one in charges.prefetch_related("session__ratings").order_by("payout__contract__name", "session__stopped_at"):
        session, contract = one.session, one.payout.contract
        zone = ZoneInfo(session.property.time_zone)
        version = session.rate_version
        assert version is not None
        cells = [
            invoice.label, f"{invoice.month:%Y-%m}", contract.name, contract.employer, contract.token.uid,
            session.charger.station_id,
            session.started_at.astimezone(zone).isoformat() if session.started_at else "",
            session.stopped_at.astimezone(zone).isoformat() if session.stopped_at else "",
            one.energy_wh, version.definition["energy"][0]["price"], one.price_minor, one.paid_minor,
            invoice.currency, str(session.pk),
        ]  # fmt: skip
        yield [inert(cell) if isinstance(cell, str) else cell for cell in cells]
