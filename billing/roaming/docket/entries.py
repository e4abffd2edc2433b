"""Deviations of many exchanges, grouped by kind and author, each with an example. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from billing.roaming.docket import masking
from billing.roaming.docket.clauses import catalogue
from billing.roaming.docket.clauses.entry import Clause, Fault
from billing.roaming.docket.facts import Body, Facts, Side
from billing.roaming.docket.findings import conversations, examination
from billing.roaming.docket.findings.deviation import Deviation

_MAX_REQUEST_IDS: Final = 10
_MAX_EXCERPT: Final = 600


class Wrong(StrEnum):
    """Who has to change something."""

    PARTNER = "partner"
    US = "us"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One exchange with the deviation, its texts masked."""

    exchange_id: UUID | None
    at: datetime
    is_incoming: bool
    version: str
    method: str
    url: str
    request_id: str
    correlation_id: str
    http_status: int | None
    ocpi_status: int | None
    failure: str
    path: str
    value: str
    request_excerpt: str
    answer_excerpt: str

    @property
    def answer(self) -> str:
        """Returns the statuses of the answer as text."""
        if self.http_status is None:
            return "no answer"
        return f"HTTP {self.http_status}" + (f", OCPI {self.ocpi_status}" if self.ocpi_status else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All deviations of one kind and author. `request_ids`: of the newest, newest first."""

    clause: Clause
    wrong: Wrong
    count: int
    first_at: datetime
    last_at: datetime
    example: Example
    request_ids: Sequence[str]

    @property
    def citation(self) -> str:
        return self.clause.cite(self.example.version)


@dataclass(slots=True)
class _Group:
    """The deviations of one kind and author, the oldest first."""

    count: int = 0
    first: Facts | None = None
    newest: list[tuple[Facts, Deviation]] = field(default_factory=list)

    def add(self, facts: Facts, deviation: Deviation) -> None:
        self.count += 1
        self.first = self.first or facts
        self.newest = [*self.newest[1 - _MAX_REQUEST_IDS :], (facts, deviation)]


def group(exchanges: Sequence[Facts]) -> list[Entry]:
    """Returns the deviations of one partner's exchanges, which come oldest first: the partner's before ours, and the
    frequent before the rare.
    """
    groups: dict[tuple[str, Side], _Group] = {}
    pairs = [(facts, deviation) for facts in exchanges for deviation in examination.examine(facts)]
    for facts, deviation in sorted([*pairs, *conversations.examine(exchanges)], key=lambda pair: pair[0].at):
        groups.setdefault((deviation.code, deviation.author), _Group()).add(facts, deviation)
    entries = [_build_entry(code, author, members) for (code, author), members in groups.items()]
    order = list(Wrong)
    return sorted(entries, key=lambda entry: (order.index(entry.wrong), -entry.count, entry.clause.code))


def _build_entry(code: str, author: Side, members: _Group) -> Entry:
    clause = catalogue.ALL[code]
    facts, deviation = members.newest[-1]
    assert members.first is not None
    return Entry(
        clause=clause,
        wrong=Wrong.NOBODY if clause.fault == Fault.NOBODY else Wrong(author.value),
        count=members.count,
        first_at=members.first.at,
        last_at=facts.at,
        example=_build_example(facts, deviation),
        request_ids=[member.request_id for member, _ in reversed(members.newest) if member.request_id],
    )


def _build_example(facts: Facts, deviation: Deviation) -> Example:
    return Example(
        exchange_id=facts.id,
        at=facts.at,
        is_incoming=facts.is_incoming,
        version=facts.version,
        method=facts.method,
        url=masking.mask_url(facts.url),
        request_id=facts.request_id,
        correlation_id=facts.correlation_id,
        http_status=facts.http_status,
        ocpi_status=facts.ocpi_status,
        failure=facts.failure,
        path=deviation.path,
        value=deviation.value,
        request_excerpt=_excerpt(facts.request),
        answer_excerpt=_excerpt(facts.answer),
    )


def _excerpt(body: Body) -> str:
    """Returns the beginning of a body, masked."""
    text = masking.mask_json(body.value) if body.is_json else masking.mask_text(body.text)
    return text if len(text) <= _MAX_EXCERPT else f"{text[:_MAX_EXCERPT]}…"
