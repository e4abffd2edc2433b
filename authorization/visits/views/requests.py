"""Access > Requests: drivers at private chargers who ask for access."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.models import AccessRequest, User
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.visits import access_requests
from authorization.visits.acts import access_requests as acts

_SHOWN: Final = 100
SPANS: Final = ((1, "1 day"), (3, "3 days"), (7, "1 week"), (31, "1 month"), (365, "1 year"))


class AnswerForm(forms.Form):
    """The host's answer to a driver."""

    do = forms.ChoiceField(choices=[(do, do) for do in ("grant", "decline", "withdraw")])
    days = forms.TypedChoiceField(choices=SPANS, coerce=int, required=False, empty_value="1")
    answer = forms.CharField(max_length=255, required=False, label="Your words to them")


@login_required
@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """Lists open requests first, then the newest."""
    user = viewer(request)
    requests = access.access_requests(user).select_related("charger__property__host", "rule__token")
    open_ones = list(requests.filter(state=AccessRequest.State.OPEN).order_by("asked_at")[:_SHOWN])
    answered = list(requests.exclude(state=AccessRequest.State.OPEN).order_by("-answered_at")[:_SHOWN])
    may = {
        host.pk: access.may_manage(user, host)
        for host in {access_request.charger.property.host for access_request in open_ones + answered}
    }
    at = now()
    context = {
        "room": "authorization",
        "tab": "requests",
        "open": [(access_request, may[access_request.charger.property.host_id]) for access_request in open_ones],
        "answered": [
            (access_request, may[access_request.charger.property.host_id] and _is_in_force(access_request, at))
            for access_request in answered
        ],
        "spans": SPANS,
        "now": at,
    }
    return render(request, "authorization/requests.html", context)


@login_required
@require_POST
def request_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Grants access until a day, declines, or ends a grant."""
    user = viewer(request)
    driver_request = (
        access.access_requests(user).select_related("charger__property__host", "rule").filter(pk=pk).first()
    )
    if driver_request is None or not access.may_manage(user, driver_request.charger.property.host):
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        notes.error(request, "Nothing was changed: " + " ".join(str(error[0]) for error in form.errors.values()))
        return redirect("authorization:requests")
    try:
        notes.success(request, _answer(driver_request, form.cleaned_data, user=user, at=now()))
    except access_requests.AnsweredError as exc:
        notes.warning(request, str(exc))
    return redirect("authorization:requests")


def _answer(driver_request: AccessRequest, fields: dict[str, Any], *, user: User, at: datetime) -> str:
    """Answers the request and returns a sentence for the user."""
    match fields["do"]:
        case "grant":
            days = int(fields["days"])
            acts.grant(driver_request, until=at + timedelta(days=days), answer=fields["answer"], by=user, now=at)
            return f"{driver_request.name} may charge at {driver_request.charger.station_id} for {dict(SPANS)[days]}."
        case "decline":
            acts.decline(driver_request, answer=fields["answer"], by=user, now=at)
            return f"{driver_request.name} was declined."
        case _:
            acts.withdraw(driver_request, by=user, now=at)
            return (
                f"{driver_request.name} may no longer charge at {driver_request.charger.station_id}. A running "
                "session goes on."
            )


def _is_in_force(driver_request: AccessRequest, at: datetime) -> bool:
    return driver_request.rule is not None and (
        driver_request.rule.active_to is None or driver_request.rule.active_to > at
    )
