"""What each folder of a topic declares: whose question it is, its symptoms, steps and required details. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from support.topics.details import FIELDS, Detail


class Asker(StrEnum):
    """Whose question it is."""

    GUEST = "guest"
    HOST = "host"


class Priority(StrEnum):
    """How soon somebody answers."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Queue(StrEnum):
    """The agents who answer."""

    CHARGING = "charging"
    BILLING = "billing"
    ACCOUNTS = "accounts"
    HOSTS = "hosts"
    PAYOUTS = "payouts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What the article asks for in one of its lines: one of `any_of` will do; optional where it says "if".

    `article`: the line itself.
    """

    article: str
    any_of: tuple[Detail, ...]
    is_optional: bool = False

    @property
    def may_be_left_out(self) -> bool:
        """Also where only a file would do: somebody may have none."""
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
