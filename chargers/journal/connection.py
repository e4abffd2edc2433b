"""One live connection of a charger, as the flows see it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from chargers.commands.queue import EFFECT_VISIBLE
from chargers.fleet.presence import Arrival
from chargers.models import Charger
from chargers.protocol.clock import Clock
from chargers.protocol.fields import Zone
from chargers.protocol.frames import Call, Send, Version
from chargers.upstreams.plan import UpstreamPlan
from chargers.upstreams.translation import Ids

_MAX_KNOWN = 50
_TRIGGERED = {
    "SignChargePointCertificate": "SignCertificate",
    "SignChargingStationCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignV2G20Certificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
}


@dataclass(frozen=True, slots=True)
class AuthorizationReply:
    """Our reply to an Authorize, and when it was sent."""

    accepted: bool
    at: datetime


class BackOffices(Protocol):
    """The charger's other back offices, as flows read them; the live connections are `chargers.proxy.relay`."""

    plan: UpstreamPlan

    @property
    def leader(self) -> str: ...

    @property
    def away(self) -> str: ...

    def ids(self, upstream_pk: int, /) -> Ids: ...

    def is_led(self, call: Call | Send, /) -> bool: ...


@dataclass(slots=True)
class Connection:
    """The state of one charger connection: its handshake, its version, and the caches of its flows.

    `charger` is the row at the handshake: use only its key and names, and read changeable values from the database.
    `id` grows with time, so that the newer of two connections is known. `transactions` caches rows by their id on the
    wire, so that a meter value costs no query; `last_order_at` is when the charger was last sent a command, so that a
    card costs no query about commands if there was none. `clock` compares the charger's clock with ours; `zone` applies
    to its times without a zone; `triggers` holds the requested messages and the message that fulfilled each.
    `new_password`: the handshake used the pending password; `fingerprint`: it used this certificate of ours (SHA-256,
    hex). `handling` is the message id of the call that a flow is handling. `words` holds our replies about recent
    cards; `car_named_at` is when an unknown vehicle last presented its id. `relay` leads to the charger's other back
    offices (None: there are none); `led`: the Leader among them decides the current call, and our own verdict is only
    hypothetical. `has_ended`: its socket is gone, or a newer connection has replaced it.
    """

    charger: Charger
    version: Version
    id: uuid.UUID
    arrival: Arrival | None = None
    new_password: bool = False
    fingerprint: str = ""
    gateway_id: uuid.UUID | None = None
    transactions: dict[str, int] = field(default_factory=dict)
    last_order_at: datetime | None = None
    clock: Clock = field(default_factory=Clock)
    zone: Zone = field(default_factory=Zone)
    triggers: dict[str, str] = field(default_factory=dict)
    handling: str = ""
    car_named_at: datetime | None = None
    words: dict[str, AuthorizationReply] = field(default_factory=dict)
    relay: BackOffices | None = None
    led: bool = False
    has_ended: bool = False

    @property
    def leader(self) -> str:
        """Returns the name of the back office that leads here and bills; "" if we lead."""
        return self.relay.leader if self.relay else ""

    def was_ordered_before(self, at: datetime) -> bool:
        """Whether an order may be related to an event at that time; every order is sent on this connection."""
        return self.last_order_at is not None and at - self.last_order_at < EFFECT_VISIBLE

    @property
    def clock_behind(self) -> timedelta:
        """Returns how slow the charger's clock is, as last measured; zero for a fast one."""
        measured = self.clock.offset_s if self.clock.offset_s is not None else self.charger.clock_offset_s
        return timedelta(seconds=max(-measured, 0))

    def trigger(self, requested: str) -> None:
        """Records a requested message (OCPP TriggerMessage's requestedMessage)."""
        self.triggers[requested] = ""

    def was_triggered(self, action: str) -> bool:
        """Whether TriggerMessage requested a message of this kind on this connection."""
        return any(_TRIGGERED.get(requested, requested) == action for requested in self.triggers)

    def triggers_met(self, action: str, *, message_id: str) -> list[str]:
        """Returns the requests that this message fulfils; a repeated message gives the same result."""
        met = [requested for requested in self.triggers if _TRIGGERED.get(requested, requested) == action]
        for requested in met:
            if self.triggers[requested] not in {"", message_id}:
                del self.triggers[requested]
            else:
                self.triggers[requested] = message_id
        return [requested for requested in met if requested in self.triggers]

    def remember_word(self, canonical_uid: str, word: AuthorizationReply) -> None:
        """Caches our reply about a token; the oldest entry is dropped."""
        self.words.pop(canonical_uid, None)
        if len(self.words) >= _MAX_KNOWN:
            del self.words[next(iter(self.words))]
        self.words[canonical_uid] = word

    def remember(self, transaction_id: str, row_id: int) -> None:
        """Caches a transaction's row.

        Only for rows committed, or committed with the caller's work; rows are never deleted.
        """
        if len(self.transactions) >= _MAX_KNOWN:
            del self.transactions[next(iter(self.transactions))]
        self.transactions[transaction_id] = row_id


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A command to send: its row, its message id and the text of its frame."""

    command_id: uuid.UUID
    journal_id: uuid.UUID
    message_id: str
    action: str
    text: str
