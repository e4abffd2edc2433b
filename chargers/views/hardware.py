"""Chargers > View > Set-up > Replace the hardware: other hardware behind the same label."""

from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.accounts import fresh_login
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.sessions.lifecycle import outlets
from chargers.acts import hardware_swaps as acts
from chargers.fleet import hardware_swaps
from chargers.fleet.hardware_swaps import ReplacedMeanwhileError
from chargers.fleet.lifecycle import BusyError
from chargers.fleet.registration import TakenError
from chargers.models import Charger
from chargers.pages import connecting
from chargers.pages.frame import Frame, frame_of


class HardwareForm(forms.Form):
    """The new hardware's id, which it gives itself, and why the old one went."""

    new_id = forms.CharField(
        max_length=48,
        label="Id of the new hardware",
        help_text="The name by which the new hardware connects: the end of its address, and its user name. "
        "Capitals count. It may be the old one’s.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "autocapitalize": "off"}),
    )
    reason = forms.CharField(
        max_length=400, required=False, label="Why", help_text="For the timeline: what was wrong with the old one."
    )

    def __init__(self, *args: Any, charger: Charger, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._charger = charger
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"id_{name}_hint"

    def clean_new_id(self) -> str:
        new_id: str = self.cleaned_data["new_id"].strip()
        if fault := hardware_swaps.id_fault(self._charger, new_id):
            raise forms.ValidationError(fault)
        return new_id


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hardware_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows what stays and what changes, and the form; then how to connect the new hardware, with its password."""
    frame = frame_of(request, charger_id)
    if not access.may_at(viewer(request), Right.CONNECT, frame.charger):
        raise Http404
    if request.method == "POST":
        return _replace_after_log_in(request, frame)
    return _page(request, frame, HardwareForm(charger=frame.charger))


def _replace(request: HttpRequest, frame: Frame) -> HttpResponse:
    charger = frame.charger
    form = HardwareForm(request.POST, charger=charger)
    if not form.is_valid():
        return _page(request, frame, form)
    new_id, reason = form.cleaned_data["new_id"], form.cleaned_data["reason"]
    try:
        swapped = acts.replace(charger, new_id, reason=reason, is_paid=outlets.is_paid, by=viewer(request), now=now())
    except BusyError:
        return _page(request, frame, form)  # which says what is in the way now
    except TakenError as exc:
        form.add_error("new_id", str(exc))
        return _page(request, frame, form)
    except ReplacedMeanwhileError as exc:
        notes.warning(request, str(exc))
        charger.refresh_from_db()
        return redirect("chargers:setup", charger_id=charger.charger_id)
    context = connecting.build_context(request, frame_of(request, new_id))
    return render(request, "chargers/connect.html", context | {"password": swapped.password, "swap": swapped.row})


_replace_after_log_in = fresh_login.after_log_in(_replace)
"""Anyone who knows a charger's password can impersonate it."""


def _page(request: HttpRequest, frame: Frame, form: HardwareForm) -> HttpResponse:
    charger = frame.charger
    context = {
        "room": "chargers",
        "tab": "setup",
        "frame": frame,
        "form": form,
        "obstacle": hardware_swaps.obstacle(charger, is_paid=outlets.is_paid, now=now()),
        "preview": hardware_swaps.preview(charger),
    }
    return render(request, "chargers/hardware.html", context)
