"""Routing headers (OCPI 2.2.1 8.2.2), and the ids that identify a message (4.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FUNCTIONAL: Final = frozenset(
    ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands", "chargingprofiles", "invoicereconciliation")
)
"""Modules with routing headers; credentials, versions and hubclientinfo are only between two platforms."""
_MAX_CHARACTERS: Final = 36


@dataclass(frozen=True, slots=True)
class Party:
    """A party of OCPI; its codes are CiStrings, stored in capitals."""

    country_code: str
    party_id: str

    def __str__(self) -> str:
        return f"{self.country_code}-{self.party_id}"


@dataclass(frozen=True, slots=True)
class Route:
    """Sender and recipient of a message; None where not stated."""

    sender: Party | None = None
    receiver: Party | None = None

    @property
    def back(self) -> "Route":
        """Returns the route of the response: swapped."""
        return Route(sender=self.receiver, receiver=self.sender)

    def headers(self) -> dict[str, str]:
        http_headers: dict[str, str] = {}
        for direction, party in (("to", self.receiver), ("from", self.sender)):
            if party is not None:
                http_headers[f"OCPI-{direction}-country-code"] = party.country_code
                http_headers[f"OCPI-{direction}-party-id"] = party.party_id
        return http_headers


def party(country_code: str, party_id: str) -> Party:
    """Returns the party with its codes in capitals, because OCPI ignores case."""
    return Party(country_code.strip().upper(), party_id.strip().upper())


def read(headers: Mapping[str, str]) -> Route:
    """Reads the route of a request; an incomplete party counts as none."""
    return Route(sender=_party(headers, "from"), receiver=_party(headers, "to"))


def message_id(header_value: str) -> str:
    """Returns X-Request-ID or X-Correlation-ID for storing and echoing, cut to the length that OCPI allows."""
    return "".join(letter for letter in header_value.strip() if letter.isprintable() and letter.isascii())[
        :_MAX_CHARACTERS
    ]


def join(url: str, *parts: str) -> str:
    """Joins an endpoint and parts of an object's address by single slashes; a double one is answered 307."""
    return "/".join((url.rstrip("/"), *(part.strip("/") for part in parts)))


def _party(headers: Mapping[str, str], direction: str) -> Party | None:
    country_code = headers.get(f"OCPI-{direction}-country-code", "")
    party_id = headers.get(f"OCPI-{direction}-party-id", "")
    return party(country_code, party_id) if country_code and party_id else None
