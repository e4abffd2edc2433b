"""The forms of bulk actions: their inputs besides the chargers, and the resulting plans."""

from typing import Any, Final

from django import forms
from django.core.validators import URLValidator
from django.db.models import QuerySet

from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Rate, RateAssignment
from chargers.jobs.plans import (
    COMMANDS,
    CommandPlan,
    FirmwarePlan,
    LicencePlan,
    Plan,
    RatePlan,
    SettingPlan,
    TemplatePlan,
)
from chargers.listing import tags
from chargers.listing.tags import TagError
from chargers.models import Licence, SettingTemplate

_LONG: Final = {"rows": 3, "class": "mono"}
_SCHEMES: Final = ["http", "https", "ftp", "ftps", "sftp"]


class BulkForm(forms.Form):
    """A bulk action. `waves`: whether the form asks for waves."""

    title = ""
    says = ""
    button = ""
    warning = ""

    def plan(self) -> Plan:
        raise NotImplementedError

    @property
    def asked(self) -> dict[str, Any]:
        """Returns the waves and waits for `JobOrder`."""
        return {}


class CommandForm(BulkForm):
    """A command that is useful at many chargers."""

    title = "Send a command"
    says = "Restart, put in or out of service, ask for a message, clear the cache, unlock."
    button = "Send to all of them"
    command = forms.ChoiceField(
        label="Command",
        choices=[
            (f"{key}:{value}", f"{bulk_command.label}: {label}") if value else (key, bulk_command.label)
            for key, bulk_command in COMMANDS.items()
            for value, label in bulk_command.choices or (("", ""),)
        ],
    )
    waits_for_idle = forms.BooleanField(
        label="Only while nobody charges there",
        required=False,
        initial=True,
        help_text="A message that is asked for and the card cache interrupt nobody: they are never kept waiting.",
    )

    def plan(self) -> CommandPlan:
        key, _, value = self.cleaned_data["command"].partition(":")
        return CommandPlan(command=key, values={COMMANDS[key].input: value} if value else {})

    @property
    def asked(self) -> dict[str, Any]:
        key = self.cleaned_data["command"].partition(":")[0]
        return {"waits_for_idle": self.cleaned_data["waits_for_idle"] and COMMANDS[key].interrupts}


class SettingForm(BulkForm):
    """A setting by its name."""

    title = "Change a setting"
    says = "One setting by its name; chargers that have the value already are left alone."
    button = "Change it on all of them"
    key = forms.CharField(
        label="Setting",
        max_length=500,
        help_text="MeterValueSampleInterval (OCPP 1.6) or SampledDataCtrlr.TxUpdatedInterval (2.x).",
    )
    value = forms.CharField(label="New value", max_length=2500, required=False)

    def plan(self) -> SettingPlan:
        return SettingPlan(key=self.cleaned_data["key"], value=self.cleaned_data["value"])


class TemplateForm(BulkForm):
    """A settings template."""

    title = "Apply a settings template"
    says = "Each charger gets what differs; one that the template is not for is skipped."
    button = "Apply it to all of them"
    template = forms.ModelChoiceField(
        label="Template", queryset=SettingTemplate.objects.filter(enabled=True).order_by("name"), empty_label=None
    )

    def plan(self) -> TemplatePlan:
        template = self.cleaned_data["template"]
        return TemplatePlan(template=template.pk, name=template.name)


class FirmwareForm(BulkForm):
    """A firmware update in waves."""

    title = "Update the firmware"
    says = "In waves: the next begins when the last is installed, and too many failures stop it by itself."
    warning = "A wrong file can put a charger out of order until somebody goes there."
    button = "Begin with the first wave"
    location = forms.CharField(
        label="Address of the firmware",
        max_length=512,
        validators=[URLValidator(schemes=_SCHEMES)],
        help_text="Where the chargers can fetch it.",
    )
    version = forms.CharField(
        label="Version that it brings",
        max_length=255,
        required=False,
        help_text="As chargers report it; those that have it are left alone.",
    )
    wave_size = forms.IntegerField(label="Chargers in a wave", min_value=1, max_value=10_000, initial=5)
    stops_at_pct = forms.IntegerField(
        label="Stop above failures of (%)",
        help_text="Of the chargers in a wave.",
        min_value=0,
        max_value=100,
        initial=10,
    )
    waits_for_idle = forms.BooleanField(label="Only while nobody charges there", required=False, initial=True)
    certificate = forms.CharField(
        label="Signing certificate (PEM, OCPP 2.x)", required=False, max_length=5500, widget=forms.Textarea(attrs=_LONG)
    )
    signature = forms.CharField(label="Signature", required=False, max_length=800, widget=forms.Textarea(attrs=_LONG))

    def plan(self) -> FirmwarePlan:
        names = ("location", "version", "certificate", "signature")
        return FirmwarePlan(**{name: self.cleaned_data[name] for name in names})

    @property
    def asked(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("wave_size", "stops_at_pct", "waits_for_idle")}


class RateForm(BulkForm):
    """A rate for one audience, at each charger."""

    title = "Assign a rate"
    says = "At these chargers, before the rate of their property; running sessions keep theirs."
    button = "Assign it to all of them"
    rate = forms.ModelChoiceField(label="Rate", queryset=Rate.objects.none(), empty_label=None)
    audience = forms.ChoiceField(label="For", choices=RateAssignment.Audience.choices)

    def plan(self) -> RatePlan:
        rate = self.cleaned_data["rate"]
        return RatePlan(host=rate.host.slug, rate=rate.slug, audience=self.cleaned_data["audience"])


class LicenceForm(BulkForm):
    """For agents: the right to operate."""

    title = "Set the licence"
    says = "Activates, prolongs or ends the licences; running sessions are never stopped by it."
    button = "Set it on all of them"
    state = forms.ChoiceField(label="Licence", choices=Licence.State.choices)
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Empty: without end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def plan(self) -> LicencePlan:
        until = self.cleaned_data["expires_on"]
        return LicencePlan(state=self.cleaned_data["state"], expires_on=until.isoformat() if until else "")


class TagsForm(forms.Form):
    """Tags to put on or take off, separated by commas."""

    names = forms.CharField(label="Tags", max_length=1000, help_text="Several between commas; a new one is made.")

    def clean_names(self) -> list[str]:
        try:
            names = tags.parse(self.cleaned_data["names"])
        except TagError as exc:
            raise forms.ValidationError(str(exc)) from exc
        if not names:
            raise forms.ValidationError("Write at least one tag.")
        return names


FORMS: Final[dict[str, type[BulkForm]]] = {
    "command": CommandForm,
    "firmware": FirmwareForm,
    "template": TemplateForm,
    "setting": SettingForm,
    "rate": RateForm,
    "licence": LicenceForm,
}


def list_allowed_actions(user: User) -> list[str]:
    """Returns the actions that the user may take somewhere."""
    manages = access.may_somewhere(user, Right.MANAGE)
    return [key for key in FORMS if (key != "rate" or manages) and (key != "licence" or user.is_agent)]


def form_of(key: str, user: User, *, data: Any = None, initial: dict[str, str] | None = None) -> BulkForm:
    """Returns the form of this action with the user's choices."""
    form = FORMS[key](data, auto_id=f"{key}-%s", initial=initial)
    if isinstance(form, RateForm):
        field = form.fields["rate"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _rates(user)
    return form


def _rates(user: User) -> QuerySet[Rate]:
    return Rate.objects.filter(host__in=access.hosts_with(user, Right.MANAGE)).select_related("host").order_by("name")
