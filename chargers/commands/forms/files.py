"""Firmware that a charger downloads, and files that it sends us. Pure.

The sender of the command supplies the upload address as `link`.
"""

from chargers.commands.forms.form import ALL, ONLY_16, CommandForm, Input, Kind, Values, only_filled
from chargers.protocol.frames import Payload, Version

_FROM = Input(name="begins", label="From", kind=Kind.TIME, required=False)
_TO = Input(name="ends", label="To", kind=Kind.TIME, required=False)
_LOGS = (("DiagnosticsLog", "Diagnostics"), ("SecurityLog", "Security events"))


def _firmware(values: Values, version: Version) -> tuple[str, Payload]:
    tries = only_filled(retries=values["retries"])
    if version is Version.V16:
        return "UpdateFirmware", {"location": values["location"], **only_filled(retrieveDate=values["at"]), **tries}
    firmware = only_filled(
        location=values["location"],
        retrieveDateTime=values["at"],
        signingCertificate=values["certificate"],
        signature=values["signature"],
    )
    return "UpdateFirmware", {"requestId": values["request_id"], "firmware": firmware, **tries}


def _signed_update(values: Values, _: Version) -> tuple[str, Payload]:
    firmware = only_filled(
        location=values["location"],
        retrieveDateTime=values["at"],
        signingCertificate=values["certificate"],
        signature=values["signature"],
    )
    tries = only_filled(retries=values["retries"])
    return "SignedUpdateFirmware", {"requestId": values["request_id"], "firmware": firmware, **tries}


def _firmware_inputs(version: Version) -> tuple[Input, ...]:
    plain = (
        Input(name="location", label="Address of the firmware", hint="Where the charger can fetch it.", most=512),
        Input(name="at", label="Fetch it at", kind=Kind.TIME),
        Input(name="retries", label="Tries", kind=Kind.NUMBER, required=False, most=20),
    )
    return plain if version is Version.V16 else (*plain, *_signature(required=False))


def _signature(*, required: bool) -> tuple[Input, ...]:
    return (
        Input(
            name="certificate", label="Signing certificate (PEM)", kind=Kind.CERTIFICATE, required=required, most=5500
        ),
        Input(name="signature", label="Signature", kind=Kind.LONG, required=required, most=800),
    )


def _diagnostics(values: Values, _: Version) -> tuple[str, Payload]:
    return "GetDiagnostics", only_filled(location=values["link"], startTime=values["begins"], stopTime=values["ends"])


def _log(values: Values, _: Version) -> tuple[str, Payload]:
    span = only_filled(oldestTimestamp=values["begins"], latestTimestamp=values["ends"])
    return "GetLog", {
        "log": {"remoteLocation": values["link"], **span},
        "logType": values["log"],
        "requestId": values["request_id"],
    }


_RESTART = "The charger restarts to install it. A wrong file can put it out of order until somebody goes there."
OFFERS = (
    CommandForm(
        key="diagnostics",
        label="Fetch diagnostics",
        says="The charger sends its diagnostics to a link of ours that works once.",
        inputs=lambda _: (_FROM, _TO),
        build=_diagnostics,
        versions=ONLY_16,
    ),
    CommandForm(
        key="log",
        label="Fetch a log",
        says="The charger sends its log to a link of ours that works once.",
        inputs=lambda _: (Input(name="log", label="Log", kind=Kind.CHOICE, choices=_LOGS), _FROM, _TO),
        build=_log,
        versions=ALL,
    ),
    CommandForm(
        key="firmware",
        label="Update the firmware",
        says="The charger fetches the file and installs it.",
        danger=_RESTART,
        inputs=_firmware_inputs,
        build=_firmware,
    ),
    CommandForm(
        key="signed_firmware",
        label="Update signed firmware",
        says="The same with a signature that the charger checks (security extension).",
        danger=_RESTART,
        inputs=lambda version: (*_firmware_inputs(version), *_signature(required=True)),
        build=_signed_update,
        versions=ONLY_16,
    ),
)
