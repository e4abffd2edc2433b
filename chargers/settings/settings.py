"""A charger's settings in the portal: shown, compared, changed; templates and conflicts."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chargers.commands import builder, queue, sending
from chargers.commands.builder import BuiltCommand, Details, OrderError, UsualAction
from chargers.commands.queue import CommandRequest
from chargers.fleet import history
from chargers.handshake import explanations
from chargers.local_lists import list_state
from chargers.models import CardMemory, Charger, Property, SettingTemplate, Variable
from chargers.protocol import fields
from chargers.protocol.frames import Payload, Version
from chargers.settings import catalogue, setting_conflicts
from chargers.settings.setting_conflicts import Caution, Portal, ReportedSetting
from chargers.text import masking
from chargers.text.masking import is_secret

READS = ("GetConfiguration", "GetBaseReport")
_MAX_AT_ONCE = 20
_SMALLER_REPORTS = ("ConfigurationInventory", "SummaryInventory")
_REMEMBERS_SIZE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that differs from its template; `actual` None: the charger has not reported it."""

    key: str
    expected: str
    actual: str | None
    can_change: bool


@dataclass(frozen=True, slots=True)
class TemplateComparison:
    """A template compared with the charger."""

    template: SettingTemplate
    differences: tuple[Difference, ...]

    @property
    def can_apply(self) -> bool:
        return any(difference.can_change for difference in self.differences)


def read_all(version: Version, *, failed: int = 0) -> BuiltCommand:
    """Returns the command that reads every setting; a smaller report if the full one `failed` because of its size."""
    details = Details(remote_start_id=secrets.randbelow(2**31 - 1) + 1)
    full_command = builder.build(UsualAction.GET_CONFIGURATION, details, version=version)
    if not failed:
        return full_command
    if version is Version.V16:
        return builder.check("GetConfiguration", {"key": sorted(setting_conflicts.keys(version))}, version=version)
    base = _SMALLER_REPORTS[min(failed, len(_SMALLER_REPORTS)) - 1]
    return builder.check("GetBaseReport", {**full_command.payload, "reportBase": base}, version=version)


def read_after_boot(charger: Charger, *, version: Version, now: datetime) -> None:
    """Queues a reading of all settings. Only stores a row, so that flows may call it."""
    failed = explanations.times_too_large(charger, since=now - _REMEMBERS_SIZE)
    order = read_all(version, failed=failed)
    queue.queue(charger, CommandRequest(action=order.action, payload=order.payload, origin="system"), now=now)


def of_charger(charger: Charger) -> list[Variable]:
    """Returns the last reported settings, by component and name."""
    return list(charger.variables.order_by("component", "component_instance", "name", "evse_number", "instance"))


def can_change(row: Variable) -> bool:
    """Whether the setting can be changed here. The charger's password is changed on the Connection page."""
    return row.mutability != "ReadOnly" and not masking.is_own_password(row.name)


def is_shown(row: Variable) -> bool:
    """Whether users may see the value: neither a password nor a write-only value."""
    return row.mutability != "WriteOnly" and not is_secret(row.name)


def changes(charger: Charger, rows: Sequence[Variable], values: Mapping[int, str]) -> list[BuiltCommand]:
    """Returns the orders that give these rows (by primary key) new values. Raises OrderError, naming the setting."""
    version = sending.version_of(charger)
    new_values = [(row, values[row.pk]) for row in rows if row.pk in values]
    for row, _ in new_values:
        if not can_change(row):
            raise OrderError(f"{history.key_of(row)} cannot be changed: the charger says it is read-only.")
    if version is Version.V16:
        payloads = [("ChangeConfiguration", {"key": row.name, "value": value}) for row, value in new_values]
        return [builder.check(action, payload, version=version) for action, payload in payloads]
    return _split_changes(
        [{**_build_variable_address(row), "attributeValue": value} for row, value in new_values],
        charger,
        version=version,
    )


def change_by_key(charger: Charger, values: Mapping[str, str]) -> list[BuiltCommand]:
    """Returns the orders that set these keys, known or not. Raises OrderError."""
    version = sending.version_of(charger)
    if version is Version.V16:
        return [
            builder.build(UsualAction.CHANGE_CONFIGURATION, Details(key=key, value=value), version=version)
            for key, value in values.items()
        ]
    built = [
        builder.build(UsualAction.CHANGE_CONFIGURATION, Details(key=key, value=value), version=version).payload
        for key, value in values.items()
    ]
    return _split_changes(
        [change for payload in built for change in payload["setVariableData"]], charger, version=version
    )


def compare_templates(charger: Charger, rows: Sequence[Variable]) -> list[TemplateComparison]:
    """Compares every matching template with the charger's reported settings; two queries."""
    by_key = {history.key_of(row): row for row in rows}
    templates = SettingTemplate.objects.filter(enabled=True).prefetch_related("settings").order_by("name")
    return [
        TemplateComparison(template, _differences(template, by_key))
        for template in templates
        if is_template_for(template, charger)
    ]


def is_template_for(template: SettingTemplate, charger: Charger) -> bool:
    """Whether the OCPP family and the patterns of vendor and model match, ignoring case."""
    is_16 = sending.version_of(charger) is Version.V16
    if (template.family == SettingTemplate.Family.V16) is not is_16:
        return False
    return catalogue.matches(charger, vendor=template.vendor, model=template.model)


def list_contradictions(charger: Charger, rows: Sequence[Variable]) -> tuple[Caution, ...]:
    """Returns settings that conflict with the portal at the charger's property."""
    access = charger.property.access
    portal = Portal(
        is_private=access == Property.Access.PRIVATE,
        asks_providers=access == Property.Access.PUBLIC_ROAMING,
        keeps_list=CardMemory.objects.filter(list_state.IS_KEPT, charger=charger).exists(),
    )
    facts = {history.key_of(row): ReportedSetting(row.value, can_change(row)) for row in rows if row.value is not None}
    return setting_conflicts.of_settings(facts, portal, version=sending.version_of(charger))


def contradictions_now(charger: Charger) -> tuple[Caution, ...]:
    """Returns the conflicts for a page that does not show the settings; one query."""
    names = {key.rpartition(".")[2] for key in setting_conflicts.keys(sending.version_of(charger))}
    return list_contradictions(charger, list(charger.variables.filter(name__in=names)))


def _differences(template: SettingTemplate, by_key: Mapping[str, Variable]) -> tuple[Difference, ...]:
    differences = []
    for template_setting in sorted(template.settings.all(), key=lambda setting: setting.key):
        row = by_key.get(template_setting.key)
        actual = row.value if row is not None and is_shown(row) else None
        if row is not None and not is_shown(row):
            continue
        if not is_same_value(actual, template_setting.value):
            differences.append(
                Difference(template_setting.key, template_setting.value, actual, row is None or can_change(row))
            )
    return tuple(differences)


def is_same_value(actual: str | None, expected: str) -> bool:
    """Compares values, because chargers write True and true, and lists with spaces."""
    return actual is not None and actual.replace(" ", "").lower() == expected.replace(" ", "").lower()


def _split_changes(data: list[Payload], charger: Charger, *, version: Version) -> list[BuiltCommand]:
    batch_size = _most_at_once(charger)
    return [
        builder.check("SetVariables", {"setVariableData": data[start : start + batch_size]}, version=version)
        for start in range(0, len(data), batch_size)
    ]


def _most_at_once(charger: Charger) -> int:
    """Returns how many variables one message may set (OCPP 2.0.1 part 2, DeviceDataCtrlr.ItemsPerMessage)."""
    rows = charger.variables.filter(component="DeviceDataCtrlr", name="ItemsPerMessage", attribute="Actual")
    reported_limit = rows.filter(instance="SetVariables").values_list("value", flat=True).first()
    limit = fields.count(reported_limit)
    return min(limit, _MAX_AT_ONCE) if limit else _MAX_AT_ONCE


def _build_variable_address(row: Variable) -> Payload:
    """Returns the component, variable and attribute of a row as OCPP 2.x names them."""
    component: Payload = {"name": row.component}
    if row.component_instance:
        component["instance"] = row.component_instance
    if row.evse_number is not None:
        connector = {"connectorId": row.connector_number} if row.connector_number is not None else {}
        component["evse"] = {"id": row.evse_number, **connector}
    variable = {"name": row.name} | ({"instance": row.instance} if row.instance else {})
    attribute = {"attributeType": row.attribute} if row.attribute != "Actual" else {}
    return {**attribute, "component": component, "variable": variable}
