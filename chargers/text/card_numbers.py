"""Numbers of payment cards in what people type: recognised and masked before anything is stored. Pure.

PCI DSS 3.5: at most the first six and the last four digits may be kept; only the last four are, because the receipt
shows them, too.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from stdnum import iban

_STRETCH: Final = re.compile(r"\d(?:(?:[^\w:,;+]|_|,(?!\s)){0,3}\d){12,}")
"""13 digits or more in any grouping, also one group a line; times and lists of numbers are none."""
_GROUP: Final = re.compile(r"\d+")
_LENGTHS: Final = range(13, 20)
_BEGINNING: Final = re.compile(r"[3456]|2[2-7]|2131")
"""With what the numbers of payment cards begin (ISO/IEC 7812); dates such as 20260403, times and counters do not."""
_SEPARATORS: Final = re.compile(r"[^0-9]")
_SHOWN: Final = 4


def masked(text: str) -> str:
    """The text with every number of a payment card replaced by its last four digits.

    Other numbers may stand beside it, such as the month in which the card expires, or a house number.
    """
    plain, parts, end = _with_ascii_digits(text), list[str](), 0
    for stretch in _STRETCH.finditer(plain):
        if _is_bank_account(plain, stretch):
            continue
        for start, stop, digits in _numbers(stretch):
            parts += [text[end:start], f"•••• {digits[-_SHOWN:]}"]
            end = stop
    return "".join([*parts, text[end:]])


def is_card_number(text: str) -> bool:
    """Whether the whole text is the number of a payment card."""
    plain = _with_ascii_digits(text.strip())
    return bool(_STRETCH.fullmatch(plain)) and _is_number(_SEPARATORS.sub("", plain))


def _numbers(stretch: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Where each number begins and ends, and its digits: whole groups that stand together, the longest first."""
    groups = [(match.start() + stretch.start(), match[0]) for match in _GROUP.finditer(stretch[0])]
    first = 0
    while first < len(groups):
        digits = list(accumulate(group for _, group in groups[first : first + _LENGTHS.stop]))
        last = next((at for at in range(len(digits) - 1, -1, -1) if _is_number(digits[at])), None)
        if last is not None:
            begins, group = groups[first + last]
            yield groups[first][0], begins + len(group), digits[last]
        first += 1 if last is None else last + 1


def _is_number(digits: str) -> bool:
    return len(digits) in _LENGTHS and bool(_BEGINNING.match(digits)) and _has_check_digit(digits)


def _is_bank_account(plain: str, stretch: re.Match[str]) -> bool:
    """Whether the digits are those of an IBAN (ISO 13616), whose country stands in front of them."""
    country = plain[max(stretch.start() - 2, 0) : stretch.start()]
    return len(country) == len("DE") and country.isalpha() and iban.is_valid(f"{country}{stretch[0]}")


def _with_ascii_digits(text: str) -> str:
    """Each digit of another script (full-width, Arabic) as its ASCII one; every character keeps its place."""
    return (
        text
        if text.isascii()
        else "".join(str(int(character)) if character.isdecimal() else character for character in text)
    )


def _has_check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
