"""The input for reading a system, and the protocols that each system implements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from authorization.pms.parsing.bookings import Reading


class TokenKeeper(Protocol):
    """Holds the access token shared by all processes."""

    def current(self) -> str:
        """Returns the token; empty if there is none that is still valid."""

    def renewed(self, fetch: Callable[[], tuple[str, float]]) -> str:
        """Returns a new token by `fetch`, which returns it with its lifetime in seconds.

        Counts the fetch. Raises FailedError.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A connection, opened for one reading. `since`: only changes after it are needed; None: everything.

    `zone` is the property's, for calendars whose times have none.
    """

    url: str
    now: datetime
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    since: datetime | None = None
    zone: str = "UTC"
    listings: tuple[str, ...] = ()
    """Keys of the listings known here."""
    tokens: TokenKeeper | None = None
    timeout_s: int = 30


class System(Protocol):
    """A kind of property management system. Over the network: never inside a transaction."""

    def read(self, source: Source, /) -> Reading:
        """Reads the bookings. Raises FailedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A request to a connection's address for events. Header names are in lower case.

    `secret` is the connection's webhook secret; empty if none was entered.
    """

    headers: Mapping[str, str]
    body: bytes
    secret: str = field(repr=False)


class EventSource(Protocol):
    """A system that sends events."""

    def is_genuine(self, event: Event, /, *, now: datetime) -> bool:
        """Whether the event is proved to come from the system."""


class Messenger(Protocol):
    """A system that forwards messages to guests. Over the network: never inside a transaction."""

    def send_message(self, source: Source, /, *, booking_key: str, text: str) -> None:
        """Sends a message to a booking's guest. Raises FailedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line for a booking's bill. `key` is our own; it finds the line again if the response is lost."""

    key: str
    amount: Decimal
    currency: str
    text: str


class Cashier(Protocol):
    """A system that takes charges on a booking's bill. Over the network: never inside a transaction."""

    def bill_currency(self, source: Source, /, *, booking_key: str) -> str:
        """Returns the currency of the open bill. Raises FailedError."""

    def find_charge(self, source: Source, /, *, booking_key: str, key: str) -> str:
        """Returns the system's reference of the line with this key; empty if there is none. Raises FailedError."""

    def charge(self, source: Source, /, *, booking_key: str, charge: Charge) -> str:
        """Adds the line and returns the system's reference.

        Raises FailedError; NO_ANSWER means that it may have been added.
        """

    def undo(self, source: Source, /, *, booking_key: str, ref: str, charge: Charge) -> None:
        """Reverses a line in the way that the system supports. Raises FailedError."""
