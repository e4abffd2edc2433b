"""Values with which a charger's call is forwarded to its other back offices.

A charger has one connection, to us, and its calls may be forwarded to other back offices (`Upstream` rows). Either we
lead, or one of them does: the Leader, whose answers reach the charger (docs/proxy.md).
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chargers.journal.group_commit import Later, WorkResult
from chargers.protocol.frames import Call, CallError, CallResult, Send, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedCall:
    """A call of the charger that other back offices receive.

    `receivers` are the primary keys of these back offices (`Upstream.pk`). A message of a transaction is stored for
    each of them: `stored_message_ids` has the id of its `Forward` row by that key, and the back offices in
    `delivered_to` had received it before, because the charger repeats it. `decision_id` is our authorization decision
    for the presented card.
    """

    call: Call | Send
    version: Version
    at: datetime
    evse_number: int | None = None
    uid: str = ""
    transaction_ref: str = ""
    decision_id: uuid.UUID | None = None
    receivers: frozenset[int] = frozenset()
    stored_message_ids: Mapping[int, uuid.UUID] = field(default_factory=dict)
    delivered_to: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A back office's answer, with the time it took in milliseconds."""

    frame: CallResult | CallError
    took_ms: int


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No reply of a back office, or no usable one.

    `cause` completes a sentence that begins with the back office's name: "did not answer within 15 s".
    """

    cause: str


LeaderReply = UpstreamAnswer | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedResult:
    """Our own answer to a call that is also forwarded to other back offices.

    If our answer is for the charger, only `answer` is set. If the charger's answer waits for the Leader, `answer` is
    None: `on_leader_reply` makes the charger's answer and the rows to store from the Leader's reply, and `on_failure`
    from an exception. `immediate_answer` is set if the call's facts are stored already. It makes only the answer,
    which is then sent before anything else is stored; it returns None if it cannot.
    """

    forwarded_call: ForwardedCall
    answer: str | Later | None
    on_leader_reply: Callable[[LeaderReply], WorkResult] | None = None
    on_failure: Callable[[Exception], WorkResult] | None = None
    immediate_answer: Callable[[LeaderReply], str | None] | None = None

    def answer_if_disconnected(self) -> str | Later | None:
        """Returns the charger's answer if the connections to the other back offices have ended meanwhile."""
        if self.on_leader_reply is None or self.on_failure is None:
            return self.answer
        return Later(wait=_reply_disconnected, work=self.on_leader_reply, failed=self.on_failure)


async def _reply_disconnected() -> LeaderReply:
    return NoAnswer("is not connected any more")
