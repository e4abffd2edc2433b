"""The parts of a topic: who asks, its symptoms, steps and required details. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from support.topics.details import FIELDS, Detail


class Asker(StrEnum):
    """Who asks the question."""

    GUEST = "guest"
    HOST = "host"


class Priority(StrEnum):
    """How soon an agent answers."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Queue(StrEnum):
    """The team of agents that answers."""

    CHARGING = "charging"
    BILLING = "billing"
    ACCOUNTS = "accounts"
    HOSTS = "hosts"
    PAYOUTS = "payouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a line of the article asks for: any one of `any_of`; optional if it contains "if".

    `article`: the line itself.
    """

    article: str
    any_of: tuple[Detail, ...]
    is_optional: bool = False

    @property
    def may_be_left_out(self) -> bool:
        """Whether it is optional, which it also is if only a file would answer it, since people may have none."""
        return self.is_optional or all(FIELDS[detail].kind == "file" for detail in self.any_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `steps` are for the person who asks; `review` and `action` for the agent, in English.

    `number` is stored with tickets and never changes. `phrases` are lines of a file: a language, and what people write.
    """

    number: int
    code: str
    phrases: Path
    title: str
    askers: frozenset[Asker]
    priority: Priority
    queue: Queue
    symptoms: tuple[str, ...]
    steps: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    review: tuple[str, ...]
    action: str


GUESTS, HOSTS = frozenset({Asker.GUEST}), frozenset({Asker.HOST})
EVERYBODY = GUESTS | HOSTS


def needs(article: str, *any_of: Detail) -> Requirement:
    return Requirement(article=article, any_of=any_of)


def if_possible(article: str, *any_of: Detail) -> Requirement:
    return Requirement(article=article, any_of=any_of, is_optional=True)
