"""The order of a list of chargers: by state, worst first, or by a column."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower

from chargers.fleet import condition
from chargers.fleet.running import running
from chargers.listing.columns import Column
from chargers.models import Charger, Connector

_FREE: Final = ("Available",)
_RANKS: Final = {"bad": 0, "warn": 1, "unknown": 2, "busy": 3, "ok": 4}
STATE_KINDS: Final[Mapping[str, str]] = {
    "down": "bad",
    "limited": "warn",
    "in_use": "busy",
    "available": "ok",
    "not_known": "unknown",
}
"""The states of a fleet, with their style; each charger is in exactly one of them."""
KIND_BY_RANK: Final[Mapping[int, str]] = {rank: kind for kind, rank in _RANKS.items()}
TITLES: Final[Mapping[str, str]] = {
    "down": "Offline or faulted",
    "limited": "Partly out of service",
    "in_use": "No connector free",
    "available": "Connector free",
    "not_known": "Not known yet",
}
"""A charger with one car and another free connector is "Connector free"; "Charging now" includes it too."""
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "station": (),
    "name": ("name_lower",),
    "property": ("property__name",),
    "unit": ("unit__name",),
    "firmware": ("firmware_version",),
    "model": ("vendor", "model"),
    "protocol": ("ocpp_version",),
    "last_message": ("last_message_at",),
    "power": ("power",),
}


def keys(chargers: QuerySet[Charger], column: Column, *, descends: bool) -> list[int]:
    """Returns primary keys in the order of a column that is not a figure. One query."""
    if column.key == "state":
        ranked = chargers.annotate(rank=rank()).order_by(
            _build_ordering("rank", descends), "property__name", "station_id"
        )
        return list(ranked.values_list("pk", flat=True))
    annotated: QuerySet[Any] = chargers
    if column.key == "power":
        annotated = annotated.annotate(power=power())
    if column.key == "name":
        annotated = annotated.annotate(name_lower=Lower("name"))
    by = [_build_ordering(name, descends) for name in _KEYS.get(column.key, ())] or [
        _build_ordering("station_id", descends)
    ]
    return list(annotated.order_by(*by, "station_id").values_list("pk", flat=True))


def by_figure(chargers: QuerySet[Charger], figures: Mapping[int, int | Decimal | None], *, descends: bool) -> list[int]:
    """Returns primary keys by their figure; those without one last, ties by station. One query."""
    stations = dict(chargers.order_by("station_id").values_list("pk", "station_id"))
    with_figure = [pk for pk in stations if figures.get(pk) is not None]
    with_figure.sort(key=lambda pk: figures[pk] or 0, reverse=descends)
    return [*with_figure, *(pk for pk in stations if figures.get(pk) is None)]


def of_page(chargers: QuerySet[Charger], order: Sequence[int]) -> list[Charger]:
    """Returns the chargers in this order. One query, plus those of the queryset's prefetches."""
    by_key = chargers.in_bulk(order)
    return [by_key[pk] for pk in order if pk in by_key]


def power() -> Any:
    """Returns a charger's present power in W; None if nobody charges, or every car there is paused."""
    flowing = running().filter(charger=OuterRef("pk"), flowing_w__isnull=False).order_by().values("charger")
    return flowing.annotate(total=Sum("flowing_w")).values("total")


def rank() -> Case:
    """Ranks chargers in SQL like `condition.of_charger`, the worst lowest."""
    plugs = Connector.objects.filter(evse__charger=OuterRef("pk"))
    faulted, other = Exists(plugs.filter(status="Faulted")), Exists(plugs.exclude(status="Faulted"))
    known_statuses = tuple(condition.STATUSES)
    return Case(
        When(never_connected(), then=Value(_RANKS["unknown"])),
        When(connection_id=None, then=Value(_RANKS["bad"])),
        When(~Q(registration=Charger.Registration.ACCEPTED), then=Value(_RANKS["warn"])),
        When(status="Faulted", then=Value(_RANKS["bad"])),
        When(~_build_exists_condition(Exists(plugs)), then=Value(_RANKS["unknown"])),
        When(_build_exists_condition(faulted) & ~_build_exists_condition(other), then=Value(_RANKS["bad"])),
        When(
            _build_exists_condition(faulted) | _build_exists_condition(Exists(plugs.filter(status="Unavailable"))),
            then=Value(_RANKS["warn"]),
        ),
        When(_build_exists_condition(Exists(plugs.filter(status__in=_FREE))), then=Value(_RANKS["ok"])),
        When(_build_exists_condition(Exists(plugs.exclude(status__in=known_statuses))), then=Value(_RANKS["unknown"])),
        default=Value(_RANKS["busy"]),
    )


def in_state(chargers: QuerySet[Charger], state: str) -> QuerySet[Charger]:
    """Returns the chargers in one of the states of a fleet."""
    return chargers.annotate(rank=rank()).filter(rank=_RANKS[STATE_KINDS[state]])


def counts(chargers: QuerySet[Charger]) -> dict[str, int]:
    """Returns the number of chargers in each state, without empty states. One query."""
    by_rank = dict(chargers.annotate(rank=rank()).order_by().values_list("rank").annotate(count=Count("pk")))
    in_states = {state: by_rank.get(_RANKS[kind], 0) for state, kind in STATE_KINDS.items()}
    return {state: count for state, count in in_states.items() if count}


def never_connected() -> Q:
    """Returns the condition for chargers that never connected, whose state is unknown."""
    return Q(connection_id=None, connected_at=None, disconnected_at=None)


def _build_exists_condition(exists: Exists) -> Q:
    return Q(ExpressionWrapper(exists, output_field=BooleanField()))


def _build_ordering(name: str, descends: bool) -> Any:
    expression = Coalesce(F(name), Value(0)) if name == "power" else F(name)
    return expression.desc(nulls_last=True) if descends else expression.asc(nulls_last=True)
