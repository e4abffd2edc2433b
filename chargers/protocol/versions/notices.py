"""Notices of all versions: firmware, logs, security; and helpers for the readers of all notices. Pure.

A notice is never a misfit: missing fields are left out of its sentence.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from chargers.protocol import fields
from chargers.protocol.events import DataTransferReceived, Event, NoticeReceived, Proof, StatedTime, Topic
from chargers.protocol.fields import Reader
from chargers.protocol.frames import Payload, dump_json

Understand = Callable[[Payload, Reader], Event]

MAX_REQUEST = 2**31 - 1

FIRMWARE = {
    "Idle": "nothing is being updated",
    "DownloadScheduled": "the download is scheduled",
    "Downloading": "downloading",
    "DownloadPaused": "the download is paused",
    "Downloaded": "downloaded",
    "DownloadFailed": "the download failed",
    "SignatureVerified": "its signature is genuine",
    "InvalidSignature": "its signature is not genuine, so it will not be installed",
    "InstallScheduled": "the installation is scheduled",
    "Installing": "installing",
    "InstallRebooting": "restarting to install it",
    "Installed": "installed",
    "InstallationFailed": "the installation failed",
    "InstallVerificationFailed": "it was installed and could not be verified",
    "Published": "published to the chargers nearby",
    "PublishFailed": "it could not be published",
    "ChecksumVerified": "its checksum is right",
    "InvalidChecksum": "its checksum is wrong",
}
UPLOAD = {
    "Idle": "nothing is being uploaded",
    "Uploading": "uploading",
    "Uploaded": "uploaded",
    "UploadFailed": "the upload failed",
    "UploadFailure": "the upload failed",
    "BadMessage": "the request could not be understood",
    "PermissionDenied": "the server did not let the charger in",
    "NotSupportedOperation": "the charger cannot upload this way",
    "AcceptedCanceled": "a newer request took its place",
}
SECURITY = {
    "FirmwareUpdated": "Its firmware was updated",
    "FailedToAuthenticateAtCsms": "It could not log in to the central system",
    "FailedToAuthenticateAtCentralSystem": "It could not log in to the central system",
    "CsmsFailedToAuthenticate": "A central system could not prove who it is",
    "CentralSystemFailedToAuthenticate": "A central system could not prove who it is",
    "SettingSystemTime": "Its clock was set",
    "StartupOfTheDevice": "It was switched on",
    "ResetOrReboot": "It was restarted",
    "SecurityLogWasCleared": "Its security log was cleared",
    "ReconfigurationOfSecurityParameters": "Its security settings were changed",
    "MemoryExhaustion": "It ran out of memory",
    "InvalidMessages": "It received messages that make no sense",
    "AttemptedReplayAttacks": "Somebody sent old messages again",
    "TamperDetectionActivated": "Its tamper detection was set off",
    "InvalidFirmwareSignature": "The signature of a new firmware is not genuine",
    "InvalidFirmwareSigningCertificate": "The certificate of a new firmware's signature is not valid",
    "InvalidCsmsCertificate": "The central system's certificate is not valid",
    "InvalidCentralSystemCertificate": "The central system's certificate is not valid",
    "InvalidChargingStationCertificate": "Its own certificate is not valid",
    "InvalidChargePointCertificate": "Its own certificate is not valid",
    "InvalidTLSVersion": "A connection with too old a TLS version was tried",
    "InvalidTLSCipherSuite": "A connection with too weak a cipher was tried",
}
_NOT_OBEYED = frozenset(
    ("", "Idle", "Uploading", "DownloadFailed", "InvalidSignature", "UploadFailed", "UploadFailure", "BadMessage",
     "PermissionDenied", "NotSupportedOperation", "AcceptedCanceled", "PublishFailed", "InvalidChecksum")
)  # fmt: skip


def request_id(payload: Payload) -> int | None:
    return fields.integer(payload.get("requestId"), limit=MAX_REQUEST)


def matching(**expected: str | int | None) -> tuple[tuple[str, str | int], ...]:
    """Returns what an order's payload must contain; leaves out what the charger did not report."""
    return tuple((key, value) for key, value in expected.items() if value is not None and value != "")


def stated_at(payload: Payload, reader: Reader) -> StatedTime:
    key = "timestamp" if payload.get("timestamp") is not None else "generatedAt"
    return reader.time(payload.get(key), key)


def outlet(payload: Payload) -> int | None:
    """Returns the EVSE of a notice; None for the whole charger."""
    return fields.count(payload.get("evseId")) or None


def describe_evse(evse: int | None) -> str:
    return f"EVSE {evse}" if evse else "the whole charger"


def amount(value: object) -> str:
    """Formats a number without trailing zeros; "?" if it is not a number."""
    number = fields.number(value)
    return "?" if number is None else f"{_trim_zeros(number):f}"


def more_follow_suffix(payload: Payload) -> str:
    return " (more follow)" if fields.boolean(payload.get("tbc")) else ""


def reason(payload: Payload) -> str:
    """Returns the additional status information of OCPP 2.1."""
    details = fields.section(payload, "statusInfo")
    words = fields.text(details.get("additionalInfo"), 120) or fields.text(details.get("reasonCode"))
    return f" ({words})" if words else ""


_FIRMWARE_FAILED = frozenset(
    ("DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature", "InvalidCertificate",
     "RevokedCertificate")
)  # fmt: skip


def find_proof(status: str, *actions: str, number: int | None) -> Proof | None:
    """Returns the order that a status fulfils; None if an upload is running or failed, or no order is given."""
    return None if status in _NOT_OBEYED else Proof(actions, matching(requestId=number))


def firmware(kind: str, *, order: str) -> Understand:
    """Reads a firmware status (OCPP 1.6 4.5 and security whitepaper L01, OCPP 2.0.1 L01)."""

    def understand(payload: Payload, reader: Reader) -> Event:
        status, number = fields.text(payload.get("status"), 60), request_id(payload)
        order_meant = Proof((order,), matching(requestId=number))
        return replace(
            progress(payload, reader),
            proof=order_meant if status == "Installed" else None,
            disproof=order_meant if status in _FIRMWARE_FAILED else None,
        )

    progress = _progress(kind, topic=Topic.FIRMWARE, subject="Firmware", words=FIRMWARE, orders=(order,))
    return understand


def upload(kind: str, *, subject: str, orders: tuple[str, ...]) -> Understand:
    """Reads the status of an upload of logs or diagnostics (OCPP 1.6 4.4, security whitepaper N01, OCPP 2.0.1 N01)."""
    return _progress(kind, topic=Topic.UPLOAD, subject=subject, words=UPLOAD, orders=orders)


def data_transfer(payload: Payload, reader: Reader) -> Event:
    return DataTransferReceived(
        vendor_id=fields.require(fields.text(payload.get("vendorId")), "vendorId"),
        message_id=fields.text(payload.get("messageId")),
        data=fields.text(payload.get("data"), limit=65536),
    )


def _progress(
    kind: str, *, topic: Topic, subject: str, words: dict[str, str], orders: tuple[str, ...]
) -> Callable[[Payload, Reader], NoticeReceived]:
    def understand(payload: Payload, reader: Reader) -> NoticeReceived:
        status, number = fields.text(payload.get("status"), 60), request_id(payload)
        return NoticeReceived(
            kind=kind,
            topic=topic,
            summary=f"{subject}: {words.get(status, status) or 'no status was reported'}{reason(payload)}",
            time=stated_at(payload, reader),
            payload=dump_json(payload),
            state=status,
            request_id=number,
            proof=find_proof(status, *orders, number=number),
        )

    return understand


def _trim_zeros(number: Decimal) -> Decimal:
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()


TABLE_16: dict[str, Understand] = {
    "DiagnosticsStatusNotification": upload(
        "DiagnosticsStatusNotification", subject="Diagnostics", orders=("GetDiagnostics",)
    ),
    "FirmwareStatusNotification": firmware("FirmwareStatusNotification", order="UpdateFirmware"),
    "LogStatusNotification": upload("LogStatusNotification", subject="Log", orders=("GetLog",)),
    "SignedFirmwareStatusNotification": firmware("SignedFirmwareStatusNotification", order="SignedUpdateFirmware"),
}
