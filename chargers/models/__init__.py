"""What the hardware is and what it did; no opinions about people or money."""

from chargers.models.energy import MeterValue, Transaction
from chargers.models.hardware import Charger, Connector, Evse, Licence, StatusReport, Upstream
from chargers.models.places import Host, Property, Unit
from chargers.models.told import ChargerEvent, Deviation, EventStream, Variable
from chargers.models.wire import Command, FailedHandshake, Message

__all__ = [
    "Charger",
    "ChargerEvent",
    "Command",
    "Connector",
    "Deviation",
    "EventStream",
    "Evse",
    "FailedHandshake",
    "Host",
    "Licence",
    "Message",
    "MeterValue",
    "Property",
    "StatusReport",
    "Transaction",
    "Unit",
    "Upstream",
    "Variable",
]
