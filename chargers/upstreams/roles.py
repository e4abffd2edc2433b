"""Who receives a charger's messages, and which commands a back office may give. Pure; the table is in docs/proxy.md."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from chargers.protocol import fields, schemas
from chargers.protocol.frames import Call, CallError, CallResult, Payload, Version
from chargers.protocol.schemas import PayloadPart, Sender
from chargers.text import masking

CONNECTION_KEYS = "ConnectionKeys"
"""Not a command, but the switch for writing settings that decide where and how the charger connects."""
START_AND_STOP = frozenset(
    ("RemoteStartTransaction", "RemoteStopTransaction", "RequestStartTransaction", "RequestStopTransaction")
)
_NEVER_FORWARDED = frozenset(("SignCertificate",))
_TRANSACTIONAL_16 = frozenset(("StartTransaction", "StopTransaction"))
_REPLAYED = frozenset(("BootNotification", "StatusNotification"))
_TRIGGERS = frozenset(("TriggerMessage", "ExtendedTriggerMessage"))
_READS = _TRIGGERS | {
    "GetBaseReport",
    "GetChargingProfiles",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetDisplayMessages",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetMonitoringReport",
    "GetReport",
    "GetTransactionStatus",
    "GetVariables",
}
_IDENTITY = frozenset(("CertificateSigned", "DeleteCertificate", "InstallCertificate", "SetNetworkProfile"))
_WRITES_SETTINGS = frozenset(("ChangeConfiguration", "SetVariables"))
_OF_THE_CONNECTION = ("url", "uri", "host", "endpoint", "server", "csms", "centralsystem", "backend", "apn")
_CONNECTION_NAMES = frozenset(
    ("activenetworkprofile", "additionalrootcertificatecheck", "basicauthpassword", "authorizationkey",
     "chargeboxidentity", "chargepointid", "identity", "networkconfigurationpriority", "securityprofile",
     "websocketpinginterval")
)  # fmt: skip


class UpstreamRole(StrEnum):
    LEADER = "leader"
    FOLLOWER = "follower"


class UpstreamAudience(StrEnum):
    """The receivers of a charger's call: every back office, only us, or the one that requested it."""

    ALL = "all"
    US = "us"
    ASKER = "asker"


@dataclass(frozen=True, slots=True)
class UpstreamRefusal:
    """Why a command was not passed on to the charger, as a sentence."""

    sentence: str


def audience(action: str, payload: Payload) -> UpstreamAudience:
    """Returns the receivers: a report that names a request goes to its requester; we sign certificates ourselves."""
    if action in _NEVER_FORWARDED:
        return UpstreamAudience.US
    if payload.get("requestId") is not None:
        return UpstreamAudience.ASKER
    if action == "ReservationStatusUpdate":
        return UpstreamAudience.ASKER
    return UpstreamAudience.ALL


def is_transactional(action: str, payload: Payload) -> bool:
    """Whether it must be delivered eventually, once and in order (OCPP 1.6 4.7 to 4.10, OCPP 2.0.1 E)."""
    if action == "MeterValues":
        return payload.get("transactionId") is not None
    return action in _TRANSACTIONAL_16 or action == "TransactionEvent"


def is_replayed(action: str) -> bool:
    """Whether the latest such message is sent again to a back office that reconnects."""
    return action in _REPLAYED


def asks_about_card(action: str, payload: Payload) -> bool:
    """Whether the answer is a decision about a card."""
    if action == "TransactionEvent":
        return isinstance(payload.get("idToken"), dict)
    return action in {"Authorize", "StartTransaction"}


@cache
def usual(*, role: UpstreamRole, version: Version) -> frozenset[str]:
    """Returns the default permissions: a Follower reads, a Leader gives all commands except those that take the charger
    over.
    """
    commands = schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)
    if role is UpstreamRole.FOLLOWER:
        return commands & _READS
    return commands - _IDENTITY


def switches(*, role: UpstreamRole, version: Version) -> list[str]:
    """Returns the names of possible permissions in the order of the page: reads first, dangerous ones last."""
    commands = schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)
    offered_commands = commands if role is UpstreamRole.LEADER else commands - START_AND_STOP
    usually = usual(role=role, version=version)
    names = sorted(
        offered_commands, key=lambda name: (name not in _READS, name not in usually, name in _IDENTITY, name)
    )
    return [*names, CONNECTION_KEYS]


def refusal(
    action: str, payload: Payload, *, role: UpstreamRole, allowed: frozenset[str] | None, version: Version
) -> UpstreamRefusal | None:
    """Returns why this command is not passed on; None if it is. `allowed` None means the default of the role."""
    if action not in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM):
        return UpstreamRefusal(f"OCPP {version} has no command {action[:60]}.")
    if role is UpstreamRole.FOLLOWER and action in START_AND_STOP:
        return UpstreamRefusal("Only the Leader may start or stop charging; this back office is a Follower.")
    may = usual(role=role, version=version) if allowed is None else allowed
    if action not in may:
        return UpstreamRefusal(f"{action} is not among the commands that this back office may give.")
    if masking.sets_password(action, payload) or (action == "SetNetworkProfile" and CONNECTION_KEYS not in may):
        return UpstreamRefusal("The charger's own password and address stay as they are: its one connection is to us.")
    if CONNECTION_KEYS not in may and (key := connection_key(action, payload)):
        return UpstreamRefusal(f"{key} belongs to the charger's connection, which this back office may not change.")
    if action in _TRIGGERS and "Certificate" in fields.text(payload.get("requestedMessage")):
        return UpstreamRefusal("Certificates of this charger are asked for and signed by us.")
    violation = schemas.violation(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)
    return UpstreamRefusal(violation.sentence) if violation else None


def connection_key(action: str, payload: Payload) -> str:
    """Returns the first setting in the command that decides where or how the charger connects; "" if there is none."""
    if action not in _WRITES_SETTINGS:
        return ""
    if action == "ChangeConfiguration":
        names = [("", fields.text(payload.get("key")))]
    else:
        entries = fields.entries(payload.get("setVariableData"))
        names = [
            (
                fields.text(fields.section(entry, "component").get("name")),
                fields.text(fields.section(entry, "variable").get("name")),
            )
            for entry in entries
        ]
    return next((name for component, name in names if _is_of_connection(component, name)), "")


def _is_of_connection(component: str, name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    if component.lower() == "securityctrlr" or plain in _CONNECTION_NAMES:
        return True
    return any(part in plain for part in _OF_THE_CONNECTION)


def build_refusal_frame(call: Call, because: UpstreamRefusal, *, version: Version) -> CallResult | CallError:
    """Returns the answer to the back office: Rejected if its command has that status, else a SecurityError."""
    payload: Payload = {"status": "Rejected"}
    if version is not Version.V16:
        payload["statusInfo"] = {"reasonCode": "NotAllowed", "additionalInfo": because.sentence[:512]}
    is_command = call.action in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)
    if not is_command:
        return CallError(call.message_id, "NotImplemented", because.sentence[:255])
    if schemas.violation(version=version, action=call.action, part=PayloadPart.RESPONSE, payload=payload):
        return CallError(call.message_id, "SecurityError", because.sentence[:255])
    return CallResult(call.message_id, payload)
