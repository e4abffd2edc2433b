"""The dashboard: what needs the user, and what they earn."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.models import User
from authorization.people import access, roles
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from backoffice.portal.attention import attention, attention_rows, versions
from backoffice.portal.dashboard import charging, dashboard
from backoffice.portal.onboarding import onboarding
from backoffice.portal.onboarding.onboarding import Onboarding
from billing.models import Session
from billing.payments.books import figures
from billing.payments.books.figures import Figures
from billing.payouts.cycle import forecast, wording
from billing.payouts.payees import agreements, readiness
from billing.sessions.trends.trends import Scope
from chargers.models import Host
from chargers.pages import live
from chargers.text import reporting_periods

_MAX_ROWS = 10
_MAX_UNFINISHED = 3
_MAX_HOSTS = 3
"""With more hosts, the dashboard links to Payouts instead."""
_HAS_SOLD = Exists(Session.objects.filter(host=OuterRef("pk"), state=Session.State.SETTLED))


@login_required
@require_safe
@live.follows(versions.of_work)
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """Shows the dashboard; every number links to the rows that it counts."""
    user, at = viewer(request), now()
    zone = access.zone(access.properties(user))
    period = reporting_periods.period_of(read_query_param(request, "period"), zone=zone, now=at)
    scope = Scope(viewer=user, period=period, zone=zone)
    money, home = dashboard.money(scope, now=at), dashboard.home(scope)
    awaiting = figures.awaiting(user) if any(money_.standing.outstanding_minor for money_ in money) else {}
    is_owed = any(money_.standing.payable_minor for money_ in money)
    problems = _obstacles(user, at=at) if is_owed and not user.is_agent else None
    attention_list = attention.for_viewer(user, now=at)
    decides = access.may_somewhere(user, Right.HANDLE_MONEY)
    unfinished, unnamed = _find_unfinished_hosts(user) if decides and not user.is_agent else ([], [])
    context = {
        "room": "dashboard",
        "unfinished": unfinished,
        "unnamed": unnamed,
        "attention": attention_list,
        "rows": attention_list.rows[:_MAX_ROWS],
        "more_rows": max(len(attention_list.rows) - _MAX_ROWS, 0),
        "is_outside": not attention_list.rows and _is_outside(user),
        "counts": list(attention_rows.counts(attention_list)),
        "members": attention_rows.members(user),
        "snoozes": attention_rows.SNOOZE_CHOICES,
        "back": request.get_full_path(),
        "acts": decides or access.may_somewhere(user, Right.OPERATE),
        "decides": decides,
        "who_decides": roles.describe_holders(Right.HANDLE_MONEY),
        "sees_money": bool(money or home) or access.may_somewhere(user, Right.SEE_MONEY),
        "money": [(money_, _split_owed_sum(money_.standing, awaiting, problems)) for money_ in money],
        "home": home,
        "use": dashboard.use(scope),
        "starts": dashboard.count_starts(scope),
        "charging": charging.for_viewer(user, now=at),
        "period": period,
        "before": reporting_periods.get_previous(period),
        "periods": reporting_periods.TITLES.items(),
        "zone": zone,
        "sees_payouts": 0 < access.hosts_with(user, Right.SEE_MONEY)[: _MAX_HOSTS + 1].count() <= _MAX_HOSTS,
    }
    return render(request, "billing/dashboard.html", context)


def _is_outside(user: User) -> bool:
    """Whether no host gives this user access (any more)."""
    return not (user.is_agent or access.hosts(user).exists() or access.properties(user).exists())


def _find_unfinished_hosts(user: User) -> tuple[list[Onboarding], Sequence[Host]]:
    """Returns the onboarding of hosts without a settled session, and the hosts whose receipts lack an address.

    One query if there are none.
    """
    hosts = access.hosts_with(user, Right.MANAGE).annotate(has_sold=_HAS_SOLD).order_by("name")
    rows = list(hosts.filter(Q(has_sold=False) | Q(legal_address=""))[: 2 * _MAX_UNFINISHED])
    new = [host for host in rows if not host.has_sold][:_MAX_UNFINISHED]
    unnamed = [host for host in rows if host.has_sold][:_MAX_UNFINISHED]
    return [steps for host in new if (steps := onboarding.of_host(host)).next], unnamed


@login_required
@require_safe
@live.follows(lambda request: live.digest(charging.version(viewer(request))))
def charging_now(request: HttpRequest) -> HttpResponse:
    """Renders the part of the dashboard that follows each reading, and its tile; opened alone, redirects to Home."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("portal:dashboard")
    context = {"charging": charging.for_viewer(viewer(request), now=now()), "is_brought": True}
    return render(request, "billing/charging_now.html", context)


@login_required
@require_safe
def next_payouts(request: HttpRequest) -> HttpResponse:
    """Renders the next payouts, loaded after the dashboard, because each forecast is calculated like a payout."""
    at = now()
    hosts = list(access.hosts_with(viewer(request), Right.SEE_MONEY).order_by("name")[:_MAX_HOSTS])
    scopes = [scope for host in hosts for scope in agreements.scopes(host, at=at)]
    forecasts = [next_payout for scope in scopes if (next_payout := forecast.calculate(scope, now=at)) is not None]
    forecasts.sort(key=lambda next_payout: -next_payout.amount_minor)
    context = {
        "next_ones": forecasts,
        "on_their_way": [(payout, wording.on_its_way(payout)) for payout in forecast.on_their_way(hosts)],
        "many": len(hosts) > 1,
    }
    return render(request, "billing/next_payouts.html", context)


def _split_owed_sum(
    sums: Figures, awaiting: Mapping[str, int], problems: Mapping[str, list[tuple[str, str]]] | None
) -> dict[str, Any] | None:
    """Returns how much of the owed sum can be paid out, and what waits for drivers and partners, or for a bank account.

    Without `problems`, bank accounts are not mentioned.
    """
    minor = awaiting.get(sums.currency, 0)
    if problems is None or not sums.payable_minor:
        return {"minor": minor} if minor else None
    of_it = problems.get(sums.currency, [])
    if not minor and not of_it:
        return None
    return {"minor": minor, "payable": None if of_it else sums.payable_minor - minor, "problems": of_it}


def _obstacles(user: User, *, at: datetime) -> dict[str, list[tuple[str, str]]]:
    """Returns, by currency, whose share cannot be paid out now and why: the bank account, or the identity check."""
    by_currency: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for host in access.hosts_with(user, Right.SEE_MONEY):
        for scope in agreements.scopes(host, at=at):
            for problem in readiness.why_unpaid(scope, now=at):
                by_currency[scope.currency].append((str(scope.property_ or host), problem[:1].lower() + problem[1:]))
    return by_currency
