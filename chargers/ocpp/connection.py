"""One live connection of a charger, as the flows see it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from chargers.commands import EFFECT_VISIBLE
from chargers.models import Charger
from chargers.ocpp.frames import Version

_MOST_KNOWN = 50


@dataclass(slots=True)
class Connection:
    """Who is connected, since which handshake, and in which version.

    `charger` is the row of the handshake: read its key and names from it; what can change meanwhile is read from
    the database. `id` grows with time, so that of two connections the newer one is known. `transactions`
    remembers rows by their id on the wire, so that a meter value costs no query; `last_order_at` is when the charger
    was last ordered anything, so that a card costs no query about orders where there was none.
    """

    charger: Charger
    version: Version
    id: uuid.UUID
    gateway_id: uuid.UUID | None = None
    transactions: dict[str, int] = field(default_factory=dict)
    last_order_at: datetime | None = None

    def was_ordered_before(self, at: datetime) -> bool:
        """Whether an order may have to do with what happened at that moment; every order goes out on here."""
        return self.last_order_at is not None and at - self.last_order_at < EFFECT_VISIBLE

    def remember(self, transaction_id: str, row_id: int) -> None:
        """Only what is committed or being committed with the caller's work; rows are never deleted."""
        if len(self.transactions) >= _MOST_KNOWN:
            del self.transactions[next(iter(self.transactions))]
        self.transactions[transaction_id] = row_id


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A command that is ready to be sent: its row, its message id and the text of its frame."""

    command_id: uuid.UUID
    journal_id: uuid.UUID
    message_id: str
    action: str
    text: str
