"""The language that somebody writes in, by the words of the known phrases; of the five that there are. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from support.assistant.folding import folded

_PHRASES: Final = Path(__file__).with_name("phrases.tsv")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH: Final = 1.0
_LEAD: Final = 1.5


def of(text: str) -> str:
    """Its code; empty where too few words are known, or more than one language has them."""
    words, score = _words(), Counter[str]()
    for word in _WORD.findall(folded(text)):
        score.update(words.get(word, {}))
    (best, most), (_, next_most) = [*score.most_common(2), ("", 0.0), ("", 0.0)][:2]
    return best if most >= _ENOUGH and most >= next_most * _LEAD else ""


@cache
def _words() -> Mapping[str, Mapping[str, float]]:
    """What share of its phrases each word has in each language, weighed by how many phrases a language has."""
    rows = [line.split("\t") for line in _PHRASES.read_text(encoding="utf-8").splitlines()]
    often: dict[str, Counter[str]] = defaultdict(Counter)
    total = Counter[str]()
    for _, language, text in rows:
        for word in _WORD.findall(folded(text)):
            often[word][language] += 1
            total[language] += 1
    shares = {word: {code: number / total[code] for code, number in by.items()} for word, by in often.items()}
    return {word: {code: one / sum(by.values()) for code, one in by.items()} for word, by in shares.items()}
