"""Charging profiles in OCPP: a current for one outlet, in the charger's unit. Pure.

We use two profiles per outlet: the default for a vehicle (TxDefaultProfile), and the limit of its current transaction
(TxProfile, which takes precedence; OCPP 1.6 3.13, OCPP 2.0.1 K01).
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, Final

Payload = dict[str, Any]

FIRST_ID: Final = 7_000_000
"""Our ids begin here, so that no other profile at the charger is replaced."""
MAX_STACK_LEVEL: Final = 8


class Purpose(StrEnum):
    DEFAULT = "TxDefaultProfile"
    TRANSACTION = "TxProfile"


class Unit(StrEnum):
    """OCPP ChargingRateUnit: amperes per phase, or watts in total."""

    AMPERES = "A"
    WATTS = "W"

    @property
    def other(self) -> "Unit":
        return Unit.WATTS if self is Unit.AMPERES else Unit.AMPERES


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`amps` per phase on `phases` phases of `voltage_v`; `transaction_id` is the wire id, for a TxProfile."""

    evse_number: int
    purpose: Purpose
    amps: Decimal
    unit: Unit
    phases: int
    voltage_v: int
    stack_level: int = 0
    transaction_id: str = ""


def set_payload(profile: Profile, *, version: str) -> Payload:
    """Makes SetChargingProfile for OCPP `version`: a constant limit relative to the start, which needs no clock."""
    schedule: Payload = {
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit(profile)}],
    }
    payload: Payload = {
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": "Relative",
    }
    number = number_of(profile.purpose, evse_number=profile.evse_number)
    if version == "1.6":
        transaction_field = (
            {"transactionId": int(profile.transaction_id)} if profile.purpose is Purpose.TRANSACTION else {}
        )
        payload = {"chargingProfileId": number, **transaction_field, **payload, "chargingSchedule": schedule}
        return {"connectorId": profile.evse_number, "csChargingProfiles": payload}
    named_2x = {"transactionId": profile.transaction_id} if profile.purpose is Purpose.TRANSACTION else {}
    payload = {"id": number, **named_2x, **payload, "chargingSchedule": [{"id": number, **schedule}]}
    return {"evseId": profile.evse_number, "chargingProfile": payload}


def clear_payload(purpose: Purpose, *, evse_number: int, version: str) -> Payload:
    """Makes ClearChargingProfile for one of our profiles."""
    return {"id" if version == "1.6" else "chargingProfileId": number_of(purpose, evse_number=evse_number)}


def number_of(purpose: Purpose, *, evse_number: int) -> int:
    """Returns the id of a profile, unique in its charger: a new one with the same id replaces the old one."""
    return FIRST_ID + 2 * evse_number + (purpose is Purpose.TRANSACTION)


def limit(profile: Profile) -> float:
    """Returns the limit for the wire: amperes with one decimal, or whole watts, rounded down."""
    if profile.unit is Unit.AMPERES:
        return float(profile.amps.quantize(Decimal("0.1"), rounding=ROUND_FLOOR))
    watts = profile.amps * profile.voltage_v * profile.phases
    return float(watts.to_integral_value(ROUND_FLOOR))


def unit_of(value: str | None) -> Unit | None:
    """Parses ChargingScheduleAllowedChargingRateUnit (1.6: Current, Power) or RateUnit (2.x: A, W); None if unknown."""
    words = {word.strip().lower() for word in (value or "").split(",")}
    if words & {"a", "current"}:
        return Unit.AMPERES
    return Unit.WATTS if words & {"w", "power"} else None
