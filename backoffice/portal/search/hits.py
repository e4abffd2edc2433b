"""Search results: a page of the portal, and why it was found."""

from dataclasses import dataclass
from typing import Final

OF_A_KIND: Final = 8
"""How many results of one kind a step returns at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A search result.

    `kind` is one of charger, property, unit, token, session, receipt, payout, person, rate, mobility_provider and page;
    `id` is the natural key, `url` a path within the portal. `is_sure`: as the only result it may be opened at once.
    """

    kind: str
    id: str
    title: str
    url: str
    why: str
    is_sure: bool = True

    def described(self) -> dict[str, str]:
        """Returns the result for the API and assistants."""
        return {"kind": self.kind, "id": self.id, "title": self.title, "url": self.url, "why": self.why}
