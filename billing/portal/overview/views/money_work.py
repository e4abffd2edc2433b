"""Money that waits for a person, for hosts and agents: each row leads to the page where it is decided."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people import access as people
from authorization.people import roles, second_person
from authorization.people.request import viewer
from authorization.people.roles import Right
from billing.models import RefundOffer
from billing.portal.overview import money_work
from billing.sessions.allowances import first_line
from billing.sessions.refunds import refunds

_MOST = 200


@login_required
@require_safe
def money_list(request: HttpRequest) -> HttpResponse:
    """What waits among the sessions that the viewer sees; nothing for somebody who sees no money."""
    user = viewer(request)
    work = money_work.of(user)
    waiting = list(work.waiting.rows[:_MOST])
    context = {
        "room": "statements",
        "waiting": waiting,
        "complaints": work.complaints.rows[:_MOST],
        "offers": [(offer, _obstacle(request, offer)) for offer in work.offers.rows[:_MOST]],
        "refused": work.refused.rows[:_MOST],
        "disputes": work.disputes.rows[:_MOST],
        "owed": work.owed.rows[:_MOST],
        "held": work.held.rows[:_MOST],
        "late": [(late, late.total_minor - late.billed_minor) for late in work.late.rows[:_MOST]],
        "mine": second_person.mine(user, {refund.pk: refunds.first_of(refund) for refund in waiting}),
        "who_decides": roles.who(Right.HANDLE_MONEY),
        "decides": set(people.hosts_with(user, Right.HANDLE_MONEY).values_list("pk", flat=True)),
        "sees_money": people.hosts_with(user, Right.SEE_MONEY).exists(),
        "many": people.hosts_with(user, Right.SEE_MONEY).count() > 1,
    }
    return render(request, "billing/money.html", context)


def _obstacle(request: HttpRequest, offer: RefundOffer) -> str:
    """Why the viewer may not give it back."""
    gift = first_line.of_refund
    return first_line.obstacle(viewer(request), lambda: gift(offer.receipt, amount_minor=offer.total_minor))
