"""The entry of a system in the catalogue: its name, its texts, what it takes to sign in, and what it can do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from authorization.pms.systems.source import Cashier, EventSource, Messenger, System


class ReadsBy(StrEnum):
    """What a connection is read by: one calendar at a secret address, or an account with credentials."""

    CALENDAR_ADDRESS = "calendar address"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a host enters of an account there, stored as a secret."""

    name: str
    label: str
    is_required: bool = True
    is_of_account: bool = True
    """False: it says where events come from, or what is charged. Two connections of one account may differ in it."""
    purpose: str = ""
    """What an optional one is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSystem:
    """`address` is where everybody's account is; empty: each host has an address of its own, as `address_help` says.

    `means` says what is connected, where a host chooses.
    """

    kind: str
    """Stored with each connection, at most 40 letters; never renamed."""
    name: str
    means: str
    system: System
    every: timedelta = timedelta(minutes=15)
    reads_by: ReadsBy = ReadsBy.ACCOUNT
    credentials: tuple[Credential, ...] = ()
    address: str = ""
    address_help: str = ""
    tokens_a_day: int = 5
    """How many access tokens are asked for in a day, where it gives such."""
    reads_changes: bool = False
    events: EventSource | None = None
    """How its events are proved, where the system sends some."""
    messenger: Messenger | None = None
    """How guests are written to, where the system passes messages on."""
    cashier: Cashier | None = None
    """How a charge comes onto the bill of a booking, where the system takes one."""

    @property
    def is_calendar(self) -> bool:
        return self.reads_by is ReadsBy.CALENDAR_ADDRESS

    @property
    def speaker(self) -> str:
        """Who answered, as sentences about a reading name it."""
        return "The calendar's server" if self.is_calendar else self.name


def to_charge(name: str, label: str) -> Credential:
    """What a system needs for taking charges, and nothing else needs."""
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
