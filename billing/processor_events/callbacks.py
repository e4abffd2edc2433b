"""The webhook URLs of processors, and the simulated page of a cardholder's bank."""

import logging
from datetime import UTC, datetime

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from authorization.people.request import TooLongError, body
from billing.models import SimulatedAccount, SimulatedCard, SimulatedPayment
from billing.payments import processors
from billing.payments.processors import simulated
from billing.payments.processors.protocol import CardState, PaymentState, WebhookError
from billing.payouts.payees import requirements
from billing.processor_events import processor_events

logger = logging.getLogger(__name__)
_LONGEST_BODY = 262_144
"""Stripe's events contain their whole object."""


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, name: str) -> HttpResponse:
    """Stores a signed event of a processor once. It is answered after the commit, and handled by a task.

    Without its signing secret no event can be verified.
    """
    entry = processors.ALL.get(name)
    if entry is None or not entry.takes_events:
        raise Http404
    processor, now = entry.make(), datetime.now(tz=UTC)
    try:
        raw = body(request, max_bytes=_LONGEST_BODY)
    except TooLongError:
        return HttpResponse("The body is too long.", status=413, content_type="text/plain")
    try:
        event = processor.verify_webhook(raw, signature=request.headers.get(entry.signature_header, ""), now=now)
    except WebhookError as exc:
        logger.warning("A webhook of %s was refused: %s", processor.name, exc)
        return HttpResponse(str(exc), status=400, content_type="text/plain")
    with transaction.atomic():
        processor_events.keep(event, processor=processor.name, raw=raw, now=now)
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
def simulated_confirmation(request: HttpRequest, ref: str) -> HttpResponse:
    """Shows the bank's question to its cardholder; afterwards they return to where they paid or saved the card."""
    card_or_payment = SimulatedCard.objects.filter(ref=ref).first() or get_object_or_404(SimulatedPayment, ref=ref)
    is_ours = url_has_allowed_host_and_scheme(card_or_payment.return_url, allowed_hosts={request.get_host()})
    back = card_or_payment.return_url if is_ours else ""
    if request.method == "POST":
        simulated.confirm(ref, accepted=request.POST.get("answer") == "confirm")
        if back:
            return redirect(back)
    processor = simulated.SimulatedProcessor()
    now = processor.look_up(ref=ref) or processor.look_up_card(ref=ref)
    waits = now is not None and now.state in {PaymentState.NEEDS_AUTHENTICATION, CardState.NEEDS_AUTHENTICATION}
    return render(request, "billing/simulated_confirmation.html", {"payment": now, "waits": waits, "back": back})


@require_http_methods(["GET", "POST"])
def simulated_onboarding(request: HttpRequest, ref: str) -> HttpResponse:
    """Shows the simulated onboarding page of a processor; input is discarded."""
    account = get_object_or_404(SimulatedAccount.objects.exclude(ref=""), ref=ref)
    is_ours = url_has_allowed_host_and_scheme(account.return_url, allowed_hosts={request.get_host()})
    back = account.return_url if is_ours else "/"
    if request.method == "POST":
        if request.POST.get("answer") == "all":
            simulated.require(ref)
        return redirect(back)
    missing = requirements.missing(account.missing)
    return render(request, "billing/simulated_onboarding.html", {"account": account, "wanted": missing, "back": back})
