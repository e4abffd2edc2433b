"""Shared parts of all flows: their result, decisions about tokens, and the time of an event."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authorization.decide import decisions
from authorization.decide.decisions import Question
from authorization.decide.facts import LiveValidation
from authorization.identifiers import uids
from authorization.models import Decision
from authorization.roaming import questions
from chargers.commands import queue
from chargers.journal.connection import Connection
from chargers.protocol.events import Reply, StatedTime, TokenAnswer
from chargers.protocol.frames import Version
from chargers.transactions.recording import BELIEVED_AHEAD, MeterValueRow, Progress

NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class AwaitingProvider:
    """The reply waits for a mobility provider, at most `until`; `resume` continues the flow with its answer.

    `resume` takes `live` and `now`, and runs as a separate piece of the journal's work.
    """

    question_id: uuid.UUID
    until: datetime
    is_new: bool
    resume: Callable[..., "FlowResult"]


@dataclass(frozen=True, slots=True)
class FlowResult:
    """The result of a flow: the reply, the search keys of the exchange, and rows to store."""

    reply: Reply | AwaitingProvider
    evse_number: int | None = None
    uid: str = ""
    transaction_ref: str = ""
    decision_id: uuid.UUID | None = None
    verdict: str = ""
    meter_values: Sequence[MeterValueRow] = ()
    progress: Sequence[Progress] = ()
    decisions: Sequence[Decision] = ()


def decide(
    connection: Connection,
    question: Question,
    *,
    now: datetime,
    records: list[Decision],
    live: LiveValidation | None = None,
    dry_run: bool = False,
) -> decisions.DecisionResult:
    """Decides about a token with the gateway's knowledge of orders; the record joins `records`, which the journal
    stores.

    If the result has `asks_provider`, nothing is decided yet: see `asking`.
    """
    order = None
    is_guest = uids.is_guest(question.uid)
    if question.late or is_guest or connection.was_ordered_before(now):
        order = queue.ordered_start(
            connection.charger,
            uid=question.uid,
            evse_number=question.evse_number,
            at=question.at,
            now=now,
            valid=queue.SINGLE_USE_VALID if is_guest else queue.START_ORDER_VALID,
        )
    return decisions.decide(
        charger=connection.charger,
        question=question,
        now=now,
        given_facts=decisions.GivenFacts(ordered_start=order, live=live),
        dry_run=dry_run,
        keep=records.append,
    )


def awaiting_provider(
    connection: Connection,
    question: Question,
    decided: decisions.DecisionResult,
    *,
    now: datetime,
    resume: Callable[..., FlowResult],
) -> AwaitingProvider:
    """Stores the question to the provider. A repeated tap waits for the first one's answer.

    If another back office leads, no question is stored.
    """
    if connection.led:
        return AwaitingProvider(NOBODY, until=now, is_new=False, resume=resume)
    card = questions.Card(
        charger=connection.charger,
        canonical_uid=uids.from_wire(question.uid) or "",
        msp=decided.provider_key,
        evse_number=question.evse_number,
    )
    opened_question = questions.open_(card, message_id=connection.handling, now=now)
    return AwaitingProvider(
        opened_question.question_id, until=opened_question.wait_until, is_new=opened_question.is_new, resume=resume
    )


def effect_seen(
    connection: Connection,
    actions: Sequence[str],
    *,
    now: datetime,
    evse_number: int | None = None,
    uid: str = "",
    part: Mapping[str, Any] | None = None,
    max_age: timedelta = queue.EFFECT_VISIBLE,
) -> None:
    """Marks the effect of a pending command as seen. Costs no query if there was no recent command."""
    if max_age > queue.EFFECT_VISIBLE or connection.was_ordered_before(now):
        queue.effect_seen(
            connection.charger,
            actions=actions,
            now=now,
            evse_number=evse_number,
            id_token=uid,
            part=part,
            max_age=max_age,
        )


def token_answer(decided: decisions.DecisionResult) -> TokenAnswer:
    return TokenAnswer(decided.status_16, decided.status_2x, decided.parent, decided.expires_at)


def status_word(connection: Connection, answer: TokenAnswer) -> str:
    return answer.status_16 if connection.version is Version.V16 else answer.status_2x


def plausible_time(time: StatedTime, *, now: datetime) -> datetime:
    """Returns the stated time if it is plausible, and never a future time."""
    return time.at if time.at is not None and time.at <= now + BELIEVED_AHEAD else now
