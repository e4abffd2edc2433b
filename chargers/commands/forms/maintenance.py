"""Restart, availability, requested messages, certificates and vendor-specific data. Pure."""

from chargers.commands.builder import Details, UsualAction, of_version
from chargers.commands.forms.form import EVSE, CommandForm, Input, Kind, Values, evse, only_filled
from chargers.protocol.frames import Payload, Version

_MESSAGES_16 = (
    ("StatusNotification", "Status of a connector"),
    ("MeterValues", "Meter values"),
    ("Heartbeat", "Heartbeat"),
    ("BootNotification", "Who it is (boot notification)"),
    ("DiagnosticsStatusNotification", "State of the diagnostics upload"),
    ("FirmwareStatusNotification", "State of the firmware update"),
    ("LogStatusNotification", "State of the log upload (security extension)"),
    ("SignChargePointCertificate", "A request for a certificate (security extension)"),
)
_MESSAGES_2X = (
    ("StatusNotification", "Status of a connector"),
    ("MeterValues", "Meter values"),
    ("TransactionEvent", "The running session"),
    ("Heartbeat", "Heartbeat"),
    ("BootNotification", "Who it is (boot notification)"),
    ("LogStatusNotification", "State of the log upload"),
    ("FirmwareStatusNotification", "State of the firmware update"),
    ("PublishFirmwareStatusNotification", "State of the firmware publishing"),
    ("SignChargingStationCertificate", "A request for its certificate"),
    ("SignV2GCertificate", "A request for a plug-and-charge certificate"),
    ("SignCombinedCertificate", "A request for one certificate for both"),
)
_EXTENDED = {"LogStatusNotification", "SignChargePointCertificate"}
_KINDS_16 = (
    ("CentralSystemRootCertificate", "Central system root"),
    ("ManufacturerRootCertificate", "Manufacturer root"),
)
_KINDS_2X = (
    ("CSMSRootCertificate", "Central system root"),
    ("ManufacturerRootCertificate", "Manufacturer root"),
    ("V2GRootCertificate", "Plug-and-charge (V2G) root"),
    ("MORootCertificate", "Mobility operator root"),
)
_HASHES = tuple((name, name) for name in ("SHA256", "SHA384", "SHA512"))


def _availability(values: Values, version: Version) -> tuple[str, Payload]:
    ask = UsualAction.MAKE_AVAILABLE if values["service"] == "Operative" else UsualAction.MAKE_UNAVAILABLE
    return of_version(ask, Details(evse_number=values["evse"]), version=version)


def _trigger(values: Values, version: Version) -> tuple[str, Payload]:
    message, number = values["message"], values["evse"]
    if version is Version.V16:
        action = "ExtendedTriggerMessage" if message in _EXTENDED else "TriggerMessage"
        return action, only_filled(requestedMessage=message, connectorId=number)
    return "TriggerMessage", {"requestedMessage": message, **evse(number)}


def _messages(version: Version) -> tuple[Input, ...]:
    choices = _MESSAGES_16 if version is Version.V16 else _MESSAGES_2X
    return (Input(name="message", label="Message", kind=Kind.CHOICE, choices=choices), EVSE)


def _kinds(version: Version) -> tuple[tuple[str, str], ...]:
    return _KINDS_16 if version is Version.V16 else _KINDS_2X


def _ids(values: Values, version: Version) -> tuple[str, Payload]:
    kind = values["kind"]
    return "GetInstalledCertificateIds", {"certificateType": kind if version is Version.V16 else [kind]}


def _install(values: Values, _: Version) -> tuple[str, Payload]:
    return "InstallCertificate", {"certificateType": values["kind"], "certificate": values["certificate"]}


def _delete(values: Values, _: Version) -> tuple[str, Payload]:
    return "DeleteCertificate", {
        "certificateHashData": {
            "hashAlgorithm": values["hash"],
            "issuerNameHash": values["issuer_name"],
            "issuerKeyHash": values["issuer_key"],
            "serialNumber": values["serial"],
        }
    }


def _data(values: Values, _: Version) -> tuple[str, Payload]:
    return "DataTransfer", only_filled(vendorId=values["vendor"], messageId=values["message"], data=values["data"])


OFFERS = (
    CommandForm(
        key="trigger",
        label="Ask for a message",
        says="The charger sends what it would send by itself later: a good first test of whether it listens.",
        inputs=_messages,
        build=_trigger,
    ),
    CommandForm(
        key="availability",
        label="Put in or out of service",
        says="A connector out of service takes nobody; a running session ends first.",
        inputs=lambda _: (
            Input(
                name="service",
                label="It is to be",
                kind=Kind.CHOICE,
                choices=(("Operative", "In service"), ("Inoperative", "Out of service")),
            ),
            EVSE,
        ),
        build=_availability,
    ),
    CommandForm(
        key="clear_cache",
        label="Clear the card cache",
        says="The charger forgets which cards it let in lately, and asks us again.",
        build=lambda _, version: of_version(UsualAction.CLEAR_CACHE, Details(), version=version),
    ),
    CommandForm(
        key="reset_soft",
        label="Restart softly",
        says="Ends what runs in good order, then restarts.",
        danger="Sessions that run now end. The charger is away for a minute or two.",
        build=lambda _, version: of_version(UsualAction.RESET_SOFT, Details(), version=version),
    ),
    CommandForm(
        key="reset_hard",
        label="Restart hard",
        says="Restarts at once, as if the power had been cut.",
        danger="Sessions that run now are cut off and may be reported late. Try a soft restart first.",
        build=lambda _, version: of_version(UsualAction.RESET_HARD, Details(), version=version),
    ),
)
EXPERT_OFFERS = (
    CommandForm(
        key="certificate_ids",
        label="List certificates",
        says="Which root certificates the charger trusts.",
        inputs=lambda version: (Input(name="kind", label="Kind", kind=Kind.CHOICE, choices=_kinds(version)),),
        build=_ids,
    ),
    CommandForm(
        key="install_certificate",
        label="Install a certificate",
        says="The charger trusts this root from then on.",
        danger="A wrong central system root can lock the charger out of its back office.",
        inputs=lambda version: (
            Input(name="kind", label="Kind", kind=Kind.CHOICE, choices=_kinds(version)),
            Input(name="certificate", label="Certificate (PEM)", kind=Kind.CERTIFICATE, most=5500),
        ),
        build=_install,
    ),
    CommandForm(
        key="delete_certificate",
        label="Delete a certificate",
        says="By the hashes that “List certificates” shows.",
        danger="Without its root a charger may not find its back office again.",
        inputs=lambda _: (
            Input(name="hash", label="Hash", kind=Kind.CHOICE, choices=_HASHES),
            Input(name="issuer_name", label="Issuer name hash", most=128),
            Input(name="issuer_key", label="Issuer key hash", most=128),
            Input(name="serial", label="Serial number", most=40),
        ),
        build=_delete,
    ),
    CommandForm(
        key="data_transfer",
        label="Send vendor data",
        says="DataTransfer: what it does is the vendor's own; see the charger's manual.",
        inputs=lambda _: (
            Input(name="vendor", label="Vendor id", most=255),
            Input(name="message", label="Message id", required=False, most=50),
            Input(name="data", label="Data", kind=Kind.LONG, required=False),
        ),
        build=_data,
    ),
)
