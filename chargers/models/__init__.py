"""The hardware and its history, without people or money."""

from chargers.models.availability import OutageExclusion, StateSpan
from chargers.models.catalogue import ChargerModel
from chargers.models.charger_reports import ChargerEvent, Deviation, EventStream, Variable
from chargers.models.credentials import Certificate, CertificateAuthority, CertificateRequest, PasswordChange
from chargers.models.energy import MeterValue, Transaction
from chargers.models.fleet import ExpectedSetting, Job, JobItem, Tag
from chargers.models.gateways import Gateway
from chargers.models.hardware import Charger, Connector, Evse, HardwareSwap, Licence, StatusReport
from chargers.models.hosts import Host, Property, PropertyPicture, Unit
from chargers.models.lists import CardMemory, LocalList
from chargers.models.maintenance import MaintainedCharger, Maintenance
from chargers.models.own_acts import OwnAct
from chargers.models.power import PowerLimit, PowerOutlet, PowerSample, SentProfile, WithheldPower
from chargers.models.recovery import (
    ChargerRecoveryPolicy,
    Recovery,
    RecoveryPolicy,
    RecoveryRecord,
    RecoveryStep,
)
from chargers.models.reservations import Reservation
from chargers.models.settings import SettingTemplate, VariableChange, WantedSetting
from chargers.models.uploads import Upload
from chargers.models.upstreams import BackOffice, Forward, Upstream, UpstreamChange, UpstreamId, UpstreamLink
from chargers.models.wire import Command, ConnectionSwap, FailedHandshake, Message

__all__ = [
    "BackOffice",
    "CardMemory",
    "Certificate",
    "CertificateAuthority",
    "CertificateRequest",
    "Charger",
    "ChargerEvent",
    "ChargerModel",
    "ChargerRecoveryPolicy",
    "Command",
    "ConnectionSwap",
    "Connector",
    "Deviation",
    "EventStream",
    "Evse",
    "ExpectedSetting",
    "FailedHandshake",
    "Forward",
    "Gateway",
    "HardwareSwap",
    "Host",
    "Job",
    "JobItem",
    "Licence",
    "LocalList",
    "MaintainedCharger",
    "Maintenance",
    "Message",
    "MeterValue",
    "OutageExclusion",
    "OwnAct",
    "PasswordChange",
    "PowerLimit",
    "PowerOutlet",
    "PowerSample",
    "Property",
    "PropertyPicture",
    "Recovery",
    "RecoveryPolicy",
    "RecoveryRecord",
    "RecoveryStep",
    "Reservation",
    "SentProfile",
    "SettingTemplate",
    "StateSpan",
    "StatusReport",
    "Tag",
    "Transaction",
    "Unit",
    "Upload",
    "Upstream",
    "UpstreamChange",
    "UpstreamId",
    "UpstreamLink",
    "Variable",
    "VariableChange",
    "WantedSetting",
    "WithheldPower",
]
