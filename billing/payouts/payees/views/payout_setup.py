"""Payout setup at the card processor: what is missing, the way to its page, and back."""

import logging

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.accounts import fresh_login
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.models import ProcessorAccount
from billing.payments.processors.protocol import OnboardingPage, OutcomeUnknownError, ProcessorError
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import processor_accounts, requirements
from chargers.models import Host
from chargers.properties import time_zones

logger = logging.getLogger(__name__)

_ASKED = "asked"
"""A parameter in the address to which the processor's page returns."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payout_setup(request: HttpRequest, host: str) -> HttpResponse:
    """Shows what the processor still needs from the host; a POST leads to its page."""
    owner = people.hosts_with(viewer(request), Right.SEE_MONEY).filter(slug=host).first()
    if owner is None:
        raise Http404
    if request.method == "POST":
        people.require(viewer(request), Right.HANDLE_MONEY, owner)
        return _redirect_to_processor(request, owner)
    account = processor_accounts.find(owner)
    if account is not None and _ASKED in request.GET:
        account = _refresh_account(request, account)
    return _page(request, owner, account)


def _page(
    request: HttpRequest, host: Host, account: ProcessorAccount | None, *, leads_to: OnboardingPage | None = None
) -> HttpResponse:
    context = {
        "room": "payouts",
        "host": host,
        "account": account,
        "zone": time_zones.of_host(host),
        "missing": requirements.missing(account.missing) if account else [],
        "disabled": requirements.describe_disabled_reason(account.disabled_reason) if account else "",
        "may_set_up": people.has_right(viewer(request), Right.HANDLE_MONEY, host),
        "leads_to": leads_to,
    }
    return render(request, "billing/payout_setup.html", context)


@fresh_login.after_log_in
def _redirect_to_processor(request: HttpRequest, host: Host) -> HttpResponse:
    """Redirects to the processor's page after a fresh login, because that page changes where the money goes."""
    setup_url = request.build_absolute_uri(reverse("billing:payout-setup", args=[host.slug]))
    try:
        page = payee_act_acts.set_up(
            host, by=viewer(request), return_url=f"{setup_url}?{_ASKED}=1", again_url=setup_url, now=now()
        )
    except ProcessorError as exc:
        logger.warning("The set-up page of %s at the card processor could not be opened: %s", host, exc)
        notes.warning(request, "The card processor's page could not be opened. Try again in a minute, or ask support.")
        return redirect("billing:payout-setup", host=host.slug)
    if page.url.startswith("/"):
        return redirect(page.url)
    return _page(request, host, processor_accounts.find(host), leads_to=page)  # forms may lead to our own pages only


def _refresh_account(request: HttpRequest, account: ProcessorAccount) -> ProcessorAccount:
    """Updates the account when the host returns from the processor, whose webhook may still be on its way."""
    try:
        account = processor_accounts.refresh_state(account, now=now())
    except OutcomeUnknownError:
        notes.warning(request, "The card processor did not answer: this is what it said before.")
    else:
        if account.is_enabled:
            notes.success(request, "Payouts are set up: the card processor pays out to you.")
    return account
