"""A payout's bridge as CSV and PDF."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from billing import access
from billing.models import Payout
from billing.payouts.cycle import bridge_files


@login_required
@require_safe
def payout_bridge_csv(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    payout = _payout(request, payout_id)
    return _download(bridge_files.bridge_csv(payout), payout, kind="csv", content_type="text/csv; charset=utf-8")


@login_required
@require_safe
def payout_bridge_pdf(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    payout = _payout(request, payout_id)
    return _download(bridge_files.bridge_pdf(payout), payout, kind="pdf", content_type="application/pdf")


def _download(content: bytes, payout: Payout, *, kind: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    name = f"payout-{payout.host.slug}-{payout.label}-bridge.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _payout(request: HttpRequest, payout_id: UUID) -> Payout:
    rows = access.payouts(viewer(request)).select_related("host", "property", "agreement", "bank_account")
    payout = rows.filter(pk=payout_id).first()
    if payout is None:
        raise Http404
    return payout
