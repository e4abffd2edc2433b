"""An object of the file, with readers for its members: each reports errors and then returns a harmless default."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from billing.engine.rate.reading import Node, Problem

T = TypeVar("T")

_SLUG: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_PARTY: Final = re.compile(r"[A-Z0-9]{3}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NOT_IN_A_PATH: Final = frozenset("/:")


@dataclass(frozen=True, slots=True)
class SiteRow:
    """An object with its known members. Null counts as absent, and absent text reads as an empty string."""

    node: Node
    members: dict[str, Node]

    @staticmethod
    def from_node(node: Node, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> "SiteRow":
        return SiteRow(node=node, members=node.fields(required=required, optional=optional))

    @property
    def path(self) -> str:
        return self.node.path

    def text(self, key: str, *, at_most: int) -> str:
        """Reads trimmed text without control characters, which PostgreSQL or a page could not handle."""
        member = self.members.get(key)
        return _validate_text(member, member.text(), at_most=at_most) if member else ""

    def secret(self, key: str, *, at_most: int) -> str:
        """Reads a password or token unchanged. Error messages do not repeat it."""
        member = self.members.get(key)
        if member is None:
            return ""
        if not isinstance(member.value, str):
            member.complain(f"{key} must be a text in quotes, or null.")
            return ""
        if not member.value:
            member.complain(f"{key} is empty: give it, or write null for none.")
            return ""
        return _validate_text(member, member.value, at_most=at_most)

    def matching(self, key: str, pattern: re.Pattern[str], *, at_most: int, remedy: str) -> str:
        text = self.text(key, at_most=at_most)
        if text and not pattern.fullmatch(text):
            self.members[key].complain(f"“{text}” cannot be used: {remedy}")
            return ""
        return text

    def slug(self, key: str) -> str:
        return self.matching(key, _SLUG, at_most=50, remedy="use only letters a to z, digits, - and _.")

    def country(self, key: str) -> str:
        return self.matching(key, _COUNTRY, at_most=100, remedy="use two capitals of ISO 3166-1, such as US.")

    def party(self, key: str) -> str:
        return self.matching(
            key, _PARTY, at_most=100, remedy="a party id of OCPI has three capitals or digits, as in SUN."
        )

    def identifier(self, key: str) -> str:
        """Reads an id used in addresses and in HTTP Basic (a charger's id, a station id): at most 48 characters."""
        text = self.text(key, at_most=48)
        odd = next((letter for letter in text if not letter.isascii() or letter in _NOT_IN_A_PATH or letter == " "), "")
        if odd or set(text) == {"."}:
            culprit = "a space" if odd == " " else f"“{odd or text}”"
            self.members[key].complain(
                f"It contains {culprit}: use letters a to z, digits and signs such as - _ . * only."
            )
            return ""
        return text

    def word(self, key: str, choices: Iterable[str], *, default: str = "") -> str:
        member = self.members.get(key)
        return member.one_of(tuple(choices), kind=key) if member else default

    def flag(self, key: str, *, default: bool) -> bool:
        member = self.members.get(key)
        if member is None:
            return default
        if isinstance(member.value, bool):
            return member.value
        member.complain(f"{key} must be true or false, without quotes.")
        return default

    def flag_if_given(self, key: str) -> bool | None:
        """Reads a flag; None if it is left out."""
        return self.flag(key, default=False) if key in self.members else None

    def whole(self, key: str, *, at_least: int, at_most: int) -> int | None:
        member = self.members.get(key)
        return member.integer(at_least=at_least, at_most=at_most) if member else None

    def degrees(self, key: str, *, at_most: int) -> Decimal | None:
        member = self.members.get(key)
        return member.decimal(at_least=Decimal(-at_most), at_most=Decimal(at_most), places=7) if member else None

    def instant(self, key: str) -> datetime | None:
        member = self.members.get(key)
        return member.instant() if member else None

    def day(self, key: str) -> date | None:
        member = self.members.get(key)
        if member is None:
            return None
        try:
            if isinstance(member.value, str) and _DATE.fullmatch(member.value):
                return date.fromisoformat(member.value)
        except ValueError:
            pass
        member.complain("This is not a day of the calendar: write it as 2027-12-31.")
        return None

    def currency(self, key: str) -> str:
        member = self.members.get(key)
        return member.currency() if member else ""

    def time_zone(self, key: str) -> str:
        member = self.members.get(key)
        if member is None:
            return ""
        if not isinstance(member.value, str) or not _is_time_zone(member.value):
            member.time_zone()  # reports the error and suggests the nearest value
            return ""
        return member.value

    def email(self, key: str) -> str:
        text = self.text(key, at_most=254).lower()
        try:
            if text:
                validate_email(text)
        except ValidationError:
            self.members[key].complain(f"“{text}” is not an e-mail address.")
            return ""
        return text

    def address(self, key: str, *, schemes: tuple[str, ...], at_most: int) -> str:
        """Reads a URL without user name or password: those have their own members and are stored encrypted."""
        text = self.text(key, at_most=at_most)
        if not text:
            return ""
        problem = _address_problem(text, schemes=schemes)
        if problem:
            self.members[key].complain(problem)
            return ""
        return text

    def list_of(self, key: str, read: Callable[[Node], T]) -> tuple[T, ...] | None:
        member = self.members.get(key)
        return tuple(read(item) for item in member.items()) if member else None

    def names(self, key: str) -> tuple[str, ...] | None:
        """Reads a list of natural keys of other entries; a duplicate is an error."""
        names = self.list_of(key, lambda item: item.text())
        if names is not None and len(set(names)) < len(names):
            for index, name in enumerate(names):
                if name and name in names[:index]:
                    first = f"{self.members[key].path}[{names.index(name)}]"
                    self._item(key, index).complain(f"“{name}” stands in this list already, at {first}: name it once.")
        return names

    def _item(self, key: str, index: int) -> Node:
        member = self.members[key]
        return Node(value=None, path=f"{member.path}[{index}]", problems=member.problems)


def _validate_text(node: Node, text: str, *, at_most: int) -> str:
    if len(text) > at_most:
        node.complain(f"It has {len(text)} characters: use at most {at_most}.")
    elif not text.isprintable():
        position, letter = next((at, x) for at, x in enumerate(text, start=1) if not x.isprintable())
        node.complain(f"Character {position} (U+{ord(letter):04X}) cannot be printed: remove it.")
    else:
        return text
    return ""


def _address_problem(text: str, *, schemes: tuple[str, ...]) -> str:
    starts = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f"This is not an address: it begins with {starts}, then the host and, if needed, :port from 1 to 65535."
    if not usable or " " in text:
        return f"This is not an address that begins with {starts} and names a host."
    if parts.username is not None or parts.password is not None:
        return "The address contains a user name or password: take it out and use the members for them."
    return ""


@cache
def _is_time_zone(name: str) -> bool:
    problems: list[Problem] = []
    Node(value=name, path="", problems=problems).time_zone()
    return not problems
