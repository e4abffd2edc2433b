"""Chargers > Settings: one setting across the fleet, and where it differs from the expected value."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from chargers.acts import expected_settings as acts
from chargers.models import Charger, ExpectedSetting
from chargers.pages.selection import visible_chargers
from chargers.settings import drift
from chargers.settings.drift import ValueGroup
from chargers.text import masking

_USUAL = ("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval")
_MAX_NAMED = 8
_MAX_KEY, _MAX_VALUE = 500, 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A value with some of its chargers, and the link for changing it."""

    group: ValueGroup
    named: list[Charger]
    more: int
    change: str
    correct: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_drift(request: HttpRequest) -> HttpResponse:
    """Shows the values of a setting, their number of chargers, and which of them should have another."""
    user = viewer(request)
    if request.method == "POST":
        return _change_expected_value(request)
    property_ = access.properties(user).filter(slug=read_query_param(request, "property")).first()
    chargers = visible_chargers(user, property_.slug if property_ else "")
    keys = drift.count_chargers_by_key(chargers)
    reported = {key for key, _ in keys}
    key = read_query_param(request, "key") or next(
        (usual for usual in _USUAL if usual in reported), keys[0][0] if keys else ""
    )
    distribution = drift.compare(chargers, key) if key and not masking.is_secret(key.rpartition(".")[2]) else None
    context = {
        "room": "chargers",
        "keys": keys,
        "key": key,
        "place": property_,
        "properties": access.properties(user).order_by("name"),
        "found": distribution,
        "rows": [_row(group, key, property_.slug if property_ else "") for group in distribution.groups]
        if distribution
        else [],
        "total": sum(len(group.chargers) for group in distribution.groups) if distribution else 0,
        "expected": ExpectedSetting.objects.filter(key=key, property__in=access.properties(user))
        .select_related("property")
        .order_by("property__name"),
        "managed": access.managed_properties(user).order_by("name"),
        "may_operate": access.may_somewhere(user, Right.OPERATE),
    }
    return render(request, "chargers/drift.html", context)


def _row(group: ValueGroup, key: str, slug: str) -> Row:
    shown_chargers = list(Charger.objects.filter(pk__in=group.chargers[:_MAX_NAMED]).order_by("station_id"))
    value = "" if group.value is None else group.value
    query = {"setting": key, "property": slug} | ({"unknown": "1"} if group.value is None else {"is": value})
    expected = group.expected[0] if len(group.expected) == 1 else ""
    return Row(
        group=group,
        named=shown_chargers,
        more=len(group.chargers) - len(shown_chargers),
        change=_bulk({**query, "key": key}),
        correct=_bulk({**query, "differs": "1", "key": key, "value": expected}) if group.differing else "",
    )


def _bulk(query: dict[str, str]) -> str:
    return f"{reverse('chargers:bulk')}?{urlencode({**query, 'open': 'setting'})}"


def _change_expected_value(request: HttpRequest) -> HttpResponse:
    """Sets or removes the expected value. Raises NotAllowedError; 404 for a property that the user may not see."""
    key, value = request.POST.get("key", "").strip(), request.POST.get("value", "").strip()
    slug = request.POST.get("property", "").replace("\x00", "")
    back = f"{reverse('chargers:settings')}?{urlencode({'key': key})}"
    property_ = access.properties(viewer(request)).filter(slug=slug).select_related("host").first()
    is_valid = key and "\x00" not in key + value and len(key) <= _MAX_KEY and len(value) <= _MAX_VALUE
    if not is_valid or (property_ is None and not slug):
        notes.error(request, "Choose a property, a setting and its value.")
        return redirect(back if is_valid else "chargers:settings")
    if property_ is None:
        raise Http404
    if request.POST.get("do") == "forget":
        acts.forget(property_, key=key, by=viewer(request), now=now())
        notes.success(request, f"Any value of {key} is right at {property_.name}.")
    else:
        acts.expect(property_, key=key, value=value, by=viewer(request), now=now())
        notes.success(request, f"{key} is expected to be {value} at {property_.name}. No charger was changed.")
    return redirect(back)
