"""The known phrases (phrases.tsv): what people write, what it means, and its language. Pure."""

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Phrase(NamedTuple):
    """`meaning`: a topic's number, `person` or `other`; `language`: one of the five codes."""

    meaning: str
    language: str
    text: str


@cache
def phrases() -> tuple[Phrase, ...]:
    """All of them, in the order of the file."""
    lines = Path(__file__).with_name("phrases.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(Phrase(*line.split("\t")) for line in lines)
