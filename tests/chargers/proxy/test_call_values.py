"""How a call is answered whose other back offices have gone meanwhile."""

from datetime import UTC, datetime

from chargers.journal.group_commit import Later, WorkResult
from chargers.protocol.frames import Call, Version
from chargers.proxy.call_values import ForwardedCall, LeaderReply, Passed, Silent

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PARCEL = ForwardedCall(call=Call("1", "Heartbeat", {}), version=Version.V16, at=NOON)


def concluded(reply: LeaderReply) -> WorkResult:
    return WorkResult(reply)


def failed(exc: Exception) -> WorkResult:
    return WorkResult(exc)


def test_an_answer_of_ours_stays_ours():
    passed = Passed(parcel=PARCEL, answer="[3,1,{}]")

    assert passed.answer_without() == "[3,1,{}]"


async def test_what_waits_for_the_leader_is_concluded_as_if_it_were_silent():
    later = Passed(parcel=PARCEL, answer=None, concluded=concluded, failed=failed).answer_without()

    assert isinstance(later, Later)
    assert await later.wait() == Silent("is not connected any more")
    assert (later.work, later.failed) == (concluded, failed)
