"""What a system is read from, and the protocol that each system speaks to us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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


class System(Protocol):
    """A kind of property management system. Over the network: never inside a transaction."""

    def read(self, source: Source, /) -> Reading:
        """Raises FailedError."""


class Messenger(Protocol):
    """A system that passes messages on to guests. Over the network: never inside a transaction."""

    def send_message(self, source: Source, /, *, booking_key: str, text: str) -> None:
        """Raises FailedError."""
