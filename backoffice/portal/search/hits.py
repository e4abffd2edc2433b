"""What a search finds: a page of the portal, and why it is found."""

from dataclasses import dataclass
from typing import Final

OF_A_KIND: Final = 8
"""How many of one kind a step finds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`kind` is one of charger, property, unit, token, session, receipt, payout, person, rate, mobility_provider and
    page; `id` is the natural key, `url` a path within the portal. `is_sure`: alone it may be opened at once."""

    kind: str
    id: str
    title: str
    url: str
    why: str
    is_sure: bool = True

    def described(self) -> dict[str, str]:
        """As the API and assistants answer it."""
        return {"kind": self.kind, "id": self.id, "title": self.title, "url": self.url, "why": self.why}
