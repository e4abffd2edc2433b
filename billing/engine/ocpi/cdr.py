"""Prices an OCPI CDR by its tariff: exactly, with each charging period judged as of its beginning."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.ocpi.tariff import Dimension, Moment, OcpiTariff, PriceComponent, TaxIncluded, read_tariff
from billing.engine.rate.reading import EARLIEST, InputError, Node, Problem
from billing.engine.values import units

RESERVATION_TIME: Final = "RESERVATION_TIME"
_HOUR: Final = timedelta(hours=1)
_WH_PER_KWH: Final = 1000
_S_PER_HOUR: Final = 3600
_ROUNDING_S: Final = 2
_MAX_VOLUME: Final = Decimal(10) ** 9


class OcpiVersion(StrEnum):
    V211 = "2.1.1"
    V221 = "2.2.1"
    V230 = "2.3.0"


class CdrError(InputError):
    """A tariff or CDR that cannot be read, with every problem found."""


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """Volumes by the name of their OCPI dimension: kWh, hours, A, kW."""

    start: datetime
    volumes: dict[str, Decimal]

    @property
    def is_reservation(self) -> bool:
        return RESERVATION_TIME in self.volumes

    def volume(self, name: str) -> Decimal:
        return self.volumes.get(name, Decimal(0))


@dataclass(frozen=True, slots=True)
class Cdr:
    """The consumption; its periods ascend."""

    start: datetime
    end: datetime
    periods: tuple[ChargingPeriod, ...]


@dataclass(frozen=True, slots=True)
class CdrRequest:
    tariff: OcpiTariff
    cdr: Cdr
    zone: ZoneInfo
    version: OcpiVersion


@dataclass(frozen=True, slots=True)
class PricedVolume:
    """A volume (kWh, hours, or 1 for a flat fee) under the component that prices it; `billed` is after step_size."""

    component: PriceComponent
    billed: Fraction
    is_reservation: bool


@dataclass(frozen=True, slots=True)
class CdrReport:
    """Exact totals; None if a tariff without the tax percentage leaves them open. Energy in kWh, times in h."""

    total_excl_vat: Fraction | None
    total_incl_vat: Fraction | None
    total_energy: Fraction
    total_time: Fraction
    total_parking_time: Fraction
    volumes: tuple[PricedVolume, ...]


def price_cdr(*, tariff: OcpiTariff, cdr: Cdr, zone: ZoneInfo, version: OcpiVersion) -> CdrReport:
    """Prices the CDR (OCPI 2.2.1 11.2-11.4).

    The tariff's own validity is ignored: the sender of the CDR chose the tariff.
    """
    volumes = _apply_step_sizes(tuple(_priced_volumes(tariff, cdr=cdr, zone=zone)))
    before = _sum(_amount_before_taxes(item, tariff=tariff) for item in volumes)
    after = _sum(_amount_after_taxes(item, tariff=tariff, version=version) for item in volumes)
    return CdrReport(
        total_excl_vat=_clamp_total(before, least=tariff.min_price.before_taxes, most=tariff.max_price.before_taxes),
        total_incl_vat=_clamp_total(after, least=tariff.min_price.after_taxes, most=tariff.max_price.after_taxes),
        total_energy=_total(cdr, Dimension.ENERGY),
        total_time=_total_time(cdr),
        total_parking_time=_total(cdr, Dimension.PARKING_TIME),
        volumes=volumes,
    )


def _priced_volumes(tariff: OcpiTariff, *, cdr: Cdr, zone: ZoneInfo) -> Iterator[PricedVolume]:
    """Yields the priced volumes. Volumes without a component in the tariff are free and left out, also of step_size."""
    flat_taken: set[bool] = set()
    for period, moment in _moments(cdr, zone=zone):
        flat = tariff.component_at(Dimension.FLAT, moment=moment)
        if flat is not None and period.is_reservation not in flat_taken:
            flat_taken.add(period.is_reservation)
            yield PricedVolume(component=flat, billed=Fraction(1), is_reservation=period.is_reservation)
        for dimension, name in _dimensions(period):
            component = tariff.component_at(dimension, moment=moment)
            if component is not None and period.volume(name):
                volume = Fraction(period.volume(name))
                yield PricedVolume(component=component, billed=volume, is_reservation=period.is_reservation)


def _dimensions(period: ChargingPeriod) -> tuple[tuple[Dimension, str], ...]:
    """Returns the dimensions.

    Reserved time is priced by TIME components with a reservation restriction (OCPI 2.2.1 11.4.3).
    """
    if period.is_reservation:
        return ((Dimension.TIME, RESERVATION_TIME),)
    return tuple(
        (dimension, dimension.value) for dimension in (Dimension.ENERGY, Dimension.TIME, Dimension.PARKING_TIME)
    )


def _moments(cdr: Cdr, *, zone: ZoneInfo) -> Iterator[tuple[ChargingPeriod, Moment]]:
    """Yields each period with its moment.

    A reservation has expired if nothing but reserved time follows; a session begins at its end.
    """
    used = [period.start for period in cdr.periods if not period.is_reservation]
    session_start = max(cdr.start, used[0]) if used else cdr.start
    energy_kwh = Decimal(0)
    for period in cdr.periods:
        since = cdr.start if period.is_reservation else session_start
        yield (
            period,
            Moment(
                wall=period.start.astimezone(zone),
                energy_kwh=energy_kwh,
                duration_s=Decimal((period.start - since) // units.MICROSECOND).scaleb(-6).max(Decimal(0)),
                lowest_current=period.volumes.get("MIN_CURRENT", period.volumes.get("CURRENT")),
                highest_current=period.volumes.get("MAX_CURRENT", period.volumes.get("CURRENT")),
                lowest_power=period.volumes.get("MIN_POWER", period.volumes.get("POWER")),
                highest_power=period.volumes.get("MAX_POWER", period.volumes.get("POWER")),
                is_reservation=period.is_reservation,
                is_expired=not used,
            ),
        )
        energy_kwh += period.volume("ENERGY")


def _apply_step_sizes(volumes: tuple[PricedVolume, ...]) -> tuple[PricedVolume, ...]:
    """Applies step_size once per session: for energy, reserved time, and parking if there was any, else
    charging time.
    """
    billed = list(volumes)
    _step(billed, dimension=Dimension.ENERGY, per_unit=_WH_PER_KWH)
    _step(billed, dimension=Dimension.TIME, per_unit=_S_PER_HOUR, is_reservation=True)
    parked = any(item.component.dimension is Dimension.PARKING_TIME for item in volumes)
    _step(billed, dimension=Dimension.PARKING_TIME if parked else Dimension.TIME, per_unit=_S_PER_HOUR)
    return tuple(billed)


def _step(volumes: list[PricedVolume], *, dimension: Dimension, per_unit: int, is_reservation: bool = False) -> None:
    """Rounds the total of a dimension up to the step of its last component, at the price of that component."""
    indices = [
        index
        for index, item in enumerate(volumes)
        if item.component.dimension is dimension and item.is_reservation is is_reservation
    ]
    if not indices or not (step := volumes[indices[-1]].component.step_size):
        return
    total = sum((volumes[index].billed for index in indices), Fraction(0)) * per_unit
    # Hours carry few decimals: 0.166667 h is 600 s, not a step more. Wh are exact.
    tolerance = min(Fraction(1, 2), Fraction(step, 100)) if dimension is not Dimension.ENERGY else Fraction(0)
    added = (ceil((total - tolerance) / step) * step - total) / per_unit
    last = volumes[indices[-1]]
    volumes[indices[-1]] = replace(last, billed=last.billed + added)


def _amount_before_taxes(item: PricedVolume, *, tariff: OcpiTariff) -> Fraction | None:
    amount = Fraction(item.component.price) * item.billed
    if tariff.tax_included is not TaxIncluded.YES:
        return amount
    return None if item.component.vat is None else amount / (1 + Fraction(item.component.vat) / 100)


def _amount_after_taxes(item: PricedVolume, *, tariff: OcpiTariff, version: OcpiVersion) -> Fraction | None:
    """Returns the amount after taxes. OCPI 2.1.1 has no VAT, and in 2.3.0 a tariff may leave taxes to the CDR."""
    amount = Fraction(item.component.price) * item.billed
    if tariff.tax_included in (TaxIncluded.YES, TaxIncluded.NOT_APPLICABLE):
        return amount
    if item.component.vat is not None:
        return amount * (1 + Fraction(item.component.vat) / 100)
    return amount if version is OcpiVersion.V221 else None


def _sum(amounts: Iterator[Fraction | None]) -> Fraction | None:
    total = Fraction(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _clamp_total(total: Fraction | None, *, least: Decimal | None, most: Decimal | None) -> Fraction | None:
    if total is None:
        return None
    raised = total if least is None else max(total, Fraction(least))
    return raised if most is None else min(raised, Fraction(most))


def _total(cdr: Cdr, dimension: Dimension) -> Fraction:
    return Fraction(sum((period.volume(dimension) for period in cdr.periods), Decimal(0)))


def _total_time(cdr: Cdr) -> Fraction:
    """Returns elapsed hours; as the periods have them if those are the rounded elapsed hours, so that they add up."""
    ends = (*(period.start for period in cdr.periods[1:]), cdr.end)
    names = (Dimension.TIME, Dimension.PARKING_TIME, RESERVATION_TIME)
    stated_hours = [sum((period.volume(name) for name in names), Decimal(0)) for period in cdr.periods]
    elapsed = [units.ratio(end - period.start, whole=_HOUR) for period, end in zip(cdr.periods, ends, strict=True)]
    if stated_hours and all(map(_is_rounding, stated_hours, elapsed)):
        return Fraction(sum(stated_hours))
    return units.ratio(cdr.end - cdr.start, whole=_HOUR)


def _is_rounding(stated_hours: Decimal, exact: Fraction) -> bool:
    """Whether a volume is the elapsed hours rounded to its own decimals. Too few decimals prove nothing."""
    half_unit = Fraction(1, 2 * 10 ** max(-int(stated_hours.as_tuple().exponent), 0))
    return abs(Fraction(stated_hours) - exact) <= min(half_unit, Fraction(_ROUNDING_S, _S_PER_HOUR))


def parse_cdr_request(obj: object) -> CdrRequest:
    """Reads the input of `price_cdr`. Raises CdrError with every problem found."""
    problems: list[Problem] = []
    fields = Node(value=obj, path="", problems=problems).fields(
        required=("tariff", "cdr", "timezone"), optional=("ocpi_version",)
    )
    version = fields.get("ocpi_version")
    tariff = read_tariff(fields["tariff"]) if "tariff" in fields else None
    cdr = _cdr(fields["cdr"]) if "cdr" in fields else None
    zone = fields["timezone"].time_zone() if "timezone" in fields else ZoneInfo("UTC")
    spec_version = (
        OcpiVersion(version.one_of(tuple(OcpiVersion), kind="version of OCPI")) if version else OcpiVersion.V221
    )
    if problems or tariff is None or cdr is None:
        raise CdrError(tuple(problems))
    return CdrRequest(tariff=tariff, cdr=cdr, zone=zone, version=spec_version)


def _cdr(node: Node) -> Cdr | None:
    fields = node.known_fields(
        required=("start_date_time", "charging_periods"), optional=("end_date_time", "stop_date_time")
    )
    ended = fields.get("end_date_time") or fields.get("stop_date_time")
    if ended is None:
        node.complain("end_date_time (stop_date_time in OCPI 2.1.1) is missing.")
    if ended is None or not {"start_date_time", "charging_periods"} <= fields.keys():
        return None
    start, end = fields["start_date_time"].utc_instant(), ended.utc_instant()
    if end < start:
        ended.complain("The CDR ends before it starts.")
    periods = tuple(
        sorted(
            (_period(item) for item in fields["charging_periods"].items()),
            key=lambda charging_period: charging_period.start,
        )
    )
    return Cdr(start=start, end=end, periods=periods)


def _period(node: Node) -> ChargingPeriod:
    fields = node.known_fields(required=("start_date_time", "dimensions"))
    volumes: dict[str, Decimal] = {}
    for item in fields["dimensions"].items() if "dimensions" in fields else ():
        dimension = item.known_fields(required=("type", "volume"))
        name = dimension["type"].text() if "type" in dimension else ""
        if "volume" in dimension:
            volume = dimension["volume"].decimal(at_most=_MAX_VOLUME, places=None)
            volumes[name] = volumes.get(name, Decimal(0)) + volume
    return ChargingPeriod(
        start=fields["start_date_time"].utc_instant() if "start_date_time" in fields else EARLIEST,
        volumes=volumes,
    )
