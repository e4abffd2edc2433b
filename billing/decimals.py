"""Numbers as people type them: with a decimal comma or a decimal point, with separators of thousands. Pure."""

import re
from typing import Final

_COMMA: Final = re.compile(r"(-?\d{1,3}(?:[.\s'’]\d{3})+|-?\d+),(\d+)", re.ASCII)
_POINT: Final = re.compile(r"(-?\d{1,3}(?:[,\s'’]\d{3})+)\.(\d+)", re.ASCII)


def plain(typed: str) -> str:
    """With a decimal point and nothing else: `0,35` as 0.35, `1.234,50` as 1234.50. Anything else stays as it is."""
    match = _COMMA.fullmatch(typed.strip()) or _POINT.fullmatch(typed.strip())
    return f"{re.sub(r'[^0-9-]', '', match[1])}.{match[2]}" if match else typed
