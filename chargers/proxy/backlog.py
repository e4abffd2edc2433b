"""Transaction messages that a back office has not received: delivered in order, read from the database in batches."""

import asyncio
import uuid
from collections import deque
from functools import partial

from chargers.journal.group_commit import Journal, WorkResult
from chargers.protocol import frames
from chargers.proxy.call_values import ForwardedCall, LeaderReply, NoAnswer
from chargers.upstreams import plan
from chargers.upstreams.plan import Waiting

BATCH = 100
_MAX_DECISIONS = 64
_RETRY_DELAY_S = 1.0
Answer = asyncio.Future[LeaderReply]


class Backlog:
    """The backlog of one connection.

    Messages stored while it is up are queued at once; the rest is loaded in its turn.
    """

    def __init__(self, *, charger_pk: int, upstream_pk: int, connection_id: uuid.UUID, journal: Journal) -> None:
        self._look = partial(plan.waiting, charger_pk, upstream_pk, connection_id=connection_id, limit=BATCH)
        self._journal = journal
        self._queue: deque[Waiting] = deque()
        self._newest: uuid.UUID | None = None
        self._more, self._missed = True, False
        self._wake = asyncio.Event()
        self._answers: dict[uuid.UUID, Answer] = {}
        self._decisions: dict[uuid.UUID, uuid.UUID] = {}
        self._working: Waiting | None = None

    @property
    def is_empty(self) -> bool:
        return not (self._queue or self._more or self._working)

    def take(self, forward_id: uuid.UUID, forwarded_call: ForwardedCall) -> Answer:
        """Enqueues a newly stored or repeated message; the future resolves to the back office's reply."""
        if (pending := self._answers.get(forward_id)) is not None:
            return pending
        answer: Answer = asyncio.get_running_loop().create_future()
        self._answers[forward_id] = answer
        if forwarded_call.decision_id is not None and len(self._decisions) < _MAX_DECISIONS:
            self._decisions[forward_id] = forwarded_call.decision_id
        if self._working is not None and self._working.id == forward_id:
            return answer
        if self._more or len(self._queue) >= BATCH:
            self._more = self._missed = True
        elif self._newest is None or forward_id > self._newest:
            self._newest = forward_id
            self._queue.append(_waiting(forward_id, forwarded_call))
        self._wake.set()
        return answer

    async def next(self) -> Waiting:
        """Returns the oldest undelivered message, which is being delivered until `put_back` or `settle`."""
        while not self._queue:
            if self._more:
                await self._load()
            else:
                self._wake.clear()
                await self._wake.wait()
        self._working = self._queue.popleft()
        return self._working

    def put_back(self) -> None:
        """Puts an undelivered message back as the next one."""
        if self._working is not None:
            self._queue.appendleft(self._working)
            self._working = None

    def settle(self, waiting: Waiting) -> tuple[Answer | None, uuid.UUID | None]:
        """Ends a delivery. Returns the future that waits for the answer, and the decision that it is about."""
        self._working = None
        return self._answers.pop(waiting.id, None), self._decisions.pop(waiting.id, None)

    def give_up(self, reply: NoAnswer) -> None:
        """Resolves all pending futures with `reply`; stored messages are delivered later."""
        for answer in self._answers.values():
            resolve(answer, reply)
        self._answers.clear()

    async def _load(self) -> None:
        self._missed = False
        waiting: list[Waiting] | None = await self._journal.submit(self._load_waiting, failed=_empty_result)
        if waiting is None:
            await asyncio.sleep(_RETRY_DELAY_S)
            return
        self._queue.extend(waiting)
        if waiting:
            self._newest = waiting[-1].id
        self._more = self._missed or len(waiting) == BATCH

    def _load_waiting(self) -> WorkResult:
        return WorkResult(value=self._look(after=self._newest))


def resolve(answer: Answer, reply: LeaderReply) -> None:
    """Resolves the future, unless it was cancelled."""
    if not answer.done():
        answer.set_result(reply)


def _waiting(forward_id: uuid.UUID, forwarded_call: ForwardedCall) -> Waiting:
    return Waiting(
        id=forward_id,
        action=forwarded_call.call.action,
        payload=frames.dump_json(forwarded_call.call.payload),
        version=forwarded_call.version.value,
        transaction_ref=forwarded_call.transaction_ref,
    )


def _empty_result(_: Exception) -> WorkResult:
    return WorkResult()
