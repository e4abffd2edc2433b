"""The known phrases: those of the topics, and those of no topic (phrases.tsv). Pure."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from support.topics import catalogue


class Phrase(NamedTuple):
    """`meaning`: a topic's number, `person` or `other`; `language`: one of the five codes."""

    meaning: str
    language: str
    text: str


@cache
def phrases() -> tuple[Phrase, ...]:
    """Returns all phrases: each topic's in the order of its file, then the others."""
    of_topics = [
        Phrase(str(topic.number), *fields) for topic in catalogue.TOPICS.values() for fields in _fields(topic.phrases)
    ]
    return (*of_topics, *(Phrase(*fields) for fields in _fields(Path(__file__).with_name("phrases.tsv"))))


def _fields(file: Path) -> Iterator[list[str]]:
    """Yields the fields of each line."""
    return (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
