"""Properties > Who can charge here?: each kind of person, what a charger shows them, and a test as a guest."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from authorization.decide import decisions
from authorization.models import AccessRule, Stay, TokenGroup
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.visits import stays
from billing.formatting import opening_hours
from billing.models import JoinCode, StayTerms
from billing.sessions.starting import landing, welcome
from billing.sessions.stays import acts, terms
from billing.sessions.stays.acts import AgreedTerms
from chargers.models import Charger, Property

_NOBODYS_CARD: Final = "00000000FFFFFF"
"""A UID on no list, like a stranger's card."""
_LIMIT: Final = 50
_MAX_KWH: Final = 1000


class TermsForm(forms.Form):
    """How guests of bookings pay, and what is included."""

    payment = forms.ChoiceField(choices=StayTerms.Payment.choices, label="They pay", widget=forms.RadioSelect)
    included_kwh = forms.DecimalField(
        min_value=Decimal(0), max_value=_MAX_KWH, max_digits=7, decimal_places=1, label="Energy included, kWh"
    )
    included_per = forms.ChoiceField(choices=StayTerms.Per.choices, label="For each")
    discount_pct = forms.DecimalField(
        min_value=Decimal(0), max_value=100, max_digits=5, decimal_places=2, label="Discount on energy, percent"
    )
    folio_lines = forms.ChoiceField(
        choices=StayTerms.Lines.choices,
        label="Lines on the bill",
        required=False,
        help_text="Of guests who pay with the bill of their stay. A total is posted at the end of the day, and an hour "
        "before check-out at the latest.",
    )

    @property
    def agreed(self) -> AgreedTerms:
        form_data = self.cleaned_data
        return AgreedTerms(
            payment=form_data["payment"],
            included_wh=int(form_data["included_kwh"] * 1000),
            included_per=form_data["included_per"],
            discount_pct=form_data["discount_pct"],
            folio_lines=form_data["folio_lines"] or StayTerms.Lines.SESSION,
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of person, and what the charger would show them at that moment."""

    who: str
    may_charge: bool
    reads: str
    url: str = ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def who_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows every way to start at one property; its managers change what guests of bookings pay."""
    user = viewer(request)
    site = access.properties(user).select_related("host").filter(slug=slug).first()
    if site is None:
        raise Http404
    may_change = access.may_manage(user, site.host)
    form = TermsForm(request.POST or None, initial=_initial(terms.get_or_default(site)))
    if request.method == "POST" and not may_change:
        raise Http404
    if request.method == "POST" and form.is_valid():
        acts.set_terms(site, form.agreed, by=user, now=now())
        notes.success(request, "It counts for sessions that begin from now on.")
        return redirect("billing:who", slug=slug)
    rows = access.chargers(user).filter(property=site, retired_at=None).exclude(station_id="")
    chargers = list(rows.select_related("property__host", "unit", "licence").order_by("station_id")[:_LIMIT])
    charger = next((row for row in chargers if row.station_id == read_query_param(request, "charger")), None)
    charger = charger or (chargers[0] if chargers else None)
    at = _moment(read_query_param(request, "at"), site)
    bookings = _bookings(site) if may_change else []
    stay = next(
        (row for row in bookings if str(row.pk) == read_query_param(request, "stay")), bookings[0] if bookings else None
    )
    context = {
        "room": "properties",
        "place": site,
        "may_change": may_change,
        "form": form,
        "chargers": chargers,
        "charger": charger,
        "at": f"{at.astimezone(ZoneInfo(site.time_zone)):%Y-%m-%dT%H:%M}",
        "bookings": bookings,
        "stay": stay,
        "kinds": _kinds(charger, at=at) if charger else [],
        "test": _guest(charger, stay, at=at) if charger and stay else None,
        "hours": opening_hours.text(site.opening_hours),
        "groups": _groups(site) if may_change else [],
        "join_codes": JoinCode.objects.filter(property=site).order_by("-pk")[:_LIMIT] if may_change else [],
        "let_in": AccessRule.objects.filter(charger__property=site, active_to__gt=now()).count(),
    }
    return render(request, "billing/who.html", context)


def _kinds(charger: Charger, *, at: datetime) -> list[Kind]:
    station = f"/c/{charger.station_id}"
    return [_scanner(charger, at=at, url=station), _card(charger, at=at)]


def _scanner(charger: Charger, *, at: datetime, url: str) -> Kind:
    with translation.override("en"):
        charger_landing = landing.build_for_charger(charger, port_number=None, now=at)
    return Kind(
        "A guest who scans the code, without a booking",
        charger_landing.prompt is None,
        _describe_landing(charger_landing),
        url,
    )


def _card(charger: Charger, *, at: datetime) -> Kind:
    question = decisions.Question(kind="authorize", uid=_NOBODYS_CARD, at=at)
    outcome = decisions.survey(chargers=[charger], question=question)[0]
    reason = outcome.reason_entry
    reads = f"{reason.title}. {reason.guest.meaning}" if reason else "The charger starts."
    return Kind("Somebody with a card that nobody knows", outcome.is_accepted, reads)


def _guest(charger: Charger, stay: Stay, *, at: datetime) -> Kind:
    with translation.override("en"):
        charger_landing = landing.build_for_charger(charger, port_number=None, now=at, guest_stays=[stay])
        greeting = welcome.sentence(stay, now=at)
    return Kind(
        stay.guest_name or stay.reference,
        charger_landing.prompt is None,
        f"{greeting} {_describe_landing(charger_landing)}",
    )


def _describe_landing(charger_landing: landing.Landing) -> str:
    if charger_landing.prompt is not None:
        return f"{charger_landing.prompt.title}. {charger_landing.prompt.meaning}"
    if charger_landing.port is None:
        return "They choose a connector, then start."
    if charger_landing.version is None:
        return "They start; charging costs nothing."
    ways = {"": "by card, before charging begins", "host": "to you", "folio": "with the bill of their stay"}
    return f"They start at the rate “{charger_landing.version.rate.name}”, and pay {ways[charger_landing.billed_to]}."


def _bookings(site: Property) -> list[Stay]:
    rows = Stay.objects.filter(property=site, departs_at__gt=now()).select_related(
        "property__host", "unit", "connection"
    )
    return sorted(rows.order_by("arrives_at")[:_LIMIT], key=lambda stay: not stays.is_open(stay, now=now()))


def _groups(site: Property) -> list[TokenGroup]:
    return list(TokenGroup.objects.filter(properties=site).order_by("name")[:_LIMIT])


def _moment(text: str, site: Property) -> datetime:
    """Returns the chosen moment in the property's time zone; now, if none was given or it is invalid."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(site.time_zone)) if text else now()
    except ValueError:
        return now()
    return at if abs((at - now()).days) < 400 else now()


def _initial(row: StayTerms) -> dict[str, Any]:
    return {
        "payment": row.payment,
        "included_kwh": Decimal(row.included_wh) / 1000,
        "included_per": row.included_per,
        "discount_pct": row.discount_pct,
        "folio_lines": row.folio_lines,
    }
