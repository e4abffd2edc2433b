"""Reads a bank's CSV by a mapping.

Rows that cannot be read become problems with their line number; nothing is guessed.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, Final

from billing.payouts.bank_files.incoming.csv_mapping import (
    DATE_ORDERS,
    CsvMapping,
    day_of,
    is_numbered,
    key,
    propose,
    unique,
)
from billing.payouts.bank_files.incoming.csv_stream import Spool, Text
from billing.payouts.bank_files.incoming.format import HEAD_BYTES, DetectedFormat, Head, KnownFormat, Sign
from billing.payouts.bank_files.incoming.lines import (
    BankLine,
    BankStatement,
    FileError,
    Item,
    Problem,
    clean_reference,
    minor_units,
    sign_and_check,
)

_TOTALS: Final = re.compile(
    r"\b(total|totals|totaal|summe|saldo|endsaldo|anfangssaldo|balance|solde|kontostand|eindsaldo|suma)\b", re.I
)
_CURRENCY_SIGNS: Final = re.compile(r"[€$£¥]|\b[A-Z]{3}\b")
_GROUPED: Final = {
    ",": re.compile(r"\d{1,3}(?:[.\s'’]\d{3})+(?:,\d+)?|\d+(?:,\d+)?", re.ASCII),
    ".": re.compile(r"\d{1,3}(?:[,\s'’]\d{3})+(?:[.]\d+)?|\d+(?:[.]\d+)?", re.ASCII),
}


def read(stream: BinaryIO, mapping: CsvMapping) -> Iterator[Item]:
    """Yields a statement without balances for each account and currency, followed by its lines. Raises FileError.

    The header may follow other lines and may be repeated, and totals may follow the lines.
    """
    _complete(mapping)
    return sign_and_check(_items(Text(stream), mapping))


def _read(stream: BinaryIO, mapping: CsvMapping | None) -> Iterator[Item]:
    assert mapping is not None, "the format says that it needs one"
    return read(stream, mapping)


def _detect(head: Head) -> DetectedFormat | None:
    try:
        propose(_whole_lines(head.content))
    except FileError:
        return None
    return DetectedFormat("csv", "This is a CSV file: each bank has its own columns, so it needs a mapping once.")


def _whole_lines(head: bytes) -> bytes:
    """Returns the bytes up to the last line end, so that no character is cut in half."""
    end = max(head.rfind(b"\n"), head.rfind(b"\r"))
    return head[: end + 1] if len(head) >= HEAD_BYTES and end > 0 and b"\x00" not in head else head


FORMAT: Final = KnownFormat(
    name="CSV", label="CSV", kinds=("csv",), sign=Sign.COLUMNS, detect=_detect, read=_read, needs_mapping=True
)


def is_best_mapping(head: bytes, mapping: CsvMapping) -> bool:
    """Whether the mapping reads the first rows, and no other date order or decimal sign reads more of them."""
    read_by = partial(_count, head)
    alternatives = (replace(mapping, date_order=order, decimal=sign) for order in DATE_ORDERS for sign in ",.")
    return (count := read_by(mapping)) > 0 and count >= max(map(read_by, alternatives))


def _count(head: bytes, mapping: CsvMapping) -> int:
    try:
        return sum(isinstance(item, BankLine) for item in read(io.BytesIO(head), mapping))
    except FileError:
        return 0


def why_nothing(head: bytes, mapping: CsvMapping) -> str:
    """Explains why the first row cannot be read, for a file without any readable line."""
    filled = replace(
        mapping,
        date_order=mapping.date_order or "ymd",
        decimal=mapping.decimal or ".",
        fixed_currency=mapping.fixed_currency or "EUR",
        fixed_account=mapping.fixed_account or "-",
        sign="",
    )
    try:
        first = next((problem for problem in read(io.BytesIO(head), filled) if isinstance(problem, Problem)), None)
    except FileError:
        first = None
    return first.sentence if first else "Below its header row no row has a day and an amount."


def _complete(mapping: CsvMapping) -> None:
    """Raises FileError with the first open question of the mapping."""
    if not mapping.booked_on:
        raise FileError("The mapping does not say which column is the booking date.")
    if not mapping.amount and not (mapping.debit and mapping.credit):
        raise FileError("The mapping does not say which column is the amount.")
    if mapping.date_order not in ("ymd", "dmy", "mdy"):
        raise FileError("The mapping does not say in which order day, month and year stand.")
    if mapping.decimal not in (",", "."):
        raise FileError("The mapping does not say whether a comma or a point begins the decimals.")
    if not mapping.currency and not mapping.fixed_currency:
        raise FileError("The mapping does not say in which currency the amounts are.")
    if not mapping.account and not mapping.fixed_account:
        raise FileError("The mapping does not say of which account the file is.")
    if mapping.sign and not (mapping.debit_marks and mapping.credit_marks):
        raise FileError("The mapping does not say which marks mean money in and money out.")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    width: int
    cells: dict[str, str]

    def cell(self, column: str) -> str:
        text = self.cells.get(key(column), "").strip()
        return text[1:] if text.startswith("'") and text[1:2] in ("=", "+", "-", "@") else text


class _RowError(ValueError):
    """A row cannot be read; the message is appended to “Line 7: ”."""


@dataclass(slots=True)
class _DebitSign:
    """Whether the column of debits has minus signs. A file with and without them is ambiguous."""

    is_negative: bool | None = None

    def agree(self, amount_minor: int) -> None:
        if self.is_negative is None:
            self.is_negative = amount_minor < 0
        elif self.is_negative != (amount_minor < 0):
            raise _RowError("the column of debits has amounts with and without a minus. Which way does this one go?")


def _items(text: Text, mapping: CsvMapping) -> Iterator[Item]:
    """Yields problems first, then each account with its lines, because files may mix accounts."""
    spools: dict[tuple[str, str], Spool] = {}
    try:
        yield from _spool_lines(text, mapping, spools)
        if text.odd:
            yield Problem(location="file", sentence=text.odd)
        for ordinal, ((account, currency), spool) in enumerate(spools.items(), start=1):
            yield BankStatement(
                ordinal=ordinal,
                kind="csv",
                location=spool.location,
                account=account,
                currency=currency,
                from_date=spool.first,
                to_date=spool.last,
            )
            yield from (replace(line, statement=ordinal) for line in spool.lines())
    finally:
        for spool in spools.values():
            spool.close()


def _spool_lines(text: Text, mapping: CsvMapping, spools: dict[tuple[str, str], Spool]) -> Iterator[Problem]:
    """Spools every line by its account and currency; yields the problems of rows."""
    debit_sign = _DebitSign()
    for row in _rows(text, mapping):
        if isinstance(row, Problem):
            yield row
        elif not _says_nothing(row, mapping):
            try:
                line = _line(row, mapping, debit_sign=debit_sign)
            except _RowError as exc:
                yield Problem(location=f"line {row.line}", sentence=f"Line {row.line}: {exc}")
            else:
                spool = spools.get((line.account, line.currency)) or Spool.begin(line)
                spools[line.account, line.currency] = spool
                spool.add(line)


def _rows(text: Text, mapping: CsvMapping) -> Iterator[_Row | Problem]:
    """Yields the rows below the header. Raises FileError if no row is the mapping's header."""
    reader = csv.reader(iter(text), delimiter=mapping.delimiter, strict=True)
    required = {key(column) for column in mapping.required_columns()}
    header = [key(column) for column in mapping.columns] if is_numbered(mapping.columns) else []
    widest_row: list[str] = []
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as exc:
            yield _describe_broken_row(first_line, reader.line_num, str(exc))
            continue
        names = [key(name) for name in unique(cells)]
        if required <= set(names):
            header = names  # also repeated headers further down
        elif header and any(cell.strip() for cell in cells):
            width = len(cells) if any(cell.strip() for cell in cells[len(header) :]) else min(len(cells), len(header))
            yield _Row(first_line, width - len(header), dict(zip(header, cells, strict=False)))
        elif len(cells) > len(widest_row):
            widest_row = cells
    if not header:
        raise FileError(_no_header(mapping, widest_row))


def _describe_broken_row(first_line: int, last_line: int, cause: str) -> Problem:
    """Describes a broken row in our own words: csv.Error does not help where a quotation mark swallowed lines."""
    if last_line > first_line or "unexpected end" in cause:
        sentence = (
            f"A quotation mark in line {first_line} is not closed: lines {first_line} to {last_line} are not read."
        )
    else:
        sentence = f"Line {first_line} is no CSV: {cause}."
    return Problem(location=f"line {first_line}", sentence=sentence)


def _no_header(mapping: CsvMapping, widest_row: Sequence[str]) -> str:
    present = {key(name) for name in unique(widest_row)}
    missing = [column for column in mapping.required_columns() if key(column) not in present]
    names = ", ".join(cell.strip() for cell in widest_row if cell.strip())[:200]
    return f"The file has no column “{missing[0] if missing else mapping.booked_on}”; it has: {names or 'none'}."


def _says_nothing(row: _Row, mapping: CsvMapping) -> bool:
    """Whether a row is a total, a footer or a continuation: no date, and a word for totals or no amount."""
    if re.search(r"\d", row.cell(mapping.booked_on)):
        return False
    figures = [row.cell(column) for column in (mapping.amount, mapping.debit, mapping.credit) if column]
    return not any(re.search(r"\d", text) for text in figures) or any(map(_TOTALS.search, row.cells.values()))


def _line(row: _Row, mapping: CsvMapping, *, debit_sign: _DebitSign) -> BankLine:
    if row.width:
        cells, comparison = abs(row.width), "more" if row.width > 0 else "fewer"
        count = f"{cells} cell" if cells == 1 else f"{cells} cells"
        raise _RowError(f"it has {count} {comparison} than the header. It may be cut off, or lack quotation marks.")
    booked_on = day_of(row.cell(mapping.booked_on), mapping.date_order)
    if booked_on is None:
        raise _RowError(f"“{row.cell(mapping.booked_on)[:40]}” is not a date as the others of the file are.")
    value_text = row.cell(mapping.value_on) if mapping.value_on else ""
    value_on = day_of(value_text, mapping.date_order) if value_text else None
    if value_text and value_on is None:
        raise _RowError(f"“{value_text[:40]}” is not a date as the others of the file are.")
    currency = (row.cell(mapping.currency) if mapping.currency else "") or mapping.fixed_currency
    account = (row.cell(mapping.account) if mapping.account else "") or mapping.fixed_account
    if not account:
        raise _RowError("it does not name the account.")
    code = _optional(row, mapping.return_code)
    return BankLine(
        statement=0,
        location=f"line {row.line}",
        account=account.replace(" ", ""),
        booked_on=booked_on,
        value_on=value_on,
        amount_minor=_amount(row, mapping, currency.upper(), debit_sign=debit_sign),
        currency=currency.upper(),
        counterparty_name=_optional(row, mapping.name),
        counterparty_account=_optional(row, mapping.counterparty_account).replace(" ", ""),
        reference=clean_reference(_optional(row, mapping.reference)),
        bank_reference=clean_reference(_optional(row, mapping.bank_reference)),
        text=" ".join(filter(None, (_optional(row, column) for column in mapping.text))),
        is_return=bool(code),
        return_code=code,
    )


def _optional(row: _Row, column: str) -> str:
    return " ".join(row.cell(column).split()) if column else ""


def _amount(row: _Row, mapping: CsvMapping, currency: str, *, debit_sign: _DebitSign) -> int:
    """Returns the signed amount, from one column, an amount and its mark, or two columns. Raises _RowError."""
    if not mapping.amount:
        return _parse_debit_or_credit(row, mapping, currency, debit_sign=debit_sign)
    amount = _number(row.cell(mapping.amount), mapping.decimal, currency)
    if not mapping.sign:
        return amount
    mark = key(row.cell(mapping.sign))
    is_debit = mark in map(key, mapping.debit_marks)
    if not is_debit and mark not in map(key, mapping.credit_marks):
        raise _RowError(f"“{mark[:20]}” in “{mapping.sign}” means neither money in nor money out.")
    if amount < 0 and not is_debit:
        raise _RowError("the amount has a minus, but is marked as money that came in.")
    return -abs(amount) if is_debit else amount


def _parse_debit_or_credit(row: _Row, mapping: CsvMapping, currency: str, *, debit_sign: _DebitSign) -> int:
    texts = [row.cell(column) for column in (mapping.debit, mapping.credit)]
    debit, credit = (_number(text, mapping.decimal, currency) if text else 0 for text in texts)
    if not any(texts):
        raise _RowError("it has neither a debit nor a credit.")
    if debit and credit:
        raise _RowError("it has both a debit and a credit.")
    if debit:
        debit_sign.agree(debit)
        return -abs(debit)
    if credit < 0:
        raise _RowError("the credit has a minus.")
    return credit


def _number(text: str, decimal: str, currency: str) -> int:
    """Parses an amount as banks write it: `1.234,50-`, `(12.50)`, `€ 3,00`. Raises _RowError."""
    figures = _CURRENCY_SIGNS.sub("", text.replace("−", "-").replace("\xa0", " ").replace("\u202f", " ")).strip()
    is_negative = False
    if figures.startswith("(") and figures.endswith(")"):
        is_negative, figures = True, figures[1:-1].strip()
    elif figures[:1] in ("-", "+"):
        is_negative, figures = figures[0] == "-", figures[1:].strip()
    elif figures[-1:] in ("-", "+"):
        is_negative, figures = figures[-1] == "-", figures[:-1].strip()
    if not _GROUPED[decimal].fullmatch(figures):
        raise _RowError(f"“{text[:40]}” is not an amount with a decimal {'comma' if decimal == ',' else 'point'}.")
    integer_part, _, fraction = figures.partition(decimal)
    try:
        minor = minor_units(f"{re.sub(r'[^0-9]', '', integer_part)}.{fraction}", currency)
    except ValueError as exc:
        raise _RowError(str(exc)) from exc
    return -minor if is_negative else minor
