"""Values passed between a charger's call and the other back offices."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chargers.journal.group_commit import Later, WorkResult
from chargers.protocol.frames import Call, CallError, CallResult, Send, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardedCall:
    """A call of the charger with the keys of its log rows.

    `receivers` are the primary keys of the back offices that receive it. `forwards` are the stored messages of a
    transaction by the primary key of their back office; those in `settled` already have it. `decision_id` is the
    decision about the tap.
    """

    call: Call | Send
    version: Version
    at: datetime
    evse_number: int | None = None
    uid: str = ""
    transaction_ref: str = ""
    decision_id: uuid.UUID | None = None
    receivers: frozenset[int] = frozenset()
    forwards: Mapping[int, uuid.UUID] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A back office's answer, with the time it took in milliseconds."""

    frame: CallResult | CallError
    took_ms: int


@dataclass(frozen=True, slots=True)
class Silent:
    """No reply, or no usable one; the cause follows the back office's name: "did not answer within 15 s"."""

    cause: str


LeaderReply = UpstreamAnswer | Silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The value of a result whose call is forwarded to other back offices.

    `answer` is ours. With `concluded` the reply waits for the Leader, and `concluded` makes it from the Leader's
    answer.
    """

    parcel: ForwardedCall
    answer: str | Later | None
    concluded: Callable[[LeaderReply], WorkResult] | None = None
    failed: Callable[[Exception], WorkResult] | None = None
    at_once: Callable[[LeaderReply], str | None] | None = None

    def answer_without(self) -> str | Later | None:
        """Returns the answer to the call if the other back offices have gone meanwhile."""
        if self.concluded is None or self.failed is None:
            return self.answer
        return Later(wait=_reply_disconnected, work=self.concluded, failed=self.failed)


async def _reply_disconnected() -> LeaderReply:
    return Silent("is not connected any more")
