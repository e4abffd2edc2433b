"""A hotel's property system with Apaleo's answers, for the demo: two guests around today, and bills that accept
charges.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

PATH: Final = "/hotel"
PROPERTY: Final = "HARBOUR"
_GUESTS: Final = (
    ("HARBOUR-ADA", "Ada", "Berg", -1, 3, "+1 831 555 2468"),
    ("HARBOUR-TOM", "Tom", "Lind", 2, 5, "+1 831 555 1357"),
)
"""Code, name, first and last day relative to today, and phone."""


@dataclass(slots=True)
class Hotel:
    """The bills exist as long as the process: a charge's reference, its booking, and its text."""

    charges: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, method: str, path: str, *, query: str, body: bytes, now: datetime) -> tuple[int, dict[str, Any]]:
        """Returns status and JSON of one request; `path` is without its first part."""
        match method, path.strip("/").split("/"):
            case "POST", ["connect", "token"]:
                return 200, {"access_token": "demo", "token_type": "Bearer", "expires_in": 3600}
            case "GET", ["inventory", "v1", "units"]:
                return 200, {"units": [{"id": PROPERTY, "name": "Harbour Hotel"}], "count": 1}
            case "GET", ["booking", "v1", "reservations"]:
                return 200, {"reservations": _reservations(now), "count": len(_GUESTS)}
            case "GET", ["finance", "v1", "folios"]:
                return 200, {"folios": [self._folio(parse_qs(query).get("reservationIds", [""])[0])], "count": 1}
            case "POST", ["finance", "v1", "folio-actions", folio, "charges", *rest]:
                return 201, {"id": self._charge(folio, rest, json.loads(body))}
            case _:
                return 404, {"messages": ["There is nothing here."]}

    def _folio(self, reservation: str) -> dict[str, Any]:
        lines = [{"id": ref, "name": line["name"]} for ref, at, line in self.charges if at == reservation]
        balance = {"amount": 0, "currency": "USD"}
        return {"id": reservation, "isMainFolio": True, "status": "Open", "balance": balance, "charges": lines}

    def _charge(self, folio: str, path_parts: list[str], line: dict[str, Any]) -> str:
        ref = f"{folio}-{len(self.charges) + 1}"
        self.charges.append((ref, folio, {"name": f"allowance of {path_parts[0]}", **line} if path_parts else line))
        return ref


def _reservations(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": code,
            "status": "InHouse" if first < 0 else "Confirmed",
            "property": {"id": PROPERTY},
            "primaryGuest": {"firstName": name, "lastName": family, "phone": phone},
            "arrival": f"{now + timedelta(days=first):%Y-%m-%d}T15:00:00-08:00",
            "departure": f"{now + timedelta(days=last):%Y-%m-%d}T11:00:00-08:00",
        }
        for code, name, family, first, last, phone in _GUESTS
    ]
