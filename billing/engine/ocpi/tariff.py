"""OCPI tariffs (2.1.1, 2.2.1, 2.3.0): ordered elements; for each dimension the first that applies gives the price."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from billing.engine.rate.calendar import DAY_MINUTES, EVERY_DAY, WHOLE_WEEK, Window
from billing.engine.rate.reading import Node

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_WEEKDAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_LIMIT: Final = Decimal(10) ** 12


class Dimension(StrEnum):
    """OCPI 2.2.1 11.4.5 TariffDimensionType."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class ReservationRestriction(StrEnum):
    """OCPI 2.2.1 11.4.3 ReservationRestrictionType."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


class TaxIncluded(StrEnum):
    """OCPI 2.3.0: whether the prices of a tariff contain the taxes."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """A price: `price` per kWh, per hour or once; `step_size` in Wh or seconds; `vat` is None if the tariff
    has none.
    """

    dimension: Dimension
    price: Decimal
    vat: Decimal | None
    step_size: int


@dataclass(frozen=True, slots=True)
class Range:
    """A range from `least` inclusive to `below` exclusive, each open if None."""

    least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, *, low: Decimal | None, high: Decimal | None) -> bool:
        """Whether all of `low` to `high` lies inside; unknown values restrict nothing."""
        starts = self.least is None or low is None or low >= self.least
        return starts and (self.below is None or high is None or high < self.below)


@dataclass(frozen=True, slots=True)
class Moment:
    """The facts for restrictions, as of the beginning of a period.

    `wall` is the property's time; currents in A over all phases, powers in kW, None if the CDR has none.
    """

    wall: datetime
    energy_kwh: Decimal
    duration_s: Decimal
    lowest_current: Decimal | None
    highest_current: Decimal | None
    lowest_power: Decimal | None
    highest_power: Decimal | None
    is_reservation: bool
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Restrictions:
    """OCPI 2.2.1 11.4.6; all of them must apply."""

    window: Window = WHOLE_WEEK
    start_date: date | None = None
    end_date: date | None = None
    kwh: Range = Range()
    duration_s: Range = Range()
    current: Range = Range()
    power: Range = Range()
    reservation: ReservationRestriction | None = None

    def hold(self, moment: Moment) -> bool:
        day = moment.wall.date()
        return (
            self._hold_for_reservation(moment)
            and self.window.covers(weekday=day.weekday(), minute=moment.wall.hour * 60 + moment.wall.minute)
            and (self.start_date is None or day >= self.start_date)
            and (self.end_date is None or day < self.end_date)
            and self.kwh.holds(low=moment.energy_kwh, high=moment.energy_kwh)
            and self.duration_s.holds(low=moment.duration_s, high=moment.duration_s)
            and self.current.holds(low=moment.lowest_current, high=moment.highest_current)
            and self.power.holds(low=moment.lowest_power, high=moment.highest_power)
        )

    def _hold_for_reservation(self, moment: Moment) -> bool:
        match self.reservation:
            case None:
                return not moment.is_reservation
            case ReservationRestriction.RESERVATION:
                return moment.is_reservation
            case ReservationRestriction.RESERVATION_EXPIRES:
                return moment.is_reservation and moment.is_expired


@dataclass(frozen=True, slots=True)
class Element:
    components: tuple[PriceComponent, ...]
    restrictions: Restrictions


@dataclass(frozen=True, slots=True)
class Limit:
    """A minimum or maximum total, each applied separately."""

    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OcpiTariff:
    """`tax_included` is None before OCPI 2.3.0, where prices are without tax."""

    elements: tuple[Element, ...]
    min_price: Limit
    max_price: Limit
    tax_included: TaxIncluded | None

    def component_at(self, dimension: Dimension, *, moment: Moment) -> PriceComponent | None:
        """Returns the price of a dimension; None is free."""
        for element in self.elements:
            if any(component.dimension is dimension for component in element.components) and element.restrictions.hold(
                moment
            ):
                return next(component for component in element.components if component.dimension is dimension)
        return None


def read_tariff(node: Node) -> OcpiTariff:
    """Reads a tariff. Problems go to the node; additions of later versions are ignored."""
    fields = node.known_fields(required=("elements",), optional=("min_price", "max_price", "tax_included"))
    included = fields.get("tax_included")
    return OcpiTariff(
        elements=tuple(_element(item) for item in fields["elements"].items()) if "elements" in fields else (),
        min_price=_limit(fields["min_price"]) if "min_price" in fields else Limit(),
        max_price=_limit(fields["max_price"]) if "max_price" in fields else Limit(),
        tax_included=TaxIncluded(included.one_of(tuple(TaxIncluded), kind="tax_included")) if included else None,
    )


def number(node: Node | None) -> Decimal | None:
    return node.decimal(at_least=-_LIMIT, at_most=_LIMIT, places=None) if node else None


def _limit(node: Node) -> Limit:
    fields = node.known_fields(optional=("excl_vat", "incl_vat", "before_taxes", "after_taxes"))
    return Limit(
        before_taxes=number(fields.get("before_taxes") or fields.get("excl_vat")),
        after_taxes=number(fields.get("after_taxes") or fields.get("incl_vat")),
    )


def _element(node: Node) -> Element:
    fields = node.known_fields(required=("price_components",), optional=("restrictions",))
    components = fields["price_components"].items() if "price_components" in fields else ()
    return Element(
        components=tuple(_component(item) for item in components),
        restrictions=_restrictions(fields["restrictions"]) if "restrictions" in fields else Restrictions(),
    )


def _component(node: Node) -> PriceComponent:
    fields = node.known_fields(required=("type", "price"), optional=("vat", "step_size"))
    step = fields.get("step_size")
    dimension = fields["type"].one_of(tuple(Dimension), kind="tariff dimension") if "type" in fields else "FLAT"
    return PriceComponent(
        dimension=Dimension(dimension),
        price=number(fields.get("price")) or Decimal(0),
        vat=fields["vat"].percentage() if "vat" in fields else None,
        step_size=step.integer(at_most=10**9) if step else 1,
    )


def _restrictions(node: Node) -> Restrictions:
    times, dates = ("start_time", "end_time"), ("start_date", "end_date")
    ranges = tuple(
        f"{end}_{quantity}" for quantity in ("kwh", "duration", "current", "power") for end in ("min", "max")
    )
    fields = node.known_fields(optional=(*times, *dates, *ranges, "day_of_week", "reservation"))
    reservation, days = fields.get("reservation"), fields.get("day_of_week")
    kinds = tuple(ReservationRestriction)
    return Restrictions(
        window=Window(
            start_minute=_minute(fields["start_time"]) if "start_time" in fields else 0,
            end_minute=(_minute(fields["end_time"]) or DAY_MINUTES) if "end_time" in fields else DAY_MINUTES,
            weekdays=_weekdays(days) if days else EVERY_DAY,
        ),
        start_date=_date(fields["start_date"]) if "start_date" in fields else None,
        end_date=_date(fields["end_date"]) if "end_date" in fields else None,
        kwh=_range(fields, quantity="kwh"),
        duration_s=_range(fields, quantity="duration"),
        current=_range(fields, quantity="current"),
        power=_range(fields, quantity="power"),
        reservation=ReservationRestriction(reservation.one_of(kinds, kind="reservation")) if reservation else None,
    )


def _range(fields: dict[str, Node], *, quantity: str) -> Range:
    return Range(least=number(fields.get(f"min_{quantity}")), below=number(fields.get(f"max_{quantity}")))


def _weekdays(node: Node) -> frozenset[int]:
    """Returns the weekdays. An empty list restricts nothing."""
    return frozenset(_WEEKDAYS.index(item.one_of(_WEEKDAYS, kind="day")) for item in node.items()) or EVERY_DAY


def _minute(node: Node) -> int:
    match = _CLOCK.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.complain("Expected a local time of day such as 17:00.")
        return 0
    return int(match[1]) * 60 + int(match[2])


def _date(node: Node) -> date:
    try:
        return date.fromisoformat(str(node.value))
    except ValueError:
        node.complain("Expected a local date such as 2026-03-10.")
        return date.min
