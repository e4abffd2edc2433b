"""The topics, as declared by the folders next to this module. Pure.

They are those of the article on the most common questions, and one on receipts.
"""

from collections.abc import Collection, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from support import topics
from support.topics.details import Detail
from support.topics.topic import Asker, Queue, Requirement, Topic


def collect() -> Mapping[int, Topic]:
    """Returns the `TOPIC` of each folder by its number. Raises ValueError if two have the same."""
    folders = [module.name for module in iter_modules(topics.__path__) if module.ispkg]
    declared: list[Topic] = [import_module(f"{topics.__name__}.{name}").TOPIC for name in folders]
    by_number = {topic.number: topic for topic in sorted(declared, key=lambda topic: topic.number)}
    if len(by_number) < len(declared):
        raise ValueError("Two topics have the same number.")
    return MappingProxyType(by_number)


TOPICS: Mapping[int, Topic] = collect()


def _number_of(code: str) -> int:
    return next(topic.number for topic in TOPICS.values() if topic.code == code)


def _in_queue(queue: Queue) -> frozenset[int]:
    return frozenset(topic.number for topic in TOPICS.values() if topic.queue is queue)


CHARGING: Final = _in_queue(Queue.CHARGING)
BILLING: Final = _in_queue(Queue.BILLING) - {_number_of("receipt")}
ACCOUNTS: Final = _in_queue(Queue.ACCOUNTS)
NOT_CHARGING: Final = _number_of("not_charging")
PAYOUTS: Final = _number_of("payouts")
"""Topics about a charger where the person stands, about bills, and about accounts, by number."""
RECEIPT: Final = _number_of("receipt")
PAID: Final = BILLING | {RECEIPT}
"""Topics about a session that was paid for, recently or not."""


def of_asker(asker: Asker) -> list[Topic]:
    """Returns the topics for this kind of person."""
    return [topic for topic in TOPICS.values() if asker in topic.askers]


def missing(topic: Topic, *, known_details: Collection[Detail]) -> list[Requirement]:
    """Returns what must still be asked, each detail once; optional details come last."""
    requirements: list[Requirement] = []
    asked: set[tuple[Detail, ...]] = set()
    for requirement in sorted(topic.requirements, key=lambda requirement: requirement.is_optional):
        if requirement.any_of not in asked and not set(requirement.any_of) & set(known_details):
            asked.add(requirement.any_of)
            requirements.append(requirement)
    return requirements
