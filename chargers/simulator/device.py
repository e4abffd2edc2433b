"""A simulated charger: its outlets, its meter, its settings, and its 1.6 messages."""

import asyncio
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chargers.simulator import command_handling
from chargers.simulator.command_handling import Setting
from chargers.simulator.link import Link, Payload

StartOrder = Callable[[int, str, int | None], Awaitable[None]]


@dataclass(slots=True)
class Outlet:
    """An EVSE: its energy register in Wh and its running transaction."""

    number: int
    register_wh: float = 0.0
    status: str = "Available"
    transaction_id: str | None = None
    uid: str = ""
    seq_no: int = 0
    is_held: bool = False
    """The limit leaves the car nothing: the charger, not the car, has paused."""
    stop_requested: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Identity:
    """The central system's address, and the charger's credentials."""

    url: str
    charger_id: str
    password: str | None = None
    vendor: str = "Simulated"
    model: str = "Two Outlets"
    outlets: int = 1


class Device(ABC):
    """A simulated charger, as used by stories in any OCPP version. `log` gets one sentence per event."""

    version: str

    def __init__(self, identity: Identity, *, log: Callable[[str], None], first_wh: int = 0) -> None:
        self.identity = identity
        self.log = log
        self.outlets = {n: Outlet(number=n, register_wh=first_wh) for n in range(1, identity.outlets + 1)}
        self.settings = self.first_settings()
        self.memory = command_handling.Memory()
        self.link: Link | None = None
        self.on_start_order: StartOrder | None = None
        self._orders: set[asyncio.Task[None]] = set()

    async def connect(self, reason: str = "PowerUp") -> None:
        """Connects, boots and reports every outlet."""
        self.link = await Link.open(
            url=self.identity.url,
            charger_id=self.identity.charger_id,
            password=self.identity.password,
            version=self.version,
            handler=self.obey,
        )
        reply = await self.boot(reason)
        self.log(f"connected with OCPP {self.version}: {reply.get('status')}")
        for outlet in self.outlets.values():
            await self.report(outlet.number, outlet.status)

    async def call(self, action: str, payload: Payload) -> Payload:
        if self.link is None:
            raise ConnectionError("not connected")
        return await self.link.call(action, payload)

    async def obey(self, action: str, payload: Payload) -> Payload | None:
        """Answers a command as a real charger of this kind would; None if it is not supported."""
        match action:
            case "Reset":
                self._schedule_work(self._reset())
                return {"status": "Accepted"}
            case "TriggerMessage":
                return await self._trigger(str(payload.get("requestedMessage")))
            case "ClearCache":
                return {"status": "Accepted"}
            case "UnlockConnector":
                return {"status": "Unlocked"}
            case "ChangeAvailability":
                return {"status": "Accepted"}
            case _:
                answer = await self.obey_version(action, payload)
                return command_handling.answer_command(self.memory, action, payload) if answer is None else answer

    async def deliver(self, address: str, name: str) -> None:
        """Uploads a log of its own state to the address."""
        text = f"{self.identity.charger_id} {self.identity.vendor} {self.identity.model}\n{stamp()} all is well\n"
        try:
            status = await command_handling.upload(address, text=text, name=name)
        except OSError as exc:
            self.log(f"could not upload {name}: {exc}")
        else:
            self.log(f"uploaded {name}: HTTP {status}")

    def power_allowed(self, outlet: int, *, power_w: int, elapsed_s: float) -> int:
        """Returns the power in W that a car may draw now if it wants `power_w`; 0 if it is less than any car needs."""
        state = self.outlets[outlet]
        amps = command_handling.allowed_a(
            self.memory, outlet=outlet, transaction_id=state.transaction_id, elapsed_s=elapsed_s
        )
        if amps is None:
            return power_w
        phases = 1 if power_w <= command_handling.MAX_OF_ONE_PHASE_W else 3
        allowed_w = round(amps * command_handling.VOLTAGE_V * phases)
        return 0 if amps < command_handling.LEAST_A else min(power_w, allowed_w)

    def order_start(self, outlet: int, uid: str, remote_start_id: int | None) -> str:
        """Handles an order to start; the car is plugged in a moment later."""
        if self.on_start_order is None or self.outlets[outlet].transaction_id is not None:
            return "Rejected"
        self._schedule_work(self.on_start_order(outlet, uid, remote_start_id))
        return "Accepted"

    def order_stop(self, transaction_id: str) -> str:
        for outlet in self.outlets.values():
            if outlet.transaction_id == transaction_id:
                outlet.stop_requested.set()
                return "Accepted"
        return "Rejected"

    def _schedule_work(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await asyncio.sleep(1)
            await work

        task = asyncio.create_task(run())
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    def _take_password(self, password: str) -> None:
        """Uses the password from its next connection, which follows at once."""
        self.identity = dataclasses.replace(self.identity, password=password)
        self.log("has a new password")
        self._schedule_work(self._reset())

    async def _reset(self) -> None:
        self.log("resets")
        if self.link:
            await self.link.close()

    async def _trigger(self, message: str) -> Payload:
        if message == "Heartbeat":
            self._schedule_work(self._heartbeat())
        elif message == "StatusNotification":
            for outlet in self.outlets.values():
                self._schedule_work(self.report(outlet.number, outlet.status))
        else:
            return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    async def _heartbeat(self) -> None:
        await self.call("Heartbeat", {})

    @abstractmethod
    def first_settings(self) -> list[Setting]: ...
    @abstractmethod
    async def boot(self, reason: str) -> Payload: ...
    @abstractmethod
    async def report(self, outlet: int, status: str, error_code: str = "NoError") -> None: ...
    @abstractmethod
    async def authorize(self, uid: str) -> str: ...
    @abstractmethod
    async def start(
        self, outlet: int, uid: str, *, at: datetime | None = None, remote_start_id: int | None = None
    ) -> str: ...
    @abstractmethod
    async def meter(self, outlet: int, *, power_w: int, at: datetime | None = None) -> None: ...
    @abstractmethod
    async def stop(self, outlet: int, *, reason: str, at: datetime | None = None) -> None: ...
    @abstractmethod
    async def obey_version(self, action: str, payload: Payload) -> Payload | None: ...


class Device16(Device):
    """An OCPP 1.6J charge point."""

    version = "1.6"

    def first_settings(self) -> list[Setting]:
        return command_handling.settings_16(self.identity.outlets)

    async def boot(self, reason: str) -> Payload:
        return await self.call(
            "BootNotification",
            {
                "chargePointVendor": self.identity.vendor,
                "chargePointModel": self.identity.model,
                "chargePointSerialNumber": self.identity.charger_id,
                "firmwareVersion": "1.4.2",
            },
        )

    async def report(self, outlet: int, status: str, error_code: str = "NoError") -> None:
        if outlet in self.outlets:
            self.outlets[outlet].status = status
        payload = {"connectorId": outlet, "status": status, "errorCode": error_code, "timestamp": stamp()}
        await self.call("StatusNotification", payload)

    async def authorize(self, uid: str) -> str:
        reply = await self.call("Authorize", {"idTag": uid})
        return str(reply["idTagInfo"]["status"])

    async def start(
        self,
        outlet: int,
        uid: str,
        *,
        at: datetime | None = None,
        remote_start_id: int | None = None,
    ) -> str:
        meter = round(self.outlets[outlet].register_wh)
        payload = {"connectorId": outlet, "idTag": uid, "meterStart": meter, "timestamp": stamp(at)}
        reply = await self.call("StartTransaction", payload)
        self.outlets[outlet].transaction_id = str(reply["transactionId"])
        self.outlets[outlet].uid = uid
        self.outlets[outlet].stop_requested.clear()
        return str(reply["idTagInfo"]["status"])

    async def meter(self, outlet: int, *, power_w: int, at: datetime | None = None) -> None:
        state = self.outlets[outlet]
        values = [
            {"value": str(round(state.register_wh)), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        payload: Payload = {"connectorId": outlet, "meterValue": [{"timestamp": stamp(at), "sampledValue": values}]}
        if state.transaction_id:
            payload["transactionId"] = int(state.transaction_id)
        await self.call("MeterValues", payload)

    async def stop(self, outlet: int, *, reason: str, at: datetime | None = None) -> None:
        state = self.outlets[outlet]
        payload = {
            "transactionId": int(state.transaction_id or 0),
            "meterStop": round(state.register_wh),
            "timestamp": stamp(at),
            "reason": reason,
        }
        if reason == "Local":
            payload["idTag"] = state.uid
        await self.call("StopTransaction", payload)
        state.transaction_id = None

    async def obey_version(self, action: str, payload: Payload) -> Payload | None:
        match action:
            case "RemoteStartTransaction":
                return {"status": self.order_start(int(payload.get("connectorId", 1)), payload["idTag"], None)}
            case "RemoteStopTransaction":
                return {"status": self.order_stop(str(payload["transactionId"]))}
            case "GetConfiguration":
                return self._configuration(payload.get("key") or [setting.name for setting in self.settings])
            case "ChangeConfiguration" if payload["key"] == "AuthorizationKey":
                self._take_password(payload["value"])
                return {"status": "Accepted"}
            case "ChangeConfiguration":
                changed = next((setting for setting in self.settings if setting.name == payload["key"]), None)
                if changed is None:
                    return {"status": "NotSupported"}
                if changed.mutability == "ReadOnly":
                    return {"status": "Rejected"}
                changed.value = payload["value"]
                return {"status": "Accepted"}
            case "GetLocalListVersion":
                return {"listVersion": self.memory.list_version}
            case "GetCompositeSchedule":
                unit = payload.get("chargingRateUnit", "A")
                outlet_number = int(payload["connectorId"])
                schedule = command_handling.limits(
                    self.memory, outlet=outlet_number, duration=payload["duration"], unit=unit
                )
                outlet = {"connectorId": payload["connectorId"], "scheduleStart": stamp()}
                return {"status": "Accepted", **outlet, "chargingSchedule": schedule}
            case "GetDiagnostics":
                name = f"diagnostics-{self.identity.charger_id}.log"
                self._schedule_work(self.deliver(payload["location"], name))
                return {"fileName": name}
            case "UpdateFirmware":
                return {}
            case _:
                return None

    def _configuration(self, names: list[str]) -> Payload:
        by_name = {setting.name: setting for setting in self.settings}
        configured = [
            {"key": name, "readonly": own_setting.mutability == "ReadOnly"}
            | ({} if own_setting.readable is None else {"value": own_setting.readable})
            for name in names
            if (own_setting := by_name.get(name))
        ]
        return {"configurationKey": configured, "unknownKey": [name for name in names if name not in by_name]}


def stamp(at: datetime | None = None) -> str:
    """Formats a time as RFC 3339 in UTC with milliseconds, as chargers write it."""
    return (at or datetime.now(tz=UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
