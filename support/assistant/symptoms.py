"""Recognizes the topic of a text, in five languages and despite typos. Pure.

Compares its words and parts of words with the known phrases (phrases.tsv).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from support.assistant import mentions
from support.assistant.phrases import phrases
from support.topics import catalogue
from support.topics.folding import normalize_text

PERSON: Final = "person"
OTHER: Final = "other"
_FILLERS: Final = frozenset(Path(__file__).with_name("fillers.txt").read_text(encoding="utf-8").split())
"""Words without a meaning of their own, in the five languages, folded."""
_KIN: Final = (frozenset({"4", "5"}), frozenset({"1", "9"}))
"""Topics with the same look-up, so that it need not be asked which of them is meant."""
_DOMAIN: Final = tuple(Path(__file__).with_name("domain.txt").read_text(encoding="utf-8").split())
"""Prefixes of the field's terms, in the five languages, folded."""
_SHORT: Final = 2
_CORRECTED_FROM: Final = 5
"""Shorter words are not corrected, because too many words are similar to them."""
_WORD: Final = re.compile(r"[^\W_]+")
_NEAREST: Final = 3
_KINDS: Final = {"w": 1.6, "g": 1.0, "f": 0.5}
"""The weights of a whole word, a part of a word, and a filler."""
_NEAR: Final = 0.2
_SURE: Final = 0.3
_LEAD: Final = 1.12


@dataclass(frozen=True, slots=True)
class Guess:
    """A topic's number, `person` or `other`, and the similarity of its phrases: 0 to 1."""

    meaning: str
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The possible meanings of a text, best first. `is_sure`: the best is clearly meant."""

    guesses: tuple[Guess, ...]
    is_sure: bool

    @property
    def topics(self) -> tuple[int, ...]:
        """Numbers of topics, the best first."""
        return tuple(int(guess.meaning) for guess in self.guesses if guess.meaning.isdecimal())

    @property
    def meaning(self) -> str:
        """The best meaning, if it is similar enough; else empty."""
        return self.guesses[0].meaning if self.guesses and self.guesses[0].score >= _NEAR else ""

    @property
    def confidence(self) -> float:
        return round(min(self.guesses[0].score, 1.0), 2) if self.guesses else 0.0


@dataclass(frozen=True, slots=True)
class _Index:
    """The phrases by feature: `postings` has each feature's phrases with their weights.

    `shortened`: the known words by their spellings with one letter left out, for finding typos.
    """

    weights: Mapping[str, float]
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    meanings: tuple[str, ...]
    words: frozenset[str]
    shortened: Mapping[str, tuple[str, ...]]


def read(text: str, *, allowed: Iterable[int] | None = None) -> Reading:
    """Returns the likely meanings. `allowed`: the topics that this person may have; None: all."""
    text = mentions.without_details(text)
    numbers = catalogue.TOPICS if allowed is None else allowed
    codes = {str(number) for number in numbers} | {PERSON, OTHER}
    guesses = [guess for guess in _guesses(text) if guess.meaning in codes]
    if not guesses or guesses[0].score < _SURE:
        return Reading(tuple(guesses), is_sure=False)
    kin = next((group for group in _KIN if guesses[0].meaning in group), frozenset())
    second = next((guess.score for guess in guesses[1:] if guess.meaning not in kin), 0.0)
    is_sure = guesses[0].score >= second * _LEAD and not _is_foreign(text)
    return Reading(tuple(guesses), is_sure=is_sure)


def _is_foreign(text: str) -> bool:
    """Whether the text names unknown things and no term of the field: a broken microwave."""
    words = [word for word in _correct_spelling(text, _index()) if word not in _FILLERS and len(word) > _SHORT]
    has_unknown = any(word not in _index().words for word in words)
    return has_unknown and not any(word.startswith(_DOMAIN) for word in words)


def _split_words(text: str) -> list[str]:
    """Returns words of letters only: numbers, amounts and Station IDs do not indicate a topic."""
    return [word for word in _WORD.findall(normalize_text(text)) if word.isalpha()]


def _guesses(text: str) -> list[Guess]:
    index = _index()
    vector = _unit(Counter(_features(_correct_spelling(text, index))), index.weights)
    scores_by_phrase: dict[int, float] = defaultdict(float)
    for feature, weight in vector.items():
        for phrase, phrase_weight in index.postings.get(feature, ()):
            scores_by_phrase[phrase] += weight * phrase_weight
    by_meaning: dict[str, list[float]] = defaultdict(list)
    for phrase, score in scores_by_phrase.items():
        by_meaning[index.meanings[phrase]].append(score)
    guesses = [Guess(meaning, _sum_scores(scores)) for meaning, scores in by_meaning.items()]
    return sorted(guesses, key=lambda guess: (-guess.score, guess.meaning))


def _sum_scores(scores: list[float]) -> float:
    """Adds up the scores: the most similar phrase counts fully, the next ones less and less."""
    best = sorted(scores, reverse=True)[:_NEAREST]
    return math.fsum(score / float(3**rank) for rank, score in enumerate(best)) / 1.2


@cache
def _index() -> _Index:
    texts = [(meaning, part) for meaning, _, text in phrases() for part in _parts(text)]
    bags = [Counter(_features(_split_words(text))) for _, text in texts]
    words = {word for _, text in texts for word in _split_words(text)}
    count = Counter(feature for bag in bags for feature in bag)
    weights = {feature: math.log(1 + len(bags) / often) for feature, often in count.items()}
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for position, bag in enumerate(bags):
        for feature, weight in _unit(bag, weights).items():
            postings[feature].append((position, weight))
    return _Index(
        weights=weights,
        postings={feature: tuple(rows) for feature, rows in postings.items()},
        meanings=tuple(meaning for meaning, _ in texts),
        words=frozenset(words),
        shortened=_index_by_deletion(words),
    )


def _index_by_deletion(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    by_form: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        if len(word) >= _CORRECTED_FROM:
            for form in {word, *_generate_deletions(word)}:
                by_form[form].append(word)
    return {form: tuple(those) for form, those in by_form.items()}


def _generate_deletions(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _correct_spelling(text: str, index: _Index) -> Iterator[str]:
    """Yields the words; an unknown one is replaced by a known one with a letter more, less, swapped or changed.

    Not at its ends: a typo is rare there, another word or another ending is not.
    """
    for word in _split_words(text):
        if word in index.words or len(word) < _CORRECTED_FROM or word.isdecimal():
            yield word
            continue
        forms = (word, *_generate_deletions(word))
        alike = {candidate for form in forms for candidate in index.shortened.get(form, ())}
        plausible_words = [candidate for candidate in alike if candidate[0] == word[0] and candidate[-1] == word[-1]]
        yield min(plausible_words, key=lambda candidate: (_letter_distance(word, candidate), candidate), default=word)


def _letter_distance(word: str, other: str) -> int:
    """Returns the number of letters that the two do not share; the number of differing places decides ties."""
    shared = sum((Counter(word) & Counter(other)).values())
    return 100 * (max(len(word), len(other)) - shared) + sum(a != b for a, b in zip(word, other, strict=False))


def _parts(text: str) -> Iterator[str]:
    """Yields the phrase, and its parts between commas."""
    yield text
    if "," in text:
        yield from (part.strip() for part in text.split(","))


def _unit(bag: Mapping[str, int], weights: Mapping[str, float]) -> dict[str, float]:
    """Scales the vector to length 1.

    Unknown features count for the length, so that words about other things reduce the score.
    """
    rare = max(weights.values(), default=1.0)
    raw = {
        feature: (1 + math.log(often)) * weights.get(feature, rare) * _KINDS[feature[0]]
        for feature, often in bag.items()
    }
    length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
    return {feature: value / length for feature, value in raw.items()}


def _features(words: Iterable[str]) -> Iterator[str]:
    """Yields the words, and their parts of three and four letters."""
    for word in words:
        if word in _FILLERS:
            yield f"f{word}"
            continue
        yield f"w{word}"
        framed = f" {word} "
        for size in (3, 4):
            yield from (f"g{framed[at : at + size]}" for at in range(len(framed) - size + 1))
