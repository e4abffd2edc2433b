"""Every sentence in rows of chargers, in English. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from chargers.sentences import cases, commands, credentials, jobs, stored, upkeep
from chargers.sentences.stored import Plain, Sentence

PATTERNS: Final[Mapping[str, str]] = {
    **cases.PATTERNS,
    **commands.PATTERNS,
    **credentials.PATTERNS,
    **jobs.PATTERNS,
    **upkeep.PATTERNS,
}


def english(sentences: Iterable[Sentence]) -> str:
    """Returns the text for hosts, the API and the log."""
    return stored.render(sentences, PATTERNS, speech=Plain())
