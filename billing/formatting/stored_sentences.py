"""Renders stored sentences in the reader's language, with localised amounts and numbers."""

from collections.abc import Iterable
from typing import Final

from billing.formatting import rating_reasons
from billing.sentences import catalogue
from chargers.sentences import stored
from chargers.sentences.stored import Sentence

_LOCAL: Final = catalogue.Speech(rating_reasons.LOCAL)


def local(sentences: Iterable[Sentence]) -> str:
    return stored.render(sentences, catalogue.PATTERNS, speech=_LOCAL)
