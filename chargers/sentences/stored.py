"""Stored sentences: a code with its facts, rendered when read. Pure.

Several sentences are stored as a list. A fact is a text, a number, an amount `[decimal text, currency]`, a nested
sentence, or a list of these. Each code has a pattern, which is translated into the reader's language. A code never
changes its meaning, because stored rows refer to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

FREE: Final = "free"
"""A text by a charger, a card processor or a user, stored unchanged as the fact `text`."""

_BETWEEN: Final = {"entries": "; "}
"""Separates the parts of a sentence, instead of commas, if a part has commas of its own."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """An unrendered sentence. `facts` are JSON values or nested sentences."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        return {"code": str(self.code), "facts": {name: _as_json(fact) for name, fact in self.facts.items()}}


Sentences = tuple[Sentence, ...]


class Speech(Protocol):
    """How a reader's language renders a pattern and its values."""

    def say(self, pattern: str) -> str: ...
    def value(self, name: str, fact: Any) -> str: ...


class Plain:
    """For hosts, programs and the log: patterns and values without changes."""

    def say(self, pattern: str) -> str:
        return pattern

    def value(self, _name: str, fact: Any) -> str:
        return str(fact)


def build_sentence(code: str, **facts: Any) -> Sentences:
    """Makes one sentence for a column of sentences."""
    return (Sentence(code, facts),)


def free(text: str) -> Sentences:
    """Makes a sentence of a text by another system or person; an empty text gives none."""
    return (Sentence(FREE, {"text": text}),) if text else ()


def read(value: object) -> Sentences:
    """Restores sentences from their `as_json`."""
    return tuple(_read(entry) for entry in value) if isinstance(value, list | tuple) else ()


def render(sentences: Iterable[Sentence], patterns: Mapping[str, str], *, speech: Speech) -> str:
    """Renders the sentences in order. An unknown code of a later version is shown with its facts."""
    return " ".join(_text(sentence, patterns, speech) for sentence in sentences)


def has_code(sentences: Iterable[Sentence], code: str) -> bool:
    """Whether one of the sentences has this code."""
    return any(sentence.code == code for sentence in sentences)


def _text(sentence: Sentence, patterns: Mapping[str, str], speech: Speech) -> str:
    values = {name: _value(name, fact, patterns, speech) for name, fact in sentence.facts.items()}
    if sentence.code == FREE:
        return speech.say(values["text"])
    pattern = patterns.get(sentence.code)
    if pattern is None:
        return " ".join([f"[{sentence.code}]", *values.values()])
    text = speech.say(pattern)
    return text % values if values else text


def _value(name: str, fact: Any, patterns: Mapping[str, str], speech: Speech) -> str:
    match fact:
        case Sentence():
            return _text(fact, patterns, speech)
        case [Sentence(), *_]:
            return _BETWEEN.get(name, ", ").join(_text(part, patterns, speech) for part in fact)
        case _:
            return speech.value(name, fact)


def _as_json(fact: Any) -> Any:
    match fact:
        case Sentence():
            return fact.as_json()
        case list() | tuple():
            return [_as_json(part) for part in fact]
        case _:
            return fact


def _read(value: Any) -> Sentence:
    if isinstance(value, Sentence):
        return value
    return Sentence(value["code"], {name: _fact(fact) for name, fact in value["facts"].items()})


def _fact(value: Any) -> Any:
    match value:
        case {"code": str(), "facts": dict()}:
            return _read(value)
        case list():
            return [_fact(part) for part in value]
        case _:
            return value
