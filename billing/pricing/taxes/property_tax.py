"""The tax of a property, set once: the percentages for rates that refer to it, with their start.

A percentage never changes for sessions that have begun: a change is a new row that begins now or later.
"""

import copy
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.engine.rate import definition as definitions
from billing.models import PropertyTax, Rate, RateVersion, Session
from chargers.models import Property


class UnknownTaxError(Exception):
    """A rate refers to the tax of a property that has none."""


def find_percentage(property_id: int, moment: datetime) -> Decimal | None:
    """Returns the percentage in force then, or else the first one; None if none was ever set. One query."""
    return in_force([property_id], moment).get(property_id)


def in_force(property_ids: Collection[int], moment: datetime) -> dict[int, Decimal]:
    """Returns `at` for each property that has a tax. One query."""
    by_property: dict[int, Decimal] = {}
    rows = PropertyTax.objects.filter(property__in=property_ids).order_by("valid_from")
    for property_id, percentage, valid_from in rows.values_list("property", "percentage", "valid_from"):
        if valid_from <= moment or property_id not in by_property:
            by_property[property_id] = percentage.normalize()
    return by_property


def state(property_: Property, percentage: Decimal, *, valid_from: datetime, now: datetime) -> PropertyTax | None:
    """Sets the percentage for sessions that start from that time; None if it is set already.

    Call it with the property locked.
    """
    tax_in_force = (
        PropertyTax.objects.filter(property=property_, valid_from__lte=valid_from).order_by("-valid_from").first()
    )
    if tax_in_force is not None and tax_in_force.percentage == percentage:
        return None
    new_tax, _ = PropertyTax.objects.update_or_create(
        property=property_, valid_from=valid_from, defaults={"percentage": percentage, "created_at": now}
    )
    return new_tax


def definition(rate_definition: Mapping[str, Any], *, property_id: int, moment: datetime) -> dict[str, Any]:
    """Returns the definition with the percentages in force; one query if it refers to the property.

    Raises UnknownTaxError.
    """
    if not definitions.refers_to_property(rate_definition):
        return dict(rate_definition)
    percentage = find_percentage(property_id, moment)
    if percentage is None:
        raise UnknownTaxError(f"Property {property_id} has no tax, and a rate refers to it.")
    return definitions.apply_property_tax(rate_definition, f"{percentage:f}")


def of_session(session: Session) -> dict[str, Any]:
    """Returns the definition of the session's rate, with the tax of when its price was fixed.

    Raises UnknownTaxError.
    """
    assert session.rate_version is not None
    fixed_at = min(session.opened_at, session.started_at or session.opened_at)
    return definition(session.rate_version.definition, property_id=session.property_id, moment=fixed_at)


def version_of(session: Session) -> RateVersion | None:
    """Returns the session's version with the definition of `of_session`; do not save it."""
    if session.rate_version is None:
        return None
    version = copy.copy(session.rate_version)
    version.definition = of_session(session)
    return version


def missing(rate: Rate, rate_definition: Mapping[str, Any]) -> list[Property]:
    """Returns the properties with this rate that lack the tax to which the definition refers."""
    if not definitions.refers_to_property(rate_definition):
        return []
    return without_tax(Property.objects.filter(rate_assignments__rate=rate).distinct().order_by("name"))


def without_tax(places: Iterable[Property]) -> list[Property]:
    rows = list(places)
    taxed = set(
        PropertyTax.objects.filter(property__in=[property_.pk for property_ in rows]).values_list("property", flat=True)
    )
    return [property_ for property_ in rows if property_.pk not in taxed]


def sentence(property_: Property) -> str:
    """Returns a sentence on the missing tax and the remedy."""
    return f"{property_.name} has no tax, and the rate refers to it: state the tax of the property first."
