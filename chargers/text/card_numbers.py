"""Recognises and masks payment card numbers in typed text before anything is stored. Pure.

PCI DSS 3.5: at most the first six and the last four digits may be stored; only the last four are, because the receipt
shows them, too.
"""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from stdnum import iban

_STRETCH: Final = re.compile(r"\d(?:(?:[^\w:,;+]|_|,(?!\s)){0,3}\d){12,}")
"""13 digits or more in any grouping, even one group per line; times and lists of numbers do not match."""
_GROUP: Final = re.compile(r"\d+")
_LENGTHS: Final = range(13, 20)
_BEGINNING: Final = re.compile(r"[3456]|2[2-7]|2131")
"""The first digits of payment card numbers (ISO/IEC 7812); dates such as 20260403, times and counters do not match."""
_SEPARATORS: Final = re.compile(r"[^0-9]")
_SHOWN: Final = 4


def mask(text: str) -> str:
    """Masks all but the last four digits of every payment card number in the text.

    Other numbers may be next to it, such as the expiry date of the card, or a house number.
    """
    plain, parts, end = _convert_digits_to_ascii(text), list[str](), 0
    for stretch in _STRETCH.finditer(plain):
        if _is_bank_account(plain, stretch):
            continue
        for start, stop, digits in _numbers(stretch):
            parts += [text[end:start], f"•••• {digits[-_SHOWN:]}"]
            end = stop
    return "".join([*parts, text[end:]])


def is_card_number(text: str) -> bool:
    """Whether the whole text is a payment card number."""
    plain = _convert_digits_to_ascii(text.strip())
    return bool(_STRETCH.fullmatch(plain)) and _is_number(_SEPARATORS.sub("", plain))


def _numbers(stretch: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Yields the beginning, end and digits of each number: whole adjacent groups, the longest first."""
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
    """Whether the digits belong to an IBAN (ISO 13616), with its country in front."""
    country = plain[max(stretch.start() - 2, 0) : stretch.start()]
    return len(country) == len("DE") and country.isalpha() and iban.is_valid(f"{country}{stretch[0]}")


def _convert_digits_to_ascii(text: str) -> str:
    """Replaces digits of other scripts (full-width, Arabic) by ASCII ones; positions stay the same."""
    return (
        text
        if text.isascii()
        else "".join(str(int(character)) if character.isdecimal() else character for character in text)
    )


def _has_check_digit(digits: str) -> bool:
    """Checks Luhn's formula (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
