"""The outlets of a property for its power limit: wiring, car, meter and profiles, from stored rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chargers.lib import ids
from chargers.models import (
    Charger,
    Evse,
    MeterValue,
    PowerLimit,
    PowerOutlet,
    Property,
    SentProfile,
    Transaction,
    Variable,
)
from chargers.power import allocation, currents
from chargers.power.currents import DrawnCurrent
from chargers.power.profiles import MAX_STACK_LEVEL, Purpose, Unit, unit_of

READING_HOLDS: Final = timedelta(minutes=15)
UNKNOWN_MOST_A: Final = Decimal(32)
LEAST_A: Final = 6
"""The least current with which any car charges (IEC 61851-1)."""
_ONE_PHASE: Final = frozenset(("IEC_62196_T1", "NACS", "TESLA_S", "DOMESTIC_B"))
_MAX_OF_ONE_PHASE_W: Final = 7400
_DIRECT: Final = frozenset(("IEC_62196_T1_COMBO", "IEC_62196_T2_COMBO", "CHADEMO"))
_UNIT_NAMES: Final = frozenset(
    ("ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleChargingRateUnit", "RateUnit")
)
_LEVEL_NAMES: Final = frozenset(("ChargeProfileMaxStackLevel", "ProfileStackLevel"))
_PHASE_LETTERS: Final = {"R": 0, "S": 1, "T": 2}


@dataclass(slots=True)
class MeteredOutlet:
    """An outlet with everything known about it. `name` is readable; code that changes `row` saves it."""

    name: str
    evse: Evse
    charger: Charger
    row: PowerOutlet
    site_phases: int
    voltage_v: int
    transaction: Transaction | None = None
    drawn: DrawnCurrent | None = None
    profiles: dict[str, SentProfile] | None = None
    reported_unit: Unit | None = None
    stack_level: int = 0

    @property
    def wired_phases(self) -> tuple[int, ...]:
        """Returns the property's phases on the charger's L1, L2 and L3, if they are wired."""
        if self.site_phases == 1:
            return (0,)
        phases = tuple(_PHASE_LETTERS[letter] for letter in self.row.wiring)
        return phases[:1] if self._is_one_phase() else phases

    @property
    def phases(self) -> frozenset[int]:
        """Returns the property's phases that the car loads: as measured, else all wired ones."""
        used = self.row.phases_used or len(self.wired_phases)
        return frozenset(self.wired_phases[:used])

    @property
    def most_a(self) -> Decimal:
        """Returns the highest current of the outlet on each of its phases."""
        powers = [connector.max_power_w for connector in self.evse.connectors.all() if connector.max_power_w]
        if not powers:
            return UNKNOWN_MOST_A
        # 11 kW on three phases of 230 V mean 16 A, not 15.9, so round to whole amperes.
        made_for = 1 if self.site_phases == 1 or self._is_one_phase() else 3
        return (Decimal(max(powers)) / (self.voltage_v * made_for)).quantize(Decimal(1))

    @property
    def unit(self) -> Unit:
        """Returns the unit for its next profile.

        Direct current in amperes does not tell the load on the property's phases.
        """
        if self.row.unit:
            return Unit(self.row.unit)
        if self.reported_unit:
            return self.reported_unit
        return Unit.WATTS if self._is_direct() else Unit.AMPERES

    def profile(self, purpose: Purpose) -> SentProfile | None:
        return (self.profiles or {}).get(purpose.value)

    @property
    def ruling(self) -> SentProfile | None:
        """Returns the confirmed profile in force; None if nothing is confirmed."""
        own = self.profile(Purpose.TRANSACTION)
        if own and own.in_force_a is not None and self.transaction and own.transaction_id == self.transaction.pk:
            return own
        default = self.profile(Purpose.DEFAULT)
        return default if default and default.in_force_a is not None else None

    @property
    def in_force_a(self) -> Decimal | None:
        return self.ruling.in_force_a if self.ruling else None

    def _is_one_phase(self) -> bool:
        connectors = list(self.evse.connectors.all())
        if not connectors:
            return False
        if all(connector.standard in _ONE_PHASE for connector in connectors):
            return True
        powers = [connector.max_power_w for connector in connectors if connector.max_power_w]
        return bool(powers) and max(powers) <= _MAX_OF_ONE_PHASE_W and not self._is_direct()

    def _is_direct(self) -> bool:
        return any(connector.standard in _DIRECT for connector in self.evse.connectors.all())


def faults(limit: PowerLimit) -> dict[str, str]:
    """Returns, by field, why no car could ever charge under this limit; empty if one can."""
    by_field = {}
    if limit.limit_a() < limit.minimum_a:
        per_phase = allocation.text(limit.limit_a())
        by_field["amount"] = f"That is {per_phase} A per phase: less than the {limit.minimum_a} A that one car needs."
    if 0 < limit.offline_a < LEAST_A:
        by_field["offline_a"] = f"Write 0, or {LEAST_A} or more: no car charges with less than {LEAST_A} A."
    return by_field


def complete(property_: Property) -> None:
    """Creates the rows of new outlets. Two queries."""
    new = Evse.objects.filter(charger__property=property_, charger__retired_at=None, power=None)
    PowerOutlet.objects.bulk_create([PowerOutlet(evse=evse) for evse in new], ignore_conflicts=True)


def of_limit(limit: PowerLimit, *, now: datetime) -> list[MeteredOutlet]:
    """Returns every outlet of the property, by name; a new one has an unsaved row. Seven queries."""
    evses = _evses(limit.property)
    rows = {row.evse_id: row for row in PowerOutlet.objects.filter(evse__in=evses).select_related("transaction")}
    running = _running(evses)
    readings = _readings(running.values(), now=now)
    profiles = _profiles(rows.values())
    settings = _settings({evse.charger_id for evse in evses})
    outlets = []
    for evse in evses:
        row = rows.get(evse.pk) or PowerOutlet(evse=evse)
        transaction = running.get((evse.charger_id, evse.number))
        unit, level = settings.get(evse.charger_id, (None, 0))
        metered_outlet = MeteredOutlet(
            name=_name(evse, evses),
            evse=evse,
            charger=evse.charger,
            row=row,
            site_phases=limit.phases,
            voltage_v=limit.voltage_v,
            transaction=transaction,
            profiles=profiles.get(row.pk or 0, {}),
            reported_unit=unit,
            stack_level=level,
        )
        reading = readings.get(transaction.pk) if transaction else None
        if reading:
            metered_outlet.drawn = currents.find_drawn_current(
                reading.samples,
                power_w=reading.power_w,
                voltage_v=limit.voltage_v,
                wired_phases=len(metered_outlet.wired_phases),
            )
        outlets.append(metered_outlet)
    return outlets


def site_of(limit: PowerLimit) -> allocation.Site:
    return allocation.Site(limit.limit_a(), limit.phases, allocation.Strategy(limit.strategy), limit.minimum_a)


def _evses(property_: Property) -> list[Evse]:
    evses = Evse.objects.filter(charger__property=property_, charger__retired_at=None).select_related("charger")
    return list(evses.prefetch_related("connectors").order_by("charger__station_id", "number"))


def _name(evse: Evse, evses: Sequence[Evse]) -> str:
    several = sum(1 for other in evses if other.charger_id == evse.charger_id) > 1
    return f"{evse.charger.station_id} outlet {evse.number}" if several else evse.charger.station_id


def _running(evses: Sequence[Evse]) -> dict[tuple[int, int], Transaction]:
    """Returns the newest open transaction of each outlet."""
    chargers = {evse.charger_id for evse in evses}
    rows = Transaction.objects.filter(charger__in=chargers, stopped_at=None, evse_number__isnull=False)
    return {(row.charger_id, row.evse_number or 0): row for row in rows.order_by("started_at", "id")}


def _readings(running: Iterable[Transaction], *, now: datetime) -> dict[int, MeterValue]:
    """Returns the newest meter value of each transaction, unless it is outdated."""
    since = now - READING_HOLDS
    rows = MeterValue.objects.filter(transaction__in=list(running), at__gte=since, id__gte=ids.floor(since))
    newest = rows.order_by("transaction_id", "-at").distinct("transaction_id")
    return {row.transaction_id or 0: row for row in newest}


def _profiles(rows: Iterable[PowerOutlet]) -> dict[int, dict[str, SentProfile]]:
    by_outlet: dict[int, dict[str, SentProfile]] = {}
    for profile in SentProfile.objects.filter(outlet__in=list(rows)):
        by_outlet.setdefault(profile.outlet_id, {})[profile.purpose] = profile
    return by_outlet


def _settings(chargers: set[int]) -> dict[int, tuple[Unit | None, int]]:
    """Returns the unit that each charger accepts, and its highest stack level, which our profiles use."""
    by_charger: dict[int, tuple[Unit | None, int]] = {}
    rows = Variable.objects.filter(charger__in=chargers, name__in=_UNIT_NAMES | _LEVEL_NAMES, attribute="Actual")
    for variable in rows:
        unit, level = by_charger.get(variable.charger_id, (None, 0))
        if variable.name in _UNIT_NAMES:
            unit = unit_of(variable.value)
        else:
            level = min(_parse_whole_number(variable.value), MAX_STACK_LEVEL)
        by_charger[variable.charger_id] = unit, level
    return by_charger


def _parse_whole_number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else 0
