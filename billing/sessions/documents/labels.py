"""Labels for chargers: the QR codes that lead a guest to the landing page, on screen and on paper."""

import io
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import segno
from django.conf import settings
from fpdf import FPDF

from billing.sessions.documents import fonts

_PAGE_MM: Final = (210, 297)
_LABEL_MM: Final = (90, 84)
_MARGIN_MM: Final = (15, 12)
_COLUMNS: Final = 2
_ROWS: Final = 3
_CODE_MM: Final = 48
_QUIET_MODULES: Final = 4
"""The empty border that a reader needs (ISO/IEC 18004)."""
_PNG_DOTS: Final = 1181


@dataclass(frozen=True, slots=True)
class Label:
    """The contents of one label; without a connector it is for the whole charger."""

    station_id: str
    property_name: str
    connector: int | None = None
    base: str = ""
    """Where the host's guest pages are; empty: at our own address."""

    @property
    def url(self) -> str:
        base = f"{(self.base or settings.PUBLIC_BASE_URL).rstrip('/')}/c/{quote(self.station_id, safe='')}"
        return base if self.connector is None else f"{base}/{self.connector}"

    @property
    def title(self) -> str:
        return self.station_id if self.connector is None else f"{self.station_id} - connector {self.connector}"

    @property
    def file_name(self) -> str:
        ending = "" if self.connector is None else f"-{self.connector}"
        return f"{quote(self.station_id, safe='')}{ending}"


def svg(label: Label, *, inline: bool = False) -> str:
    """Returns the code as SVG, black on white in any theme; `inline` for embedding in a page."""
    code = _code(label)
    if inline:
        return str(code.svg_inline(scale=5, border=_QUIET_MODULES, dark="#000", light="#fff", omitsize=True))
    buffer = io.BytesIO()
    code.save(buffer, kind="svg", scale=10, border=_QUIET_MODULES, dark="#000", light="#fff")
    return buffer.getvalue().decode()


def png(label: Label) -> bytes:
    """Returns the code as PNG, large enough for 10 cm at 300 dpi."""
    code = _code(label)
    buffer = io.BytesIO()
    scale = -(-_PNG_DOTS // code.symbol_size(border=_QUIET_MODULES)[0])
    code.save(buffer, kind="png", scale=scale, border=_QUIET_MODULES, dark="#000", light="#fff")
    return buffer.getvalue()


def pdf(labels: list[Label]) -> bytes:
    """Returns A4 pages of six labels with cutting lines."""
    document = FPDF(format="A4")
    document.set_auto_page_break(auto=False)
    document.set_title("QR labels")
    fonts.add_to(document)
    for index, label in enumerate(labels):
        index_on_page = index % (_COLUMNS * _ROWS)
        if index_on_page == 0:
            document.add_page()
        x = _MARGIN_MM[0] + (index_on_page % _COLUMNS) * _LABEL_MM[0]
        y = _MARGIN_MM[1] + (index_on_page // _COLUMNS) * (_LABEL_MM[1] + 6)
        _draw(document, label, x=x, y=y)
    return bytes(document.output())


def _draw(document: FPDF, label: Label, *, x: float, y: float) -> None:
    width, height = _LABEL_MM
    document.set_draw_color(190)
    document.rect(x, y, width, height)
    _line(document, "Scan to charge", x=x, y=y + 3, size=11, bold=False)
    draw_code(document, label, x=x + (width - _CODE_MM) / 2, y=y + 10, side=_CODE_MM)
    _line(document, label.title, x=x, y=y + 60, size=16, bold=True)
    _line(document, label.property_name, x=x, y=y + 68, size=9, bold=False)
    _line(document, label.url, x=x, y=y + 74, size=8, bold=False)


def draw_code(document: FPDF, label: Label, *, x: float, y: float, side: float) -> None:
    """Draws the code as rectangles, so that it prints sharply at any size: one for each run of dark modules in
    a row.
    """
    rows = list(_code(label).matrix_iter(border=_QUIET_MODULES))
    module = side / len(rows)
    document.set_fill_color(0)
    for row, modules in enumerate(rows):
        start = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                run_x, wide = x + start * module, (column - start) * module
                document.rect(run_x, y + row * module, wide, module, style="F")
                start = None


def _line(document: FPDF, text: str, *, x: float, y: float, size: float, bold: bool) -> None:
    """Draws a centred line of text, smaller if it would not fit."""
    fitted = fonts.prepare_text(document, text)
    room = _LABEL_MM[0] - 6
    document.set_font(fonts.FACE, style="B" if bold else "", size=size)
    if (needed := document.get_string_width(fitted)) > room:
        document.set_font_size(size * room / needed)
    document.set_xy(x, y)
    document.cell(_LABEL_MM[0], 6, fitted, align="C")


def _code(label: Label) -> segno.QRCode:
    """Returns the code with error correction M, so that a scratched label can still be read."""
    return segno.make(label.url, error="m", micro=False)
