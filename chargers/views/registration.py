"""Whether a charger is served: Accepted, Pending or Rejected, set on its Connection page, by the API or the admin."""

from datetime import datetime
from functools import partial

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization import audit
from authorization.models import ApiKey, AuditEntry, User
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.commands import queue
from chargers.fleet import registration
from chargers.models import Charger
from chargers.views.frame import frame_of

VERB = "charger.registration_changed"


class HeldBySupportError(Exception):
    """Support keeps this charger Pending or Rejected, and only support can change that."""


class RegistrationForm(forms.Form):
    """The answer to the charger's BootNotification, and why."""

    registration = forms.ChoiceField(choices=Charger.Registration.choices)
    reason = forms.CharField(max_length=400)


@login_required
@require_POST
def connection_registration(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets the registration; the present connection ends, and the next one gets the new answer."""
    frame, user = frame_of(request, charger_id), viewer(request)
    if not access.may_at(user, Right.MANAGE, frame.charger):
        raise Http404
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        notes.error(request, "Not changed: choose Accepted, Pending or Rejected, and say why.")
        return redirect("chargers:connection", charger_id=charger_id)
    after = Charger.Registration(form.cleaned_data["registration"])
    try:
        is_changed = change(frame.charger, after=after, by=user, reason=form.cleaned_data["reason"], at=now())
    except HeldBySupportError as exc:
        notes.error(request, f"Not changed. {exc}")
    else:
        if is_changed:
            notes.success(request, f"{frame.charger.station_id} is {after.label}. {registration.MEANS[after]}")
    return redirect("chargers:connection", charger_id=charger_id)


def change(charger: Charger, *, after: Charger.Registration, by: User | ApiKey, reason: str, at: datetime) -> bool:
    """Sets the registration with its audit entry; False if it was that already. Raises HeldBySupportError."""
    if not by.is_agent and is_held_by_support(charger):
        raise HeldBySupportError(HeldBySupportError.__doc__)
    before = charger.registration
    with transaction.atomic():
        if not registration.change(charger, after=after):
            return False
        subject = audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
        facts = {"registration": after.value, "by_support": by.is_agent}
        audit.write(VERB, subject, user=by, now=at, before={"registration": before}, after=facts, reason=reason)
        transaction.on_commit(partial(queue.hang_up, charger.pk))
    return True


def is_held_by_support(charger: Charger) -> bool:
    """Whether an agent, in the portal, the admin or by an agents' key, set what the charger is kept as. One query."""
    if charger.registration == Charger.Registration.ACCEPTED:
        return False
    of_charger = AuditEntry.objects.filter(subject_type="charger", subject_id=charger.charger_id, verb=VERB)
    newest = of_charger.select_related("user").order_by("-at", "-pk").first()
    if newest is None:
        return False
    is_by_support = bool((newest.after or {}).get("by_support"))
    return is_by_support or (newest.user is not None and newest.user.is_agent)
