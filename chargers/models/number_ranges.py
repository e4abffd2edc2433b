"""Sets of whole numbers, stored as ranges by the database."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField

LARGEST = 2**31 - 1
"""The largest OCPP integer: a number beyond it is not a sequence number."""


class NumberRangesField(_Text):
    """PostgreSQL's int8multirange, such as "{[0,3),[5,6)}", as text in Python. The upper ends are excluded."""

    def db_type(self, connection: Any) -> str:
        return "int8multirange"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return "{}" if value is None else format_spans((span.lower, span.upper) for span in value)


def format_spans(spans: Any) -> str:
    """Formats pairs of a first number and the one after the last, as the database writes them."""
    return "{" + ",".join(f"[{first},{after})" for first, after in spans) + "}"


def spans_of(text: str) -> list[tuple[int, int]]:
    """Parses pairs formatted by `written`: a first number and the one after the last."""
    parts = text.strip("{}").replace("[", "").replace(")", "").split(",")
    numbers = [int(part) for part in parts if part]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def of_numbers(numbers: set[int]) -> str:
    """Formats single numbers, skipping those that cannot be sequence numbers. The database joins neighbours."""
    return format_spans((number, number + 1) for number in sorted(numbers) if 0 <= number <= LARGEST)


def find_gaps(text: str) -> list[tuple[int, int]]:
    """Returns the gaps between the ranges, as pairs of the first and the last number."""
    spans = spans_of(text)
    return [(after, first - 1) for (_, after), (first, _) in pairwise(spans)]
