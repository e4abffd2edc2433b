"""Reasons of declined cards: how they are stored and read again."""

from typing import Final

from billing.payments.processors.protocol import Decline
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

_DECLINED: Final = "declined."
_OF_CODES: Final = {f"{_DECLINED}{decline}": decline for decline in Decline}


def sentences(decline: Decline | None) -> Sentences:
    return stored.build_sentence(f"{_DECLINED}{decline}") if decline else ()


def of_sentences(sentences: Sentences) -> Decline | None:
    """Returns the stored decline; None if a processor worded it, or gave no reason."""
    return next((_OF_CODES[sentence.code] for sentence in sentences if sentence.code in _OF_CODES), None)
