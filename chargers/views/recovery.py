"""The safe ladder: the steps allowed at the chargers of a property or at one of them, and what was tried."""

from collections.abc import Sequence
from typing import Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import recovery as acts
from chargers.models import Property
from chargers.pages import recoveries
from chargers.pages.frame import frame_of
from chargers.recovery import progress, wording
from chargers.recovery.next_step import Step

_LIMIT: Final = 50


class LadderForm(forms.Form):
    """The allowed steps; none turns the ladder off."""

    steps = forms.MultipleChoiceField(
        choices=[(step.value, wording.TITLES[step]) for step in Step],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ladder_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the ladder of a property; users who may operate the host's chargers can change it."""
    user = viewer(request)
    property_ = access.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None:
        raise Http404
    may_operate = access.has_right(user, Right.OPERATE, property_.host)
    allowed = progress.steps_of(property_)
    form = LadderForm(request.POST or None, initial={"steps": [step.value for step in allowed]})
    if request.method == "POST":
        if not may_operate:
            raise Http404
        form = LadderForm(request.POST)
        if form.is_valid():
            steps = [Step(step_value) for step_value in form.cleaned_data["steps"]]
            acts.choose(property_, steps, by=user, now=now())
            notes.success(request, "Saved." if steps else "Saved. The safe ladder is off.")
            return redirect("chargers:ladder", slug=slug)
    chosen_steps = set(form["steps"].value() or ())
    context = {
        "room": "properties",
        "place": property_,
        "form": form,
        "may_operate": may_operate,
        "is_on": bool(allowed),
        "steps": [(step, wording.TITLES[step], wording.MEANS[step], step.value in chosen_steps) for step in Step],
        "orders": _orders(property_, allowed),
        "recoveries": recoveries.rows_of(progress.of_property(property_, limit=_LIMIT)),
    }
    return render(request, "chargers/ladder.html", context)


def _orders(property_: Property, allowed: Sequence[Step]) -> list[tuple[str, list[str]]]:
    """Returns, by hardware, why the allowed steps are tried in an unusual order there."""
    reasons = [
        (name, wording.why_ordered({step: record for step, record in records.items() if step in allowed}))
        for name, records in progress.records_at(property_).items()
    ]
    return [(name, why) for name, why in reasons if why]


@login_required
@require_POST
def setup_ladder(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets the charger's own steps, or those of the property."""
    frame, user = frame_of(request, charger_id), viewer(request)
    if not access.may_operate(user, frame.charger):
        raise Http404
    form = LadderForm(request.POST)
    if not form.is_valid():
        notes.error(request, "Not saved: choose among the steps that are listed.")
    else:
        is_own = request.POST.get("whose") == "own"
        steps = [Step(step_value) for step_value in form.cleaned_data["steps"]] if is_own else None
        acts.choose_at(frame.charger, steps, by=user, now=now())
        off_notice = "Saved. The safe ladder is off at this charger."
        notes.success(request, off_notice if steps == [] else "Saved.")
    return redirect(f"{reverse('chargers:setup', args=[charger_id])}#ladder")
