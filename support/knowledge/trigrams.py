"""Words in pieces of three letters, so that a word with a typo is still found. Pure.

The letters of a piece are sorted: two that are swapped, the most frequent typo, leave most pieces as they are.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\w+")
_SHORTEST: Final = 4
"""Letters: shorter words have too few pieces to tell one from the other."""
_ALIKE: Final = 0.5
_MOST_WORDS: Final = 20


def words(text: str) -> list[str]:
    """The words in small letters without accents, each once."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return list(dict.fromkeys(_WORD.findall(plain)))


def kept_words(text: str) -> list[str]:
    """The longer words, each once and in order: what an article is compared by."""
    return sorted(word for word in words(text) if len(word) >= _SHORTEST)


def of_words(kept: Iterable[str]) -> list[str]:
    """Their pieces, each once and in order: what an article is found by."""
    return sorted({piece for word in kept for piece in _pieces(word)})


def of_query(text: str) -> list[str]:
    """The pieces of the first words of a question."""
    return of_words(_asked(text))


def likeness(text: str, kept: Iterable[str]) -> float:
    """From 0 to 1: how many of the question's longer words are among the words, or nearly so."""
    asked = [_pieces(word) for word in _asked(text)]
    if not asked:
        return 0.0
    held = [_pieces(word) for word in kept]
    shares = [max((2 * len(own & one) / (len(own) + len(one)) for one in held), default=0.0) for own in asked]
    return sum(share for share in shares if share >= _ALIKE) / len(asked)


def _asked(text: str) -> list[str]:
    return [word for word in words(text) if len(word) >= _SHORTEST][:_MOST_WORDS]


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> frozenset[str]:
    return frozenset("".join(sorted(word[place : place + 3])) for place in range(len(word) - 2))
