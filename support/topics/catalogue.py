"""The topics of requests, as declared by the packages next to this module.

They match OK2Charge's article on the most common questions, plus one topic on receipts.
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
    """Returns each package's `TOPIC` by its number. Raises ValueError if two have the same number."""
    folders = [module.name for module in iter_modules(topics.__path__) if module.ispkg]
    declared: list[Topic] = [import_module(f"{topics.__name__}.{name}").TOPIC for name in folders]
    by_number = {topic.number: topic for topic in sorted(declared, key=lambda topic: topic.number)}
    if len(by_number) < len(declared):
        raise ValueError("Two topics have the same number.")
    return MappingProxyType(by_number)


TOPICS: Mapping[int, Topic] = collect()


def _number_of(code: str) -> int:
    return next(topic.number for topic in TOPICS.values() if topic.code == code)


def _topic_numbers_in_queue(queue: Queue) -> frozenset[int]:
    return frozenset(topic.number for topic in TOPICS.values() if topic.queue is queue)


# Numbers of topics by queue. A receipt is asked for on a page of its own, so it is not among the questions about bills.
CHARGING: Final = _topic_numbers_in_queue(Queue.CHARGING)
BILLING: Final = _topic_numbers_in_queue(Queue.BILLING) - {_number_of("receipt")}
ACCOUNTS: Final = _topic_numbers_in_queue(Queue.ACCOUNTS)
NOT_CHARGING: Final = _number_of("not_charging")
PAYOUTS: Final = _number_of("payouts")
RECEIPT: Final = _number_of("receipt")
PAID: Final = BILLING | {RECEIPT}
"""Topics about a paid session, however long ago it was."""


def for_asker(asker: Asker) -> list[Topic]:
    """Returns the topics for this kind of person."""
    return [topic for topic in TOPICS.values() if asker in topic.askers]


def missing_requirements(topic: Topic, *, known_details: Collection[Detail]) -> list[Requirement]:
    """Returns the requirements that the known details do not meet, each once, the optional ones last."""
    requirements: list[Requirement] = []
    listed_options: set[tuple[Detail, ...]] = set()
    for requirement in sorted(topic.requirements, key=lambda requirement: requirement.is_optional):
        if requirement.any_of not in listed_options and not set(requirement.any_of) & set(known_details):
            listed_options.add(requirement.any_of)
            requirements.append(requirement)
    return requirements
