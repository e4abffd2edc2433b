"""What the hardware is and what it did; no opinions about people or money."""

from chargers.models.credentials import Certificate, CertificateAuthority, CertificateRequest, PasswordChange
from chargers.models.energy import MeterValue, Transaction
from chargers.models.hardware import Charger, Connector, Evse, Licence, StatusReport, Upstream
from chargers.models.places import Host, Property, Unit
from chargers.models.told import ChargerEvent, Deviation, EventStream, Variable
from chargers.models.wire import Command, ConnectionSwap, FailedHandshake, Message

__all__ = [
    "Certificate",
    "CertificateAuthority",
    "CertificateRequest",
    "Charger",
    "ChargerEvent",
    "Command",
    "ConnectionSwap",
    "Connector",
    "Deviation",
    "EventStream",
    "Evse",
    "FailedHandshake",
    "Host",
    "Licence",
    "Message",
    "MeterValue",
    "PasswordChange",
    "Property",
    "StatusReport",
    "Transaction",
    "Unit",
    "Upstream",
    "Variable",
]
