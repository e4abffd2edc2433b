"""The form of a reimbursement contract: the card, the chargers, the employer, and the price."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Model

from authorization.identifiers.validators import card_uid
from authorization.models import ReimbursementContract
from chargers.lib import moments
from chargers.models import Charger, Host

_DAY = {"type": "date"}


class _Chargers(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Model) -> str:
        assert isinstance(obj, Charger)
        return f"{obj.station_id}, {obj.property.name}"


class ContractForm(forms.Form):
    """The form of one host's contract. Days are whole days of `zone`; amounts are in the host's currency."""

    uid = forms.CharField(
        label="UID of the card", max_length=100, validators=[card_uid], widget=forms.TextInput(attrs={"class": "mono"})
    )
    name = forms.CharField(label="Whose charging it is", max_length=100, help_text="Such as: Kim, at home.")
    employer = forms.CharField(label="Who pays", max_length=200)
    employer_contact = forms.CharField(label="Whom to ask there", max_length=200, required=False)
    chargers = _Chargers(
        queryset=Charger.objects.none(), label="Chargers", required=False, widget=forms.CheckboxSelectMultiple
    )
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs=_DAY))
    ends_on = forms.DateField(
        label="Last day", required=False, widget=forms.DateInput(attrs=_DAY), help_text="Empty: without end."
    )
    per_kwh = forms.DecimalField(
        label="Paid for each kWh", max_digits=9, decimal_places=5, min_value=Decimal(0), required=False
    )
    rate_from = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs=_DAY), help_text="Empty: the first day."
    )

    service_tax_pct = forms.DecimalField(
        label="VAT on the service fee, in percent",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
    )

    def __init__(self, *args: Any, host: Host, zone: str, decimals: int, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(zone)
        field = self.fields["chargers"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        chargers = Charger.objects.filter(property__host=host, retired_at=None).select_related("property")
        field.queryset = chargers.order_by("property__name", "station_id")
        self.fields["cap"] = forms.DecimalField(
            label="At most in a month",
            required=False,
            min_value=Decimal(1).scaleb(-decimals),
            max_digits=12,
            decimal_places=decimals,
            help_text="Empty: no cap.",
        )
        self.fields["service_fee"] = forms.DecimalField(
            label="Service fee for each month",
            required=False,
            min_value=Decimal(0),
            max_digits=12,
            decimal_places=decimals,
            help_text="Before tax, for each month in which this employee charges. Empty: none.",
        )
        self.fields["per_kwh"].required = is_new
        if not is_new:
            del self.fields["uid"]
            self.fields["rate_from"].help_text = "Empty: today."

    def clean(self) -> dict[str, Any]:
        form_data = super().clean() or self.cleaned_data
        begins, ends = form_data.get("starts_on"), form_data.get("ends_on")
        if begins and ends and ends < begins:
            self.add_error("ends_on", "This must not be before the first day.")
        return form_data

    @property
    def active_from(self) -> datetime:
        return self._midnight(self.cleaned_data["starts_on"])

    @property
    def active_to(self) -> datetime | None:
        """Returns the end of the last day."""
        last: date | None = self.cleaned_data["ends_on"]
        return self._midnight(last + timedelta(days=1)) if last and last < date.max else None

    def _midnight(self, day: date) -> datetime:
        return moments.clamp_to_utc(datetime.combine(day, time(), tzinfo=self._zone))


def initial(contract: ReimbursementContract, *, zone: str, decimals: int) -> dict[str, Any]:
    """Returns the stored values as the form shows them."""
    zone_info = ZoneInfo(zone)
    ends = contract.active_to.astimezone(zone_info) - datetime.resolution if contract.active_to else None
    cap = contract.monthly_cap_minor
    return {
        "name": contract.name,
        "employer": contract.employer,
        "employer_contact": contract.employer_contact,
        "chargers": list(contract.chargers.values_list("pk", flat=True)),
        "starts_on": contract.active_from.astimezone(zone_info).date(),
        "ends_on": ends.date() if ends else None,
        "cap": None if cap is None else Decimal(cap).scaleb(-decimals),
        "service_fee": Decimal(contract.service_fee_minor).scaleb(-decimals) if contract.service_fee_minor else None,
        "service_tax_pct": contract.service_tax_pct or None,
    }
