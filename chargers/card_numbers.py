"""Numbers of payment cards in what people type: recognised and masked before anything is stored. Pure.

PCI DSS 3.5: at most the first six and the last four digits may be kept; only the last four are, because the receipt
shows them, too.
"""

import re
from typing import Final

_CANDIDATE: Final = re.compile(r"(?<![0-9A-Za-z])[2-6](?:[ .\-\u00a0\u202f]{0,2}[0-9]){12,18}(?![0-9A-Za-z])")
"""13 to 19 digits in any grouping. Payment cards begin with 2 to 6 (ISO/IEC 7812); times and counters do not."""
_SEPARATORS: Final = re.compile(r"[^0-9]")
_SHOWN: Final = 4


def masked(text: str) -> str:
    """The text with every number of a payment card replaced by its last four digits."""
    return _CANDIDATE.sub(_mask, text)


def is_card_number(text: str) -> bool:
    """Whether the whole text is the number of a payment card."""
    return bool(_CANDIDATE.fullmatch(text.strip())) and _has_check_digit(_SEPARATORS.sub("", text))


def _mask(found: re.Match[str]) -> str:
    digits = _SEPARATORS.sub("", found[0])
    return f"•••• {digits[-_SHOWN:]}" if _has_check_digit(digits) else found[0]


def _has_check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
