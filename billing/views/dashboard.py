"""Dashboard: what needs me, and am I earning?"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization import access, refusals
from authorization.roles import Right
from billing import dashboard, figures
from chargers.views.frame import now, viewer


@login_required
@require_safe
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """Every number leads to the rows that it counts."""
    user, at = viewer(request), now()
    money, home = dashboard.money(user, now=at), dashboard.home(user, now=at)
    context = {
        "room": "dashboard",
        "needs": dashboard.needs(user, now=at),
        "sees_money": bool(money or home) or access.may_somewhere(user, Right.SEE_MONEY),
        "money": [(one, figures.parts(one)) for one in money],
        "home": home,
        "energy_wh": dashboard.energy_wh(user, now=at),
        "starts": dashboard.starts(user, now=at),
        "days": dashboard.PERIOD_DAYS,
        "refusal_days": refusals.DAYS,
    }
    return render(request, "billing/dashboard.html", context)
