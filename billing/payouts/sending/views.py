"""Books > Payments: approved payouts that go by file, and the files for the platform's bank. For agents."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.people.request import now, viewer
from billing.models import PaymentFile, Payout
from billing.payouts.bank_files import order_formats
from billing.payouts.bank_files.outgoing.orders import OrderError
from billing.payouts.sending import acts, by_file
from billing.payouts.sending.by_file import FileRequest, NotPossibleError

_LIMIT: Final = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """Lists payouts that can be put into a file, by currency, and the files already made."""
    _require_agent(request)
    if request.method == "POST":
        return _make(request)
    waiting = sorted(by_file.waiting(), key=lambda payout: payout.currency)
    files = PaymentFile.objects.prefetch_related("payments__payout").order_by("-id")[:_LIMIT]
    context = {
        "room": "books",
        "groups": [_group(code, list(some)) for code, some in groupby(waiting, key=lambda payout: payout.currency)],
        "files": [(file, order_formats.ALL[file.format].label, by_file.progress(file)) for file in files],
        "today": now().date(),
    }
    return render(request, "billing/payments.html", context)


@login_required
@require_safe
def payment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Downloads the file, the same each time."""
    _require_agent(request)
    file = _file(pk)
    content = acts.download(file, by=viewer(request), now=now())
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{by_file.name(file)}"'
    return response


@login_required
@require_POST
def payment_file_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraws a file that the bank never got."""
    _require_agent(request)
    reason = request.POST.get("reason", "").replace("\x00", "")
    try:
        withdrawn_file = acts.withdraw(_file(pk), reason=reason, by=viewer(request), now=now())
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
    else:
        notes.success(request, f"{withdrawn_file} is withdrawn: its payouts are approved as before.")
    return redirect("billing:payments")


def _make(request: HttpRequest) -> HttpResponse:
    try:
        new_file = acts.make(_parse_file_request(request), by=viewer(request), now=now())
    except NotPossibleError as exc:
        notes.warning(request, str(exc))
    except OrderError as exc:
        notes.error(request, f"Nothing was made. {exc}")
    else:
        count_text = "1 payment" if new_file.count == 1 else f"{new_file.count:,} payments"
        notes.success(request, f"{new_file} has {count_text}: download it and give it to the bank.")
    return redirect("billing:payments")


def _parse_file_request(request: HttpRequest) -> FileRequest:
    """Reads the form. Raises NotPossibleError for missing or invalid values."""
    try:
        return FileRequest(
            payouts=[UUID(payout_id) for payout_id in request.POST.getlist("payout")],
            format=order_formats.ALL[request.POST.get("format", "")],
            execution_on=date.fromisoformat(request.POST.get("execution_on", "")),
        )
    except (ValueError, KeyError) as exc:
        raise NotPossibleError("Nothing was made: choose payouts, a format and the day of payment.") from exc


def _group(currency: str, payouts: Iterable[Payout]) -> dict[str, Any]:
    rows = list(payouts)
    formats = order_formats.for_currency(currency)
    return {
        "currency": currency,
        "payouts": rows,
        "total_minor": sum(payout.amount_minor for payout in rows),
        "formats": [(order_format.name, order_format.label) for order_format in formats],
        "missing": [
            (order_format.label, names) for order_format in formats if (names := by_file.missing(order_format))
        ],
    }


def _file(pk: int) -> PaymentFile:
    file = PaymentFile.objects.filter(pk=pk).first()
    if file is None:
        raise Http404
    return file


def _require_agent(request: HttpRequest) -> None:
    if not viewer(request).is_agent:
        raise Http404
