"""Charging profiles: limits of current or power over time (OCPP 1.6 5.16, OCPP 2.0.1 K01). Pure."""

from decimal import Decimal, InvalidOperation

from chargers.commands.builder import OrderError
from chargers.commands.forms.form import EVSE, ONLY_2X, CommandForm, Input, Kind, Values, only_filled
from chargers.protocol.frames import Payload, Version

_UNITS = (("A", "Amperes per phase"), ("W", "Watts"))
_UNIT = Input(name="unit", label="Unit", kind=Kind.CHOICE, choices=_UNITS)
_PURPOSES_16 = (
    ("TxDefaultProfile", "Every session"),
    ("TxProfile", "The running session"),
    ("ChargePointMaxProfile", "The whole charger"),
)
_PURPOSES_2X = (*_PURPOSES_16[:2], ("ChargingStationMaxProfile", "The whole charger"))
_KINDS = (
    ("Relative", "The start of the session"),
    ("Absolute", "The time given below"),
    ("Daily", "The time given below, each day"),
    ("Weekly", "The time given below, each week"),
)
_MAX_PERIODS = 1024


def _purposes(version: Version) -> tuple[tuple[str, str], ...]:
    return _PURPOSES_16 if version is Version.V16 else _PURPOSES_2X


def _profile_inputs(version: Version) -> tuple[Input, ...]:
    return (
        Input(name="purpose", label="Limit", kind=Kind.CHOICE, choices=_purposes(version)),
        EVSE,
        Input(
            name="periods",
            label="Steps",
            kind=Kind.LONG,
            initial="0 16\n60 10",
            hint="One a line: minutes after the beginning, then the limit. “0 16”, “60 10”: 16 for an hour, then 10.",
        ),
        _UNIT,
        Input(name="kind", label="Counted from", kind=Kind.CHOICE, choices=_KINDS),
        Input(name="begins", label="Begins", kind=Kind.TIME, required=False),
        Input(name="minutes", label="Lasts (minutes)", kind=Kind.NUMBER, required=False, most=10_080),
        Input(
            name="id", label="Number of the profile", kind=Kind.NUMBER, initial="1", hint="The same number replaces."
        ),
        Input(name="level", label="Rank", kind=Kind.NUMBER, initial="0", hint="The highest rank counts."),
        Input(name="transaction_id", label="Session", kind=Kind.TRANSACTION, required=False, most=255),
    )


def periods(text: str) -> list[Payload]:
    """Parses lines of minutes and limit into periods of a schedule. Raises OrderError with the wrong line."""
    steps: list[Payload] = []
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            continue
        minutes, _, limit = line.replace(",", ".").partition(" ")
        try:
            begins, limit_value = int(minutes), Decimal(limit.strip())
        except (ValueError, InvalidOperation) as exc:
            raise OrderError(f"“{line[:40]}” is no step: write minutes, a space and the limit, such as 60 10.") from exc
        if begins < 0 or not limit_value.is_finite() or limit_value < 0 or limit_value > 10**7:
            raise OrderError(f"“{line[:40]}” cannot be: minutes and limit are 0 or more.")
        if limit_value != round(limit_value, 1):
            raise OrderError(f"“{line[:40]}”: a limit has one decimal at most.")
        if steps and begins * 60 <= int(steps[-1]["startPeriod"]):
            raise OrderError(f"“{line[:40]}” must come after the step before it.")
        steps.append({"startPeriod": begins * 60, "limit": float(limit_value)})
    if not steps or steps[0]["startPeriod"] != 0:
        raise OrderError("The first step must begin at 0 minutes.")
    if len(steps) > _MAX_PERIODS:
        raise OrderError(f"{len(steps)} steps are too many: {_MAX_PERIODS} at most.")
    return steps


def _set(values: Values, version: Version) -> tuple[str, Payload]:
    kind, purpose = values["kind"], values["purpose"]
    if kind != "Relative" and values["begins"] is None:
        raise OrderError("Say when the schedule begins.")
    if purpose == "TxProfile" and not values["transaction_id"]:
        raise OrderError("Choose the session that is limited.")
    if purpose.endswith("MaxProfile") and (values["evse"] or kind == "Relative"):
        raise OrderError("A limit of the whole charger names no connector and is counted from a time.")
    schedule = only_filled(
        duration=values["minutes"] * 60 if values["minutes"] else None,
        startSchedule=None if kind == "Relative" else values["begins"],
        chargingRateUnit=values["unit"],
        chargingSchedulePeriod=periods(values["periods"]),
    )
    profile = {
        "stackLevel": values["level"],
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Recurring" if kind in {"Daily", "Weekly"} else kind,
        **({"recurrencyKind": kind} if kind in {"Daily", "Weekly"} else {}),
    }
    session = values["transaction_id"] if purpose == "TxProfile" else None
    if version is Version.V16:
        number = _number(session) if session else None
        profile |= {
            "chargingProfileId": values["id"],
            **only_filled(transactionId=number),
            "chargingSchedule": schedule,
        }
        return "SetChargingProfile", {"connectorId": values["evse"] or 0, "csChargingProfiles": profile}
    profile |= {"id": values["id"], **only_filled(transactionId=session), "chargingSchedule": [{"id": 1, **schedule}]}
    return "SetChargingProfile", {"evseId": values["evse"] or 0, "chargingProfile": profile}


def _number(transaction_id: str) -> int:
    if not transaction_id.isdecimal():
        raise OrderError("Choose the session that is limited.")
    return int(transaction_id)


def _clear(values: Values, version: Version) -> tuple[str, Payload]:
    number, purpose = values["id"], values["purpose"]
    if version is Version.V16:
        return "ClearChargingProfile", only_filled(
            id=number, connectorId=values["evse"], chargingProfilePurpose=purpose, stackLevel=values["level"]
        )
    criteria = only_filled(evseId=values["evse"], chargingProfilePurpose=purpose, stackLevel=values["level"])
    return "ClearChargingProfile", only_filled(chargingProfileId=number, chargingProfileCriteria=criteria)


def _composite(values: Values, version: Version) -> tuple[str, Payload]:
    outlet = {"connectorId" if version is Version.V16 else "evseId": values["evse"] or 0}
    return "GetCompositeSchedule", {**outlet, "duration": values["hours"] * 3600, "chargingRateUnit": values["unit"]}


def _profiles(values: Values, _: Version) -> tuple[str, Payload]:
    criterion = only_filled(chargingProfilePurpose=values["purpose"])
    return "GetChargingProfiles", {
        "requestId": values["request_id"],
        **only_filled(evseId=values["evse"]),
        "chargingProfile": criterion,
    }


def _any_purpose(version: Version) -> Input:
    return Input(
        name="purpose", label="Limit", kind=Kind.CHOICE, required=False, choices=(("", "Any"), *_purposes(version))
    )


OFFERS = (
    CommandForm(
        key="schedule",
        label="Show the schedule",
        says="What the charger will follow in the next hours, all limits together, as a picture.",
        inputs=lambda _: (EVSE, Input(name="hours", label="Hours", kind=Kind.NUMBER, initial="24", most=168), _UNIT),
        build=_composite,
    ),
    CommandForm(
        key="set_profile",
        label="Limit the power",
        says="A charging profile: how much may be drawn, and when. You see it as a picture before it is sent.",
        danger="Cars that charge now may slow down or stop.",
        inputs=_profile_inputs,
        build=_set,
    ),
    CommandForm(
        key="clear_profile",
        label="Remove limits",
        says="Removes charging profiles; what is left empty fits all.",
        danger="Without its limits the charger may draw more than the house allows.",
        inputs=lambda version: (
            Input(name="id", label="Number of the profile", kind=Kind.NUMBER, required=False),
            _any_purpose(version),
            EVSE,
            Input(name="level", label="Rank", kind=Kind.NUMBER, required=False),
        ),
        build=_clear,
    ),
    CommandForm(
        key="get_profiles",
        label="List profiles",
        says="The charger reports the profiles it has; they come in as messages of their own.",
        inputs=lambda version: (EVSE, _any_purpose(version)),
        build=_profiles,
        versions=ONLY_2X,
    ),
)
