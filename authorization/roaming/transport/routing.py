"""Who sends to whom: routing headers (OCPI 2.2.1 8.2.2) and the ids that follow a message (4.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FUNCTIONAL: Final = frozenset(
    ("locations", "sessions", "cdrs", "tariffs", "tokens", "commands", "chargingprofiles", "invoicereconciliation")
)
"""Modules with routing headers; credentials, versions and hubclientinfo are between two platforms only."""
_MOST_CHARACTERS: Final = 36


@dataclass(frozen=True, slots=True)
class Party:
    """A party of OCPI; its codes are CiStrings, kept in capitals."""

    country_code: str
    party_id: str

    def __str__(self) -> str:
        return f"{self.country_code}-{self.party_id}"


@dataclass(frozen=True, slots=True)
class Route:
    """From whom to whom a message goes; None where that is not said."""

    sender: Party | None = None
    receiver: Party | None = None

    @property
    def back(self) -> "Route":
        """Of the answer: swapped."""
        return Route(sender=self.receiver, receiver=self.sender)

    def headers(self) -> dict[str, str]:
        named: dict[str, str] = {}
        for direction, party in (("to", self.receiver), ("from", self.sender)):
            if party is not None:
                named[f"OCPI-{direction}-country-code"] = party.country_code
                named[f"OCPI-{direction}-party-id"] = party.party_id
        return named


def party(country_code: str, party_id: str) -> Party:
    """In capitals: OCPI compares them without case."""
    return Party(country_code.strip().upper(), party_id.strip().upper())


def read(headers: Mapping[str, str]) -> Route:
    """The route of a request; half a party is none."""
    return Route(sender=_party(headers, "from"), receiver=_party(headers, "to"))


def message_id(stated: str) -> str:
    """X-Request-ID or X-Correlation-ID as it may be stored and echoed; longer ones are cut to what OCPI allows."""
    return "".join(letter for letter in stated.strip() if letter.isprintable() and letter.isascii())[:_MOST_CHARACTERS]


def join(url: str, *parts: str) -> str:
    """An endpoint with parts of an object's address, each parted by one slash: a second one is answered 307."""
    return "/".join((url.rstrip("/"), *(part.strip("/") for part in parts)))


def _party(headers: Mapping[str, str], direction: str) -> Party | None:
    country_code = headers.get(f"OCPI-{direction}-country-code", "")
    party_id = headers.get(f"OCPI-{direction}-party-id", "")
    return party(country_code, party_id) if country_code and party_id else None
