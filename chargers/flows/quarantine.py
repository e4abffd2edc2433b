"""What a charger may do before it is accepted (OCPP 1.6 4.2, OCPP 2.0.1 B02 and B03)."""

from datetime import datetime, timedelta
from typing import Final

from chargers.commands import queue
from chargers.commands.queue import START_ACTIONS
from chargers.journal.connection import Connection
from chargers.models import Charger
from chargers.protocol import fields
from chargers.protocol.events import BootStatus
from chargers.protocol.frames import Payload
from chargers.sentences import stored
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentences

RETRY_S: Final = 60
_STATUS: Final = {
    Charger.Registration.ACCEPTED: BootStatus.ACCEPTED,
    Charger.Registration.PENDING: BootStatus.PENDING,
    Charger.Registration.REJECTED: BootStatus.REJECTED,
}
_ALWAYS: Final = frozenset({"BootNotification"})
_REPORTS_OF: Final = {
    "DiagnosticsStatusNotification": ("GetDiagnostics",),
    "LogStatusNotification": ("GetLog",),
    "FirmwareStatusNotification": ("UpdateFirmware",),
    "SignedFirmwareStatusNotification": ("SignedUpdateFirmware",),
    "NotifyMonitoringReport": ("GetMonitoringReport",),
    "NotifyCustomerInformation": ("CustomerInformation",),
    "NotifyDisplayMessages": ("GetDisplayMessages",),
    "ReportChargingProfiles": ("GetChargingProfiles",),
}
"""Messages that answer our orders, which a Pending charger may obey, too."""
_REPORTED_WITHIN: Final = timedelta(days=7)
_WHILE_PENDING: Final = frozenset({"BootNotification", "NotifyReport"})
_NOT_WHILE_PENDING: Final = frozenset({*START_ACTIONS, "RemoteStopTransaction", "RequestStopTransaction"})


def status(connection: Connection) -> BootStatus:
    return _STATUS[Charger.Registration(connection.charger.registration)]


def refusal(connection: Connection, action: str, payload: Payload, *, now: datetime) -> str:
    """Returns why a call of the charger is not served; "" if it is. While Pending, it may send what we requested.

    Needs no query, except one for the reports of a Pending charger.
    """
    match status(connection):
        case BootStatus.PENDING if not _may_send(connection, action, payload, now=now):
            return (
                "This charger is Pending: it is served once it is accepted in the portal. Send BootNotification again."
            )
        case BootStatus.REJECTED if action not in _ALWAYS:
            return "This charger is Rejected: it is not served here. Send BootNotification again."
    return ""


def _may_send(connection: Connection, action: str, payload: Payload, *, now: datetime) -> bool:
    if action in _WHILE_PENDING or connection.was_triggered(action):
        return True
    orders = _REPORTS_OF.get(action)
    if orders is None:
        return False
    number = fields.integer(payload.get("requestId"))
    part = {} if number is None else {"requestId": number}
    return queue.was_ordered(connection.charger, orders, part=part, since=now - _REPORTED_WITHIN)


def withholding_reason(connection: Connection, action: str) -> Sentences:
    """Returns why a command is not sent to the charger; empty if it is."""
    match status(connection):
        case BootStatus.PENDING if action in _NOT_WHILE_PENDING:
            return stored.build_sentence(CommandCode.CHARGER_PENDING)
        case BootStatus.REJECTED:
            return stored.build_sentence(CommandCode.CHARGER_REJECTED)
    return ()
