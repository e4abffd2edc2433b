"""Parses numbers as people type them: with a decimal comma or point, and thousands separators. Pure."""

import re
from typing import Final

_COMMA: Final = re.compile(r"(-?\d{1,3}(?:[.\s'’]\d{3})+|-?\d+),(\d+)", re.ASCII)
_POINT: Final = re.compile(r"(-?\d{1,3}(?:[,\s'’]\d{3})+)\.(\d+)", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"(-?[1-9]\d{0,2}),(\d{3})", re.ASCII)


def ambiguity(number_text: str) -> str:
    """Returns why a number is ambiguous: `1,234` is either 1.234 or 1234. Empty for any other text."""
    match = _AMBIGUOUS.fullmatch(number_text.strip())
    return f"{match[0]} can be read in two ways. Write {match[1]}.{match[2]} or {match[1]}{match[2]}." if match else ""


def convert_separators(number_text: str) -> str:
    """Returns the number with a decimal point only: `0,35` as 0.35, `1.234,50` as 1234.50. Other text is unchanged.

    So are ambiguous numbers.
    """
    if ambiguity(number_text):
        return number_text
    match = _COMMA.fullmatch(number_text.strip()) or _POINT.fullmatch(number_text.strip())
    return f"{re.sub(r'[^0-9-]', '', match[1])}.{match[2]}" if match else number_text
