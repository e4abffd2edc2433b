"""One setting across many chargers: its values, and where it differs from the expected one.

Only settings of a whole charger, without an instance and outside single EVSEs.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from chargers.models import Charger, ExpectedSetting, SettingTemplate, Variable
from chargers.settings import settings
from chargers.text import masking

_MAX_KEYS: Final = 1000
_PLAIN: Final = {
    "component_instance": "",
    "instance": "",
    "evse_number": None,
    "connector_number": None,
    "attribute": "Actual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueGroup:
    """The chargers with one value; None: they never reported the setting.

    `differing` of them should have another value.
    """

    value: str | None
    chargers: list[int]
    differing: list[int]
    expected: list[str]
    """The expected values of those that differ, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A setting across the chargers, the most frequent value first."""

    key: str
    groups: list[ValueGroup]

    @property
    def differing(self) -> list[int]:
        return [pk for group in self.groups for pk in group.differing]


def count_chargers_by_key(chargers: QuerySet[Charger]) -> list[tuple[str, int]]:
    """Returns the settings that these chargers reported, with the number of chargers; no secrets. One query."""
    rows = Variable.objects.filter(charger__in=chargers.order_by().values("pk"), **_PLAIN)
    key_counts = rows.exclude(mutability="WriteOnly").values_list("component", "name").annotate(count=Count("charger"))
    counts = [(_key(component, name), count) for component, name, count in key_counts if not masking.is_secret(name)]
    return sorted(counts)[:_MAX_KEYS]


def compare(chargers: QuerySet[Charger], key: str) -> Drift:
    """Groups the chargers by value, ignoring case and spaces. Five queries."""
    rows = list(chargers.only("pk", "vendor", "model", "ocpp_version", "property_id"))
    actual = _values(chargers, key)
    expected = _load_expected_values(rows, key)
    by_value: dict[str | None, list[int]] = defaultdict(list)
    spelling: dict[str, str] = {}
    for charger in rows:
        value = actual.get(charger.pk)
        plain = None if value is None else spelling.setdefault(_fold_value(value), value)
        by_value[plain].append(charger.pk)
    groups = [_group(value, pks, expected) for value, pks in by_value.items()]
    groups.sort(key=lambda group: (group.value is None, -len(group.chargers), group.value or ""))
    return Drift(key=key, groups=groups)


def _group(value: str | None, chargers: list[int], expected: Mapping[int, str]) -> ValueGroup:
    differing = [pk for pk in chargers if pk in expected and not settings.is_same_value(value, expected[pk])]
    return ValueGroup(
        value=value, chargers=chargers, differing=differing, expected=sorted({expected[pk] for pk in differing})
    )


def _values(chargers: QuerySet[Charger], key: str) -> dict[int, str]:
    component, _, name = key.rpartition(".")
    if masking.is_secret(name):
        return {}
    rows = Variable.objects.filter(charger__in=chargers.order_by().values("pk"), component=component, name=name)
    readable = rows.filter(value__isnull=False, **_PLAIN).exclude(mutability="WriteOnly")
    return {pk: value for pk, value in readable.values_list("charger_id", "value") if value is not None}


def _load_expected_values(chargers: list[Charger], key: str) -> dict[int, str]:
    """Returns expected values by charger (primary key): the property's own, else that of a matching template."""
    of_property = dict(ExpectedSetting.objects.filter(key=key).values_list("property_id", "value"))
    templates = SettingTemplate.objects.filter(enabled=True, settings__key=key).order_by("name")
    values = dict(templates.values_list("pk", "settings__value"))
    template_list = list(templates.distinct())
    by_charger: dict[int, str] = {}
    for charger in chargers:
        fitting = next((template for template in template_list if settings.is_template_for(template, charger)), None)
        if charger.property_id in of_property:
            by_charger[charger.pk] = of_property[charger.property_id]
        elif fitting is not None:
            by_charger[charger.pk] = values[fitting.pk]
    return by_charger


def _key(component: str, name: str) -> str:
    return f"{component}.{name}" if component else name


def _fold_value(value: str) -> str:
    return value.replace(" ", "").lower()
