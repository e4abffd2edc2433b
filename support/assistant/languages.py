"""Which of the five languages a text is in, judged by the words of the known phrases. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

from support.assistant.phrases import phrases
from support.topics.folding import folded

_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH: Final = 1.0
_LEAD: Final = 1.5


def detect(text: str) -> str:
    """The code of the language; empty where the words are unknown or fit more than one language."""
    words, score = _words(), Counter[str]()
    for word in _WORD.findall(folded(text)):
        score.update(words.get(word, {}))
    (best, most), (_, next_most) = [*score.most_common(2), ("", 0.0), ("", 0.0)][:2]
    return best if most >= _ENOUGH and most >= next_most * _LEAD else ""


@cache
def _words() -> Mapping[str, Mapping[str, float]]:
    """What share of its phrases each word has in each language, weighed by how many phrases a language has."""
    often: dict[str, Counter[str]] = defaultdict(Counter)
    total = Counter[str]()
    for _, language, text in phrases():
        for word in _WORD.findall(folded(text)):
            often[word][language] += 1
            total[language] += 1
    shares = {word: {code: number / total[code] for code, number in by.items()} for word, by in often.items()}
    return {word: {code: share / sum(by.values()) for code, share in by.items()} for word, by in shares.items()}
