"""Detects which of the five languages a text is in, by the words of the known phrases. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

from support.assistant.phrases import phrases
from support.topics.folding import normalize_text

_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH: Final = 1.0
_LEAD: Final = 1.5


def detect(text: str) -> str:
    """Returns the language's code; empty if the words are unknown or fit several languages."""
    words, score = _compute_word_shares(), Counter[str]()
    for word in _WORD.findall(normalize_text(text)):
        score.update(words.get(word, {}))
    (best, best_score), (_, next_most) = [*score.most_common(2), ("", 0.0), ("", 0.0)][:2]
    return best if best_score >= _ENOUGH and best_score >= next_most * _LEAD else ""


@cache
def _compute_word_shares() -> Mapping[str, Mapping[str, float]]:
    """Returns each word's share of the phrases per language, weighted by the language's number of phrases."""
    often: dict[str, Counter[str]] = defaultdict(Counter)
    total = Counter[str]()
    for _, language, text in phrases():
        for word in _WORD.findall(normalize_text(text)):
            often[word][language] += 1
            total[language] += 1
    shares = {word: {code: number / total[code] for code, number in by.items()} for word, by in often.items()}
    return {word: {code: share / sum(by.values()) for code, share in by.items()} for word, by in shares.items()}
