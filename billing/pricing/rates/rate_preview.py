"""The preview of a rate as typed: the editor's example, priced by the engine, and the linter's findings."""

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest

from authorization.people.request import now
from billing.engine.checks import example, linting, typos
from billing.engine.checks.example import Example
from billing.engine.checks.linting import Finding
from billing.engine.rate import definition as definitions
from billing.engine.rate import tariff
from billing.engine.reports.report_json import report_json
from billing.formatting.amounts import NumberField
from billing.models import Rate, RateVersion
from billing.pricing.rates import catalogue, sites
from billing.pricing.rates.rate_form import RateForm
from billing.pricing.taxes import property_tax
from chargers.models import Host, Property

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USUAL: Final = {"kwh": "20", "day": "1", "at": "17:30", "late": "40"}


class ExampleForm(forms.Form):
    """The session of the preview."""

    kwh = NumberField(label="Energy (kWh)", min_value=Decimal("0.1"), max_value=Decimal(200), decimal_places=3)
    day = forms.TypedChoiceField(label="Day", choices=list(enumerate(DAYS)), coerce=int)
    at = forms.TimeField(label="Plugged in at", widget=forms.TextInput())
    late = forms.IntegerField(label="Minutes unplugged late", min_value=0, max_value=2880)


@dataclass
class Editor:
    """The edited rate: an existing one, or a new one (`rate` is None) of `host`."""

    host: Host
    rate: Rate | None
    newest: RateVersion | None
    like: RateVersion | None = None
    """The version that a new rate copies."""

    @property
    def currency(self) -> str:
        if self.rate is None and self.like is not None:
            return self.like.rate.currency
        return self.rate.currency if self.rate else self.host.currency

    def currency_of(self, form: RateForm) -> str:
        """Returns the currency; for a new rate it is chosen in the form."""
        return self.currency if self.rate else form.values.get("currency") or self.currency

    @cached_property
    def property_(self) -> Property | None:
        """Returns the property of the preview: the first with the rate, or the host's first."""
        properties = Property.objects.order_by("name")
        paid_at = properties.filter(rate_assignments__rate=self.rate).first() if self.rate else None
        return paid_at or properties.filter(host=self.host).first()

    @property
    def zone(self) -> ZoneInfo:
        """Returns the time zone of the preview."""
        return ZoneInfo(self.property_.time_zone if self.property_ else "UTC")


def find_typos(editor: Editor, form: RateForm) -> tuple[Finding, ...]:
    """Returns prices that look mistyped compared with the newest version's."""
    rate = tariff.parse_rate(form.definition, currency=editor.currency_of(form))
    return typos.findings(rate, before=catalogue.parse_version(editor.newest) if editor.newest else None)


def build(request: HttpRequest, editor: Editor, form: RateForm) -> dict[str, Any]:
    """Returns the context of the preview: the example at the rate as typed, priced by the engine."""
    form_data = {name: request.POST.get(f"example.{name}", usual) for name, usual in USUAL.items()}
    example_form = ExampleForm(form_data)
    currency = editor.currency_of(form)
    context: dict[str, Any] = {"example": example_form, "preview": None, "zone": editor.zone.key}
    if tariff.rate_problems(form.definition, currency=currency) or not example_form.is_valid():
        return context
    example_data = example_form.cleaned_data
    rate, tax = _parse_taxed_rate(editor, form)
    report = example.price_of(
        _example(example_data), rate=rate, zone=editor.zone, today=now().astimezone(editor.zone).date()
    )
    is_unnoticed = report.idle is not None and bool(report.idle.unnoticed) and not report.idle.billed_minutes
    return (
        context
        | _build_findings_context(request, editor, form)
        | {
            "preview": report_json(report),
            "sentence": _sentence(example_data),
            "is_unnoticed": is_unnoticed,
            "tax_of_place": tax,
            "place": editor.property_,
        }
    )


def _parse_taxed_rate(editor: Editor, form: RateForm) -> tuple[tariff.Rate, Decimal | None]:
    """Returns the rate with the tax of the preview's property, and that tax; without tax if the property has none."""
    rate_definition, currency = form.definition, editor.currency_of(form)
    if not definitions.refers_to_property(rate_definition):
        return tariff.parse_rate(rate_definition, currency=currency), None
    tax = property_tax.find_percentage(editor.property_.pk, now()) if editor.property_ else None
    return tariff.parse_rate(definitions.apply_property_tax(rate_definition, f"{tax or 0:f}"), currency=currency), tax


def _build_findings_context(request: HttpRequest, editor: Editor, form: RateForm) -> dict[str, Any]:
    rate = tariff.parse_rate(form.definition, currency=editor.currency_of(form))
    doubted = find_typos(editor, form)
    asked_codes = {finding.code for finding in doubted}
    linted = [
        finding
        for finding in linting.findings(rate, places=_list_rate_sites(editor))
        if finding.code not in asked_codes
    ]
    lonely = (linting.UNASSIGNED,) if editor.rate and not editor.rate.assignments.exists() else ()
    return {
        "findings": linting.sort_by_severity((*lonely, *linted, *doubted)),
        "to_confirm": bool(doubted),
        "is_meant": request.POST.get("meant") == "yes",
    }


def _list_rate_sites(editor: Editor) -> tuple[linting.RatePlace, ...]:
    """Returns where the rate is paid; before it is assigned, where the host is."""
    places = sites.collect(editor.rate) if editor.rate else ()
    return places or (sites.build_for_host(editor.host),)


def _example(example_data: dict[str, Any]) -> Example:
    return Example(
        energy_wh=int(example_data["kwh"] * 1000),
        weekday=example_data["day"],
        at=time(example_data["at"].hour, example_data["at"].minute),
        late=timedelta(minutes=example_data["late"]),
    )


def _sentence(example_data: dict[str, Any]) -> str:
    unplug_text = f"unplugged {example_data['late']} minutes late" if example_data["late"] else "unplugged at once"
    return (
        f"{example_data['kwh'].normalize():f} kWh on {DAYS[example_data['day']]} {example_data['at']:%H:%M}, "
        f"{unplug_text}"
    )
