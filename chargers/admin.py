"""Agents' admin of the hardware and its history."""

from functools import partial
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from authorization import audit
from chargers.commands import queue
from chargers.models import (
    BackOffice,
    CardMemory,
    Certificate,
    CertificateAuthority,
    CertificateRequest,
    Charger,
    ChargerEvent,
    ChargerModel,
    Command,
    ConnectionSwap,
    Connector,
    Deviation,
    EventStream,
    Evse,
    FailedHandshake,
    Host,
    Licence,
    LocalList,
    Message,
    MeterValue,
    OwnAct,
    PasswordChange,
    Property,
    Recovery,
    RecoveryRecord,
    RecoveryStep,
    Reservation,
    SettingTemplate,
    StatusReport,
    Transaction,
    Unit,
    Upload,
    Upstream,
    UpstreamLink,
    Variable,
    VariableChange,
    WantedSetting,
)
from support.admin_site.base import Acts, Inline, MassFacts, ReadOnlyAdmin
from support.admin_site.editable import InlineRows, Writes
from support.admin_site.search import Keys, RelatedSearch
from support.admin_site.site import agents
from support.diagnosis import causes, signs

_PAGES = ("overview", "logs", "commands", "configuration")
_BY_EVSE = RelatedSearch(column="pk", model=Evse, value="charger", keys=Keys(part=("evse_id",)))


class UnitsOfProperty(Inline):
    model = Unit
    fields = ("slug", "name")


class ChargersOfProperty(Inline):
    model = Charger
    fields = ("station_id", "charger_id", "unit", "model", "status", "last_message_at")
    ordering = ("station_id",)


class EvsesOfCharger(Inline):
    model = Evse
    fields = ("number", "evse_id")
    ordering = ("number",)


class TransactionsOfCharger(Inline):
    model = Transaction
    fields = ("transaction_id", "evse_number", "id_token", "authorization_status", "started_at", "stopped_at")


class CommandsOfCharger(Inline):
    model = Command
    fields = ("action", "origin", "state", "created_at", "outcome")


class DeviationsOfCharger(Inline):
    model = Deviation
    fields = ("action", "sentence", "firmware_version", "count", "last_at")
    ordering = ("-last_at",)


class ReadingsOfTransaction(Inline):
    model = MeterValue
    fields = ("at", "register_wh", "power_w", "soc_pct", "context")
    ordering = ("-at",)


class ConnectorsOfEvse(Inline):
    model = Connector
    fields = ("number", "standard", "max_power_w", "status", "error_code", "status_at")
    ordering = ("number",)


@admin.register(Host, site=agents)
class HostAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "slug"))
    list_display = ("name", "slug", "currency", "country", "created_at")


@admin.register(Property, site=agents)
class PropertyAdmin(Acts):
    """Agents may change only the access mode of a property."""

    keys = Keys(part=("name", "slug", "city"))
    changeable = ("access",)
    verb = "property.access_changed"
    list_display = ("name", "host", "city", "access", "time_zone")
    list_filter = ("access",)
    inlines = (ChargersOfProperty, UnitsOfProperty)

    def subject(self, row: Property) -> audit.Subject:
        return audit.Subject("property", row.slug, row.name, row.host)


@admin.register(Charger, site=agents)
class ChargerAdmin(Acts):
    changeable = ("registration",)
    verb = "charger.registration_changed"
    keys = Keys(part=("station_id", "charger_id", "serial_number", "name"), related=(_BY_EVSE,))
    explained_columns = ("pages",)
    hidden = frozenset({"key_hash", "next_key_hash"})
    list_display = ("station_id", "charger_id", "property", "model", "ocpp_version", "status", "last_message_at")
    list_filter = ("registration", "ocpp_version", "status", "key_kind")
    inlines = (EvsesOfCharger, TransactionsOfCharger, CommandsOfCharger, DeviationsOfCharger)

    def subject(self, row: Charger) -> audit.Subject:
        return audit.Subject("charger", row.lasting_id(), row.station_id, row.property.host)

    def save_model(self, request: HttpRequest, obj: Charger, form: Any, change: bool) -> None:
        """Saves the charger and ends its present connection, because changes take effect with the next one."""
        super().save_model(request, obj, form, change)
        if "registration" in form.changed_data:
            transaction.on_commit(partial(queue.hang_up, obj.pk))

    def title(self, row: Charger) -> str:
        return f"{row.station_id} ({row.charger_id}), {row.property}"

    @admin.display(description="Pages")
    def pages(self, charger: Charger) -> SafeString:
        return format_html(
            '<a href="{}" class="text-link">Overview</a> · <a href="{}" class="text-link">Message log</a> · '
            '<a href="{}" class="text-link">Commands</a> · <a href="{}" class="text-link">Configuration</a>',
            *(reverse(f"chargers:{page}", args=[charger.charger_id]) for page in _PAGES),
        )


@admin.register(Evse, site=agents)
class EvseAdmin(ReadOnlyAdmin):
    keys = Keys(whole=("evse_id",), charger="charger")
    list_display = ("evse_id", "charger", "number")
    inlines = (ConnectorsOfEvse,)
    is_in_find = False


@admin.register(Licence, site=agents)
class LicenceAdmin(Acts):
    keys = Keys(charger="charger")
    changeable = ("state", "expires_on")
    verb = "licence.changed"
    list_display = ("charger", "state", "expires_on", "grace_days")
    list_filter = ("state",)

    def subject(self, row: Licence) -> audit.Subject:
        return audit.Subject("licence", row.charger.lasting_id(), str(row), row.charger.property.host)


@admin.register(Transaction, site=agents)
class TransactionAdmin(ReadOnlyAdmin):
    keys = Keys(
        whole=("transaction_id",), number=("id",), presented=("id_token",), decision="decision_id", charger="charger"
    )
    explained_columns = ("energy", "decision")
    list_display = ("transaction_id", "charger", "evse_number", "id_token", "authorization_status", "started_at")
    list_filter = ("case", "authorization_status")
    inlines = (ReadingsOfTransaction,)
    paginator = MassFacts.paginator

    @admin.display(description="Energy")
    def energy(self, row: Transaction) -> str:
        return "unknown" if row.energy_wh is None else f"{row.energy_wh / 1000:.3f} kWh"

    @admin.display(description="Decision")
    def decision(self, row: Transaction) -> str | SafeString:
        return link_to_decision(row.decision_id)


@admin.register(MeterValue, site=agents)
class MeterValueAdmin(MassFacts):
    keys = Keys(charger="charger", number=("transaction_id",), uuid=("id",))
    list_display = ("at", "charger", "evse_number", "register_wh", "power_w", "soc_pct", "context")


@admin.register(StatusReport, site=agents)
class StatusReportAdmin(MassFacts):
    keys = Keys(charger="charger")
    list_display = ("at", "charger", "evse_number", "connector_number", "status", "error_code")


@admin.register(Message, site=agents)
class MessageAdmin(MassFacts):
    keys = Keys(
        charger="charger",
        uuid=("id",),
        whole=("message_id", "transaction_ref"),
        presented=("uid",),
        decision="decision_id",
    )
    explained_columns = ("decision",)
    list_display = ("request_at", "charger", "direction", "action", "uid", "verdict", "is_error")
    list_filter = ("direction", "is_error")

    @admin.display(description="Decision")
    def decision(self, row: Message) -> str | SafeString:
        return link_to_decision(row.decision_id)


@admin.register(Command, site=agents)
class CommandAdmin(ReadOnlyAdmin):
    hidden = frozenset({"secret_encrypted"})
    keys = Keys(charger="charger", uuid=("id",), presented=("id_token",), part=("origin",))
    list_display = ("created_at", "charger", "action", "origin", "state", "outcome")
    list_filter = ("state", "action")


@admin.register(FailedHandshake, site=agents)
class FailedHandshakeAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", whole=("presented_id", "source"))
    list_display = ("at", "presented_id", "charger", "source", "reason", "detail")
    list_filter = ("reason",)


@admin.register(ConnectionSwap, site=agents)
class ConnectionSwapAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", whole=("source",))
    list_display = ("at", "charger", "source")
    is_in_find = False


@admin.register(PasswordChange, site=agents)
class PasswordChangeAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("origin",))
    list_display = ("created_at", "charger", "state", "origin", "outcome")
    list_filter = ("state",)
    is_in_find = False


@admin.register(CertificateAuthority, site=agents)
class CertificateAuthorityAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name",))
    hidden = frozenset({"key_encrypted"})
    list_display = ("name", "created_at", "valid_to")
    is_in_find = False


@admin.register(Certificate, site=agents)
class CertificateAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", whole=("serial_number", "fingerprint"))
    list_display = ("charger", "serial_number", "valid_from", "valid_to", "first_used_at", "revoked_at")


@admin.register(CertificateRequest, site=agents)
class CertificateRequestAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("asked_at", "charger", "state", "tries", "outcome")
    list_filter = ("state",)
    is_in_find = False


@admin.register(ChargerEvent, site=agents)
class ChargerEventAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("at", "charger", "topic", "summary")
    list_filter = ("topic", "kind")
    is_in_find = False


@admin.register(EventStream, site=agents)
class EventStreamAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("charger", "stream_id", "monitor_id", "count", "last_value", "last_at", "closed_at")
    is_in_find = False


@admin.register(Deviation, site=agents)
class DeviationAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("firmware_version",))
    list_display = ("charger", "action", "sentence", "firmware_version", "count", "last_at")
    is_in_find = False


@admin.register(Variable, site=agents)
class VariableAdmin(ReadOnlyAdmin):
    """Reported settings; values of keys that hold secrets are masked."""

    keys = Keys(charger="charger", part=("name",))
    hidden = frozenset({"value"})
    list_display = ("charger", "component", "name", "attribute", "mutability", "reported_at")
    is_in_find = False


@admin.register(Upstream, site=agents)
class UpstreamAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("name",))
    hidden = frozenset({"password_encrypted", "client_key_encrypted", "client_certificate"})
    list_display = ("charger", "property", "host", "name", "role", "url", "paused_at")


@admin.register(UpstreamLink, site=agents)
class UpstreamLinkAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("charger", "upstream", "connected_at", "failed_at", "error", "dropped")
    is_in_find = False


@admin.register(BackOffice, site=agents)
class BackOfficeAdmin(Writes):
    """The catalogue from which users connect a charger; maintained by agents."""

    keys = Keys(part=("name", "url"))
    verb = "back_office"
    list_display = ("name", "url", "subprotocol", "shown")

    def subject(self, row: BackOffice) -> audit.Subject:
        return audit.Subject("back_office", row.pk, row.name)

    def content(self, row: BackOffice) -> dict[str, Any]:
        return {name: getattr(row, name) for name in ("name", "url", "subprotocol", "hint", "shown")}


@admin.register(VariableChange, site=agents)
class VariableChangeAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("key", "origin"))
    list_display = ("at", "charger", "key", "before", "after", "origin")
    is_in_find = False


@admin.register(Reservation, site=agents)
class ReservationAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", number=("number",), presented=("id_token",))
    list_display = ("number", "charger", "evse_number", "id_token", "until", "state")
    list_filter = ("state",)


@admin.register(LocalList, site=agents)
class LocalListAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("charger", "version", "accepted_at")
    is_in_find = False


@admin.register(CardMemory, site=agents)
class CardMemoryAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger")
    list_display = ("charger", "choice", "state", "version", "reported_version", "synced_at")
    list_filter = ("state",)
    is_in_find = False


@admin.register(OwnAct, site=agents)
class OwnActAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", presented=("id_token",))
    list_display = ("at", "charger", "kind", "id_token", "detail")
    list_filter = ("kind",)
    is_in_find = False


@admin.register(Upload, site=agents)
class UploadAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("file_name",))
    hidden = frozenset({"secret_hash"})
    list_display = ("created_at", "charger", "kind", "file_name", "size_bytes", "received_at")
    is_in_find = False


_SIGNS: Final = "signs_readable"
_SIGNS_HELP: Final = (
    "As JSON, one object for each light or beep that the manual explains: "
    '[{"sign": "light", "colour": "red", "pattern": "blinking", "means": "cable"}, '
    '{"sign": "beep", "pattern": "repeated", "means": "car_paused"}]. '
    f"Colours: {', '.join(signs.COLOURS)}. Patterns of a light: {', '.join(signs.PATTERNS[signs.Kind.LIGHT])}; "
    f"of a beep: {', '.join(signs.PATTERNS[signs.Kind.BEEP])}. Means: {', '.join(causes.Cause)}. "
    "Enter only what the manual says: people are asked about it where it tells two causes apart."
)


class ChargerModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a model; checks signs row by row."""

    def clean_signs(self) -> Any:
        rows = self.cleaned_data["signs"] or []
        try:
            signs.parse(rows)
        except signs.SignError as exc:
            raise forms.ValidationError(str(exc)) from exc
        return rows


@admin.register(ChargerModel, site=agents)
class ChargerModelAdmin(Writes):
    """Known facts about a model, shown on its chargers' pages and with refusals, and its signs for the diagnosis."""

    form = ChargerModelForm
    keys = Keys(part=("name", "vendor_pattern", "model_pattern"))
    verb = "charger_model"
    list_display = ("name", "vendor_pattern", "model_pattern", "firmware_from", "firmware_to", "checked_on")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Makes https the default scheme of typed addresses."""
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        if db_field.name == "signs":
            kwargs["help_text"] = _SIGNS_HELP
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def subject(self, row: ChargerModel) -> audit.Subject:
        return audit.Subject("charger_model", row.pk, row.name)

    def content(self, row: ChargerModel) -> dict[str, Any]:
        texts = {name: str(getattr(row, name) or "") for name in self.columns() if name not in {"id", _SIGNS}}
        return texts | {"signs": row.signs}


@admin.register(RecoveryRecord, site=agents)
class RecoveryRecordAdmin(ReadOnlyAdmin):
    """What helped chargers in trouble, by model and firmware. A step that failed in all of ten attempts is skipped."""

    keys = Keys(part=("vendor", "model", "firmware_version"))
    list_display = ("vendor", "model", "firmware_version", "step", "tried", "recovered")
    list_filter = ("step",)
    is_in_find = False


class StepsOfRecovery(Inline):
    model = RecoveryStep
    fields = ("step", "taken_at", "answer", "effect")
    ordering = ("taken_at",)


@admin.register(Recovery, site=agents)
class RecoveryAdmin(ReadOnlyAdmin):
    keys = Keys(charger="charger", part=("ticket_label",))
    list_display = ("began_at", "charger", "kind", "detail", "state", "waits_for", "ticket_label")
    list_filter = ("state", "kind")
    inlines = (StepsOfRecovery,)
    is_in_find = False


class SettingsOfTemplate(InlineRows):
    model = WantedSetting
    fields = ("key", "value")
    ordering = ("key",)


@admin.register(SettingTemplate, site=agents)
class SettingTemplateAdmin(Writes):
    """Templates of settings: maintained by agents, applied by hosts."""

    keys = Keys(part=("name", "vendor", "model"))
    verb = "setting_template"
    list_display = ("name", "family", "vendor", "model", "enabled")
    list_filter = ("family", "enabled")
    inlines = (SettingsOfTemplate,)

    def subject(self, row: SettingTemplate) -> audit.Subject:
        return audit.Subject("setting_template", row.pk, row.name)

    def content(self, row: SettingTemplate) -> dict[str, Any]:
        facts = {name: getattr(row, name) for name in ("name", "family", "vendor", "model", "enabled")}
        return facts | {"settings": dict(WantedSetting.objects.filter(template=row.pk).values_list("key", "value"))}


def link_to_decision(decision_id: Any) -> str | SafeString:
    """Returns a link to the decision's page. Needed because only the decision's id is stored."""
    if decision_id is None:
        return "none"
    return format_html(
        '<a href="{}" class="text-link">Why?</a>', reverse("admin:authorization_decision_change", args=[decision_id])
    )
