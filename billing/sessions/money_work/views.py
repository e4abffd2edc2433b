"""Pages of money that waits for a person, for hosts and agents: each row links to the page where it is decided."""

from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people import access as people
from authorization.people import roles, second_person
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.models import (
    Complaint,
    Dispute,
    Hold,
    PeriodRefund,
    ProcessorTransaction,
    Receivable,
    Refund,
    RefundOffer,
    Session,
)
from billing.sessions.allowances import first_line
from billing.sessions.money_work import money_work
from billing.sessions.plans import plan_refunds
from billing.sessions.processor_reports import disputes, reconciliation
from billing.sessions.refunds import refunds
from chargers.models import Host

_LIMIT: Final = 200
EXPIRES_WITHIN: Final = timedelta(hours=12)


@login_required
@require_safe
def money_list(request: HttpRequest) -> HttpResponse:
    """Lists what waits in the sessions that the viewer may see; nothing for people who may see no money."""
    user = viewer(request)
    work = money_work.load(user)
    waiting = list(work.waiting.rows[:_LIMIT])
    context = {
        "room": "statements",
        "part": "work",
        "waiting": waiting,
        "complaints": work.complaints.rows[:_LIMIT],
        "offers": [(offer, _obstacle(request, offer)) for offer in work.offers.rows[:_LIMIT]],
        "refused": work.refused.rows[:_LIMIT],
        "disputes": work.disputes.rows[:_LIMIT],
        "owed": work.owed.rows[:_LIMIT],
        "held": work.held.rows[:_LIMIT],
        "late": [(late, late.total_minor - late.billed_minor) for late in work.late.rows[:_LIMIT]],
        "mine": second_person.find_own_acts(user, {refund.pk: refunds.first_of(refund) for refund in waiting}),
        "who_decides": roles.describe_holders(Right.HANDLE_MONEY),
        "decides": set(people.hosts_with(user, Right.HANDLE_MONEY).values_list("pk", flat=True)),
        "sees_money": people.hosts_with(user, Right.SEE_MONEY).exists(),
        "many": people.hosts_with(user, Right.SEE_MONEY).count() > 1,
    }
    return render(request, "billing/money.html", context)


@login_required
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Lists everything that waits in the books, for agents, most urgent first."""
    if not viewer(request).is_agent:
        raise Http404
    at, work = now(), money_work.load(viewer(request))
    expiring = Hold.objects.filter(
        state=Hold.State.AUTHORISED, capture_before__lte=at + EXPIRES_WITHIN, session__state=Session.State.CHARGING
    )
    waiting = list(work.waiting.rows[:_LIMIT])
    unknown = ProcessorTransaction.objects.filter(match=ProcessorTransaction.Match.UNKNOWN)
    sessions = ("hold__session__charger", "hold__session__property", "host")
    context = {
        "room": "books",
        "disputes": Dispute.objects.filter(state__in=disputes.OPEN)
        .select_related(*sessions)
        .order_by("respond_before"),
        "closed": Dispute.objects.exclude(state__in=disputes.OPEN)
        .select_related(*sessions)
        .order_by("-closed_at")[:10],
        "complaints": Complaint.objects.filter(state=Complaint.State.OPEN)
        .select_related("host", "receipt__session__charger", "receipt__session__property")
        .order_by("id")[:_LIMIT],
        "owed": [(receivable, _no_giving_up(request, receivable)) for receivable in _list_open_receivables()],
        "waiting": waiting,
        "held": work.held.rows[:_LIMIT],
        "mine": second_person.find_own_acts(
            viewer(request), {refund.pk: refunds.first_of(refund) for refund in waiting}
        ),
        "stuck": Refund.objects.filter(state__in=(Refund.State.PARTLY, Refund.State.REFUSED))
        .select_related("host", "receipt__session__charger", "receipt__session__property")
        .order_by("id")[:_LIMIT],
        "stuck_plans": [
            (period_refund, _not_otherwise(request, period_refund))
            for period_refund in plan_refunds.list_refused()[:_LIMIT]
        ],
        "late": work.late.rows.order_by("-id")[:_LIMIT],
        "expiring": expiring.select_related("session__charger", "session__host", "session__property").order_by(
            "capture_before"
        )[:_LIMIT],
        "unknown": unknown.select_related("host").order_by("made_at")[:_LIMIT],
        "missing": reconciliation.missing(now=at).select_related(
            "session__charger", "session__host", "session__property"
        )[:_LIMIT],
        "missing_fees": reconciliation.missing_fees(now=at).select_related("subscription__host", "version__plan")[
            :_LIMIT
        ],
        "hosts": Host.objects.order_by("name"),
    }
    return render(request, "billing/cases.html", context)


def _obstacle(request: HttpRequest, offer: RefundOffer) -> str:
    """Returns why the viewer may not refund it."""
    gift = first_line.of_refund
    return first_line.obstacle(viewer(request), lambda: gift(offer.receipt, amount_minor=offer.total_minor))


def _no_giving_up(request: HttpRequest, owed: Receivable) -> str:
    """Returns why the viewer may not write it off."""
    return first_line.obstacle(viewer(request), lambda: first_line.of_debt(owed))


def _not_otherwise(request: HttpRequest, refund: PeriodRefund) -> str:
    """Returns why the viewer may not give it back another way."""
    return first_line.obstacle(viewer(request), lambda: first_line.of_plan_refund(refund))


def _list_open_receivables() -> Any:
    rows = Receivable.objects.filter(state=Receivable.State.OPEN)
    return rows.select_related("host", "session__charger", "session__property").order_by("-id")[:_LIMIT]
