"""Numbers as people type them: with a decimal comma or a decimal point, with separators of thousands. Pure."""

import re
from typing import Final

_COMMA: Final = re.compile(r"(-?\d{1,3}(?:[.\s'’]\d{3})+|-?\d+),(\d+)", re.ASCII)
_POINT: Final = re.compile(r"(-?\d{1,3}(?:[,\s'’]\d{3})+)\.(\d+)", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"(-?[1-9]\d{0,2}),(\d{3})", re.ASCII)


def ambiguity(typed: str) -> str:
    """Why a number cannot be read: `1,234` is either 1.234 or 1234. Empty for every other text."""
    match = _AMBIGUOUS.fullmatch(typed.strip())
    return f"{match[0]} can be read in two ways. Write {match[1]}.{match[2]} or {match[1]}{match[2]}." if match else ""


def plain(typed: str) -> str:
    """With a decimal point and nothing else: `0,35` as 0.35, `1.234,50` as 1234.50. Anything else stays as it is.

    So does what is ambiguous.
    """
    if ambiguity(typed):
        return typed
    match = _COMMA.fullmatch(typed.strip()) or _POINT.fullmatch(typed.strip())
    return f"{re.sub(r'[^0-9-]', '', match[1])}.{match[2]}" if match else typed
