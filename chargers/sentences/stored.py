"""A sentence as it is stored: a code with its facts, rendered when it is read. Pure.

Several sentences are stored as a list. A fact is a text, a number, an amount `[decimal text, currency]`, a nested
sentence, or a list of such. Each code has a pattern, which is translated into the reader's language. A code never
changes its meaning: stored rows name it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

FREE: Final = "free"
"""Words of a charger, a card processor or a person: they are stored as they came, as the fact `text`."""

_BETWEEN: Final = {"entries": "; "}
"""Parts of a sentence are listed with commas, but for those that have commas of their own."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One unrendered sentence. `facts` are as JSON has them, but for nested sentences."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        return {"code": str(self.code), "facts": {name: _as_json(fact) for name, fact in self.facts.items()}}


Sentences = tuple[Sentence, ...]


class Speech(Protocol):
    """How a reader's language says a pattern and the values in it."""

    def say(self, pattern: str) -> str: ...
    def value(self, name: str, fact: Any) -> str: ...


class Plain:
    """As hosts, programs and the log read it: the pattern itself, and values as they are."""

    def say(self, pattern: str) -> str:
        return pattern

    def value(self, _name: str, fact: Any) -> str:
        return str(fact)


def single(code: str, **facts: Any) -> Sentences:
    """One sentence, as columns of sentences take it."""
    return (Sentence(code, facts),)


def free(text: str) -> Sentences:
    """A free text by another system or person; empty text gives no sentence."""
    return (Sentence(FREE, {"text": text}),) if text else ()


def read(stored: object) -> Sentences:
    """What `as_json` of each wrote."""
    return tuple(_read(entry) for entry in stored) if isinstance(stored, list | tuple) else ()


def render(sentences: Iterable[Sentence], patterns: Mapping[str, str], *, speech: Speech) -> str:
    """The sentences, one after another. A code of a later version is named with what it carries."""
    return " ".join(_text(sentence, patterns, speech) for sentence in sentences)


def has(sentences: Iterable[Sentence], code: str) -> bool:
    """Whether one of the sentences is this one."""
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


def _read(stored: Any) -> Sentence:
    if isinstance(stored, Sentence):
        return stored
    return Sentence(stored["code"], {name: _fact(fact) for name, fact in stored["facts"].items()})


def _fact(stored: Any) -> Any:
    match stored:
        case {"code": str(), "facts": dict()}:
            return _read(stored)
        case list():
            return [_fact(part) for part in stored]
        case _:
            return stored
