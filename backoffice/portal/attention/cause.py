"""One thing that needs a person: its kind, subject, start, cost and fix."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, Literal
from urllib.parse import quote

from django.urls import reverse

from chargers.models import Charger

Level = Literal["bad", "warn"]
_ANY: Final = "any-charger-id"
_UNQUOTED: Final = "/~:@!$&'()*+,;="
"""Characters that Django does not quote in addresses."""


class Kind(StrEnum):
    """Kinds of causes; the values are used in addresses and in the API."""

    OFFLINE = "offline"
    FAULTED = "faulted"
    INCIDENT = "incident"
    REPORTED = "reported"
    USED_TWICE = "used_twice"
    REFUSALS = "refusals"
    POWER = "power"
    PAYOUT = "payout"
    BANK_ACCOUNT = "bank_account"
    IDENTITY = "identity"
    HELD = "held"
    REFUND_WAITS = "waiting"
    REFUND_REFUSED = "refused"
    DISPUTE = "disputes"
    UNCOLLECTED = "owed"
    COMPLAINT = "complaints"
    DOUBTFUL = "offers"
    LATE_STOP = "late"
    REQUEST = "requests"
    JOIN = "joins"
    DATA_GRANT = "data_grants"
    WEBHOOK = "webhook"
    PMS_FAILING = "pms_failing"
    LISTING = "listings"
    CERTIFICATE = "certificate"
    LICENCE = "licence"


TITLES: Final[Mapping[Kind, str]] = {
    Kind.OFFLINE: "Offline", Kind.FAULTED: "Faulted", Kind.INCIDENT: "Part of an incident",
    Kind.REPORTED: "With support", Kind.USED_TWICE: "Id used twice",
    Kind.REFUSALS: "Repeated refusals", Kind.POWER: "Power not under control", Kind.PAYOUT: "Failed payout",
    Kind.HELD: "Held session", Kind.REFUND_WAITS: "Refund that waits", Kind.REFUND_REFUSED: "Refused refund",
    Kind.DISPUTE: "Contested payment", Kind.UNCOLLECTED: "Not collected", Kind.COMPLAINT: "Complaint",
    Kind.REQUEST: "Request for access", Kind.WEBHOOK: "Webhook disabled", Kind.CERTIFICATE: "Certificate ends",
    Kind.DOUBTFUL: "Doubtful bill", Kind.LICENCE: "Licence ends", Kind.JOIN: "Resident to admit",
    Kind.DATA_GRANT: "Support asks for data", Kind.PMS_FAILING: "Property system failing",
    Kind.LISTING: "Listing without a unit", Kind.BANK_ACCOUNT: "Bank account for payouts",
    Kind.IDENTITY: "Identity check", Kind.LATE_STOP: "Late stop",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A text with a link; without an address, only the text."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that needs a person. `subject` is the row of the list that it belongs to.

    `key` identifies the occurrence: a new one, or one that grew, has another key. `minor` is the money at stake in
    `currency`, `drivers` how many were turned away; both are estimates for outages and refusals.
    """

    subject: str
    kind: Kind
    key: str
    level: Level
    since: datetime
    words: Link
    detail: str = ""
    fix: Link
    by_others: str = ""
    """For money: the text after the name of who decides, for readers who may not."""
    count: int = 1
    minor: int = 0
    currency: str = ""
    drivers: int = 0
    is_estimate: bool = False
    charger: int | None = None
    evse_number: int | None = None


def subject_of(charger_id: str) -> str:
    return f"charger:{charger_id}"


def page_of(name: str, charger: Charger) -> str:
    """Returns the address of a charger's page, such as "chargers:overview"."""
    return _pattern(name).replace(_ANY, quote(charger.charger_id, safe=_UNQUOTED))


@cache
def _pattern(name: str) -> str:
    """Returns the address pattern. Cached, because resolving an address costs more than the rest of a row."""
    return reverse(name, args=[_ANY])
