"""Settings > Join codes: codes are made, printed and stopped, and requests to join are answered."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.accounts.invitation_links import hand_over
from authorization.models import Membership, TokenGroup, User
from authorization.people import access as people
from authorization.people.members import PeopleError
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.models import Join, JoinCode
from billing.sessions.join_codes import acts, codes, joins
from billing.sessions.join_codes.codes import CodeError, WantedCode
from chargers.models import Host, Property
from chargers.properties import time_zones

_SHOWN: Final = 200
_OVER: Final = "Choose a later day: this one is over."
_ROOM: Final = {"room": "settings"}


class CodeForm(forms.Form):
    """What a code opens, for whom, how often and until when."""

    name = forms.CharField(
        max_length=100, label="Name", help_text="Such as “Lobby, building A”. Only your team sees it."
    )
    role = forms.ChoiceField(required=False, label="For")
    property = forms.ModelChoiceField(
        Property.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label="Not one property",
        help_text="Its name is shown to those who use the code.",
    )
    groups = forms.ModelMultipleChoiceField(
        TokenGroup.objects.none(),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label="Local groups",
        help_text="Their charging cards go into these groups, which say what opens and when.",
    )
    admits_at_once = forms.BooleanField(
        required=False,
        label="Let residents in without asking me",
        help_text="Only for a code that strangers do not read. A card that you know already always waits for you.",
    )
    most = forms.IntegerField(
        required=False, min_value=1, max_value=codes.LIMIT, label="How many may join", help_text="Empty: any number."
    )
    last_day = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="Last day",
    )

    def __init__(self, *args: Any, host: Host, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        zone = time_zones.of_place(host, None)
        fields[
            "last_day"
        ].help_text = f"Empty: until you stop it. It ends in the property's time zone; without one: {zone}."
        fields["property"].queryset = Property.objects.filter(host=host, closed_at=None).order_by("name")
        fields["groups"].queryset = TokenGroup.objects.filter(host=host).order_by("name")
        team = Membership.Role.choices if people.has_right(user, Right.PEOPLE, host) else []
        portal = [(role, f"People of the portal: {title.lower()}") for role, title in team if role != "owner"]
        fields["role"].choices = [("", "Residents and drivers, who charge"), *portal]


class AnswerForm(forms.Form):
    """The host's answer to a person who used a code."""

    do = forms.ChoiceField(choices=[(do, do) for do in ("approve", "decline", "remove")])
    answer = forms.CharField(max_length=255, required=False, label="Your words to them")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code_list(request: HttpRequest, host: str) -> HttpResponse:
    """Lists a host's codes, with a form for a new one."""
    user = viewer(request)
    owner = people.hosts_with(user, Right.MANAGE).filter(slug=host).first()
    if owner is None:
        raise Http404
    form = CodeForm(request.POST or None, host=owner, user=user)
    if request.method == "POST" and form.is_valid():
        return _make(request, owner, form)
    return _list(request, owner, form)


@fresh_login.after_log_in
def _make(request: HttpRequest, host: Host, form: CodeForm) -> HttpResponse:
    try:
        new_code = acts.make(host, _build_wanted_code(host, form.cleaned_data), by=viewer(request), now=now())
    except CodeError as exc:
        is_day = exc.field == "ends_at"
        form.add_error("last_day" if is_day else exc.field, _OVER if is_day else str(exc))
        return _list(request, host, form)
    notes.success(request, "The code works from now on. Print it, or send its link.")
    return redirect("settings-join-code", pk=new_code.pk)


def _list(request: HttpRequest, host: Host, form: CodeForm) -> HttpResponse:
    user = viewer(request)
    rows = codes.visible(user).filter(host=host).prefetch_related("groups").order_by("-pk")[:_SHOWN]
    context = {
        **_ROOM,
        "host": host,
        "zone": time_zones.of_host(host),
        "rows": [(code, codes.WORDS[codes.obstacle(code, now=now())]) for code in rows],
        "form": form,
        "has_groups": TokenGroup.objects.filter(host=host).exists(),
    }
    return render(request, "billing/join_codes.html", context)


@login_required
@never_cache
@require_safe
def code_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one code to print, and the people who used it: waiting requests come first."""
    code = _code(viewer(request), pk)
    used = codes.joins(viewer(request)).filter(code=code)
    waiting = list(used.filter(state=Join.State.OPEN).order_by("asked_at")[:_SHOWN])
    uids = [join.uid for join in waiting if join.uid]
    token_ids = dict(code.host.tokens.filter(canonical_uid__in=uids).values_list("canonical_uid", "pk"))
    answered_joins = list(used.exclude(state=Join.State.OPEN).order_by("-answered_at", "-pk")[:_SHOWN])
    inactive_ids = set() if code.role else joins.lapsed_ids(answered_joins)
    image = segno.make(codes.url(code), error="m", micro=False)
    shape = image.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    context = {
        **_ROOM,
        "code": code,
        "zone": time_zones.of_place(code.host, code.property),
        "promised": codes.describe_access(code),
        "opened": list(codes.opened_chargers(code.groups.all())[:_SHOWN]),
        "words": codes.WORDS[codes.obstacle(code, now=now())],
        "url": codes.url(code),
        # segno writes the SVG from numbers; it contains no text from people.
        "image": mark_safe(shape),  # noqa: S308
        "waiting": [(join, token_ids.get(join.uid), joins.find_conflicting(join)) for join in waiting],
        "others": [(join, join.pk in inactive_ids) for join in answered_joins],
    }
    return render(request, "billing/join_code.html", context)


@login_required
@require_POST
def code_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops the code: nobody can join by it any more."""
    user = viewer(request)
    code = _code(user, pk)
    if acts.stop(code, by=user, now=now()):
        notes.success(request, f"Nobody can join by “{code.name}” any more. Those who joined stay.")
    else:
        notes.info(request, "Nothing was changed: the code was stopped before.")
    return redirect("settings-join-code", pk=pk)


@login_required
@require_POST
def join_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts, declines or removes a person."""
    user = viewer(request)
    join_request = codes.joins(user).filter(pk=pk).first()
    if join_request is None:
        raise Http404
    back = redirect("settings-join-code", pk=join_request.code_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        notes.error(request, "Nothing was changed: choose one of the buttons.")
        return back
    try:
        return _answer(request, join_request, form.cleaned_data, user=user) or back
    except (joins.AnsweredError, joins.TakenError, PeopleError) as exc:
        notes.warning(request, str(exc))
        return back


def _answer(request: HttpRequest, join_request: Join, fields: dict[str, Any], *, user: User) -> HttpResponse | None:
    """Returns the page with the link of an invitation, which is shown once; None: return to the code."""
    at, words = now(), fields["answer"]
    match fields["do"]:
        case "approve":
            approved = acts.approve(join_request, answer=words, by=user, now=at)
            if approved.invited is not None:
                return hand_over(request, approved.invited)
            notes.success(request, f"{join_request} is in.")
        case "decline":
            acts.decline(join_request, answer=words, by=user, now=at)
            notes.success(request, f"{join_request} was declined.")
        case _:
            if acts.remove(join_request, by=user, now=at):
                notes.success(request, f"{join_request} is out. A running session goes on.")
            else:
                notes.info(request, "Nothing was changed: they were not in by this code.")
    return None


def _code(user: User, pk: int) -> JoinCode:
    code = codes.visible(user).filter(pk=pk).first()
    if code is None:
        raise Http404
    return code


def _build_wanted_code(host: Host, form_data: dict[str, Any]) -> WantedCode:
    property_ = form_data["property"]
    zone = time_zones.of_place(host, property_)
    return WantedCode(
        name=form_data["name"],
        role=form_data["role"],
        property=property_,
        groups=list(form_data["groups"]),
        needs_approval=not form_data["admits_at_once"],
        most=form_data["most"],
        ends_at=_end_of(form_data["last_day"], zone) if form_data["last_day"] else None,
    )


def _end_of(day: date, zone: str) -> datetime:
    """Returns midnight after the day, in the property's time zone."""
    return datetime.combine(min(day, date(9998, 12, 31)) + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
