"""Computes the current of a car on each phase from the samples of one meter value. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_PHASES: Final = ("L1", "L2", "L3")
_FLOWS_A: Final = Decimal(2)
_RESTS_A: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Drawn:
    """`amps` is the highest of the phases; `phases` is the number of phases that carry current, None if unknown."""

    amps: Decimal
    phases: int | None


def find_drawn_amps(
    samples: Iterable[Mapping[str, Any]], *, power_w: int | None, voltage_v: int, wired: int
) -> Drawn | None:
    """Uses Current.Import by phase; else power by phase; else the total power over all wired phases.

    `samples` are sampled values of any OCPP version. None if no value is usable.
    """
    sampled = list(samples)
    by_phase = _group_by_phase(sampled, measurand="Current.Import") or {
        phase: watts / voltage_v for phase, watts in _group_by_phase(sampled, measurand="Power.Active.Import").items()
    }
    if by_phase:
        return Drawn(max(by_phase.values()), _count(by_phase))
    total_a = _find_total_current(sampled)
    if total_a is not None:
        return Drawn(total_a, None)
    return None if power_w is None else Drawn(Decimal(power_w) / voltage_v / wired, None)


def _count(by_phase: Mapping[str, Decimal]) -> int | None:
    """Returns the number of phases that carry current; None if unclear, such as when the car rests."""
    flowing = [phase for phase in _PHASES if by_phase.get(phase, Decimal(0)) >= _FLOWS_A]
    resting = [phase for phase in _PHASES if phase in by_phase and by_phase[phase] <= _RESTS_A]
    if not flowing or len(flowing) + len(resting) < len(by_phase) or flowing != list(_PHASES[: len(flowing)]):
        return None
    return len(flowing) if len(by_phase) == len(_PHASES) else None


def _group_by_phase(samples: Iterable[Mapping[str, Any]], *, measurand: str) -> dict[str, Decimal]:
    by_phase = {}
    for sample in samples:
        phase = str(sample.get("phase") or "").partition("-")[0]
        value = _value(sample)
        if sample.get("measurand") == measurand and phase in _PHASES and value is not None:
            by_phase[phase] = value
    return by_phase


def _find_total_current(samples: Iterable[Mapping[str, Any]]) -> Decimal | None:
    values = (
        _value(sample) for sample in samples if sample.get("measurand") == "Current.Import" and not sample.get("phase")
    )
    return next((value for value in values if value is not None), None)


def _value(sample: Mapping[str, Any]) -> Decimal | None:
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
