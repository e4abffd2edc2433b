"""Computes the current of a car on each phase from the samples of one meter value. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_PHASES: Final = ("L1", "L2", "L3")
_MIN_FLOWING_A: Final = Decimal(2)
"""From this current on, in ampere, a phase counts as carrying current."""
_MAX_RESTING_A: Final = Decimal("0.5")
"""Up to this current, in ampere, a phase counts as unused; between the two it is unclear."""


@dataclass(frozen=True, slots=True)
class DrawnCurrent:
    """The current of a car: `amps` is that of its highest phase, `phases` the number of phases that carry current.

    `phases` is None if it is unknown.
    """

    amps: Decimal
    phases: int | None


def find_drawn_current(
    samples: Iterable[Mapping[str, Any]], *, power_w: int | None, voltage_v: int, wired_phases: int
) -> DrawnCurrent | None:
    """Returns the current that the samples of one meter value tell; None if no value is usable.

    It is taken from Current.Import by phase; else from power by phase; else from Current.Import without a phase; else
    from the total power, spread evenly over the charger's wired phases. `samples` are sampled values of any OCPP
    version.
    """
    sampled_values = list(samples)
    amps_by_phase = _group_by_phase(sampled_values, measurand="Current.Import") or {
        phase: watts / voltage_v
        for phase, watts in _group_by_phase(sampled_values, measurand="Power.Active.Import").items()
    }
    if amps_by_phase:
        return DrawnCurrent(max(amps_by_phase.values()), _count_phases(amps_by_phase))
    total_a = _find_total_current(sampled_values)
    if total_a is not None:
        return DrawnCurrent(total_a, None)
    return None if power_w is None else DrawnCurrent(Decimal(power_w) / voltage_v / wired_phases, None)


def _count_phases(amps_by_phase: Mapping[str, Decimal]) -> int | None:
    """Returns the number of phases that carry current; None if unclear, such as when the car rests."""
    flowing = [phase for phase in _PHASES if amps_by_phase.get(phase, Decimal(0)) >= _MIN_FLOWING_A]
    resting = [phase for phase in _PHASES if phase in amps_by_phase and amps_by_phase[phase] <= _MAX_RESTING_A]
    if not flowing or len(flowing) + len(resting) < len(amps_by_phase) or flowing != list(_PHASES[: len(flowing)]):
        return None
    return len(flowing) if len(amps_by_phase) == len(_PHASES) else None


def _group_by_phase(samples: Iterable[Mapping[str, Any]], *, measurand: str) -> dict[str, Decimal]:
    value_by_phase = {}
    for sample in samples:
        phase = str(sample.get("phase") or "").partition("-")[0]
        value = _parse_value(sample)
        if sample.get("measurand") == measurand and phase in _PHASES and value is not None:
            value_by_phase[phase] = value
    return value_by_phase


def _find_total_current(samples: Iterable[Mapping[str, Any]]) -> Decimal | None:
    values = (
        _parse_value(sample)
        for sample in samples
        if sample.get("measurand") == "Current.Import" and not sample.get("phase")
    )
    return next((value for value in values if value is not None), None)


def _parse_value(sample: Mapping[str, Any]) -> Decimal | None:
    """Returns the value in base units: kW become W (OCPP 1.6 7.43, OCPP 2.0.1 3.78 with its multiplier)."""
    try:
        value = Decimal(str(sample.get("value")).strip())
    except InvalidOperation:
        return None
    measure = sample.get("unitOfMeasure")
    unit_info = measure if isinstance(measure, Mapping) else {}
    unit = sample.get("unit") or unit_info.get("unit")
    multiplier = unit_info.get("multiplier", 0)
    if not value.is_finite() or not isinstance(multiplier, int) or abs(multiplier) > 9:
        return None
    scaled = value.scaleb(multiplier) * (1000 if unit == "kW" else 1)
    return scaled if 0 <= scaled < Decimal(10**7) else None
