"""How a simulated charger handles commands: its settings, local list, limits, reservations and files."""

import asyncio
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chargers.simulator.link import Payload

VOLTAGE_V = 230
LEAST_A = 6.0
MAX_OF_ONE_PHASE_W = 7400
_TRUE, _FALSE = "true", "false"


@dataclass(slots=True)
class Setting:
    """A setting; `component` is empty in 1.6. A write-only one never returns its value."""

    component: str
    name: str
    value: str
    mutability: str = "ReadWrite"

    @property
    def readable(self) -> str | None:
        return None if self.mutability == "WriteOnly" else self.value


def settings_16(outlets: int) -> list[Setting]:
    """Returns the usual keys of 1.6 chargers (OCPP 1.6 9)."""
    plain = {
        "AllowOfflineTxForUnknownId": _FALSE,
        "AuthorizationCacheEnabled": _TRUE,
        "AuthorizeRemoteTxRequests": _FALSE,
        "ConnectionTimeOut": "60",
        "HeartbeatInterval": "300",
        "LocalAuthListEnabled": _TRUE,
        "LocalAuthorizeOffline": _TRUE,
        "LocalPreAuthorize": _FALSE,
        "MeterValueSampleInterval": "10",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
        "StopTransactionOnEVSideDisconnect": _TRUE,
        "StopTransactionOnInvalidId": _TRUE,
        "WebSocketPingInterval": "60",
    }
    fixed = {"NumberOfConnectors": str(outlets), "SendLocalListMaxLength": "100", "ChargeProfileMaxStackLevel": "8"}
    fixed |= {"LocalAuthListMaxLength": "200", "ChargingScheduleAllowedChargingRateUnit": "Current,Power"}
    settings = [Setting("", name, value) for name, value in plain.items()]
    settings += [Setting("", name, value, "ReadOnly") for name, value in fixed.items()]
    return [*settings, Setting("", "AuthorizationKey", "", "WriteOnly")]


def settings_2x() -> list[Setting]:
    """Returns the usual component variables of 2.0.1 stations (OCPP 2.0.1 part 2, 2)."""
    return [
        Setting("AuthCacheCtrlr", "Enabled", _TRUE),
        Setting("AuthCtrlr", "AuthorizeRemoteStart", _FALSE),
        Setting("AuthCtrlr", "LocalPreAuthorize", _FALSE),
        Setting("AuthCtrlr", "OfflineTxForUnknownIdEnabled", _FALSE),
        Setting("LocalAuthListCtrlr", "Enabled", _TRUE),
        Setting("LocalAuthListCtrlr", "ItemsPerMessage", "100", "ReadOnly"),
        Setting("OCPPCommCtrlr", "HeartbeatInterval", "300"),
        Setting("OCPPCommCtrlr", "WebSocketPingInterval", "60"),
        Setting("SampledDataCtrlr", "TxUpdatedInterval", "10"),
        Setting("SampledDataCtrlr", "TxUpdatedMeasurands", "Energy.Active.Import.Register,Power.Active.Import"),
        Setting("SecurityCtrlr", "BasicAuthPassword", "", "WriteOnly"),
        Setting("SmartChargingCtrlr", "Enabled", _TRUE),
        Setting("SmartChargingCtrlr", "ProfileStackLevel", "8", "ReadOnly"),
        Setting("SmartChargingCtrlr", "RateUnit", "A,W", "ReadOnly"),
        Setting("TxCtrlr", "EVConnectionTimeOut", "60"),
        Setting("TxCtrlr", "StopTxOnInvalidId", _TRUE),
    ]


@dataclass(slots=True)
class Memory:
    """What a charger remembers between commands."""

    list_version: int = 0
    cards: dict[str, Payload] = field(default_factory=dict)
    profiles: dict[int, Payload] = field(default_factory=dict)
    outlet_of: dict[int, int] = field(default_factory=dict)
    """The outlet that a profile limits, by the profile's id; 0 for all outlets."""
    reservations: set[int] = field(default_factory=set)
    messages: set[int] = field(default_factory=set)


def answer_command(memory: Memory, action: str, payload: Payload) -> Payload | None:
    """Answers commands that are the same in every version; None if not supported."""
    answer = _ANSWERS.get(action)
    return answer(memory, payload) if answer else None


async def upload(address: str, *, text: str, name: str) -> int:
    """Uploads a file by PUT as real chargers do. Returns the HTTP status. Raises OSError."""
    request = urllib.request.Request(f"{address.rstrip('/')}/{name}", data=text.encode(), method="PUT")  # noqa: S310

    def send() -> int:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return int(answer.status)

    return await asyncio.to_thread(send)


def limits(memory: Memory, *, outlet: int, duration: int, unit: str) -> Payload:
    """Returns the composite schedule for an outlet (0: for all); 32 A or 22 kW without profiles."""
    highest = 32.0 if unit == "A" else 22_000.0
    candidates = [
        candidate for n, candidate in memory.profiles.items() if not outlet or memory.outlet_of.get(n, 0) in {0, outlet}
    ]
    profile = max(
        candidates,
        key=lambda candidate: (candidate["chargingProfilePurpose"] == "TxProfile", int(candidate["stackLevel"])),
        default=None,
    )
    periods = [{"startPeriod": 0, "limit": highest}]
    if profile is not None:
        schedule = profile["chargingSchedule"]
        schedule = schedule[0] if isinstance(schedule, list) else schedule
        factor = {("A", "W"): 3.0 * VOLTAGE_V, ("W", "A"): 1 / (3 * VOLTAGE_V)}
        times = factor.get((schedule["chargingRateUnit"], unit), 1.0)
        parts = [period for period in schedule["chargingSchedulePeriod"] if period["startPeriod"] < duration]
        periods = [
            {"startPeriod": part["startPeriod"], "limit": min(round(part["limit"] * times, 1), highest)}
            for part in parts
        ]
    return {"duration": duration, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}


def allowed_a(memory: Memory, *, outlet: int, transaction_id: str | None, elapsed_s: float) -> float | None:
    """Returns the current per phase that profiles leave a car now; None without a profile.

    A profile of the transaction takes precedence over the default ones; of several the highest level counts (OCPP 1.6
    3.13.2).
    """
    own, default = [], []
    for number, profile in memory.profiles.items():
        if memory.outlet_of.get(number, 0) not in {0, outlet}:
            continue
        if profile["chargingProfilePurpose"] == "TxDefaultProfile":
            default.append(profile)
        elif profile["chargingProfilePurpose"] == "TxProfile" and str(profile.get("transactionId")) == transaction_id:
            own.append(profile)
    ruling = max(own or default, key=lambda profile_: int(profile_["stackLevel"]), default=None)
    return None if ruling is None else _current_limit_a(ruling, elapsed_s=elapsed_s)


def _current_limit_a(profile: Payload, *, elapsed_s: float) -> float:
    """Returns the limit of the current period; watts are converted for three phases of 230 V."""
    schedule = profile["chargingSchedule"]
    schedule = schedule[0] if isinstance(schedule, list) else schedule
    periods = [period for period in schedule["chargingSchedulePeriod"] if period["startPeriod"] <= elapsed_s]
    limit = float((periods or schedule["chargingSchedulePeriod"])[-1 if periods else 0]["limit"])
    return limit if schedule["chargingRateUnit"] == "A" else limit / (3 * VOLTAGE_V)


def now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _list(memory: Memory, payload: Payload) -> Payload:
    number = int(payload["listVersion" if "listVersion" in payload else "versionNumber"])
    if payload["updateType"] == "Differential" and number <= memory.list_version:
        return {"status": "VersionMismatch"}
    if payload["updateType"] == "Full":
        memory.cards.clear()
    for entry in payload.get("localAuthorizationList", []):
        uid = entry.get("idTag") or entry["idToken"]["idToken"]
        info = entry.get("idTagInfo", entry.get("idTokenInfo"))
        if info is None:
            memory.cards.pop(uid, None)
        else:
            memory.cards[uid] = info
    memory.list_version = number
    return {"status": "Accepted"}


def _profile(memory: Memory, payload: Payload) -> Payload:
    profile = payload.get("csChargingProfiles") or payload["chargingProfile"]
    number = int(profile.get("chargingProfileId", profile.get("id", 0)))
    memory.profiles[number] = profile
    memory.outlet_of[number] = int(payload["connectorId"] if "connectorId" in payload else payload["evseId"])
    return {"status": "Accepted"}


def _clear_profiles(memory: Memory, payload: Payload) -> Payload:
    number = payload.get("id", payload.get("chargingProfileId"))
    if number is not None and number not in memory.profiles:
        return {"status": "Unknown"}
    if number is None:
        memory.profiles.clear()
    else:
        del memory.profiles[number]
    return {"status": "Accepted"}


def _reserve(memory: Memory, payload: Payload) -> Payload:
    memory.reservations.add(int(payload["reservationId" if "reservationId" in payload else "id"]))
    return {"status": "Accepted"}


def _cancel(memory: Memory, payload: Payload) -> Payload:
    was_reserved = payload["reservationId"] in memory.reservations
    memory.reservations.discard(payload["reservationId"])
    return {"status": "Accepted" if was_reserved else "Rejected"}


def _show(memory: Memory, payload: Payload) -> Payload:
    memory.messages.add(payload["message"]["id"])
    return {"status": "Accepted"}


def _take_off(memory: Memory, payload: Payload) -> Payload:
    was_displayed = payload["id"] in memory.messages
    memory.messages.discard(payload["id"])
    return {"status": "Accepted" if was_displayed else "Unknown"}


def _make_constant_answer(reply: Payload) -> Callable[[Memory, Payload], Payload]:
    return lambda _memory, _payload: dict(reply)


_ANSWERS: dict[str, Callable[[Memory, Payload], Payload]] = {
    "CancelReservation": _cancel,
    "ClearChargingProfile": _clear_profiles,
    "ClearDisplayMessage": _take_off,
    "CostUpdated": _make_constant_answer({}),
    "DataTransfer": _make_constant_answer({"status": "UnknownVendorId"}),
    "DeleteCertificate": _make_constant_answer({"status": "NotFound"}),
    "GetDisplayMessages": _make_constant_answer({"status": "Unknown"}),
    "GetInstalledCertificateIds": _make_constant_answer({"status": "NotFound"}),
    "InstallCertificate": _make_constant_answer({"status": "Rejected"}),
    "ReserveNow": _reserve,
    "SendLocalList": _list,
    "SetChargingProfile": _profile,
    "SetDisplayMessage": _show,
}
