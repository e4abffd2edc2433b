"""A system's entry in the catalogue: its name, its texts, its credentials, and what it can do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from authorization.pms.systems.source import Cashier, EventSource, Messenger, System


class Access(StrEnum):
    """How a connection is read: one calendar at a secret address, or an account with credentials."""

    CALENDAR_ADDRESS = "calendar address"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One credential of the host's account there, stored as a secret."""

    name: str
    label: str
    is_required: bool = True
    is_of_account: bool = True
    """False if it only tells where events come from, or what is charged.

    Two connections of one account may differ in it.
    """
    purpose: str = ""
    """The purpose of an optional credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSystem:
    """A system. `address` is shared by all accounts; empty if each host has its own, as `address_help` explains.

    `means` tells hosts who choose a system what gets connected.
    """

    kind: str
    """Stored with each connection, at most 40 characters; never renamed."""
    name: str
    means: str
    system: System
    every: timedelta = timedelta(minutes=15)
    reads_by: Access = Access.ACCOUNT
    credentials: tuple[Credential, ...] = ()
    address: str = ""
    address_help: str = ""
    tokens_a_day: int = 5
    """How many access tokens may be requested in a day, for systems that issue them."""
    reads_changes: bool = False
    events: EventSource | None = None
    """How events are verified, if the system sends any."""
    messenger: Messenger | None = None
    """How messages are sent to guests, if the system forwards them."""
    cashier: Cashier | None = None
    """How charges are posted to a booking's bill, if the system takes them."""

    @property
    def is_calendar(self) -> bool:
        return self.reads_by is Access.CALENDAR_ADDRESS

    @property
    def speaker(self) -> str:
        """The name of who responded, for sentences about a reading."""
        return "The calendar's server" if self.is_calendar else self.name


def to_charge(name: str, label: str) -> Credential:
    """Returns a credential that is needed only for posting charges."""
    return Credential(
        name=name,
        label=label,
        is_required=False,
        is_of_account=False,
        purpose="without it nothing is charged to the bill of a stay",
    )


WEBHOOK_SECRET: Final = Credential(
    name="webhook_secret",
    label="Webhook secret",
    is_required=False,
    is_of_account=False,
    purpose="it proves that events come from there",
)
