"""The other back offices of one connected charger: who receives its calls, whose answer counts, what they may command.

It belongs to the process with the charger's socket. The journal's thread only reads from it.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chargers.journal.group_commit import Journal, Later, WorkResult
from chargers.protocol import frames
from chargers.protocol.frames import Call, CallError, CallResult, Payload, Send, Version
from chargers.proxy import records
from chargers.proxy.call_values import LeaderReply, Passed, Silent
from chargers.proxy.quota import Quota
from chargers.proxy.records import UpstreamCommand, UpstreamScope
from chargers.proxy.upstream import Home, UpstreamSocket
from chargers.upstreams import plan, roles, translation
from chargers.upstreams.plan import Absent, UpstreamFacts, UpstreamPlan
from chargers.upstreams.roles import UpstreamAudience, UpstreamRefusal, UpstreamRole
from chargers.upstreams.translation import Ids, Withheld

DRAIN_S = 5.0
COMMAND_LIMIT_S = 45.0
MAX_COMMANDS = 8
_REFUSALS, _QUOTA_S = 20, 10.0
_NO_IDS = Ids()


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenCommand:
    """A back office's command that the charger has not answered yet."""

    line: UpstreamSocket
    call: Call
    text: str
    at: datetime
    timer: asyncio.TimerHandle


class Relay:
    """The relay of a connection. Create it on the event loop."""

    def __init__(
        self,
        *,
        charger_pk: int,
        version: Version,
        connection_id: uuid.UUID,
        journal: Journal,
        send_next: Callable[[], None],
    ) -> None:
        self.plan = UpstreamPlan()
        self._charger_pk, self._version, self._journal = charger_pk, version, journal
        self._send_next = send_next
        self._home = Home(
            charger_pk=charger_pk,
            version=version,
            connection_id=connection_id,
            journal=journal,
            commanded=self._handle_command,
            greeting=self._greeting,
        )
        self._lines: dict[int, UpstreamSocket] = {}
        self._last: dict[tuple[str, Any, Any], tuple[str, Payload]] = {}
        self._asked: dict[uuid.UUID, _OpenCommand] = {}
        self._ended: dict[uuid.UUID, CallResult | CallError | None] = {}
        self._refusals = Quota(_REFUSALS, within_s=_QUOTA_S)
        self._closing = False

    # Read in the journal's thread.

    @property
    def leader(self) -> str:
        """Returns the name of the back office that leads; "" if we lead."""
        return self.plan.leader.name if self.plan.leader else ""

    @property
    def away(self) -> str:
        """Returns why the Leader cannot be asked, phrased to follow its name."""
        line = self._find_leader_socket()
        return line.cause if line else "is not connected"

    def ids(self, upstream_pk: int) -> Ids:
        line = self._lines.get(upstream_pk)
        return line.ids if line else _NO_IDS

    def is_led(self, call: Call | Send) -> bool:
        """Whether this call waits for the Leader's reply, or its absence decides."""
        leader, line = self.plan.leader, self._find_leader_socket()
        if leader is None or line is None:
            return False
        audience = roles.audience(call.action, call.payload)
        if audience is UpstreamAudience.US:
            return False
        if audience is UpstreamAudience.ASKER:
            translated = translation.convert_upward(call.action, call.payload, version=self._version, ids=line.ids)
            return line.is_up and not isinstance(translated, Withheld)
        if line.is_up:
            return True
        return self.plan.absent != Absent.OWN_RULES and roles.asks_about_card(call.action, call.payload)

    # On the event loop.

    async def follow(self, plan: UpstreamPlan, *, joins_late: bool) -> None:
        """Connects to added back offices, disconnects removed ones, and leaves the others alone.

        `joins_late`: the charger was connected before, so that a new back office is sent its current state.
        """
        upstreams = {facts.pk: facts for facts in plan.upstreams}
        for pk, line in list(self._lines.items()):
            if pk not in upstreams or not _is_same_connection(line.facts, upstreams[pk]):
                del self._lines[pk]
                await line.close()
        self.plan = plan
        for facts in plan.upstreams:
            if (known_line := self._lines.get(facts.pk)) is not None:
                known_line.change(facts)
                continue
            self._lines[facts.pk] = UpstreamSocket(facts, self._home, joins_late=joins_late)
            self._lines[facts.pk].start()

    def hand(self, passed: Passed) -> "str | Later | None":
        """Passes a call on to its receivers. Returns our own answer, or how to wait for the Leader."""
        parcel, leader, waiter = passed.parcel, self.plan.leader, None
        if roles.is_replayed(parcel.call.action):
            self._remember(parcel.call)
        for pk in sorted(parcel.receivers):
            if (receiver := self._lines.get(pk)) is not None:
                future = receiver.forward(parcel)
                waiter = future if leader and pk == leader.pk else waiter
        if passed.concluded is None or passed.failed is None:
            return passed.answer
        if leader and leader.pk in parcel.settled:
            return Later(wait=_answered_before, work=passed.concluded, failed=passed.failed)
        wait = partial(self._leader_reply, waiter)
        return Later(wait=wait, work=passed.concluded, failed=passed.failed, at_once=passed.at_once)

    async def _leader_reply(self, waiter: "asyncio.Future[LeaderReply] | None") -> LeaderReply:
        line, began = self._find_leader_socket(), time.monotonic()
        if line is None or waiter is None or not line.is_up:
            return Silent(line.cause if line else "is not connected any more")
        limit_s = self.plan.limit_s
        try:
            async with asyncio.timeout(limit_s):
                reply = await asyncio.shield(waiter)
        except TimeoutError:
            cause = f"did not answer within {limit_s} s"
            line.mute(cause)
            waiter.cancel()
            return Silent(cause)
        took_ms = round((time.monotonic() - began) * 1000)
        return reply if isinstance(reply, Silent) else replace(reply, took_ms=took_ms)

    def answered(self, command_id: uuid.UUID, frame: CallResult | CallError | None) -> None:
        """Passes the charger's reply (None: there was none) to the back office that sent the command."""
        open_command = self._asked.pop(command_id, None)
        if open_command is None:
            return
        open_command.timer.cancel()
        self._reply(open_command, frame)

    async def close(self, *, drain_s: float = DRAIN_S) -> None:
        """Gives pending messages that much time to arrive, then ends every connection."""
        until = time.monotonic() + drain_s
        while time.monotonic() < until and not self._closing:
            if not any(line.is_connected and not line.is_idle for line in self._lines.values()):
                break
            await asyncio.sleep(0.05)
        await self.abort()

    async def abort(self) -> None:
        """Ends every connection at once, because a newer one of the charger takes over."""
        self._closing = True
        lines, self._lines = list(self._lines.values()), {}
        for open_command in self._asked.values():
            open_command.timer.cancel()
        self._asked.clear()
        await asyncio.gather(*(line.close() for line in lines), return_exceptions=True)

    def _find_leader_socket(self) -> UpstreamSocket | None:
        leader = self.plan.leader
        return self._lines.get(leader.pk) if leader else None

    def _remember(self, call: Call | Send) -> None:
        key = ("BootNotification", None, None)
        if call.action == "StatusNotification":
            key = plan.status_key(call.payload)
        if len(self._last) < 200 or key in self._last:
            self._last[key] = (call.action, call.payload)

    async def _greeting(self) -> list[tuple[str, Payload]]:
        """Returns the boot notification and status messages to send first: of this connection, else the last known
        ones.
        """
        stored_facts = await self._journal.submit(self._stored_greeting, failed=_empty_result)
        facts = {**(stored_facts or {}), **self._last}
        return sorted(facts.values(), key=lambda message: message[0] != "BootNotification")

    def _stored_greeting(self) -> WorkResult:
        return WorkResult(value=plan.greeting(self._charger_pk, version=self._version))

    # Commands of back offices.

    def _handle_command(self, line: UpstreamSocket, call: Call, text: str) -> None:
        facts = line.facts
        refusal = roles.refusal(
            call.action, call.payload, role=facts.role, allowed=facts.allowed, version=self._version
        )
        if refusal is None and line.open_commands >= MAX_COMMANDS:
            refusal = UpstreamRefusal(f"{MAX_COMMANDS} commands of this back office are not answered yet.")
        if refusal is not None:
            self._refuse(line, call, text, refusal)
            return
        line.open_commands += 1
        scope = UpstreamScope(charger_pk=self._charger_pk, version=self._version, facts=facts)
        self._journal.put(
            partial(
                records.commanded_by_upstream,
                scope,
                action=call.action,
                payload=call.payload,
                upstream_ids=line.ids,
                now=_now(),
            ),
            failed=_failed_command,
            callback=partial(self._commanded_by_upstream, line, call, text),
        )

    async def _commanded_by_upstream(
        self, line: UpstreamSocket, call: Call, text: str, value: "uuid.UUID | UpstreamRefusal"
    ) -> None:
        if isinstance(value, UpstreamRefusal):
            line.open_commands -= 1
            self._refuse(line, call, text, value)
            return
        timer = asyncio.get_running_loop().call_later(COMMAND_LIMIT_S, self.answered, value, None)
        self._asked[value] = _OpenCommand(line=line, call=call, text=text, at=_now(), timer=timer)
        self._send_next()

    def _refuse(self, line: UpstreamSocket, call: Call, text: str, because: UpstreamRefusal) -> None:
        """Refuses a command without passing it on; of a flood of them only a sample is logged."""
        frame = roles.build_refusal_frame(call, because, version=self._version)
        line.send(frame)
        if self._refusals.has_room():
            self._log(line, call, text, frame, fault=f"Not passed on to the charger: {because.sentence}", at=_now())

    def _reply(self, open_command: _OpenCommand, frame: CallResult | CallError | None) -> None:
        call, line = open_command.call, open_command.line
        line.open_commands -= 1
        answer: CallResult | CallError
        match frame:
            case CallResult():
                answer = CallResult(call.message_id, frame.payload)
            case CallError():
                answer = CallError(call.message_id, frame.code, frame.description, frame.details)
            case _:
                answer = CallError(call.message_id, "GenericError", "The charger did not answer in time.")
        line.send(answer)
        fault = "" if frame is not None else "The charger did not answer in time."
        self._log(line, call, open_command.text, answer, fault=fault, at=open_command.at)

    def _log(
        self, line: UpstreamSocket, call: Call, text: str, answer: CallResult | CallError, *, fault: str, at: datetime
    ) -> None:
        is_error = isinstance(answer, CallError)
        status = answer.code if isinstance(answer, CallError) else str(answer.payload.get("status", ""))
        command = UpstreamCommand(
            message_id=call.message_id,
            action=call.action,
            payload=call.payload,
            request=text,
            at=at,
            answer=frames.dump(answer),
            status=status,
            is_error=is_error or bool(fault),
            fault=fault,
        )
        scope = UpstreamScope(charger_pk=self._charger_pk, version=self._version, facts=line.facts)
        self._journal.put(
            partial(records.log_command, scope, command, now=_now()), failed=_empty_result, callback=_ignore_result
        )


def _is_same_connection(before: UpstreamFacts, after: UpstreamFacts) -> bool:
    """Whether at most the role or the permissions have changed."""
    return replace(before, role=UpstreamRole.FOLLOWER, allowed=None) == replace(
        after, role=UpstreamRole.FOLLOWER, allowed=None
    )


def _empty_result(_: Exception) -> WorkResult:
    return WorkResult()


async def _answered_before() -> LeaderReply:
    return Silent("received this before, and its answer is lost")


def _failed_command(_: Exception) -> WorkResult:
    return WorkResult(value=UpstreamRefusal("It could not be passed on because of a fault of ours."))


async def _ignore_result(_: object) -> None:
    return None


def _now() -> datetime:
    return datetime.now(tz=UTC)
