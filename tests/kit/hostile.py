"""Hostile input: values that break parsers, the parameters that a page reads, its forms, and what failed."""

import sys
import traceback
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.signals import got_request_exception
from django.http import QueryDict

ROOT: Final = Path(__file__).resolve().parents[2]
VALUES: Final = (
    "0957-08-23T20:55:13-17:57", "0957-08-23", "0957-08", "9999-12-31T23:59:59-12:00",
    "\ud800", "kim\udfff@example.com", "https://a.example/\ud800",
    "a\x00b", "2026-11-25\x00",
    "https://bücher.example/x", "https://a℀b.example/", "https://[::1/", "https://a.example:99999/",
    "https://" + "ä" * 70 + ".example/", "wss://bücher.example/ocpp", "kim@a℀b.example", "kim@bücher.example",
    "9" * 30, "-1", "1e400", "NaN", "²", "٣",
)  # fmt: skip
"""The year 957, lone surrogates, NUL, hosts outside ASCII, and numbers too large for every column."""
_BY_TYPE: Final = {
    "date": ("0957-08-23", "9999-12-31", "0001-01-01"),
    "datetime-local": ("0957-08-23T20:55", "9999-12-31T23:59", "0001-01-01T00:00"),
    "month": ("0957-08", "0001-01", "9999-12"),
}


def some(place: str, *, most: int = 3) -> list[str]:
    """Returns some of the values: different ones at each place, but the same in every run."""
    at = zlib.crc32(place.encode())
    return [VALUES[(at + step * 7) % len(VALUES)] for step in range(min(most, len(VALUES)))]


def rotated(names: Sequence[str], *, rounds: int = 3) -> Iterator[dict[str, str]]:
    """Yields all names at once, each time with other values, so that one page reads several bad values together."""
    for step in range(rounds if names else 0):
        yield {name: as_sent(some(name, most=len(VALUES))[step]) for name in names}


def as_sent(text: str) -> str:
    """Returns the text as a browser sends it: a form in UTF-8 has no lone surrogate."""
    return text.encode("utf-8", "replace").decode()


@dataclass
class Form:
    """A form of a page: its address, the values that it would send, and the type of each field."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def attacks(self, whole: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Yields the form as a person would send it, with one field at a time replaced by some of the values."""
        for name, kind in self.types.items():
            for value in (*_BY_TYPE.get(kind, ()), *some(f"{self.action} {name}")):
                yield {**whole, name: as_sent(value)}


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._address = address
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = (given.get("action") or self._address).partition("?")[0]
            self._form = Form(action=action, method=given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, is_checked="checked" in given or "selected" in given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _field(self, tag: str, given: dict[str, str], *, is_checked: bool) -> None:
        assert self._form is not None
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "select":
            self._select = name
            self._form.types[name] = "select"
        elif tag == "option" and self._select:
            if is_checked or (given.get("value") and not self._form.values.get(self._select)):
                self._form.values[self._select] = given.get("value", "")
        elif tag in {"input", "textarea", "button"} and name and name != "csrfmiddlewaretoken":
            self._form.types.setdefault(name, "textarea" if tag == "textarea" else kind)
            may = kind not in {"checkbox", "radio"} or is_checked or (kind == "radio" and name not in self._form.values)
            if may:
                self._form.values[name] = given.get("value", "")


def forms_of(page: str, *, address: str) -> list[Form]:
    reader = _Forms(address)
    reader.feed(page)
    return [form for form in reader.forms if form.types]


def filled(form: Form, known: Mapping[str, str]) -> dict[str, str]:
    """Returns what a person would send: the present values, and suitable values for empty fields."""
    by_type = {"email": "kim@example.com", "url": "https://example.com/x", "number": "1", "date": "2026-12-01",
               "datetime-local": "2026-12-01T10:00", "time": "10:00", "month": "2026-10"}  # fmt: skip
    return {
        name: form.values.get(name) or known.get(name.rpartition("-")[2], by_type.get(kind, ""))
        for name, kind in form.types.items()
        if kind != "checkbox" or name in form.values
    }


@contextmanager
def names_read(patch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Collects the names of all parameters and fields that are read inside the block."""
    names: set[str] = set()

    def watch(method: str) -> None:
        original = getattr(QueryDict, method)

        def watched(self: QueryDict, key: Any, *args: Any, **kwargs: Any) -> Any:
            names.add(str(key))
            return original(self, key, *args, **kwargs)

        patch.setattr(QueryDict, method, watched, raising=False)

    for method in ("__getitem__", "__contains__", "get", "getlist"):
        watch(method)
    yield names


@contextmanager
def failures() -> Iterator[list[str]]:
    """Collects what requests raise inside the block: the exception, and where in the product."""
    found: list[str] = []

    def note(sender: object, **kwargs: object) -> None:
        error = sys.exc_info()[1]
        if error is None:
            return
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(str(ROOT))]
        ours = [one for one in frames if "/.venv/" not in one.filename and "/tests/" not in one.filename]
        at = f"{ours[-1].filename.removeprefix(str(ROOT))}:{ours[-1].lineno}" if ours else "?"
        found.append(f"{type(error).__name__} at {at}: {error}"[:300])

    got_request_exception.connect(note)
    try:
        yield found
    finally:
        got_request_exception.disconnect(note)
