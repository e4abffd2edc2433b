"""Rates: their immutable versions, and their assignments.

The rate of a session, and why it applies, is found by `resolver` and frozen on the session.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from authorization.models import MobilityProvider, TokenGroup
from billing.engine.rate import definition as definitions
from billing.engine.rate import tariff
from billing.models import Rate, RateAssignment, RateVersion
from billing.pricing.taxes import property_tax
from chargers.models import Charger, Host, Property
from chargers.text import card_numbers

_A_MOMENT_AGO: Final = timedelta(minutes=5)
_MAX_PRIORITY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentScope:
    """The place, the people and the half-open time of an assignment."""

    property: Property
    charger: Charger | None = None
    evse_number: int | None = None
    audience: str
    group: TokenGroup | None = None
    msp: MobilityProvider | None = None
    priority: int = 0
    active_from: datetime | None = None
    active_to: datetime | None = None


class RateError(Exception):
    """The change is not possible; the message gives the reason, and what is possible."""


class ChangedMeanwhileError(Exception):
    """Another person saved the rate after the caller had read it; nothing was written."""


class NameTakenError(RateError):
    """Another rate of the host got the same name at the same moment."""


def lock(rate: Rate, *, as_read: tuple[int, str]) -> None:
    """Locks the rate. Call it in the transaction that changes it. Raises ChangedMeanwhileError.

    `as_read`: the number of its newest version, and its name, when the person opened it.
    """
    name = Rate.objects.select_for_update(no_key=True).values_list("name", flat=True).get(pk=rate.pk)
    newest = rate.versions.order_by("-number").values_list("number", flat=True).first() or 0
    if (newest, name) != as_read:
        raise ChangedMeanwhileError


def publish(
    rate: Rate, *, definition: dict[str, Any], now: datetime, valid_from: datetime | None = None
) -> RateVersion | None:
    """Publishes the next version, in force for sessions that start from `valid_from` or else from now.

    None if nothing would change: the version in force is the same, and none is planned. Raises RateError for a past
    time, because the price of sessions that have begun is not changed.
    """
    if valid_from is not None and valid_from < now - _A_MOMENT_AGO:
        raise RateError("A version cannot begin in the past: choose a time to come, or leave it out for now.")
    with transaction.atomic():
        Rate.objects.select_for_update().get(pk=rate.pk)
        for property_ in property_tax.missing(rate, definition):
            raise RateError(property_tax.sentence(property_))
        last = rate.versions.order_by("-number").first()
        current, ahead = in_force(rate, at=valid_from or now), planned_versions(rate, now=now)
        if current is not None and prices_alike(rate, current.definition, definition) and not ahead:
            return None
        number = last.number + 1 if last else 1
        return RateVersion.objects.create(
            rate=rate, number=number, definition=definition, created_at=now, valid_from=valid_from
        )


def prices_alike(rate: Rate, candidate: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two definitions give the same prices, however they are written: 0.5 and "0.50", or a default left out."""
    first, second = (tariff.parse_rate(definition, currency=rate.currency) for definition in (candidate, other))
    return tariff.canonical(first) == tariff.canonical(second)


def withdraw(version: RateVersion, *, now: datetime) -> bool:
    """Withdraws a planned version. False if it has begun."""
    waiting = RateVersion.objects.filter(pk=version.pk, withdrawn_at=None, valid_from__gt=now)
    return bool(waiting.update(withdrawn_at=now))


def in_force(rate: Rate, *, at: datetime) -> RateVersion | None:
    """Returns the version for a session that starts at that time."""
    begun_versions = rate.versions.filter(withdrawn_at=None).annotate(begins=Coalesce("valid_from", "created_at"))
    return begun_versions.filter(begins__lte=at).order_by("-begins", "-number").first()


def planned_versions(rate: Rate, *, now: datetime) -> list[RateVersion]:
    """Returns the versions that begin later, the next one first."""
    ahead = rate.versions.filter(withdrawn_at=None, valid_from__gt=now)
    return list(ahead.order_by("valid_from", "number"))


def create(host: Host, *, name: str, currency: str, definition: dict[str, Any], now: datetime) -> RateVersion:
    """Creates a rate with its first version; its slug is derived from its name. Raises NameTakenError."""
    base = slugify(card_numbers.mask(name))[:40] or "rate"
    taken_slugs = set(Rate.objects.filter(host=host, slug__startswith=base).values_list("slug", flat=True))
    slug = next(
        candidate for number in range(1, len(taken_slugs) + 2) if (candidate := _slug(base, number)) not in taken_slugs
    )
    try:
        with transaction.atomic():
            rate = Rate.objects.create(host=host, slug=slug, name=name, currency=currency)
            return RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=now)
    except IntegrityError as exc:
        raise NameTakenError(
            f"Somebody added a rate with the name “{name}” at the same moment: look at it, or choose another name."
        ) from exc


def assign(rate: Rate, scope: AssignmentScope) -> tuple[RateAssignment, Rate | None]:
    """Assigns the rate from now, or for its times. Also returns the rate that it replaces, if any.

    Raises RateError if the place contradicts itself, or another assignment began there at the same time.
    """
    _check(scope)
    _require_tax(rate, scope.property)
    values = {field: getattr(scope, field) for field in AssignmentScope.__slots__}
    update_values = {"rate": rate, "priority": values.pop("priority"), "active_to": values.pop("active_to")}
    with transaction.atomic():
        before = RateAssignment.objects.select_for_update(of=("self",)).select_related("rate")
        replaced = before.filter(**values).first()
        new_assignment, _ = RateAssignment.objects.update_or_create(**values, defaults=update_values)
    return new_assignment, replaced.rate if replaced else None


def _require_tax(rate: Rate, property_: Property) -> None:
    """Raises RateError if any version that may still apply refers to a tax that the property lacks."""
    rate_definitions = rate.versions.filter(withdrawn_at=None).values_list("definition", flat=True)
    if any(definitions.refers_to_property(definition) for definition in rate_definitions) and property_tax.without_tax(
        [property_]
    ):
        raise RateError(property_tax.sentence(property_))


def _check(scope: AssignmentScope) -> None:
    if scope.evse_number is not None and scope.charger is None:
        raise RateError("A connector belongs to a charger: choose the charger too.")
    if scope.group is not None and scope.audience != RateAssignment.Audience.MEMBER:
        raise RateError("A card group narrows members: choose Members, or no group.")
    if scope.msp is not None and scope.audience != RateAssignment.Audience.ROAMING:
        raise RateError("A roaming partner narrows roaming drivers: choose Roaming, or no partner.")
    if scope.active_from and scope.active_to and scope.active_to <= scope.active_from:
        raise RateError("It ends before it begins: swap the two dates.")
    if not -_MAX_PRIORITY <= scope.priority <= _MAX_PRIORITY:
        raise RateError(f"A priority is a whole number from {-_MAX_PRIORITY} to {_MAX_PRIORITY}.")


def newest(rate: Rate) -> RateVersion | None:
    return rate.versions.order_by("-number").first()


def _slug(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def parse_version(version: RateVersion) -> tariff.Rate:
    """Returns the version as the price engine takes it."""
    return tariff.parse_rate(version.definition, currency=version.rate.currency)
