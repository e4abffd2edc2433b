"""Splits words into pieces of three letters, so that a word with a typo is still found. Pure.

The letters of a piece are sorted, so that swapped letters, the most frequent typo, leave most pieces unchanged.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"\w+")
_SHORTEST: Final = 4
"""Fewest letters of a compared word: shorter words have too few pieces to be told apart."""
_ALIKE: Final = 0.5
_ONE_TYPO: Final = 0.8
_TYPO_FROM: Final = 5
"""Fewest letters for typo correction: shorter words are one letter away from too many others."""
_MAX_WORDS: Final = 20


def split_words(text: str) -> list[str]:
    """Returns the words in lower case without accents, each once."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return list(dict.fromkeys(_WORD.findall(plain)))


def list_long_words(text: str) -> list[str]:
    """Returns the longer words, each once and in order, by which articles are compared."""
    return sorted(word for word in split_words(text) if len(word) >= _SHORTEST)


def of_words(words_: Iterable[str]) -> list[str]:
    """Returns their pieces, each once and in order, by which articles are found."""
    return sorted({piece for word in words_ for piece in _build_trigrams(word)})


def of_query(text: str) -> list[str]:
    """Returns the pieces of a query's first words."""
    return of_words(_list_query_words(text))


def measure_similarity(text: str, vocabulary: Iterable[str]) -> float:
    """Returns how many of the query's longer words match the vocabulary, exactly or nearly, from 0 to 1."""
    query_words = _list_query_words(text)
    if not query_words:
        return 0.0
    known_words = list(vocabulary)
    shares = [max((share(word, candidate) for candidate in known_words), default=0.0) for word in query_words]
    return sum(share for share in shares if share >= _ALIKE) / len(query_words)


def share(word: str, other: str) -> float:
    """Returns the similarity of two words.

    Short words are checked for a single typo, which changes most of their pieces.
    """
    own, other_trigrams = _build_trigrams(word), _build_trigrams(other)
    share = 2 * len(own & other_trigrams) / (len(own) + len(other_trigrams))
    return max(share, _ONE_TYPO) if share < _ONE_TYPO and _is_one_typo(word, other) else share


def _is_one_typo(word: str, other: str) -> bool:
    """Whether the words differ by one missing, extra or changed letter, or by two swapped neighbours."""
    if min(len(word), len(other)) < _TYPO_FROM or abs(len(word) - len(other)) > 1:
        return False
    return not _build_deletion_variants(word).isdisjoint(_build_deletion_variants(other))


def _list_query_words(text: str) -> list[str]:
    return [word for word in split_words(text) if len(word) >= _SHORTEST][:_MAX_WORDS]


@lru_cache(maxsize=20_000)
def _build_trigrams(word: str) -> frozenset[str]:
    return frozenset("".join(sorted(word[start : start + 3])) for start in range(len(word) - 2))


@lru_cache(maxsize=20_000)
def _build_deletion_variants(word: str) -> frozenset[str]:
    """Returns the word, and its spellings with one letter left out, which two words with one typo have in common."""
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))
