"""Which topic somebody's words mean, in five languages and with typos: by what words and parts of words they share
with known phrases (phrases.tsv). Pure."""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PERSON: Final = "person"
OTHER: Final = "other"
_PHRASES: Final = Path(__file__).with_name("phrases.tsv")
_FILLERS: Final = frozenset(Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").split())
"""Words without a meaning of their own, in the five languages, folded."""
_LONGEST: Final = 600
_WORD: Final = re.compile(r"[^\W_]+")
_NEAREST: Final = 3
_KINDS: Final = {"w": 1.6, "g": 1.0, "f": 0.5}
"""How much a whole word counts, a part of one, and a filler."""
_NEAR: Final = 0.2
_SURE: Final = 0.3
_LEAD: Final = 1.12


@dataclass(frozen=True, slots=True)
class Guess:
    """A topic's number, `person` or `other`, and how near its phrases are: 0 to 1."""

    meaning: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What words may mean, the best first. `is_sure`: the best is clearly meant."""

    guesses: tuple[Guess, ...]
    is_sure: bool

    @property
    def topics(self) -> tuple[int, ...]:
        """Numbers of topics, the best first."""
        return tuple(int(one.meaning) for one in self.guesses if one.meaning.isdecimal())

    @property
    def meaning(self) -> str:
        """The best, where it is near at all; else empty."""
        return self.guesses[0].meaning if self.guesses and self.guesses[0].score >= _NEAR else ""

    @property
    def confidence(self) -> float:
        return round(min(self.guesses[0].score, 1.0), 2) if self.guesses else 0.0


@dataclass(frozen=True, slots=True)
class _Index:
    """The phrases by feature: `postings` has a feature's phrases with its weight there."""

    weights: Mapping[str, float]
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    meanings: tuple[str, ...]


def read(text: str, *, allowed: Iterable[int] = range(1, 11)) -> Reading:
    """The likely meanings; `allowed`: the topics that this person may have."""
    wanted = {str(number) for number in allowed} | {PERSON, OTHER}
    guesses = [one for one in _guesses(text) if one.meaning in wanted]
    if not guesses or guesses[0].score < _SURE:
        return Reading(tuple(guesses), is_sure=False)
    second = guesses[1].score if len(guesses) > 1 else 0.0
    return Reading(tuple(guesses), is_sure=guesses[0].score >= second * _LEAD)


def folded(text: str) -> str:
    """Lower case without accents, control characters and markup."""
    plain = unicodedata.normalize("NFKD", text[:_LONGEST].replace("ß", "ss"))
    return "".join(one for one in plain if not unicodedata.combining(one)).lower()


def _guesses(text: str) -> list[Guess]:
    index = _index()
    vector = _vector(text, index.weights)
    near: dict[int, float] = defaultdict(float)
    for feature, weight in vector.items():
        for phrase, there in index.postings.get(feature, ()):
            near[phrase] += weight * there
    by_meaning: dict[str, list[float]] = defaultdict(list)
    for phrase, score in near.items():
        by_meaning[index.meanings[phrase]].append(score)
    found = [Guess(meaning, _together(scores)) for meaning, scores in by_meaning.items()]
    return sorted(found, key=lambda one: (-one.score, one.meaning))


def _together(scores: list[float]) -> float:
    """The nearest phrase counts whole, the next ones less and less."""
    best = sorted(scores, reverse=True)[:_NEAREST]
    return math.fsum(score / float(3**place) for place, score in enumerate(best)) / 1.2


@cache
def _index() -> _Index:
    rows = [line.split("\t") for line in _PHRASES.read_text(encoding="utf-8").splitlines()]
    phrases = [(meaning, part) for meaning, _, text in rows for part in _parts(text)]
    bags = [Counter(_features(text)) for _, text in phrases]
    count = Counter(feature for bag in bags for feature in bag)
    weights = {feature: math.log(1 + len(bags) / often) for feature, often in count.items()}
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for position, bag in enumerate(bags):
        for feature, weight in _unit(bag, weights).items():
            postings[feature].append((position, weight))
    return _Index(
        weights=weights,
        postings={feature: tuple(rows) for feature, rows in postings.items()},
        meanings=tuple(meaning for meaning, _ in phrases),
    )


def _parts(text: str) -> Iterator[str]:
    """The phrase whole, and its parts between commas."""
    yield text
    if "," in text:
        yield from (part.strip() for part in text.split(","))


def _vector(text: str, weights: Mapping[str, float]) -> dict[str, float]:
    return _unit(Counter(_features(text)), weights)


def _unit(bag: Mapping[str, int], weights: Mapping[str, float]) -> dict[str, float]:
    """Of length 1. What no phrase has counts for the length too: words about something else make it unlike."""
    rare = max(weights.values(), default=1.0)
    raw = {
        feature: (1 + math.log(often)) * weights.get(feature, rare) * _KINDS[feature[0]]
        for feature, often in bag.items()
    }
    length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
    return {feature: value / length for feature, value in raw.items()}


def _features(text: str) -> Iterator[str]:
    """Words, and their parts of three and four letters."""
    for word in _WORD.findall(folded(text)):
        if word in _FILLERS:
            yield f"f{word}"
            continue
        yield f"w{word}"
        framed = f" {word} "
        for size in (3, 4):
            yield from (f"g{framed[at : at + size]}" for at in range(len(framed) - size + 1))
