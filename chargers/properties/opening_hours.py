"""The opening hours of a property's outlets (OCPI 2.2.1 8.4.14 Hours). Pure.

Stored as a mapping of `mon` ... `sun` to `["08:00", "22:00"]`, in the property's zone. A missing day is closed; an
empty mapping means always open. An end of `00:00` is midnight, and an end before the beginning is on the next day.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = Mapping[str, Sequence[str]]
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class OpeningHoursError(ValueError):
    """The hours are invalid; `day` names the day, the message the reason."""

    def __init__(self, day: str, sentence: str) -> None:
        super().__init__(sentence)
        self.day = day


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive days (0 is Monday) with the same hours; `hours` is None if the property is closed."""

    first: int
    last: int
    hours: tuple[str, str] | None


def validate(hours: object) -> dict[str, list[str]]:
    """Returns the hours in stored form. Raises OpeningHoursError."""
    if not isinstance(hours, Mapping):
        raise OpeningHoursError("", "Opening hours are an object of days.")
    if unknown := [str(day) for day in hours if day not in DAYS]:
        raise OpeningHoursError(unknown[0], f"{unknown[0]!r} is no day: use {', '.join(DAYS)}.")
    return {day: _day(day, hours[day]) for day in DAYS if day in hours}


def spans(hours: Hours) -> list[Span]:
    """Returns the week in as few spans as possible, Monday first; empty if always open."""
    if not hours:
        return []
    merged: list[Span] = []
    for number, day in enumerate(DAYS):
        of_day = (hours[day][0], hours[day][1]) if day in hours else None
        if merged and merged[-1].hours == of_day:
            merged[-1] = Span(merged[-1].first, number, of_day)
        else:
            merged.append(Span(number, number, of_day))
    return merged


def _day(day: str, value: object) -> list[str]:
    match value:
        case [str(begins), str(ends)] if _TIME.fullmatch(begins) and _TIME.fullmatch(ends):
            if ends == begins != "00:00":
                raise OpeningHoursError(day, f"It opens and closes at {begins}. For a whole day, write 00:00 twice.")
            return [begins, ends]
        case _:
            raise OpeningHoursError(day, 'Give both times, such as ["08:00", "22:00"].')
