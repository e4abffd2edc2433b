"""An immediate change of plan: its price line by line before the click, and its outcome."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from billing.formatting import stored_sentences
from billing.guest.drive.entering import for_drivers, note, now
from billing.models import Driver, Plan, PlanChange, Subscription
from billing.sessions.plans import change_terms, changes
from billing.sessions.plans.subscriptions import SubscriptionError
from billing.sessions.visitors import limits


def render(live: Subscription, plan: Plan, *, at: datetime) -> dict[str, Any]:
    """Returns the context of a change of plan, or the reason why none is possible."""
    try:
        change = changes.offer(live, plan, now=at)
    except SubscriptionError as exc:
        return {"why_not": gettext(str(exc))}
    terms = change_terms.calculate(change)
    return {
        "change": change,
        "lines": change_terms.lines(terms),
        "result": change_terms.result(terms),
        "energy": change_terms.energy(terms),
    }


def agree(request: HttpRequest, driver: Driver, live: Subscription, plan: Plan) -> HttpResponse:
    """Agrees to the change. Raises SubscriptionError if nothing is changed; the message tells what to do."""
    if live.plan_id == plan.pk:
        notes.info(request, gettext("You have this plan."))
        return redirect("drive:plans")
    amounts = (_number(request, "total"), _number(request, "credit"))
    change = changes.begin(live, plan, seen_amounts=amounts, now=now())
    note("driver.plan_changed", driver, after={"plan": plan.name, "from": "now", "state": change.state})
    if change.state == PlanChange.State.REFUSED:
        raise SubscriptionError(_refusal_message(change))
    if change.state == PlanChange.State.CONFIRMING and change.next_action_url.startswith("/"):
        return redirect(change.next_action_url)  # a link leads to another site's page: forms may lead to our own only
    return _report_change(request, change)


@for_drivers
@require_safe
def return_from_bank(request: HttpRequest, driver: Driver, change_id: uuid.UUID) -> HttpResponse:
    """Receives the driver after the bank's page, and checks the payment once."""
    rows = PlanChange.objects.select_related("version__plan", "subscription")
    change = rows.filter(pk=change_id, subscription__driver=driver).first()
    if change is None:
        raise Http404
    if not limits.returned_lately(change.pk):
        change = changes.check(change.pk, now=now())
    return _report_change(request, change)


def newest(subscription: Subscription) -> PlanChange | None:
    """Returns the driver's newest change of plan, if it is still open or was refused."""
    rows = subscription.changes.select_related("version__plan", "subscription").order_by("-id")
    last = rows.first()
    return last if last and last.state != PlanChange.State.DONE else None


def _report_change(request: HttpRequest, change: PlanChange) -> HttpResponse:
    match change.state:
        case PlanChange.State.DONE:
            result = change_terms.result(change_terms.calculate(change)) if change.back_minor else ""
            confirmation = gettext("You have %(plan)s now. The documents are below.") % {
                "plan": change.version.plan.name
            }
            notes.success(request, f"{confirmation} {result}".strip())
        case PlanChange.State.REFUSED:
            notes.error(request, _refusal_message(change))
        case _:
            notes.info(
                request, gettext("The card processor has not answered yet: your plan stays as it is until then.")
            )
    return redirect("drive:plans")


def _refusal_message(change: PlanChange) -> str:
    advice = gettext("Nothing was changed: let another card pay, or take the plan from the next period.")
    return f"{gettext('The payment was refused.')} {stored_sentences.local(change.failure_sentences)} {advice}"


def _number(request: HttpRequest, name: str) -> int:
    """Returns an amount from the form; -1 for invalid input, which matches nothing."""
    entry = request.POST.get(name, "")
    return int(entry) if entry.isascii() and entry.isdigit() and len(entry) < 16 else -1
