"""Numbers of payment cards in what people type: recognised and masked before anything is stored. Pure.

PCI DSS 3.5: at most the first six and the last four digits may be kept; only the last four are, because the receipt
shows them, too.
"""

import re
from typing import Final

_CANDIDATE: Final = re.compile(r"(?<!\d)[2-6](?:(?:[^\w:,;+]|_){0,3}\d){12,18}(?!\d)")
"""13 to 19 digits in any grouping, also one group a line. Payment cards begin with 2 to 6 (ISO/IEC 7812); times and
counters do not."""
_SEPARATORS: Final = re.compile(r"[^0-9]")
_SHOWN: Final = 4


def masked(text: str) -> str:
    """The text with every number of a payment card replaced by its last four digits."""
    plain, parts, end = _with_ascii_digits(text), list[str](), 0
    for found in _CANDIDATE.finditer(plain):
        digits = _SEPARATORS.sub("", found[0])
        if _has_check_digit(digits):
            parts += [text[end : found.start()], f"•••• {digits[-_SHOWN:]}"]
            end = found.end()
    return "".join([*parts, text[end:]])


def is_card_number(text: str) -> bool:
    """Whether the whole text is the number of a payment card."""
    plain = _with_ascii_digits(text.strip())
    return bool(_CANDIDATE.fullmatch(plain)) and _has_check_digit(_SEPARATORS.sub("", plain))


def _with_ascii_digits(text: str) -> str:
    """Each digit of another script (full-width, Arabic) as its ASCII one; every character keeps its place."""
    return text if text.isascii() else "".join(str(int(one)) if one.isdecimal() else one for one in text)


def _has_check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
