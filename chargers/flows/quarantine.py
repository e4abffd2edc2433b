"""What a charger that is not accepted may do (OCPP 1.6 4.2, OCPP 2.0.1 B02 and B03). Reads the connection alone."""

from typing import Final

from chargers.commands.queue import START_ACTIONS
from chargers.journal.connection import Connection
from chargers.models import Charger
from chargers.protocol.events import BootStatus
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
_WHILE_PENDING: Final = frozenset({"BootNotification", "NotifyReport"})
_NOT_WHILE_PENDING: Final = frozenset({*START_ACTIONS, "RemoteStopTransaction", "RequestStopTransaction"})


def status(connection: Connection) -> BootStatus:
    return _STATUS[Charger.Registration(connection.charger.registration)]


def refusal(connection: Connection, action: str) -> str:
    """Why a call of the charger is not served; "" where it is. While Pending it may send what it was asked for."""
    match status(connection):
        case BootStatus.PENDING if action not in _WHILE_PENDING and not connection.was_triggered(action):
            return (
                "This charger is Pending: it is served once it is accepted in the portal. Send BootNotification again."
            )
        case BootStatus.REJECTED if action not in _ALWAYS:
            return "This charger is Rejected: it is not served here. Send BootNotification again."
    return ""


def withheld(connection: Connection, action: str) -> Sentences:
    """Why a command is not sent to the charger; nothing where it is."""
    match status(connection):
        case BootStatus.PENDING if action in _NOT_WHILE_PENDING:
            return stored.one(CommandCode.CHARGER_PENDING)
        case BootStatus.REJECTED:
            return stored.one(CommandCode.CHARGER_REJECTED)
    return ()
