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
_ONE_TYPO: Final = 0.8
_TYPO_FROM: Final = 5
"""Letters: shorter words are one letter away from too many others."""
_MOST_WORDS: Final = 20


def words(text: str) -> list[str]:
    """The words in small letters without accents, each once."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return list(dict.fromkeys(_WORD.findall(plain)))


def kept_words(text: str) -> list[str]:
    """The longer words, each once and in order: what an article is compared by."""
    return sorted(word for word in words(text) if len(word) >= _SHORTEST)


def of_words(words_: Iterable[str]) -> list[str]:
    """Their pieces, each once and in order: what an article is found by."""
    return sorted({piece for word in words_ for piece in _pieces(word)})


def of_query(text: str) -> list[str]:
    """The pieces of the first words of a question."""
    return of_words(_asked(text))


def likeness(text: str, vocabulary: Iterable[str]) -> float:
    """From 0 to 1: how many of the question's longer words are among the words, or nearly so."""
    asked = _asked(text)
    if not asked:
        return 0.0
    held = list(vocabulary)
    shares = [max((share(word, candidate) for candidate in held), default=0.0) for word in asked]
    return sum(share for share in shares if share >= _ALIKE) / len(asked)


def share(word: str, other: str) -> float:
    """How much two words are alike. In short words one typo changes most of the pieces, so it is looked for itself."""
    own, its = _pieces(word), _pieces(other)
    share = 2 * len(own & its) / (len(own) + len(its))
    return max(share, _ONE_TYPO) if share < _ONE_TYPO and _is_one_typo(word, other) else share


def _is_one_typo(word: str, other: str) -> bool:
    """Whether one letter is missing, too much, changed, or two neighbours are swapped."""
    if min(len(word), len(other)) < _TYPO_FROM or abs(len(word) - len(other)) > 1:
        return False
    return not _shortened(word).isdisjoint(_shortened(other))


def _asked(text: str) -> list[str]:
    return [word for word in words(text) if len(word) >= _SHORTEST][:_MOST_WORDS]


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> frozenset[str]:
    return frozenset("".join(sorted(word[start : start + 3])) for start in range(len(word) - 2))


@lru_cache(maxsize=20_000)
def _shortened(word: str) -> frozenset[str]:
    """The word, and what is left of it without one of its letters: where two words with one typo meet."""
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))
