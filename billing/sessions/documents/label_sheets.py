"""Labels of chargers on commercially available label sheets."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fpdf import FPDF

from billing.sessions.documents import fonts, labels
from billing.sessions.documents.labels import Label

_ACCENT: Final = (11, 92, 173)
_PADDING_MM: Final = 2.5
_LOGO_HEIGHT_SHARE: Final = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A label sheet by its maker's number.

    All lengths are in millimetres; the pitch is the distance from one label to the next.
    """

    name: str
    paper: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    pitch_x: float
    pitch_y: float

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def corner(self, index: int) -> tuple[float, float]:
        """Returns the upper left corner of a label, counted from 0 row by row."""
        row, column = divmod(index, self.columns)
        return self.left + column * self.pitch_x, self.top + row * self.pitch_y


def _sheet(name: str, paper: str, grid: tuple[int, int], size: tuple[float, float], *rest: float) -> Sheet:
    left, top, pitch_x, pitch_y = rest
    return Sheet(
        name=name,
        paper=paper,
        columns=grid[0],
        rows=grid[1],
        width=size[0],
        height=size[1],
        left=left,
        top=top,
        pitch_x=pitch_x,
        pitch_y=pitch_y,
    )


SHEETS: Final[Mapping[str, Sheet]] = {
    "l7163": _sheet("Avery L7163 (A4, 14 labels of 99 × 38 mm)", "A4", (2, 7), (99.1, 38.1), 4.65, 15.15, 101.6, 38.1),
    "l7160": _sheet("Avery L7160 (A4, 21 labels of 64 × 38 mm)", "A4", (3, 7), (63.5, 38.1), 7.2, 15.15, 66.05, 38.1),
    "5160": _sheet(
        "Avery 5160 (Letter, 30 labels of 67 × 25 mm)", "Letter", (3, 10), (66.675, 25.4), 4.76, 12.7, 69.85, 25.4
    ),
}  # fmt: skip


def usual(country: str) -> Sheet:
    """Returns the sheet that shops sell in this country (ISO 3166-1 alpha-2): Letter paper in North America."""
    return SHEETS["5160" if country in ("US", "CA", "MX") else "l7163"]


def pdf(labels: Sequence[Label], *, sheet: Sheet, logos: Mapping[str, bytes], skipped: int = 0) -> bytes:
    """Returns the labels as a PDF.

    `logos` are PNGs by station id; `skipped` labels of the first sheet are already used.
    """
    document = FPDF(format=sheet.paper)
    document.set_auto_page_break(auto=False)
    document.set_title("QR labels")
    fonts.add_to(document)
    for index, label in enumerate(labels, start=skipped):
        if index == skipped or index % sheet.count == 0:
            document.add_page()
        _draw(document, label, sheet=sheet, at=sheet.corner(index % sheet.count), logo=logos.get(label.station_id, b""))
    return bytes(document.output())


def _draw(document: FPDF, label: Label, *, sheet: Sheet, at: tuple[float, float], logo: bytes) -> None:
    """Draws the code on the left; next to it the instructions, the station, the place, and the domain of the link."""
    x, y = at
    side = sheet.height - 2 * _PADDING_MM
    labels.draw_code(document, label, x=x + _PADDING_MM, y=y + _PADDING_MM, side=side)
    text_x, room = x + side + 2 * _PADDING_MM, sheet.width - side - 3 * _PADDING_MM
    unit = side / 33
    document.set_text_color(*_ACCENT)
    _line(document, "Scan to charge", x=text_x, y=y + _PADDING_MM, room=room, size=10 * unit)
    document.set_text_color(0)
    _line(document, label.title, x=text_x, y=y + _PADDING_MM + 6 * unit, room=room, size=16 * unit, bold=True)
    _line(document, label.property_name, x=text_x, y=y + _PADDING_MM + 14 * unit, room=room, size=8 * unit)
    _line(document, urlsplit(label.url).netloc, x=text_x, y=y + _PADDING_MM + 19 * unit, room=room, size=7 * unit)
    if logo:
        height = side * _LOGO_HEIGHT_SHARE
        top = y + sheet.height - _PADDING_MM - height
        document.image(io.BytesIO(logo), x=text_x, y=top, w=room, h=height, keep_aspect_ratio=True)


def _line(document: FPDF, text: str, *, x: float, y: float, room: float, size: float, bold: bool = False) -> None:
    """Draws a line of text, smaller if it would not fit."""
    fitted = fonts.prepare_text(document, text)
    document.set_font(fonts.FACE, style="B" if bold else "", size=size)
    if (needed := document.get_string_width(fitted)) > room - 1:
        document.set_font_size(size * (room - 1) / needed)
    document.set_xy(x, y)
    document.cell(room, size * 0.45, fitted)
