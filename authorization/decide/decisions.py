"""The decision: loads the facts, runs the engine, stores what was decided with its trace.

Runs inside the caller's transaction, in a synchronous thread, and makes no network call. Facts that live above this app
(a guest's hold), or that the caller already has, are passed as `GivenFacts`.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import orjson
from django.db import connection

from authorization.decide import engine, loader, reasons, what_if
from authorization.decide.facts import (
    AutochargeFacts,
    DecisionFacts,
    GuestFacts,
    Kind,
    LiveValidation,
    OrderedBy,
    OrderedStart,
    Request,
    StayFacts,
)
from authorization.decide.trace import TraceLine
from authorization.decide.what_if import WhatIf
from authorization.identifiers import uids
from authorization.models import Decision
from chargers.commands.queue import START_ORDER_VALID
from chargers.lib import ids
from chargers.models import Charger, Command
from chargers.text import storable

__all__ = ["DecisionResult", "GivenFacts", "Kind", "OrderedBy", "Question", "decide", "person", "store"]
_LONGEST_UID = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question of a charger, a page or a partner. `at` is the event's time, corrected for the charger's clock.

    `received_at`: when a charger's report reached us; an order in force at that moment lets its start in. `late`: a
    replay, judged as of `at`. `transaction_id`: the transaction that asks, if it is stored already.
    """

    kind: Kind | str
    at: datetime
    received_at: datetime | None = None
    uid: str = ""
    evse_number: int | None = None
    ordered_by: OrderedBy = OrderedBy.APP
    late: bool = False
    transaction_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFacts:
    """Facts from the caller.

    None means not set up, or nothing known; for `live`, that the provider's setting applies.
    """

    ordered_start: Command | OrderedStart | None = None
    guest: GuestFacts | None = None
    guest_stays: tuple[StayFacts, ...] = ()
    autocharge: AutochargeFacts | None = None
    live: LiveValidation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """The answer.

    `verdict` is "accepted", "refused" or "would_ask_msp" (nothing is stored: ask the provider, then decide again).
    `parent` and `expires_at` go into a 1.6 idTagInfo or a 2.x idTokenInfo. `id` is None on a dry run.
    """

    verdict: str
    trace: list[dict[str, object]]
    uid: str
    status_16: str = ""
    status_2x: str = ""
    reason: str = ""
    granted_by: str = ""
    mark: str = ""
    msp: str = ""
    late: bool = False
    decided_by: str = "us"
    parent: str = ""
    expires_at: datetime | None = None
    duration_us: int = 0
    token_id: int | None = None
    """The card's row; None for an unknown card."""
    id: uuid.UUID | None = None

    @property
    def reason_entry(self) -> reasons.Reason | None:
        return reasons.get(self.reason) if self.reason else None

    @property
    def is_accepted(self) -> bool:
        return self.verdict == "accepted"

    @property
    def asks_msp(self) -> bool:
        return self.verdict == "would_ask_msp"


_NOTHING_GIVEN = GivenFacts()


def store(records: Sequence[Decision]) -> None:
    """Stores collected decisions in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [serialize(records)])


def serialize(records: Sequence[Decision]) -> str:
    """Serializes decisions for a bulk `INSERT`, about ten times faster than the ORM."""
    return orjson.dumps([{name: getattr(record, name) for name in _COLUMNS} for record in records]).decode()


_COLUMNS = tuple(field.attname for field in Decision._meta.concrete_fields)
_NAMES = ", ".join(_COLUMNS)
INSERT = f"""
    INSERT INTO authorization_decision ({_NAMES})
    SELECT {_NAMES} FROM json_populate_recordset(NULL::authorization_decision, %s)
"""  # noqa: S608 - names of our own


def _store_now(record: Decision) -> None:
    store([record])


def decide(
    *,
    charger: Charger,
    question: Question,
    now: datetime,
    given_facts: GivenFacts = _NOTHING_GIVEN,
    dry_run: bool = False,
    keep: Callable[[Decision], None] = _store_now,
) -> DecisionResult:
    """Decides whether the token may charge. Stores the Decision unless it is a dry run or waits for a provider.

    Costs one query for a token of the charger's host or an unknown one (up to three otherwise), and one insert. With
    `keep` the caller takes the record instead, to `store` all decisions of its transaction at once.
    """
    started_ns = time.perf_counter_ns()
    request = _request(question)
    loaded = loader.load(charger_pk=charger.pk, request=request, transaction_id=question.transaction_id)
    verdict = engine.decide(request=request, facts=_complete(loaded.facts, given_facts))
    took_us = (time.perf_counter_ns() - started_ns) // 1000
    outcome = _outcome(verdict, request=request, loaded=loaded, took_us=took_us)
    if dry_run or isinstance(verdict, engine.AskIssuer):
        return outcome
    record = _record(outcome, request=request, loaded=loaded, charger=charger, now=now)
    keep(record)
    return replace(outcome, id=record.id)


def refuse(
    *,
    charger: Charger,
    question: Question,
    reason: str,
    finding: TraceLine,
    now: datetime,
    keep: Callable[[Decision], None] = _store_now,
) -> DecisionResult:
    """Stores a refusal given before any rule of the chain applies, with a single step in its trace. One query."""
    request = _request(question)
    loaded = loader.load(charger_pk=charger.pk, request=request, transaction_id=question.transaction_id)
    status_16, status_2x = engine.statuses(reason)
    outcome = DecisionResult(
        verdict=Decision.Verdict.REFUSED.value,
        trace=[finding.as_json()],
        uid=request.uid,
        status_16=status_16,
        status_2x=status_2x,
        reason=reason,
        late=request.late,
    )
    record = _record(outcome, request=request, loaded=loaded, charger=charger, now=now)
    keep(record)
    return replace(outcome, id=record.id)


def rehearse(*, charger: Charger, question: Question, assumptions: WhatIf) -> DecisionResult:
    """Runs a dry run with changed settings ("what if"). As many queries as `decide`, no insert."""
    started_ns = time.perf_counter_ns()
    request = _request(question)
    loaded = loader.load(charger_pk=charger.pk, request=request)
    facts = what_if.apply(loaded.facts, assumptions, uid=request.uid)
    verdict = engine.decide(request=request, facts=facts)
    return _outcome(verdict, request=request, loaded=loaded, took_us=(time.perf_counter_ns() - started_ns) // 1000)


def survey(
    *, chargers: Sequence[Charger], question: Question, given_facts: GivenFacts = _NOTHING_GIVEN
) -> list[DecisionResult]:
    """Runs the same dry run at many chargers and returns the results in their order.

    As many queries per host as for one charger.
    """
    started_ns = time.perf_counter_ns()
    request = _request(question)
    loaded = loader.load_each(charger_pks=[charger.pk for charger in chargers], request=request)
    verdicts = {
        pk: engine.decide(request=request, facts=_complete(facts_of_charger.facts, given_facts))
        for pk, facts_of_charger in loaded.items()
    }
    took_us = (time.perf_counter_ns() - started_ns) // 1000
    return [
        _outcome(verdicts[charger.pk], request=request, loaded=loaded[charger.pk], took_us=took_us)
        for charger in chargers
    ]


def _request(question: Question) -> Request:
    uid = _storable_uid(question.uid)
    return Request(
        kind=Kind(question.kind),
        at=question.at,
        received_at=question.received_at,
        uid=uid,
        canonical_uid=uids.from_wire(question.uid) or "",
        evse_number=question.evse_number or None,
        ordered_by=question.ordered_by,
        late=question.late,
    )


def _storable_uid(uid: str) -> str:
    """Returns the presented UID without characters that a database text cannot hold (NUL, lone surrogates)."""
    return storable.text(uid)[:_LONGEST_UID]


def _complete(facts: DecisionFacts, given_facts: GivenFacts) -> DecisionFacts:
    return replace(
        facts,
        ordered_start=_build_ordered_start(given_facts.ordered_start),
        guest=given_facts.guest,
        stays=facts.stays + given_facts.guest_stays,
        autocharge=given_facts.autocharge or facts.autocharge,
        live=given_facts.live or facts.live,
    )


def _build_ordered_start(order: Command | OrderedStart | None) -> OrderedStart | None:
    if not isinstance(order, Command):
        return order
    return OrderedStart(
        canonical_uid=uids.from_wire(order.id_token) or "",
        ordered_at=order.created_at,
        expires_at=order.created_at + START_ORDER_VALID,
        ordered_by=person(order.origin),
        evse_number=order.evse_number,
        is_single_use=uids.is_guest(order.id_token),
    )


def person(origin: str) -> str:
    """Returns who is behind a `Command.origin`, as text."""
    kind, _, name = origin.partition(":")
    match kind:
        case "user" | "upstream":
            return name
        case "api":
            return f"API key {name}"
        case "guest":
            return "A guest"
        case _:
            return "The system" if kind == "system" else origin


def _outcome(verdict: engine.Verdict, *, request: Request, loaded: loader.LoadedFacts, took_us: int) -> DecisionResult:
    common = DecisionResult(
        verdict="",
        trace=[line.as_json() for line in verdict.trace],
        uid=request.uid,
        late=request.late,
        parent=loaded.parent,
        expires_at=loaded.expires_at,
        duration_us=took_us,
        token_id=loaded.token_id,
    )
    match verdict:
        case engine.Accepted():
            return replace(
                common,
                verdict="accepted",
                status_16=verdict.status_16,
                status_2x=verdict.status_2x,
                granted_by=verdict.granted_by,
                mark=verdict.mark,
            )
        case engine.Refused():
            return replace(
                common,
                verdict="refused",
                status_16=verdict.status_16,
                status_2x=verdict.status_2x,
                reason=verdict.reason,
            )
        case engine.AskIssuer():
            return replace(common, verdict="would_ask_msp", msp=verdict.msp)
        case _:
            assert_never(verdict)


def _record(
    outcome: DecisionResult, *, request: Request, loaded: loader.LoadedFacts, charger: Charger, now: datetime
) -> Decision:
    return Decision(
        id=ids.generate(now=now),
        at=now,
        event_at=request.at,
        late=request.late,
        kind=request.kind.value,
        host_id=loaded.host_id,
        charger_id=charger.pk,
        evse_number=request.evse_number,
        uid=request.uid,
        canonical_uid=request.canonical_uid,
        token_id=loaded.token_id,
        verdict=outcome.verdict,
        reason=outcome.reason,
        granted_by=outcome.granted_by,
        status_16=outcome.status_16,
        status_2x=outcome.status_2x,
        decided_by=outcome.decided_by,
        trace=outcome.trace,
        duration_us=outcome.duration_us,
    )
