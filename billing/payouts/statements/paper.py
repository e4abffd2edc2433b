"""A statement as PDF: a page that explains the sum, then every row. A4."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from billing.formatting.money import amounts, money
from billing.models import Payout
from billing.payments.books import statements
from billing.payments.books.statements import OfKind, Period
from billing.payouts.cycle import wording
from billing.payouts.statements.rows import StatementRow
from billing.sessions.documents import fonts, issuer
from billing.sessions.documents.sheets import Sheet

_SIZE: Final = 7.5
_POINTS_A_MM: Final = 72 / 25.4
_MAX_LETTERS: Final = 120
_STEP_MM: Final = 4.6
_FOOT_MM: Final = 24
_WIDE_MM: Final = {"text": 64.0, "payout": 37.0}
_COLUMNS_MM: Final = {"when": 0.0, "text": 28.0, "payout": 94.0, "amount": 149.0, "balance": 170.0}
_NUMBERS: Final = ("amount", "balance")


class Paper:
    """Writes a statement's rows as PDF without the layout of `Sheet`, so that a hundred thousand rows take seconds."""

    def __init__(self, period: Period, *, number: str, now: datetime) -> None:
        self._period, self._now = period, now
        self._sheet = Sheet(f"Statement {number}" if number else "Provisional statement")
        self._sheet.set_creation_date(now)
        self._sheet.alias_nb_pages("{of_pages}")  # as wide as the number of pages can get
        self._zone = ZoneInfo(period.zone)
        self._widths: dict[str, float] = {}
        self._y = 0.0
        self._has_head = False

    def summary(self, sums: Iterable[OfKind], payouts: Iterable[Payout]) -> None:
        """Draws the summary from the opening to the closing balance, with the payouts of the period."""
        period, sheet = self._period, self._sheet
        sheet.head(issuer=issuer.company(period.host), title=f"{sheet.title}\n{period.title}")
        is_over = period.is_over(self._now)
        sheet.total(period.closing_label(is_over=is_over), money(period.closing_minor, period.currency))
        sheet.gap(2)
        sheet.facts(self._facts())
        sheet.row(period.opening_label, money(period.opening_minor, period.currency), bold=True)
        for kind in sums:
            lines = f"{kind.lines:,} line{'' if kind.lines == 1 else 's'}"
            sheet.row(kind.words, money(kind.amount_minor, period.currency), middle=lines)
        sheet.rule()
        sheet.row(period.closing_label(is_over=is_over), money(period.closing_minor, period.currency), bold=True)
        sheet.gap()
        for payout in payouts:
            sheet.paragraph(_describe_payout(payout))
        sheet.gap(2)
        for text in _notes(period, is_over=is_over):
            sheet.paragraph(text, muted=True)

    def on_summary(self) -> None:
        """Draws the first page from the books."""
        self.summary(statements.sums(self._period), payouts(self._period))

    def row(self, row: StatementRow) -> None:
        if not self._has_head or self._y > self._sheet.h - _FOOT_MM:
            self._begin_page()
        currency = self._period.currency
        self._line(
            when=f"{row.posted_at:%Y-%m-%d %H:%M}",
            text=self._text(row),
            payout=row.payout or row.why,
            amount=money(row.amount_minor, currency),
            balance=money(row.balance_minor, currency),
        )

    def finished(self) -> bytes:
        """Returns the file; the last row is the closing one."""
        if self._has_head:
            closing = money(self._period.closing_minor, self._period.currency)
            self._line(when="", text="Closing", payout="", amount="", balance=closing)
        return bytes(self._sheet.output())

    def _facts(self) -> list[tuple[str, str]]:
        period = self._period
        begin, last = (at.astimezone(self._zone) for at in (period.begins_at, period.ends_at))
        return [
            ("For", str(period.account)),
            ("From", f"{begin:%-d %B %Y, %H:%M}"),
            ("To", f"{last:%-d %B %Y, %H:%M} in {period.zone}"),
            ("Currency", period.currency),
            ("Rows", f"{period.lines:,}"),
        ]

    def _text(self, row: StatementRow) -> str:
        station = f"{row.station}  " if row.station else ""
        return f"{station}{amounts(row.text)}"

    def _begin_page(self) -> None:
        self._sheet.add_page()
        self._y = self._sheet.t_margin
        self._has_head = True
        self._widths.clear()
        self._sheet.set_font(fonts.FACE, "B", _SIZE)
        self._line(when="When", text="What", payout="In payout", amount="Amount", balance="Balance")
        self._sheet.set_font(fonts.FACE, "", _SIZE)
        self._widths.clear()  # widths of bold letters

    def _line(self, **cells: str) -> None:
        parts = []
        for name, raw in cells.items():
            if raw:
                text = self._truncate_to_width(raw, name)
                x = self._sheet.l_margin + _COLUMNS_MM[name]
                x -= self._measure_width(text) if name in _NUMBERS else 0
                y = (self._sheet.h - self._y) * _POINTS_A_MM
                parts.append(f"1 0 0 1 {x * _POINTS_A_MM:.2f} {y:.2f} Tm {self._sheet.drawn(text)}")
        self._sheet.draw(f"BT {self._sheet.font_operator(_SIZE)} {' '.join(parts)} ET")
        self._y += _STEP_MM

    def _truncate_to_width(self, raw: str, name: str) -> str:
        wide = _WIDE_MM.get(name)
        text = fonts.in_face(raw[:_MAX_LETTERS])
        if wide is None or self._measure_width(text) <= wide:
            return text
        while text and self._measure_width(text) > wide - self._measure_width("…"):
            text = text[:-1]
        return f"{text}…"

    def _measure_width(self, text: str) -> float:
        """Returns the width in millimetres; each letter is measured once."""
        total = 0.0
        for letter in text:
            width = self._widths.get(letter)
            if width is None:
                width = self._widths[letter] = self._sheet.get_string_width(letter)
            total += width
        return total


def render(period: Period, rows: Iterable[StatementRow], *, number: str, now: datetime) -> bytes:
    """Returns the whole file."""
    paper = Paper(period, number=number, now=now)
    paper.on_summary()
    for row in rows:
        paper.row(row)
    return paper.finished()


def payouts(period: Period) -> Iterable[Payout]:
    """Returns payouts closed in the period."""
    rows = Payout.objects.filter(host=period.host, currency=period.currency)
    if period.property_ is not None:
        rows = rows.filter(property=period.property_)
    closed = rows.filter(calculated_at__gte=period.begins_at, calculated_at__lt=period.ends_at)
    return closed.select_related("agreement", "host", "property").order_by("number")


def _describe_payout(payout: Payout) -> str:
    amount = money(payout.amount_minor, payout.currency)
    return f"{payout.label}, {amount}, {payout.get_state_display().lower()}: {wording.expected_reason(payout)}"


def _notes(period: Period, *, is_over: bool) -> list[str]:
    sentences = []
    if period.document is None:
        sentences.append(
            "Provisional: it is not closed yet, and more may come."
            if not is_over
            else "Provisional: the document is made within some minutes."
        )
    if period.property_ is not None:
        sentences.append("Fees and payouts of the whole host are on the statement of the host alone.")
    if not period.account.is_paid:
        sentences.append("The balance is what the property has earned, before fees and payouts.")
    sentences.append("What came late, such as a refund, stands in the period in which it was posted.")
    return sentences
