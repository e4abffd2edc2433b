"""The letters on paper: DejaVu Sans (its licence lies beside it) draws European, Hebrew and Arabic ones, Noto Sans CJK
those of East Asia. Both are embedded; a document keeps only the letters that it uses.

What neither draws, such as Thai or Devanagari, is transliterated: a name is never a row of boxes.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

import noto_cjk_sans_jp_regular
from anyascii import anyascii
from fontTools.ttLib import TTFont
from fpdf import FPDF

FACE: Final = "DejaVu Sans"
_EAST_ASIAN: Final = "Noto Sans CJK"
_FILES: Final = Path(__file__).parent / "font_files"
_EAST_ASIAN_FILE: Final = Path(noto_cjk_sans_jp_regular.__file__).parent / "NotoSansCJKjp-Regular.otf"
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))


def add_to(sheet: FPDF) -> None:
    """The face in regular and bold."""
    sheet.add_font(FACE, "", _FILES / "DejaVuSans.ttf")
    sheet.add_font(FACE, "B", _FILES / "DejaVuSans-Bold.ttf")


def prepared(sheet: FPDF, text: str) -> str:
    """The text as it can be drawn on the sheet, which is set up for it: call it before each piece of text.

    Right-to-left letters are ordered and joined; the font of East Asia is added with the first of its letters.
    """
    text = "".join(letter if _is_drawn(letter) else anyascii(letter) for letter in text)
    sheet.set_text_shaping(any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text))
    if any(letter != "\n" and ord(letter) not in _european() for letter in text):
        _add_east_asian(sheet)
    return text


def _add_east_asian(sheet: FPDF) -> None:
    if _EAST_ASIAN.lower() not in sheet.fonts:
        sheet.add_font(_EAST_ASIAN, "", _EAST_ASIAN_FILE)
        sheet.set_fallback_fonts([_EAST_ASIAN], exact_match=False)


def _is_drawn(letter: str) -> bool:
    return letter == "\n" or ord(letter) in _european() or ord(letter) in _east_asian()


@cache
def _european() -> frozenset[int]:
    return _letters(_FILES / "DejaVuSans.ttf")


@cache
def _east_asian() -> frozenset[int]:
    return _letters(_EAST_ASIAN_FILE)


def _letters(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def in_face(text: str) -> str:
    """The text in letters of the face alone: others are transliterated. For rows that are drawn without layout."""
    if text.isascii():
        return text
    return "".join(letter if ord(letter) in _european() else anyascii(letter) for letter in text)
