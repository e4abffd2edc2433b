"""The letters on paper: DejaVu Sans (its licence lies beside it), embedded, with those of all European alphabets."""

from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF

FACE: Final = "DejaVu Sans"
_FILES: Final = Path(__file__).parent / "fonts"
_NOT_DRAWN: Final = "\N{WHITE SQUARE}"


def add_to(sheet: FPDF) -> None:
    """The face in regular and bold; a document keeps only the letters that it uses."""
    sheet.add_font(FACE, "", _FILES / "DejaVuSans.ttf")
    sheet.add_font(FACE, "B", _FILES / "DejaVuSans-Bold.ttf")


def shown(text: str) -> str:
    """What the face cannot draw becomes a square, which says that something stood there."""
    return "".join(letter if ord(letter) in _drawn() else _NOT_DRAWN for letter in text)


@cache
def _drawn() -> frozenset[int]:
    with TTFont(_FILES / "DejaVuSans.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())
