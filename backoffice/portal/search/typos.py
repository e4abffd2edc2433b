"""Whether two words differ only by a typo: a wrong, missing or extra letter, or two that are swapped. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

SHORTEST: Final = 4
"""Fewest letters: shorter words are one letter away from too many others."""
_TWO_FROM: Final = 8
"""Words with this many letters may have two typos."""
_WORD: Final = re.compile(r"[^\W_]+")
_DIGITS: Final = re.compile(r"\D+")


def split_words(text: str) -> list[str]:
    """Returns the words in lower case without accents, each once."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return list(dict.fromkeys(_WORD.findall(plain)))


def are_near(query_words: Sequence[str], candidates: Iterable[str]) -> bool:
    """Whether each typed word is one of the name's, exactly or nearly; at least one has a typo."""
    name_words = list(candidates)
    return bool(query_words) and all(
        typed_word in name_words or any(is_near(typed_word, other) for other in name_words)
        for typed_word in query_words
    )


def is_near(query_word: str, word: str) -> bool:
    """Whether the words differ by a typo. Digits must be equal: SUN001 is another charger than SUN002."""
    max_distance = 2 if min(len(query_word), len(word)) >= _TWO_FROM else 1
    if (
        len(query_word) < SHORTEST
        or abs(len(query_word) - len(word)) > max_distance
        or _DIGITS.sub("", query_word) != _DIGITS.sub("", word)
    ):
        return False
    return _distance(query_word, word, max_distance=max_distance) <= max_distance


def _distance(word: str, other: str, *, max_distance: int) -> int:
    """Returns the number of letters to change, counting a swap as one; stops once it exceeds `max_distance`."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for at, letter in enumerate(word, start=1):
        row = [at]
        for n, other_letter in enumerate(other, start=1):
            cost = min(last[n] + 1, row[n - 1] + 1, last[n - 1] + (letter != other_letter))
            if at > 1 and n > 1 and letter == other[n - 2] and word[at - 2] == other_letter:
                cost = min(cost, before[n - 2] + 1)
            row.append(cost)
        if min(row) > max_distance:
            return max_distance + 1
        before, last = last, row
    return last[-1]
