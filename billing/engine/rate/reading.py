"""Reads JSON that people and partners wrote: every error names its path and the remedy; all are collected."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from billing.engine.values import money

_DECIMAL: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error at `path` (`energy[1].price`; empty for the whole), with a sentence that names the remedy."""

    path: str
    message: str


class InputError(ValueError):
    """The input cannot be used; `path` and `message` are those of the first problem, `problems` are all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        self.path = problems[0].path
        self.message = problems[0].message
        super().__init__(f"{self.path}: {self.message}" if self.path else self.message)


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON value with its path.

    A reader that finds a problem notes it and returns a harmless stand-in, so that one pass finds everything; the
    caller must check `problems` before it uses the result.
    """

    value: object
    path: str
    problems: list[Problem]

    def complain(self, message: str) -> None:
        self.problems.append(Problem(path=self.path, message=message))

    def fields(self, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> "dict[str, Node]":
        """Returns the members of an object in which every key must be known; null counts as absent."""
        allowed = (*required, *optional)
        for key in self.value if isinstance(self.value, Mapping) else ():
            if key not in allowed:
                self._member(str(key)).complain(_unknown(str(key), choices=allowed, kind="key"))
        return self.known_fields(required=required, optional=optional)

    def known_fields(self, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> "dict[str, Node]":
        """Returns the known members of an object that may have others; null counts as absent."""
        if not isinstance(self.value, Mapping):
            self.complain(f"Expected an object, found {_kind(self.value)}.")
            return {}
        for key in required:
            if self.value.get(key) is None:
                self._member(key).complain(f"{key} is missing.")
        return {key: self._member(key) for key in (*required, *optional) if self.value.get(key) is not None}

    def _member(self, key: str) -> "Node":
        value = self.value.get(key) if isinstance(self.value, Mapping) else None
        return Node(value=value, path=f"{self.path}.{key}" if self.path else key, problems=self.problems)

    def items(self) -> "Iterator[Node]":
        if not isinstance(self.value, list | tuple):
            self.complain(f"Expected a list, found {_kind(self.value)}.")
            return
        for index, value in enumerate(self.value):
            yield Node(value=value, path=f"{self.path}[{index}]", problems=self.problems)

    def text(self) -> str:
        if isinstance(self.value, str) and self.value.strip():
            return self.value.strip()
        self.complain("Expected a text that is not empty.")
        return ""

    def one_of(self, choices: tuple[str, ...], *, kind: str) -> str:
        if isinstance(self.value, str) and self.value in choices:
            return self.value
        self.complain(_unknown(str(self.value), choices=choices, kind=kind))
        return choices[0]

    def decimal(self, *, at_most: Decimal, places: int | None = 6, at_least: Decimal = Decimal(0)) -> Decimal:
        """Returns a decimal from text (`"0.35"`) or from a JSON number that was read with parse_float=Decimal."""
        number = _decimal(self.value)
        if number is None:
            self.complain(f'Expected a decimal number such as "0.35", found {_describe_value(self.value)}.')
        elif number < at_least:
            self.complain(f"{number} is {'negative' if at_least == 0 else 'too small'}: use {at_least} or more.")
        elif number > at_most:
            self.complain(f"{number} is too large: use at most {at_most}.")
        elif places is not None and number != round(number, places):
            self.complain(f"{number} has more than {places} decimals: round it to {places}.")
        else:
            return number
        return Decimal(0)

    def percentage(self) -> Decimal:
        number = _decimal(self.value)
        if number is not None and not 0 <= number <= 100:
            self.complain(f"{number} % is not between 0 and 100.")
            return Decimal(0)
        return self.decimal(at_most=Decimal(100))

    def integer(self, *, at_most: int, at_least: int = 0) -> int:
        number = _decimal(self.value) if not isinstance(self.value, str) else None
        if number is None or number != number.to_integral_value():
            self.complain(f"Expected a whole number, found {_describe_value(self.value)}.")
        elif not at_least <= number <= at_most:
            self.complain(f"{number} is not between {at_least} and {at_most}.")
        else:
            return int(number)
        return at_least

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            self.complain(f"Expected true or false, found {_describe_value(self.value)}.")
            return False
        return self.value

    def currency(self) -> str:
        code = self.value
        if isinstance(code, str) and code in money.EXPONENTS:
            return code
        hint = " (write it in capitals)" if isinstance(code, str) and code.upper() in money.EXPONENTS else ""
        self.complain(f"{_describe_value(code)} is not a currency code of ISO 4217 such as EUR{hint}.")
        return "EUR"

    def time_zone(self) -> ZoneInfo:
        name = self.value
        if isinstance(name, str) and name in _time_zones():
            return ZoneInfo(name)
        close_matches = get_close_matches(str(name), _time_zones(), n=1)
        hint = f"did you mean {close_matches[0]}?" if close_matches else "use a name such as Europe/Amsterdam."
        self.complain(f"{_describe_value(name)} is not a time zone of the IANA database: {hint}")
        return ZoneInfo("UTC")

    def instant(self) -> datetime:
        """Returns an ISO 8601 time with an offset, as aware UTC between 1970 and 2200."""
        instant = _instant(self.value)
        if instant is not None and instant.tzinfo is None:
            self.complain(f"{self.value} has no offset: write UTC times with Z at the end.")
            return EARLIEST
        return self._validate_instant(instant)

    def utc_instant(self) -> datetime:
        """Does the same as `instant`, but a time without offset is UTC (OCPI 2.2.1 16.5)."""
        instant = _instant(self.value)
        return self._validate_instant(instant.replace(tzinfo=instant.tzinfo or UTC) if instant else None)

    def _validate_instant(self, instant: datetime | None) -> datetime:
        if instant is None:
            self.complain(f"Expected a time such as 2026-03-10T14:00:00Z, found {_describe_value(self.value)}.")
        elif not EARLIEST <= instant < _LATEST:
            self.complain(f"{self.value} is not between 1970 and 2200.")
        else:
            return instant.astimezone(UTC)
        return EARLIEST


@cache
def _time_zones() -> frozenset[str]:
    """Returns the zones, read from disk only once because that takes longer than pricing a session."""
    return frozenset(available_timezones())


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value.adjusted()) < 30 else None
    return Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case str():
            return "a text"
        case _:
            return "a number" if not isinstance(value, bool) else str(value).lower()


def _describe_value(value: object) -> str:
    if isinstance(value, float):
        return f"the binary number {value} (read JSON with parse_float=Decimal)"
    return f'"{value[:60]}"' if isinstance(value, str) else str(value)[:60] if _is_number(value) else _kind(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _unknown(value: str, *, choices: tuple[str, ...], kind: str) -> str:
    close_matches = get_close_matches(value, choices, n=1)
    hint = f"did you mean {close_matches[0]}?" if close_matches else f"use {', '.join(choices)}."
    return f'"{value[:60]}" is not a {kind} here: {hint}'
