"""How a call is answered whose other back offices have gone meanwhile."""

from datetime import UTC, datetime

from chargers.journal.group_commit import Later, WorkResult
from chargers.protocol.frames import Call, Version
from chargers.proxy.call_values import ForwardedCall, ForwardedResult, LeaderReply, NoAnswer

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FORWARDED_CALL = ForwardedCall(call=Call("1", "Heartbeat", {}), version=Version.V16, at=NOON)


def answer_after_leader(reply: LeaderReply) -> WorkResult:
    return WorkResult(reply)


def refuse(exc: Exception) -> WorkResult:
    return WorkResult(exc)


def test_an_answer_of_ours_stays_ours():
    result = ForwardedResult(forwarded_call=FORWARDED_CALL, answer="[3,1,{}]")

    assert result.answer_if_disconnected() == "[3,1,{}]"


async def test_what_waits_for_the_leader_is_concluded_as_if_it_were_silent():
    later = ForwardedResult(
        forwarded_call=FORWARDED_CALL, answer=None, on_leader_reply=answer_after_leader, on_failure=refuse
    ).answer_if_disconnected()

    assert isinstance(later, Later)
    assert await later.wait() == NoAnswer("is not connected any more")
    assert (later.work, later.failed) == (answer_after_leader, refuse)
