"""Joining by a code that a host posted: residents with their account, others by asking for an invitation."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.decide import decisions
from authorization.identifiers import uids
from authorization.people import rate_limit
from billing.guest.drive import entering
from billing.guest.drive.entering import now
from billing.models import Driver, Join, JoinCode
from billing.sessions.join_codes import acts, code_guesses, codes
from billing.sessions.join_codes.joins import JoinError, Resident
from billing.sessions.visitors import limits
from chargers.lib.form_fields import GuestForm
from chargers.lib.i18n import mark
from chargers.models import Charger
from chargers.properties import time_zones
from chargers.text import card_numbers

_SHOWN: Final = 50
_ASKED_AN_HOUR: Final = 10
_ASKED_AN_HOUR_AT_ONE_ADDRESS: Final = 200
_NO_CODE: Final = mark("There is no such code: compare it with the notice. It has eight letters and digits.")
_GUESSED: Final = mark("Too many wrong codes were entered: try again in ten minutes.")
_A_PAYMENT_CARD: Final = mark("This is the number of a payment card. Enter the number of a charging card, or none.")
_TOO_OFTEN: Final = mark("Too many tries: wait an hour.")


class WhoForm(GuestForm):
    """The name by which the host knows the person."""

    name = forms.CharField(max_length=100, label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    note = forms.CharField(
        max_length=200, required=False, label=_("Apartment or department"), help_text=_("So that the host knows you.")
    )


class ResidentForm(WhoForm):
    """The resident's charging card, if they have one."""

    uid = forms.CharField(
        required=False,
        max_length=100,
        label=_("Number of your charging card"),
        help_text=_("Leave it empty to start on your phone instead. You can join with both, one after the other."),
        widget=forms.TextInput(attrs={"class": "mono", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_uid(self) -> str:
        uid = str(self.cleaned_data["uid"]).strip()
        try:
            if card_numbers.is_card_number(uid):
                raise forms.ValidationError(gettext(_A_PAYMENT_CARD))
            return uids.of_card(uid) if uid else ""
        except uids.UidError as exc:
            raise forms.ValidationError(gettext(exc.pattern) % exc.values) from exc


class StaffForm(WhoForm):
    """The address for the invitation."""

    note = forms.CharField(
        max_length=200, required=False, label=_("Your task here"), help_text=_("So that the host knows you.")
    )

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@never_cache
@require_http_methods(["GET", "HEAD"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Reads a code typed from a notice."""
    entered_code = request.GET.get("code", "")
    if not entered_code:
        return code_guesses.set_device_cookie(request, render(request, "guest/join_enter.html", {"typed": ""}))
    join_code = _resolve_code(request, entered_code)
    return join_code if isinstance(join_code, HttpResponse) else redirect("guest:join", code=join_code.formatted())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Shows what the code opens, with the form to join."""
    join_code = _resolve_code(request, code)
    if isinstance(join_code, HttpResponse):
        return join_code
    if join_code.role:
        return _ask_for_role(request, join_code)
    driver = entering.driver_of(request)
    if driver is None:
        return _page(request, join_code, form=entering.EmailForm())
    return _join(request, join_code, driver)


def _join(request: HttpRequest, code: JoinCode, driver: Driver) -> HttpResponse:
    form = ResidentForm(request.POST or None, initial={"name": driver.name})
    if request.method == "POST" and form.is_valid():
        if _asks_too_often(request, str(driver.pk)):
            return HttpResponse(gettext(_TOO_OFTEN), status=429)
        try:
            acts.join(code, driver, Resident(**form.cleaned_data), now=now())
        except JoinError as exc:
            form.add_error(None, gettext(str(exc)))
        else:
            return redirect("guest:join", code=code.formatted())
    own_joins = code.joins.filter(user=driver.user).select_related("token").order_by("-id")[:20]
    return _page(request, code, form=form, driver=driver, **_join_context(code, list(own_joins)))


def _ask_for_role(request: HttpRequest, code: JoinCode) -> HttpResponse:
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _asks_too_often(request, ""):
            return HttpResponse(gettext(_TOO_OFTEN), status=429)
        try:
            acts.ask_for_role(code, **form.cleaned_data, now=now())
        except JoinError as exc:
            form.add_error(None, gettext(str(exc)))
        else:
            return _page(request, code, form=StaffForm(), was_sent=True)
    return _page(request, code, form=form)


def _page(request: HttpRequest, code: JoinCode, **extra: Any) -> HttpResponse:
    why = codes.obstacle(code, now=now())
    context = {
        "code": code,
        "place": code.property or code.host,
        "promised": codes.describe_access(code),
        "zone": time_zones.of_place(code.host, code.property),
        "why": gettext(why) if why else "",
        "driver": None,
        **extra,
    }
    return render(request, "guest/join.html", context)


def _join_context(code: JoinCode, own_joins: list[Join]) -> dict[str, Any]:
    """Returns each of their joins, whether it opens a charger now, and why not, by a dry run of the decision chain."""
    openable_chargers: dict[int, Charger] = {}
    rows = []
    chargers = (
        list(codes.opened_chargers(code.groups.all())[:_SHOWN])
        if any(join.state == Join.State.JOINED for join in own_joins)
        else []
    )
    for join in own_joins:
        reason, opens = "", False
        if join.state == Join.State.JOINED:
            uid = join.token.canonical_uid if join.token else join.uid
            question = decisions.Question(kind="authorize", uid=uid, at=now())
            for charger, result in zip(chargers, decisions.survey(chargers=chargers, question=question), strict=True):
                if result.is_accepted:
                    opens, openable_chargers[charger.pk] = True, charger
                elif not reason and result.reason_entry:
                    reason = gettext(result.reason_entry.guest.meaning)
        rows.append((join, opens, reason))
    return {"mine": rows, "stations": [charger for charger in chargers if charger.pk in openable_chargers]}


def _resolve_code(request: HttpRequest, entered_code: str) -> JoinCode | HttpResponse:
    """Returns the code, or the page for unknown codes.

    Over the limit of guesses, right and wrong codes get the same answer, except for a person who has used the code
    before.
    """
    code = codes.find(entered_code)
    wait_s = code_guesses.wait_s(request)
    if wait_s and (code is None or not _has_used_code(request, code)):
        stopped = _no_code(request, entered_code, why=gettext(_GUESSED), status=429)
        stopped["Retry-After"] = str(wait_s)
        return stopped
    if code is not None:
        return code
    code_guesses.count(request, entered_code)
    return _no_code(request, entered_code, why=gettext(_NO_CODE), status=404)


def _no_code(request: HttpRequest, entered_code: str, *, why: str, status: int) -> HttpResponse:
    page = render(request, "guest/join_enter.html", {"typed": entered_code[:20], "why": why}, status=status)
    return code_guesses.set_device_cookie(request, page)


def _has_used_code(request: HttpRequest, code: JoinCode) -> bool:
    driver = entering.driver_of(request)
    return driver is not None and driver.user is not None and code.joins.filter(user=driver.user).exists()


def _asks_too_often(request: HttpRequest, account_key: str) -> bool:
    """Whether the account or the address made too many requests; many residents may share an address."""
    if limits.too_often(request, "joins", limit=_ASKED_AN_HOUR_AT_ONE_ADDRESS, within_s=3600):
        return True
    return bool(account_key) and rate_limit.too_often(
        "joins-of", subject=account_key, limit=_ASKED_AN_HOUR, within_s=3600
    )
