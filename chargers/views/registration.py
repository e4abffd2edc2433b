"""Whether a charger is served:

Accepted, Pending or Rejected. Can be set on its Connection page, by the API or in the admin.
"""

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts.registration import HeldBySupportError, change
from chargers.fleet import registration
from chargers.models import Charger
from chargers.pages.frame import frame_of


class RegistrationForm(forms.Form):
    """The answer to the charger's BootNotification, and the reason."""

    registration = forms.ChoiceField(choices=Charger.Registration.choices)
    reason = forms.CharField(max_length=400)


@login_required
@require_POST
def connection_registration(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets the registration; ends the present connection, and the next one gets the new answer."""
    frame, user = frame_of(request, charger_id), viewer(request)
    if not access.may_at(user, Right.MANAGE, frame.charger):
        raise Http404
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        notes.error(request, "Not changed: choose Accepted, Pending or Rejected, and say why.")
        return redirect("chargers:connection", charger_id=charger_id)
    after = Charger.Registration(form.cleaned_data["registration"])
    try:
        is_changed = change(frame.charger, after=after, by=user, reason=form.cleaned_data["reason"], now=now())
    except HeldBySupportError as exc:
        notes.error(request, f"Not changed. {exc}")
    else:
        if is_changed:
            notes.success(request, f"{frame.charger.station_id} is {after.label}. {registration.MEANS[after]}")
    return redirect("chargers:connection", charger_id=charger_id)
