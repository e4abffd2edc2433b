"""Translates ids between the charger and a back office, in payloads in both directions.

Pure. The charger knows only our ids. In OCPP 1.6 each back office invents its own transaction ids; in 2.x that id is
the charger's, and the numbers of remote starts, requests, reservations and charging profiles are translated.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chargers.protocol import fields
from chargers.protocol.frames import Payload, Version
from chargers.upstreams.roles import UpstreamAudience, UpstreamRefusal, audience

_MAX_REMEMBERED = 2000


class Kind(StrEnum):
    TRANSACTION = "transaction"
    REMOTE_START = "remote_start"
    REQUEST = "request"
    RESERVATION = "reservation"
    PROFILE = "profile"


@dataclass(slots=True)
class Ids:
    """The ids of one back office at one charger, in both directions; of several with one name the newest counts."""

    _up: dict[tuple[Kind, int], int] = field(default_factory=dict)
    _down: dict[tuple[Kind, int], int] = field(default_factory=dict)

    def learn(self, kind: Kind, *, own_id: int, external_id: int) -> None:
        if len(self._up) >= _MAX_REMEMBERED:
            oldest = next(iter(self._up))
            del self._up[oldest]
        self._up[kind, own_id] = external_id
        self._down[kind, external_id] = own_id

    def theirs(self, kind: Kind, own_id: Any) -> int | None:
        number = fields.integer(own_id)
        return None if number is None else self._up.get((kind, number))

    def ours(self, kind: Kind, external_id: Any) -> int | None:
        number = fields.integer(external_id)
        return None if number is None else self._down.get((kind, number))


@dataclass(frozen=True, slots=True)
class Withheld:
    """The message is not sent to this back office, with the reason."""

    sentence: str


NOT_ASKED = Withheld("It belongs to a request that this back office did not make.")
NEVER_BEGUN = Withheld("This back office never learned that this transaction began, so its end is not sent there.")


def convert_upward(action: str, payload: Payload, *, version: Version, ids: Ids) -> Payload | Withheld:
    """Translates a charger's call for this back office."""
    if audience(action, payload) is UpstreamAudience.ASKER:
        return _convert_for_asker(action, payload, ids)
    if version is Version.V16:
        return _convert_up_16(action, payload, ids)
    if action == "TransactionEvent":
        return _event(payload, ids)
    return payload


def _convert_for_asker(action: str, payload: Payload, ids: Ids) -> Payload | Withheld:
    kind, name = Kind.REQUEST, "requestId"
    if action == "ReservationStatusUpdate":
        kind, name = Kind.RESERVATION, "reservationId"
    external_id = ids.theirs(kind, payload.get(name))
    if external_id is None:
        return NOT_ASKED
    facts = {**payload, name: external_id}
    if action == "ReportChargingProfiles" and isinstance(payload.get("chargingProfile"), list):
        facts["chargingProfile"] = [
            _replace_value(profile, "id", ids.theirs(Kind.PROFILE, profile.get("id")))
            if isinstance(profile, dict)
            else profile
            for profile in payload["chargingProfile"]
        ]
    return facts


def _convert_up_16(action: str, payload: Payload, ids: Ids) -> Payload | Withheld:
    match action:
        case "StartTransaction" if "reservationId" in payload:
            return _mapped_or_left_out(payload, "reservationId", ids.theirs(Kind.RESERVATION, payload["reservationId"]))
        case "MeterValues" if "transactionId" in payload:
            external_id = ids.theirs(Kind.TRANSACTION, payload["transactionId"])
            return _mapped_or_left_out(payload, "transactionId", external_id)
        case "StopTransaction":
            external_id = ids.theirs(Kind.TRANSACTION, payload.get("transactionId"))
            return NEVER_BEGUN if external_id is None else {**payload, "transactionId": external_id}
        case _:
            return payload


def _event(payload: Payload, ids: Ids) -> Payload:
    translated = payload
    if "reservationId" in translated:
        translated = _mapped_or_left_out(
            translated, "reservationId", ids.theirs(Kind.RESERVATION, translated["reservationId"])
        )
    section = translated.get("transactionInfo")
    if isinstance(section, dict) and "remoteStartId" in section:
        external_id = ids.theirs(Kind.REMOTE_START, section["remoteStartId"])
        translated = {**translated, "transactionInfo": _mapped_or_left_out(section, "remoteStartId", external_id)}
    return translated


def answer_downward(action: str, payload: Payload, *, version: Version, transaction_id: int | None) -> Payload:
    """Translates a back office's answer for the charger: with our transaction id, and without nulls."""
    translated: Payload = _remove_nulls(payload)
    if version is Version.V16 and action == "StartTransaction" and transaction_id is not None:
        return {**translated, "transactionId": transaction_id}
    return translated


Allot = Callable[[Kind, int], int]
"""Returns the id under which the charger knows an id of theirs; the same again while that is in use."""


def downward(action: str, payload: Payload, *, version: Version, ids: Ids, allot: Allot) -> Payload | UpstreamRefusal:
    """Translates a back office's command for the charger; nothing is allotted if it is refused."""
    if version is Version.V16:
        return _down_16(action, payload, ids, allot)
    return _down_2x(action, payload, ids, allot)


def _down_16(action: str, payload: Payload, ids: Ids, allot: Allot) -> Payload | UpstreamRefusal:
    match action:
        case "RemoteStopTransaction":
            return _replace_known_id(payload, "transactionId", Kind.TRANSACTION, ids)
        case "RemoteStartTransaction":
            return _convert_profile(payload, "chargingProfile", "chargingProfileId", ids, allot)
        case "SetChargingProfile":
            return _convert_profile(payload, "csChargingProfiles", "chargingProfileId", ids, allot)
        case "ClearChargingProfile" if "id" in payload:
            return _replace_known_id(payload, "id", Kind.PROFILE, ids)
        case "ReserveNow":
            return _replace_allotted_id(payload, "reservationId", Kind.RESERVATION, allot)
        case "CancelReservation":
            return _replace_known_id(payload, "reservationId", Kind.RESERVATION, ids)
        case _:
            return _replace_allotted_id(payload, "requestId", Kind.REQUEST, allot)


def _down_2x(action: str, payload: Payload, ids: Ids, allot: Allot) -> Payload | UpstreamRefusal:
    match action:
        case "RequestStartTransaction":
            translated = _convert_profile(payload, "chargingProfile", "id", ids, allot)
            return (
                translated
                if isinstance(translated, UpstreamRefusal)
                else _replace_allotted_id(translated, "remoteStartId", Kind.REMOTE_START, allot)
            )
        case "SetChargingProfile":
            return _convert_profile(payload, "chargingProfile", "id", ids, allot)
        case "ClearChargingProfile" if "chargingProfileId" in payload:
            return _replace_known_id(payload, "chargingProfileId", Kind.PROFILE, ids)
        case "GetChargingProfiles":
            return _convert_profile_criteria(_replace_allotted_id(payload, "requestId", Kind.REQUEST, allot), ids)
        case "ReserveNow":
            return _replace_allotted_id(payload, "id", Kind.RESERVATION, allot)
        case "CancelReservation":
            return _replace_known_id(payload, "reservationId", Kind.RESERVATION, ids)
        case _:
            return _replace_allotted_id(payload, "requestId", Kind.REQUEST, allot)


def _replace_known_id(payload: Payload, name: str, kind: Kind, ids: Ids) -> Payload | UpstreamRefusal:
    own_id = ids.ours(kind, payload.get(name))
    if own_id is None:
        kind_label = kind.value.replace("_", " ")
        return UpstreamRefusal(f"This back office has no {kind_label} {payload.get(name)} at this charger.")
    return {**payload, name: own_id}


def _replace_allotted_id(payload: Payload, name: str, kind: Kind, allot: Allot) -> Payload:
    number = fields.integer(payload.get(name))
    return payload if number is None else {**payload, name: allot(kind, number)}


def _convert_profile(payload: Payload, key: str, name: str, ids: Ids, allot: Allot) -> Payload | UpstreamRefusal:
    """Gives a profile an id of its own, so that it cannot replace another back office's."""
    profile = payload.get(key)
    if not isinstance(profile, dict):
        return payload
    if name == "chargingProfileId" and "transactionId" in profile:
        mapped = _replace_known_id(profile, "transactionId", Kind.TRANSACTION, ids)
        if isinstance(mapped, UpstreamRefusal):
            return mapped
        profile = mapped
    return {**payload, key: _replace_allotted_id(profile, name, Kind.PROFILE, allot)}


def _convert_profile_criteria(payload: Payload, ids: Ids) -> Payload:
    criteria = payload.get("chargingProfile")
    if not isinstance(criteria, dict) or not isinstance(criteria.get("chargingProfileId"), list):
        return payload
    own_ids: Iterable[int | None] = (
        ids.ours(Kind.PROFILE, external_id) for external_id in criteria["chargingProfileId"]
    )
    profile_ids = [profile_id for profile_id in own_ids if profile_id is not None]
    return {**payload, "chargingProfile": {**criteria, "chargingProfileId": profile_ids or [-1]}}


def _replace_value(payload: Payload, name: str, value: int | None) -> Payload:
    return payload if value is None else {**payload, name: value}


def _mapped_or_left_out(payload: Payload, name: str, value: int | None) -> Payload:
    if value is not None:
        return {**payload, name: value}
    return {key: part for key, part in payload.items() if key != name}


def _remove_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _remove_nulls(part) for key, part in value.items() if part is not None}
    return [_remove_nulls(part) for part in value] if isinstance(value, list) else value
