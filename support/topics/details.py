"""The details that topics ask for, and how typed values are read. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, Literal, assert_never

from chargers.lib.i18n import mark

Kind = Literal["text", "moment", "amount", "last4", "email", "choice", "file"]
_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\".]{2,}")
_LIMIT: Final = 300


class Detail(StrEnum):
    """A detail that support needs. The values are codes of the command `ask`.

    DOCUMENT is accepted when named, but never asked for. ATTEMPTED_AT is a moment, or a day without a time.
    """

    PROPERTY = "property"
    CHARGER_ID = "charger_id"
    DOCUMENT = "document"
    ATTEMPTED_AT = "attempted_at"
    AMOUNT = "amount"
    LAST4 = "last4"
    ACCOUNT_EMAIL = "account_email"
    NEW_EMAIL = "new_email"
    SCREENSHOT = "screenshot"
    VEHICLE_MESSAGE = "vehicle_message"
    CANCEL_OR_DELETE = "cancel_or_delete"
    PMS_NAME = "pms_name"
    PMS_CONNECTED = "pms_connected"
    PAYOUT_ID = "payout_id"
    STATEMENT_PERIOD = "statement_period"


class DetailError(Exception):
    """The typed value is invalid; the message is a sentence for the person, marked for translation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a detail is asked for. `may_be_photo`: a picture may replace it."""

    label: str
    kind: Kind
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    may_be_photo: bool = False


FIELDS: Final[Mapping[Detail, Field]] = {
    Detail.PROPERTY: Field(
        label=mark("Name of the property"), kind="text", hint=mark("With its address, if you know it.")
    ),
    Detail.CHARGER_ID: Field(
        label=mark("Station ID or serial number"),
        kind="text",
        hint=mark("It is printed on the label. A clear photo of the QR code will do as well."),
        may_be_photo=True,
    ),
    Detail.DOCUMENT: Field(label=mark("Number of the receipt or session"), kind="text"),
    Detail.ATTEMPTED_AT: Field(
        label=mark("When was it?"), kind="moment", hint=mark("About when, by the clock of the place.")
    ),
    Detail.AMOUNT: Field(label=mark("Amount charged"), kind="amount", hint=mark("As your bank shows it.")),
    Detail.LAST4: Field(
        label=mark("Last four digits of the payment card"),
        kind="last4",
        hint=mark("Only these four: never write the whole number."),
    ),
    Detail.ACCOUNT_EMAIL: Field(label=mark("E-mail address or telephone number of your account"), kind="text"),
    Detail.NEW_EMAIL: Field(label=mark("New e-mail address"), kind="email"),
    Detail.SCREENSHOT: Field(label=mark("Screenshot or photo of the error"), kind="file"),
    Detail.VEHICLE_MESSAGE: Field(label=mark("What the car or the charger shows"), kind="text"),
    Detail.CANCEL_OR_DELETE: Field(
        label=mark("What is to be done?"),
        kind="choice",
        choices=(
            ("cancel", mark("Cancel the subscription only")),
            ("delete", mark("Delete the account and its data")),
            ("remove_card", mark("Remove a payment card")),
        ),
    ),
    Detail.PMS_NAME: Field(label="PMS, if any", kind="text", hint="Such as Guesty, Hospitable or Track."),
    Detail.PMS_CONNECTED: Field(
        label="Is the PMS connected already?",
        kind="choice",
        choices=(("yes", "Yes"), ("no", "No"), ("none", "There is no PMS")),
    ),
    Detail.PAYOUT_ID: Field(label="Payout ID", kind="text", hint="One or several, as on the payout’s page."),
    Detail.STATEMENT_PERIOD: Field(label="Dates in question", kind="text", hint="Such as 1 to 31 October 2026."),
}
"""Labels of details that only hosts are asked for are in English, like the portal."""
OF_SESSION: Final = frozenset({Detail.PROPERTY, Detail.CHARGER_ID, Detail.ATTEMPTED_AT, Detail.AMOUNT, Detail.LAST4})
"""Details that a session answers, even if nothing was charged yet or no card paid."""


def read(detail: Detail, entry: str) -> str:
    """Returns the detail as stored: amounts with a point, moments as ISO 8601 without a time zone.

    Raises DetailError.
    """
    text = " ".join(entry.replace("\x00", "").split())[:_LIMIT]
    field = FIELDS[detail]
    match field.kind:
        case "amount":
            return _amount(text)
        case "last4":
            return _last4(text)
        case "moment":
            return _moment(text)
        case "email":
            return _email(text)
        case "choice":
            return _choice(text, field=field)
        case "text" | "file":
            return text
        case _:
            assert_never(field.kind)


def _amount(text: str) -> str:
    """Reads an amount. The last separator is the decimal one, unless three digits follow it, as in 1,234."""
    digits = re.sub(r"[^\d.,]", "", text)
    parts = re.split(r"[.,]", digits)
    fraction = parts.pop() if len(parts) > 1 and len(parts[-1]) != 3 else ""
    try:
        value = Decimal(f"{''.join(parts) or '0'}.{fraction or '0'}")
    except InvalidOperation:
        value = Decimal(0)
    if not 0 < value < 1_000_000:
        raise DetailError(mark("Write an amount, such as 12.50."))
    return f"{value:.2f}"


def _last4(text: str) -> str:
    digits = re.sub(r"[\s*•·xX.-]", "", text)
    if not re.fullmatch(r"[0-9]{4}", digits):
        raise DetailError(mark("Write four digits."))
    return digits


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise DetailError(mark("Choose a day and a time.")) from exc
    return moment.replace(tzinfo=None, second=0, microsecond=0).isoformat(timespec="minutes")


def _email(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise DetailError(mark("Write an e-mail address, such as kim@example.com."))
    return text.lower()


def _choice(text: str, *, field: Field) -> str:
    if text not in {value for value, _ in field.choices}:
        raise DetailError(mark("Choose one of these."))
    return text
