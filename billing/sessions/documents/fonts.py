"""Fonts for PDFs: DejaVu Sans (its licence is in the same folder) for European, Hebrew and Arabic letters, Noto Sans
CJK for East Asian ones. Both are embedded; a document contains only the letters that it uses.

Letters of other scripts, such as Thai or Devanagari, are transliterated, so that a name is never a row of boxes.
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
    """Adds the font in regular and bold."""
    sheet.add_font(FACE, "", _FILES / "DejaVuSans.ttf")
    sheet.add_font(FACE, "B", _FILES / "DejaVuSans-Bold.ttf")


def prepare_text(sheet: FPDF, text: str) -> str:
    """Returns the text as it can be drawn, and sets the sheet up for it: call it before each piece of text.

    Right-to-left letters are ordered and joined; the East Asian font is added with the first letter that needs it.
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
    return _read_codepoints(_FILES / "DejaVuSans.ttf")


@cache
def _east_asian() -> frozenset[int]:
    return _read_codepoints(_EAST_ASIAN_FILE)


def _read_codepoints(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def in_face(text: str) -> str:
    """Returns the text in letters of DejaVu Sans only: others are transliterated. For rows drawn without layout."""
    if text.isascii():
        return text
    return "".join(letter if ord(letter) in _european() else anyascii(letter) for letter in text)
