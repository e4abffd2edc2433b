"""Access > Test a card: runs the chain without a car, at one charger or a whole property, and "what if"."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.decide import decisions
from authorization.decide.decisions import DecisionResult, Question
from authorization.decide.facts import Access
from authorization.decide.what_if import WhatIf
from authorization.identifiers import uids
from authorization.models import User
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.models import Charger

_MAX_CHARGERS: Final = 60
_AS_IT_IS: Final = ("", "as it is")
_SWITCH: Final = [_AS_IT_IS, ("yes", "yes"), ("no", "no")]


class TrialForm(forms.Form):
    """A token, a place, and the assumptions of the dry run; nothing is stored."""

    uid = forms.CharField(label="UID", max_length=100, widget=forms.TextInput(attrs={"class": "mono"}))
    kind = forms.ChoiceField(
        label="Question",
        choices=[
            ("authorize", "The card is held to the reader"),
            ("start", "The charger wants to start"),
            ("remote_start", "An app orders a start"),
        ],
    )
    access = forms.ChoiceField(
        label="The property admits",
        required=False,
        choices=[
            _AS_IT_IS,
            ("private", "nobody else: private"),
            ("guest", "guests"),
            ("public_roaming", "guests and roaming cards"),
        ],
    )
    group = forms.ChoiceField(
        label="The card is in a local group that opens the charger", required=False, choices=[_AS_IT_IS, ("yes", "yes")]
    )
    contract = forms.ChoiceField(
        label="A reimbursement contract links the card and the charger",
        required=False,
        choices=[_AS_IT_IS, ("yes", "yes")],
    )
    card = forms.ChoiceField(
        label="The card is valid, not blocked, not expired", required=False, choices=[_AS_IT_IS, ("yes", "yes")]
    )
    msp = forms.ChoiceField(label="Its mobility provider is blocked", required=False, choices=_SWITCH)
    licence = forms.ChoiceField(label="The charger's licence is active", required=False, choices=_SWITCH)
    configured = forms.ChoiceField(
        label="The charger is set up for guests and roaming", required=False, choices=_SWITCH
    )

    def __init__(self, *args: Any, places: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"] = forms.ChoiceField(label="Where", choices=places)

    def clean_uid(self) -> str:
        try:
            uids.canonical(self.cleaned_data["uid"])
        except uids.UidError as exc:
            raise forms.ValidationError(str(exc)) from exc
        return str(self.cleaned_data["uid"]).strip()

    @property
    def what_if(self) -> WhatIf:
        form_data = self.cleaned_data
        return WhatIf(
            access=Access(form_data["access"]) if form_data["access"] else None,
            group="a local group" if form_data["group"] else "",
            employer="an employer" if form_data["contract"] else "",
            card_in_order=bool(form_data["card"]),
            msp_blocked=_parse_yes_no(form_data["msp"]),
            licensed=_parse_yes_no(form_data["licence"]),
            configured=_parse_yes_no(form_data["configured"]),
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict at one charger: with stored facts, and with the assumptions (None without any)."""

    charger: Charger
    now: DecisionResult
    then: DecisionResult | None

    @property
    def differs(self) -> bool:
        return self.then is not None and (self.now.verdict, self.now.reason) != (self.then.verdict, self.then.reason)


@login_required
@require_safe
def test_token(request: HttpRequest) -> HttpResponse:
    """Tests whether the card would be accepted there now, or with changed settings."""
    user = viewer(request)
    query = request.GET.copy()
    if "charger" in query and "place" not in query:
        query["place"] = f"charger:{query['charger']}"
    form = TrialForm(
        query if "uid" in query and "kind" in query else None, initial=query.dict(), places=_build_charger_choices(user)
    )
    trials: list[Trial] = []
    if form.is_bound and form.is_valid():
        trials = list(_try(_chargers(user, form.cleaned_data["place"]), form))
    context = {
        "room": "authorization",
        "tab": "test",
        "form": form,
        "trials": trials,
        "one": trials[0] if len(trials) == 1 else None,
        "is_supposed": bool(trials) and trials[0].then is not None,
        "counts": _counts(trials),
        "usual": [form[name] for name in ("place", "uid", "kind")],
        "suppositions": [
            form[name] for name in ("access", "group", "contract", "card", "msp", "licence", "configured")
        ],
    }
    return render(request, "authorization/test.html", context)


def _build_charger_choices(user: User) -> list[Any]:
    """Returns grouped choices: one charger, or all chargers of a property."""
    chargers = access.chargers(user).filter(retired_at=None).select_related("property").order_by("station_id")
    ones = [(f"charger:{charger.charger_id}", f"{charger.station_id}, {charger.property.name}") for charger in chargers]
    places = [(f"property:{property_.slug}", property_.name) for property_ in access.properties(user).order_by("name")]
    return [("One charger", ones), ("All chargers of a property", places)]


def _chargers(user: User, text: str) -> list[Charger]:
    kind, _, key = text.partition(":")
    chargers = access.chargers(user).filter(retired_at=None).select_related("property").order_by("station_id")
    chargers = chargers.filter(property__slug=key) if kind == "property" else chargers.filter(charger_id=key)
    return list(chargers[:_MAX_CHARGERS])


def _try(chargers: Iterable[Charger], form: TrialForm) -> Iterable[Trial]:
    at, assumptions = now(), form.what_if
    question = Question(kind=form.cleaned_data["kind"], uid=form.cleaned_data["uid"], at=at)
    for charger in chargers:
        outcome = decisions.decide(charger=charger, question=question, now=at, dry_run=True)
        rehearsal = None
        if not assumptions.is_nothing:
            rehearsal = decisions.rehearse(charger=charger, question=question, assumptions=assumptions)
        yield Trial(charger, outcome, rehearsal)


def _counts(trials: list[Trial]) -> dict[str, int]:
    return {
        "total": len(trials),
        "now": sum(trial.now.is_accepted for trial in trials),
        "then": sum(trial.then is not None and trial.then.is_accepted for trial in trials),
    }


def _parse_yes_no(word: str) -> bool | None:
    return None if not word else word == "yes"
