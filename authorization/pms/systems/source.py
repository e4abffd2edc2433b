"""What a system is read from, and the protocol that each system speaks to us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from authorization.pms.parsing.bookings import Reading


class TokenKeeper(Protocol):
    """Keeps the access token that all processes share."""

    def current(self) -> str:
        """The token, or empty where there is none that is still good."""

    def renewed(self, fetch: Callable[[], tuple[str, float]]) -> str:
        """A new one by `fetch`, which returns it with its seconds; counted. Raises FailedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A connection, opened for one reading. `since`: changes from then on are enough, None: everything.

    `zone` is of the property, for calendars whose times have none.
    """

    url: str
    now: datetime
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    since: datetime | None = None
    zone: str = "UTC"
    listings: tuple[str, ...] = ()
    """Keys of the listings that are known here."""
    tokens: TokenKeeper | None = None
    timeout_s: int = 30


class System(Protocol):
    """A kind of property management system. Over the network: never inside a transaction."""

    def read(self, source: Source, /) -> Reading:
        """Raises FailedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What came to a connection's address for events. Names of headers are in small letters.

    `secret` is the connection's webhook secret; empty: none was entered.
    """

    headers: Mapping[str, str]
    body: bytes
    secret: str = field(repr=False)


class EventSource(Protocol):
    """A system that sends events."""

    def is_genuine(self, event: Event, /, *, now: datetime) -> bool:
        """Whether it is proved that the event comes from there."""


class Messenger(Protocol):
    """A system that passes messages on to guests. Over the network: never inside a transaction."""

    def send_message(self, source: Source, /, *, booking_key: str, text: str) -> None:
        """Raises FailedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line for the bill of a booking. `key` is our own: it is found again in the line, if its answer gets lost."""

    key: str
    amount: Decimal
    currency: str
    text: str


class Cashier(Protocol):
    """A system that takes charges onto the bill of a booking. Over the network: never inside a transaction."""

    def bill_currency(self, source: Source, /, *, booking_key: str) -> str:
        """The currency of the bill, which is open. Raises FailedError."""

    def find_charge(self, source: Source, /, *, booking_key: str, key: str) -> str:
        """Their reference of the line with this key; empty: there is none. Raises FailedError."""

    def charge(self, source: Source, /, *, booking_key: str, charge: Charge) -> str:
        """Adds the line and answers their reference. Raises FailedError; NO_ANSWER: it may have been added."""

    def undo(self, source: Source, /, *, booking_key: str, ref: str, charge: Charge) -> None:
        """Takes a line back, in the way that the system has for it. Raises FailedError."""
