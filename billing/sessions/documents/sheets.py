"""An A4 sheet and the elements of documents: a head, facts, a table of amounts, notes; one format for money."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from billing.sessions.documents import fonts

_MARGIN_MM: Final = 20
_LABEL_MM: Final = 42
_AMOUNT_MM: Final = 32
_QUANTITY_MM: Final = 62
_INK: Final = 20
_MUTED: Final = 105
_LINE: Final = 205
_SMALL, _TEXT, _TITLE, _BIG = 8, 9.5, 12, 26


class Sheet(FPDF):
    """An A4 sheet with margins; each page's footer has the document's title, its page number and the number of
    pages.
    """

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self._title = title
        fonts.add_to(self)
        self.set_title(title)
        self.set_lang(get_language() or "en")
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self._style(size=_SMALL, muted=True)
        pages = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": self.str_alias_nb_pages}
        self.cell(0, 5, f"{fonts.prepare_text(self, self._title)} · {pages}", align="L")

    def head(self, *, issuer: Sequence[str], title: str) -> None:
        """Draws the issuer, name first, next to the title."""
        top, half = self.get_y(), self.epw / 2
        self._style(size=_TITLE, bold=True)
        self.multi_cell(half, 6, fonts.prepare_text(self, issuer[0]), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._style(size=_SMALL, muted=True)
        for text in issuer[1:]:
            self.multi_cell(half, 4.4, fonts.prepare_text(self, text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.get_y()
        self.set_xy(self.l_margin + half, top)
        self._style(size=_TITLE, bold=True)
        self.multi_cell(half, 6, fonts.prepare_text(self, title), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(below, self.get_y()))
        self.gap(7)

    def total(self, label: str, amount: str) -> None:
        """Draws the total, which readers look for first."""
        self._style(size=_TEXT, muted=True)
        self.cell(0, 5, fonts.prepare_text(self, label), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._style(size=_BIG, bold=True)
        self.cell(0, 12, fonts.prepare_text(self, amount), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Draws labels and their values between two hairlines."""
        self.rule()
        for label, value in rows:
            self._style(size=_SMALL, muted=True)
            self.cell(_LABEL_MM, 5, fonts.prepare_text(self, label))
            self._style(size=_TEXT)
            self.multi_cell(0, 5, fonts.prepare_text(self, value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.rule()
        self.gap(3)

    def paragraph(self, text: str, *, muted: bool = False) -> None:
        """Draws a paragraph; a muted one is small."""
        self._style(size=_SMALL if muted else _TEXT, muted=muted)
        high = 4.2 if muted else 5
        self.multi_cell(0, high, fonts.prepare_text(self, text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def row(self, left: str, right: str, *, middle: str = "", bold: bool = False) -> None:
        """Draws a description, a quantity and an amount."""
        self._style(size=_TEXT, bold=bold)
        wide = self.epw - _AMOUNT_MM - (_QUANTITY_MM if middle else 0)
        top = self.get_y()
        self.multi_cell(wide, 6, fonts.prepare_text(self, left), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.get_y()
        self.set_xy(self.l_margin + wide, min(top, below - 6))
        if middle:
            self.cell(_QUANTITY_MM, 6, fonts.prepare_text(self, middle), align="R")
        self.cell(_AMOUNT_MM, 6, fonts.prepare_text(self, right), align="R")
        self.set_xy(self.l_margin, below)

    def rule(self) -> None:
        self.gap(1.5)
        self.set_draw_color(_LINE)
        self.set_line_width(0.2)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.gap(1.5)

    def gap(self, high: float = 4) -> None:
        self.ln(high)

    def drawn(self, text: str) -> str:
        """Returns the operator that shows a text in the current font. The document then embeds the text's letters."""
        assert self.current_font is not None
        operator: str = self.current_font.encode_text(text)
        return operator

    def font_operator(self, size: float) -> str:
        """Returns the operator that selects the current font in a size, and adds the font to the page's resources."""
        assert self.current_font is not None
        operator: str = self._set_font_for_page(self.current_font, size, wrap_in_text_object=False)
        return operator

    def draw(self, operators: str) -> None:
        """Adds raw operators to the page's content."""
        self._out(operators)

    def _style(self, *, size: float, bold: bool = False, muted: bool = False) -> None:
        self.set_font(fonts.FACE, "B" if bold else "", size)
        self.set_text_color(_MUTED if muted else _INK)
