"""Turns stored English into codes with facts, and back: for the migrations that do so, once. It never changes."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

FREE: Final = "free"
_NAME: Final = re.compile(r"%\((\w+)\)s")
_END: Final = re.compile(r"(?<=[.!?:…]) |\Z")
_AMOUNT: Final = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")
_AMOUNTS: Final = frozenset(("estimate", "held", "was", "now", "back", "price"))
_DURATION: Final = re.compile(r"(?:(\d+) h)? ?(?:(\d+) min)? ?(?:(\d+) s)?")
_PARTS: Final = {"people": ("people.", "for."), "place": ("at.",)}
_NEVER_ALONE: Final = ("each.", "people.", "for.", "at.", "rate.beaten")
"""Parts of other sentences, which would fit nearly any text; but results of a list stand alone."""
_ALONE: Final = frozenset(
    (
        "each.settings_told",
        "each.settings_changed",
        "each.monitors_set",
        "each.monitors_removed",
        "each.tariffs_removed",
    )
)
_AT_ONCE: Final = 500


class Reader:
    """Finds the sentences of a stored text among known patterns, by code; what fits none stays as it is."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.patterns = patterns
        named = [code for code in patterns if code in _ALONE or not code.startswith(_NEVER_ALONE)]
        ordered = sorted(named, key=lambda code: len(_NAME.sub("", patterns[code])), reverse=True)
        shapes = [(code, re.compile(_shape(patterns[code]), re.DOTALL)) for code in ordered if patterns[code]]
        self.open_ended = [one for one in shapes if patterns[one[0]].endswith(")s")]
        self.closed = [one for one in shapes if not patterns[one[0]].endswith(")s")]
        self.read = lru_cache(maxsize=10_000)(self._read)

    def _read(self, text: str) -> list[dict[str, Any]]:
        found = self._sentences(text.strip())
        return found if self.english(found) == text else _free(text)

    def english(self, stored: list[dict[str, Any]]) -> str:
        return " ".join(self._said(sentence) for sentence in stored)

    def _sentences(self, text: str) -> list[dict[str, Any]]:
        if not text:
            return []
        if (whole := self._one(text, self.open_ended)) is not None:
            return [whole]
        for end in (match.start() for match in _END.finditer(text)):
            if (first := self._one(text[:end], self.closed)) is not None:
                return [first, *self._sentences(text[end:].lstrip(" "))]
        return _free(text)

    def _one(self, text: str, shapes: list[tuple[str, re.Pattern[str]]]) -> dict[str, Any] | None:
        for code, shape in shapes:
            if (match := shape.fullmatch(text)) is not None:
                facts = {name: self._fact(name, value) for name, value in match.groupdict().items()}
                return {"code": code, "facts": facts}
        return None

    def _fact(self, name: str, value: str) -> Any:
        if name in _PARTS:
            codes = [code for code in self.patterns if code.startswith(_PARTS[name])]
            ordered = sorted(codes, key=lambda code: len(_NAME.sub("", self.patterns[code])), reverse=True)
            parts = [(code, re.compile(_shape(self.patterns[code]), re.DOTALL)) for code in ordered]
            return self._one(value, parts) or value
        if name in _AMOUNTS and (match := _AMOUNT.fullmatch(value)) is not None:
            return [match[1], match[2]]
        if name.endswith("_s") and value and (match := _DURATION.fullmatch(value)) is not None:
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            return hours * 3600 + minutes * 60 + seconds
        return value

    def _said(self, sentence: Mapping[str, Any]) -> str:
        values = {name: self._value(name, fact) for name, fact in sentence["facts"].items()}
        pattern = self.patterns.get(sentence["code"])
        if pattern is None:
            return (
                " ".join(values.values())
                if sentence["code"] == FREE
                else " ".join([sentence["code"], *values.values()])
            )
        return pattern % values if values else pattern

    def _value(self, name: str, fact: Any) -> str:
        match fact:
            case {"code": str(), "facts": dict()}:
                return self._said(fact)
            case [{"code": str()}, *_]:
                return ("; " if name == "entries" else ", ").join(self._said(part) for part in fact)
            case [str(amount), str(currency)]:
                return f"{amount} {currency}"
            case int() if name.endswith("_s"):
                return _duration(fact)
            case _:
                return str(fact)


def move(model: Any, columns: Mapping[str, str], change: Callable[[Any], Any]) -> None:
    """Fills each new column from its old one, row by row; rows whose old columns are empty keep the default."""
    changed = []
    for row in model.objects.only("pk", *columns).order_by("pk").iterator(chunk_size=_AT_ONCE):
        if any(getattr(row, old) for old in columns):
            for old, new in columns.items():
                setattr(row, new, change(getattr(row, old)))
            changed.append(row)
        if len(changed) >= _AT_ONCE:
            model.objects.bulk_update(changed, list(columns.values()))
            changed = []
    if changed:
        model.objects.bulk_update(changed, list(columns.values()))


def _free(text: str) -> list[dict[str, Any]]:
    return [{"code": FREE, "facts": {"text": text}}] if text else []


def _shape(pattern: str) -> str:
    parts = _NAME.split(pattern)
    return "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))


def _duration(seconds: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if number]
    return " ".join(parts) or "0 s"
