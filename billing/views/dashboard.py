"""Dashboard: what needs me, and am I earning?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.insight import refusals
from authorization.models import User
from authorization.people import access, roles
from authorization.people.request import now, stated, viewer
from authorization.people.roles import Right
from billing.books import figures
from billing.books.figures import Figures
from billing.overview import dashboard
from billing.payees import agreements, bank_accounts
from billing.payouts import forecast
from chargers.lib import reporting_periods

_MOST_HOSTS = 3
"""With more hosts the dashboard leads to Payouts instead."""


@login_required
@require_safe
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """Every number leads to the rows that it counts."""
    user, at = viewer(request), now()
    zone = access.zone(access.properties(user))
    period = reporting_periods.of(stated(request, "period"), zone=zone, now=at)
    money, home = dashboard.money(user, period, now=at), dashboard.home(user, period)
    awaiting = figures.awaiting(user) if any(one.standing.outstanding_minor for one in money) else {}
    decides = access.may_somewhere(user, Right.HANDLE_MONEY)
    context = {
        "room": "dashboard",
        "needs": dashboard.needs(user, now=at),
        "acts": decides or access.may_somewhere(user, Right.OPERATE),
        "decides": decides,
        "who_decides": roles.who(Right.HANDLE_MONEY),
        "sees_money": bool(money or home) or access.may_somewhere(user, Right.SEE_MONEY),
        "money": [(one, _awaits(one.standing, awaiting, user, at=at)) for one in money],
        "home": home,
        "energy_wh": dashboard.energy_wh(user, period),
        "starts": dashboard.starts(user, period),
        "period": period,
        "before": reporting_periods.before(period),
        "periods": reporting_periods.TITLES.items(),
        "zone": zone,
        "sees_payouts": 0 < access.hosts_with(user, Right.SEE_MONEY)[: _MOST_HOSTS + 1].count() <= _MOST_HOSTS,
        "refusal_days": refusals.DAYS,
    }
    return render(request, "billing/dashboard.html", context)


@login_required
@require_safe
def next_payouts(request: HttpRequest) -> HttpResponse:
    """A part of the dashboard, loaded after it: each forecast is calculated as the payout itself would be."""
    at = now()
    hosts = list(access.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name")[:_MOST_HOSTS])
    scopes = [scope for host in hosts for scope in agreements.scopes(host, at=at)]
    found = [one for scope in scopes if (one := forecast.of(scope, now=at)) is not None]
    return render(request, "billing/next_payouts.html", {"next_ones": found, "many": len(hosts) > 1})


def _awaits(found: Figures, awaiting: Mapping[str, int], user: User, *, at: datetime) -> dict[str, Any] | None:
    """What of the sum that is owed can be paid out, and what waits: for drivers and partners, or for a bank account."""
    minor = awaiting.get(found.currency, 0)
    if user.is_agent or not found.payable_minor:
        return {"minor": minor} if minor else None
    problems = _obstacles(user, found.currency, at=at)
    if not minor and not problems:
        return None
    return {"minor": minor, "payable": None if problems else found.payable_minor - minor, "problems": problems}


def _obstacles(user: User, currency: str, *, at: datetime) -> list[tuple[str, str]]:
    """Whose share cannot be paid out now, and why, such as that a bank refused the account."""
    found = []
    for host in access.hosts_with(user, Right.SEE_MONEY):
        for scope in agreements.scopes(host, at=at):
            account = bank_accounts.current(scope) if scope.currency == currency else None
            problem = bank_accounts.why_not(account, now=at) if account is not None else None
            if problem is not None:
                found.append((str(scope.place or host), problem))
    return found
