"""Resolves names in a request to rows of the caller's host; an unknown name is reported with its field."""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError

from chargers.models import Charger, Host, Property, Unit

M = TypeVar("M", bound=Model)


def properties(host: Host, slugs: Sequence[str]) -> list[Property]:
    return _resolve_keys(Property.objects.filter(host=host), "slug", slugs, field="properties", noun="property")


def chargers(host: Host, ids: Sequence[str]) -> list[Charger]:
    rows = Charger.objects.filter(property__host=host, retired_at=None).select_related("property")
    return _resolve_keys(rows, "charger_id", ids, field="chargers", noun="charger")


def units(host: Host, names: Sequence[str]) -> list[Unit]:
    """Returns the units named as `property/unit`, both slugs."""
    rows = Unit.objects.filter(property__host=host).select_related("property")
    by_name = {f"{unit.property.slug}/{unit.slug}": unit for unit in rows}
    unknown = [[] if name in by_name else [f"There is no unit “{name}”: write property/unit."] for name in names]
    if any(unknown):
        raise ValidationError({"units": unknown})
    return [by_name[name] for name in names]


def _resolve_keys(rows: QuerySet[M], key: str, names: Sequence[str], *, field: str, noun: str) -> list[M]:
    by_name = {getattr(row, key): row for row in rows.filter(**{f"{key}__in": list(names)})}
    unknown = [[] if name in by_name else [f"There is no {noun} “{name}” of this host."] for name in names]
    if any(unknown):
        raise ValidationError({field: unknown})
    return [by_name[name] for name in names]
