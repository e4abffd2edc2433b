"""Charging profiles in OCPP: a current for one outlet, in the unit that its charger takes. Pure.

An outlet has two profiles of ours: the default for a vehicle (TxDefaultProfile), and the limit of its current
transaction (TxProfile, which takes precedence; OCPP 1.6 3.13, OCPP 2.0.1 K01).
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, Final

Payload = dict[str, Any]

FIRST_ID: Final = 7_000_000
"""Ours begin here, so that no profile of somebody else's at this charger is replaced."""
MOST_STACK_LEVEL: Final = 8


class Purpose(StrEnum):
    DEFAULT = "TxDefaultProfile"
    TRANSACTION = "TxProfile"


class Unit(StrEnum):
    """OCPP ChargingRateUnit: amperes per phase, or watts of all phases together."""

    AMPERES = "A"
    WATTS = "W"

    @property
    def other(self) -> "Unit":
        return Unit.WATTS if self is Unit.AMPERES else Unit.AMPERES


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`amps` per phase on `phases` phases of `voltage_v`; `transaction_id` as on the wire, of a TxProfile."""

    evse_number: int
    purpose: Purpose
    amps: Decimal
    unit: Unit
    phases: int
    voltage_v: int
    stack_level: int = 0
    transaction_id: str = ""


def set_payload(profile: Profile, *, version: str) -> Payload:
    """SetChargingProfile for OCPP `version`. A constant limit, counted from the start: no clock is needed."""
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
        named = {"transactionId": int(profile.transaction_id)} if profile.purpose is Purpose.TRANSACTION else {}
        payload = {"chargingProfileId": number, **named, **payload, "chargingSchedule": schedule}
        return {"connectorId": profile.evse_number, "csChargingProfiles": payload}
    named_2x = {"transactionId": profile.transaction_id} if profile.purpose is Purpose.TRANSACTION else {}
    payload = {"id": number, **named_2x, **payload, "chargingSchedule": [{"id": number, **schedule}]}
    return {"evseId": profile.evse_number, "chargingProfile": payload}


def clear_payload(purpose: Purpose, *, evse_number: int, version: str) -> Payload:
    """ClearChargingProfile for one of our profiles."""
    return {"id" if version == "1.6" else "chargingProfileId": number_of(purpose, evse_number=evse_number)}


def number_of(purpose: Purpose, *, evse_number: int) -> int:
    """The id of a profile, unique in its charger: a new one with the same id takes the place of the old one."""
    return FIRST_ID + 2 * evse_number + (purpose is Purpose.TRANSACTION)


def limit(profile: Profile) -> float:
    """The limit as it stands on the wire: amperes with one decimal, or whole watts, rounded down."""
    if profile.unit is Unit.AMPERES:
        return float(profile.amps.quantize(Decimal("0.1"), rounding=ROUND_FLOOR))
    watts = profile.amps * profile.voltage_v * profile.phases
    return float(watts.to_integral_value(ROUND_FLOOR))


def unit_of(value: str | None) -> Unit | None:
    """From ChargingScheduleAllowedChargingRateUnit (1.6: Current, Power) or RateUnit (2.x: A, W); None: unknown."""
    words = {word.strip().lower() for word in (value or "").split(",")}
    if words & {"a", "current"}:
        return Unit.AMPERES
    return Unit.WATTS if words & {"w", "power"} else None
