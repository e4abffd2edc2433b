"""The OCPP 2.0.1 and 2.1 messages of a simulated charger."""

import uuid
from datetime import datetime

from chargers.simulator import command_handling
from chargers.simulator.command_handling import Setting
from chargers.simulator.device import Device, Device16, Outlet, stamp
from chargers.simulator.link import Payload


class Device2(Device):
    """An OCPP 2.0.1 (or 2.1) charging station."""

    version = "2.0.1"

    def first_settings(self) -> list[Setting]:
        return command_handling.settings_2x()

    async def boot(self, reason: str) -> Payload:
        station = {
            "vendorName": self.identity.vendor,
            "model": self.identity.model,
            "serialNumber": self.identity.charger_id[:25],
            "firmwareVersion": "3.1.0",
        }
        return await self.call("BootNotification", {"reason": reason, "chargingStation": station})

    async def report(self, outlet: int, status: str, error_code: str = "NoError") -> None:
        word = status if status in {"Available", "Reserved", "Unavailable", "Faulted"} else "Occupied"
        if outlet in self.outlets:
            self.outlets[outlet].status = word
        payload = {"timestamp": stamp(), "connectorStatus": word, "evseId": outlet, "connectorId": 1}
        await self.call("StatusNotification", payload)

    async def authorize(self, uid: str) -> str:
        reply = await self.call("Authorize", {"idToken": {"idToken": uid, "type": "ISO14443"}})
        return str(reply["idTokenInfo"]["status"])

    async def start(
        self, outlet: int, uid: str, *, at: datetime | None = None, remote_start_id: int | None = None
    ) -> str:
        state = self.outlets[outlet]
        state.transaction_id, state.uid, state.seq_no = str(uuid.uuid4()), uid, 0
        state.stop_requested.clear()
        extra: Payload = {"idToken": {"idToken": uid, "type": "ISO14443"}}
        if remote_start_id is not None:
            extra["remoteStartId"] = remote_start_id
        reply = await self._event(state, "Started", "RemoteStart" if remote_start_id else "Authorized", at, extra)
        return str(reply.get("idTokenInfo", {}).get("status", "Accepted"))

    async def meter(self, outlet: int, *, power_w: int, at: datetime | None = None) -> None:
        await self._event(self.outlets[outlet], "Updated", "MeterValuePeriodic", at, {}, power_w)

    async def stop(self, outlet: int, *, reason: str, at: datetime | None = None) -> None:
        state = self.outlets[outlet]
        trigger = "StopAuthorized" if reason == "Local" else "RemoteStop" if reason == "Remote" else "EVDeparted"
        extra: Payload = {"idToken": {"idToken": state.uid, "type": "ISO14443"}} if reason == "Local" else {}
        await self._event(state, "Ended", trigger, at, extra, 0, stopped_reason=reason)
        state.transaction_id = None

    async def _event(
        self,
        state: Outlet,
        kind: str,
        trigger: str,
        at: datetime | None,
        extra: Payload,
        power_w: int = 0,
        stopped_reason: str | None = None,
    ) -> Payload:
        charging = "SuspendedEVSE" if state.is_held else "Charging"
        transaction: Payload = {"transactionId": state.transaction_id, "chargingState": charging}
        if stopped_reason:
            transaction |= {"stoppedReason": stopped_reason, "chargingState": "EVConnected"}
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind, "Sample.Periodic")
        values = [
            {"value": round(state.register_wh, 1), "measurand": "Energy.Active.Import.Register", "context": context},
            {"value": power_w, "measurand": "Power.Active.Import", "context": context},
        ]
        payload: Payload = {
            "eventType": kind,
            "timestamp": stamp(at),
            "triggerReason": trigger,
            "seqNo": state.seq_no,
            "offline": at is not None,
            "transactionInfo": transaction,
            "evse": {"id": state.number, "connectorId": 1},
            "meterValue": [{"timestamp": stamp(at), "sampledValue": values}],
            **extra,
        }
        state.seq_no += 1
        return await self.call("TransactionEvent", payload)

    async def obey_version(self, action: str, payload: Payload) -> Payload | None:
        match action:
            case "RequestStartTransaction":
                uid = payload["idToken"]["idToken"]
                return {"status": self.order_start(int(payload.get("evseId", 1)), uid, payload["remoteStartId"])}
            case "RequestStopTransaction":
                return {"status": self.order_stop(payload["transactionId"])}
            case "GetVariables":
                return {"getVariableResult": [self._variable(item) for item in payload["getVariableData"]]}
            case "SetVariables":
                return {"setVariableResult": [self._set(item) for item in payload["setVariableData"]]}
            case "GetBaseReport":
                self._schedule_work(self._report_settings(payload["requestId"]))
                return {"status": "Accepted"}
            case "GetLocalListVersion":
                return {"versionNumber": self.memory.list_version}
            case "GetTransactionStatus":
                transaction_id = payload.get("transactionId")
                running = {outlet_.transaction_id for outlet_ in self.outlets.values()}
                return {"messagesInQueue": False} | (
                    {"ongoingIndicator": transaction_id in running} if transaction_id else {}
                )
            case "GetCompositeSchedule":
                unit = payload.get("chargingRateUnit", "A")
                outlet_number = int(payload["evseId"])
                schedule = command_handling.limits(
                    self.memory, outlet=outlet_number, duration=payload["duration"], unit=unit
                )
                outlet = {"evseId": payload["evseId"], "scheduleStart": stamp()}
                return {"status": "Accepted", "schedule": {**outlet, **schedule}}
            case "GetLog":
                name = f"log-{self.identity.charger_id}.txt"
                self._schedule_work(self.deliver(payload["log"]["remoteLocation"], name))
                return {"status": "Accepted", "filename": name}
            case "UpdateFirmware":
                return {"status": "Accepted"}
            case _:
                return None

    async def _report_settings(self, request_id: int) -> None:
        data = [
            {
                "component": {"name": setting.component},
                "variable": {"name": setting.name},
                "variableAttribute": [
                    {"type": "Actual", "mutability": setting.mutability}
                    | ({} if setting.readable is None else {"value": setting.readable})
                ],
            }
            for setting in self.settings
        ]
        await self.call(
            "NotifyReport", {"requestId": request_id, "generatedAt": stamp(), "seqNo": 0, "reportData": data}
        )

    def _find(self, item: Payload) -> Setting | None:
        component_and_name = (item["component"]["name"], item["variable"]["name"])
        return next(
            (setting for setting in self.settings if (setting.component, setting.name) == component_and_name), None
        )

    def _variable(self, item: Payload) -> Payload:
        result = {"component": item["component"], "variable": item["variable"]}
        setting = self._find(item)
        if setting is None:
            return {**result, "attributeStatus": "UnknownVariable"}
        if setting.readable is None:
            return {**result, "attributeStatus": "Rejected"}
        return {**result, "attributeStatus": "Accepted", "attributeValue": setting.readable}

    def _set(self, item: Payload) -> Payload:
        setting = self._find(item)
        result = {"component": item["component"], "variable": item["variable"]}
        if item["variable"]["name"] == "BasicAuthPassword":
            self._take_password(item["attributeValue"])
            return {**result, "attributeStatus": "Accepted"}
        if setting is None or setting.mutability == "ReadOnly":
            return {**result, "attributeStatus": "UnknownVariable" if setting is None else "Rejected"}
        setting.value = item["attributeValue"]
        return {**result, "attributeStatus": "Accepted"}


class Device21(Device2):
    """An OCPP 2.1 charging station."""

    version = "2.1"


DEVICES: dict[str, type[Device]] = {"1.6": Device16, "2.0.1": Device2, "2.1": Device21}
