"""Column mappings of banks' CSV files: proposed from the first rows, and confirmed once by a person.

A proposal never guesses: what the first rows leave open becomes a question with its possible answers.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from billing.payouts.bank_files.incoming.lines import FileError

DATE_ORDERS: Final = ("ymd", "dmy", "mdy")
_DELIMITERS: Final = ";,\t|"
_SAMPLE_ROWS: Final = 200
_SAMPLE_LENGTH: Final = 2**18
_HEADER_WITHIN: Final = 40
_MAX_COLUMNS: Final = 500
_TEXT_ROLES: Final = ("name", "counterparty_account", "reference", "bank_reference", "text", "return_code")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "booked_on": (
        "booking date", "booked on", "buchungstag", "buchungsdatum", "buchung", "date", "transaction date", "datum",
        "boekingsdatum", "boekdatum", "date de comptabilisation", "date opération", "date operation",
        "fecha", "fecha operación", "posting date", "posted date", "completed date", "rentedatum boeking",
    ),
    "value_on": (
        "value date", "value on", "valuta", "valutadatum", "wertstellung", "wertstellungsdatum", "rentedatum",
        "date de valeur", "date valeur", "fecha valor", "effective date",
    ),
    "amount": (
        "amount", "betrag", "umsatz", "bedrag", "montant", "importe", "betrag (eur)", "amount (eur)", "amount (usd)",
        "transaction amount", "bedrag (eur)", "betrag (€)", "montant (eur)",
    ),
    "debit": (
        "debit", "debits", "soll", "lastschrift", "af", "débit", "debito", "débito", "cargo", "withdrawal",
        "withdrawals", "paid out", "money out", "debit amount", "ausgang",
    ),
    "credit": (
        "credit", "credits", "haben", "gutschrift", "bij", "crédit", "credito", "crédito", "abono", "deposit",
        "deposits", "paid in", "money in", "credit amount", "eingang",
    ),
    "sign": (
        "af bij", "af/bij", "soll/haben", "debit/credit", "debit or credit", "cr/dr", "dr/cr", "s/h", "d/c", "c/d",
        "soll/haben-kennzeichen", "umsatzart s/h", "credit/debit", "sign", "sens",
    ),
    "currency": ("currency", "währung", "waehrung", "valuta code", "munt", "devise", "divisa", "ccy", "muntsoort"),
    "account": (
        "account", "own account", "auftragskonto", "rekening", "compte", "cuenta", "iban auftragskonto",
        "account number", "iban/bban", "kontonummer", "iban",
    ),
    "name": (
        "name", "counterparty", "counterparty name", "payee", "beguenstigter/zahlungspflichtiger",
        "begünstigter/zahlungspflichtiger", "naam tegenpartij", "naam / omschrijving", "empfänger",
        "auftraggeber/empfänger", "name zahlungsbeteiligter", "bénéficiaire", "beneficiario", "payee/payer",
    ),
    "counterparty_account": (
        "counterparty account", "counterparty iban", "kontonummer/iban", "iban zahlungsbeteiligter", "tegenrekening",
        "tegenrekening iban/bban", "iban empfänger", "compte contrepartie", "cuenta contraria", "iban counterparty",
    ),
    "reference": (
        "end-to-end id", "end to end id", "endtoendid", "end-to-end reference", "kundenreferenz",
        "kundenreferenz (end-to-end)", "end-to-end-referenz", "customer reference", "betalingskenmerk",
        "référence de bout en bout", "referencia", "reference", "e2e",
    ),
    "bank_reference": ("bank reference", "bankreferenz", "transaction id", "volgnr", "acctsvcrref"),
    "text": (
        "text", "description", "verwendungszweck", "omschrijving", "mededelingen", "omschrijving-1", "details", "memo",
        "libellé", "libelle", "concepto", "payment details", "remittance information", "buchungstext", "narrative",
    ),
    "return_code": ("return code", "return reason", "rückgabegrund", "rueckgabegrund", "return reason code"),
}  # fmt: skip
_CREDIT_MARKS: Final = {"h", "c", "cr", "crdt", "credit", "haben", "bij", "+", "gutschrift", "in"}
_DEBIT_MARKS: Final = {"s", "d", "dr", "dbit", "debit", "soll", "af", "-", "lastschrift", "out"}
_DATE: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ].*)?", re.ASCII)
_COMPACT: Final = re.compile(r"(20\d\d)(\d\d)(\d\d)", re.ASCII)
_LONGEST_AMOUNT: Final = 40
_AMOUNT: Final = re.compile(
    r"[-+−(]?\s*(?:[€$£¥]|[A-Z]{3})?\s*[-+−]?\s*\d[\d.,'’\s]*(?:[€$£¥]|[A-Z]{3})?\s*[-+−)]?", re.ASCII
)
_FIGURES: Final = re.compile(r"[^\d.,]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvMapping:
    """The mapping to remember for one bank's files. Columns are named as in the header row.

    Either `amount` (signed, or with a separate `sign` column) or `debit` and `credit` are set. `currency` and `account`
    are columns; `fixed_currency` and `fixed_account` replace them if the file has none. `text` may join several
    columns.
    """

    delimiter: str
    columns: tuple[str, ...]
    booked_on: str
    date_order: str
    decimal: str
    amount: str = ""
    debit: str = ""
    credit: str = ""
    sign: str = ""
    debit_marks: tuple[str, ...] = ()
    credit_marks: tuple[str, ...] = ()
    value_on: str = ""
    currency: str = ""
    fixed_currency: str = ""
    account: str = ""
    fixed_account: str = ""
    name: str = ""
    counterparty_account: str = ""
    reference: str = ""
    bank_reference: str = ""
    return_code: str = ""
    text: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """Returns the mapping for storage as JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def restored(cls, stored_values: Mapping[str, Any]) -> "CsvMapping":
        """Restores a mapping from the result of `stored_values`. Raises TypeError for unknown fields."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored_values.items()
        }
        return cls(**fields)

    def required_columns(self) -> list[str]:
        """Returns the columns that the mapping reads."""
        single = (
            self.booked_on, self.value_on, self.amount, self.debit, self.credit, self.sign, self.currency,
            self.account, *(getattr(self, role) for role in _TEXT_ROLES if role != "text"),
        )  # fmt: skip
        return [column for column in (*single, *self.text) if column]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a field of the mapping, as a sentence, with the possible answers if they are few."""

    field: str
    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed mapping and its open questions. Their fields are empty, so that nothing is read by a guess."""

    mapping: CsvMapping
    questions: tuple[Question, ...]
    has_rows: bool = True
    """Whether a row below the header has a date and an amount, as far as their columns are known."""


def decode_content(content: bytes) -> tuple[str, str]:
    """Returns the text and any oddity of its encoding (usually empty). Raises FileError.

    Tries UTF-8, UTF-16 with or without a byte order mark, then Windows-1252. A file that mixes UTF-8 and Windows-1252
    is read line by line.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_utf16(content, "utf-16"), ""
    nulls = content[:4096].count(0)
    if nulls:
        is_wide = nulls >= len(content[:4096]) // 3
        little = content[1:2] == b"\x00"
        if is_wide and (little or content[:1] == b"\x00"):
            return _decode_utf16(content, "utf-16-le" if little else "utf-16-be"), ""
    try:
        return _refuse_nul_characters(content.decode("utf-8-sig")), ""
    except UnicodeDecodeError:
        return _decode_mixed(content)


def _decode_utf16(content: bytes, encoding: str) -> str:
    try:
        return _refuse_nul_characters(content.decode(encoding).lstrip("\ufeff"))
    except UnicodeDecodeError as exc:
        raise FileError(f"The file begins as UTF-16, but byte {exc.start + 1} is not: it may be cut off.") from exc


def _decode_mixed(content: bytes) -> tuple[str, str]:
    texts, wide, narrow = [], 0, 0
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        try:
            texts.append(line.decode("utf-8"))
            wide += not line.isascii()
        except UnicodeDecodeError:
            narrow = narrow or number
            texts.append(line.decode("cp1252", errors="replace"))
    text = _refuse_nul_characters("\n".join(texts))
    if "\ufffd" in text:
        raise FileError("The file is neither in UTF-8 nor in Windows-1252 nor in UTF-16: save it as “CSV UTF-8”.")
    odd = f"The file mixes encodings: line {narrow} is in Windows-1252, others are in UTF-8." if wide else ""
    return text, odd


def _refuse_nul_characters(text: str) -> str:
    if "\x00" in text:
        raise FileError("This is not a CSV file: it has NUL characters in it. Save it as “CSV UTF-8”.")
    return text


def key(column: str) -> str:
    return " ".join(column.split()).casefold()


def unique(header: Iterable[str]) -> list[str]:
    """Makes column names unique; a repeated name gets a number: `Name`, `Name (2)`."""
    name_counts: Counter[str] = Counter()
    names = []
    for cell in header:
        name = " ".join(cell.split())
        name_counts[key(name)] += 1
        names.append(f"{name} ({name_counts[key(name)]})" if name and name_counts[key(name)] > 1 else name)
    return names


def default_column_names(count: int) -> tuple[str, ...]:
    """Returns column names for a file without a header."""
    return tuple(f"Column {number}" for number in range(1, count + 1))


def is_numbered(columns: Sequence[str]) -> bool:
    return bool(columns) and tuple(columns) == default_column_names(len(columns))


def propose(content: bytes, answers: Mapping[str, Any] = MappingProxyType({})) -> Proposal:
    """Proposes a mapping from the first rows, with a question for everything they leave open. Raises FileError.

    `answers` are fields of the mapping that a person has filled in; they take precedence over the rows.
    """
    text, _ = decode_content(content)
    delimiter, header_at, rows = _table(text)
    if len(rows[header_at]) > _MAX_COLUMNS:
        raise FileError(f"The file has more than {_MAX_COLUMNS} columns: it is not a bank's.")
    first, body = rows[header_at], rows[header_at + 1 :]
    header = tuple(unique(first))
    if _is_line(first):
        header, body = default_column_names(len(first)), rows
        roles, questions = _roles_of_lines(first, answers)
    else:
        roles, questions = _roles(header, answers)
    mapping = CsvMapping(delimiter=delimiter, columns=header, **{"date_order": "", "decimal": ""} | roles)
    samples = _samples(header, body, dated=mapping.booked_on)
    mapping = _correct_by_samples(mapping, samples)
    details = {field: value for field, value in _details(mapping, samples) if field not in answers}
    detail_questions = [value for value in details.values() if isinstance(value, Question)]
    empty: dict[str, Any] = {"debit_marks": ()}
    settled: dict[str, Any] = {
        name: empty.get(name, "") if isinstance(value, Question) else value for name, value in details.items()
    }
    amounts = (mapping.amount, mapping.debit, mapping.credit)
    has_rows = any(map(samples.get, amounts if any(amounts) else header))
    if not mapping.booked_on:
        has_rows = any(cell.strip() for row in body for cell in row)
    return Proposal(replace(mapping, **settled), (*questions, *detail_questions), has_rows=has_rows)


def _samples(header: Sequence[str], rows: Sequence[Sequence[str]], *, dated: str) -> dict[str, list[str]]:
    """Returns the filled cells of each column, from complete rows with a date: no footers or repeated headers."""
    dated_at = header.index(dated) if dated in header else 0
    body = [row for row in rows if len(row) >= len(header) and re.search(r"\d", row[dated_at])]
    return {column: [row[n].strip() for row in body if row[n].strip()] for n, column in enumerate(header) if column}


def _table(text: str) -> tuple[str, int, list[list[str]]]:
    """Returns the delimiter, the index of the header row, and the first rows.

    The header is the first row that names known columns.
    """
    for delimiter in _DELIMITERS:
        rows = _first_rows(text, delimiter)
        for n, row in enumerate(rows[:_HEADER_WITHIN]):
            matched_roles = [role for role in _WORDS if any(key(cell) in _WORDS[role] for cell in row)]
            if len(row) > 2 and len(matched_roles) > 1 and not _is_line(row):
                return delimiter, n, rows
    for delimiter in _DELIMITERS:
        rows = _first_rows(text, delimiter)
        first = next((n for n, row in enumerate(rows) if any(cell.strip() for cell in row)), None)
        if first is not None and _is_line(rows[first]):
            return delimiter, first, rows
    delimiter_counts = {delimiter: text[:4096].count(delimiter) for delimiter in _DELIMITERS}
    best = max(delimiter_counts, key=lambda delimiter: delimiter_counts[delimiter])
    rows = _first_rows(text, best) if delimiter_counts[best] else []
    if not rows:
        raise FileError("This is not a CSV file: no character separates columns in it.")
    widest = max(len(row) for row in rows)
    return best, next(n for n, row in enumerate(rows) if len(row) == widest), rows


def _is_line(row: Sequence[str]) -> bool:
    """Whether a row is a booked line rather than a header: one cell is a date, another is an amount."""
    return any(map(_is_date, row)) and any(map(_is_amount, row))


def _is_date(text: str) -> bool:
    return any(day_of(text, order) is not None for order in DATE_ORDERS)


def _is_amount(text: str) -> bool:
    return len(text) <= _LONGEST_AMOUNT and not _is_date(text) and _AMOUNT.fullmatch(text.strip()) is not None


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    last_end = text.rfind("\n", 0, _SAMPLE_LENGTH) if len(text) > _SAMPLE_LENGTH else -1
    whole_rows = text[: last_end if last_end > 0 else _SAMPLE_LENGTH]
    reader = csv.reader(io.StringIO(whole_rows, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > _SAMPLE_ROWS + _HEADER_WITHIN:
                break
    except csv.Error:
        pass  # The rows so far are enough for a proposal; reading the file reports the line.
    return rows


def _roles(header: Sequence[str], answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[Question]]:
    """Assigns columns by their names. Ambiguous columns and missing required ones become questions."""
    roles: dict[str, Any] = {"booked_on": ""}
    questions: list[Question] = []
    for role, names in _WORDS.items():
        matching = sorted(
            (column for column in header if key(column) in names), key=lambda column: names.index(key(column))
        )
        if role == "text":
            roles[role] = tuple(column for column in header if column in matching)
        elif len(matching) > 1 and role not in answers:
            questions.append(Question(role, f"Which column is the {_SPOKEN[role]}?", tuple(matching)))
        elif matching:
            roles[role] = matching[0]
    roles |= answers
    question_fields = {question.field for question in questions}
    columns = tuple(filter(None, header))
    if not roles["booked_on"] and "booked_on" not in question_fields:
        questions.append(Question("booked_on", f"Which column is the {_SPOKEN['booked_on']}?", columns))
    if not roles.get("amount") and "amount" not in question_fields and not (roles.get("debit") and roles.get("credit")):
        questions.append(Question("amount", f"Which column is the {_SPOKEN['amount']}?", columns))
    if roles.get("amount"):
        roles |= {"debit": "", "credit": ""}
        questions = [question for question in questions if question.field not in ("debit", "credit")]
    return roles, questions


def _roles_of_lines(first: Sequence[str], answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[Question]]:
    """Assigns the columns of a file without a header by its first line.

    Columns with neither a date nor an amount are its text.
    """
    columns = default_column_names(len(first))
    roles: dict[str, Any] = {"booked_on": ""} | dict(answers)
    questions = []
    for role, fits in (("booked_on", _is_date), ("amount", _is_amount)):
        some = {column: cell.strip() for column, cell in zip(columns, first, strict=True) if fits(cell)}
        if not roles.get(role) and not (role == "amount" and roles.get("debit") and roles.get("credit")):
            cells_text = ", ".join(f"{column} is “{cell[:40]}”" for column, cell in some.items())
            sentence = (
                f"The file has no header row; in its first line {cells_text}. Which column is the {_SPOKEN[role]}?"
            )
            questions.append(Question(role, sentence, tuple(some)))
    plain = (n for n, cell in zip(columns, first, strict=True) if not _is_date(cell) and not _is_amount(cell))
    used_columns = set(map(str, roles.values()))
    return roles | {"text": tuple(column for column in plain if column not in used_columns)}, questions


_SPOKEN: Final = {
    "booked_on": "booking date", "value_on": "value date", "amount": "amount", "debit": "money that left",
    "credit": "money that came in", "sign": "sign of the amount", "currency": "currency", "account": "own account",
    "name": "name of the other party", "counterparty_account": "account of the other party",
    "reference": "end-to-end reference", "bank_reference": "bank's own reference", "return_code": "code of a return",
}  # fmt: skip


def _correct_by_samples(mapping: CsvMapping, samples: Mapping[str, list[str]]) -> CsvMapping:
    """Corrects columns by their cells: `Valuta` is the value date in German and the currency in Dutch."""
    cells = samples.get(mapping.value_on, [])
    if cells and all(re.fullmatch("[A-Z]{3}", text) for text in cells):
        return replace(mapping, value_on="", currency=mapping.currency or mapping.value_on)
    return mapping


def _details(mapping: CsvMapping, samples: Mapping[str, list[str]]) -> Iterator[tuple[str, Any]]:
    """Yields fields with their value or a Question: date order, decimal sign, marks of debit and credit, currency."""
    if mapping.booked_on:
        yield "date_order", _date_order(samples.get(mapping.booked_on, []), mapping)
    figures = [text for column in (mapping.amount, mapping.debit, mapping.credit) for text in samples.get(column, [])]
    if figures:
        yield "decimal", _decimal(figures)
    if mapping.sign:
        yield from _marks(mapping, {key(text) for text in samples.get(mapping.sign, [])})
    elif mapping.amount and figures and not any(_is_signed(text) for text in figures):
        sentence = "No amount has a minus. Which column says whether money came in or left, or is all of it money in?"
        yield "sign", Question("sign", sentence, tuple(column for column in mapping.columns if column))
    if not mapping.currency:
        yield "fixed_currency", Question("fixed_currency", "The file names no currency. In which one is the account?")
    if len(accounts := set(samples.get(mapping.account, []))) > 1:
        whose = "Are they ours, or those of the other party?"
        sentence = f"“{mapping.account}” has {len(accounts)} different accounts. {whose}"
        yield "account", Question("account", sentence, (mapping.account, ""))
    if not mapping.account:
        yield "fixed_account", Question("fixed_account", "The file does not name the account. Which one is it of?")


def _marks(mapping: CsvMapping, marks: set[str]) -> Iterator[tuple[str, Any]]:
    """Yields the marks of debit and credit: known or already answered ones, else a question."""
    if mapping.debit_marks:
        yield "credit_marks", tuple(sorted(marks - set(map(key, mapping.debit_marks))))
    elif marks and marks <= _CREDIT_MARKS | _DEBIT_MARKS:
        yield "debit_marks", tuple(sorted(_DEBIT_MARKS))
        yield "credit_marks", tuple(sorted(_CREDIT_MARKS))
    else:
        sentence = f"Which marks in “{mapping.sign}” mean that money left?"
        yield "debit_marks", Question("debit_marks", sentence, tuple(sorted(marks)))


def _is_signed(text: str) -> bool:
    return text.strip(" €$£").startswith(("-", "+", "−", "(")) or text.rstrip().endswith(("-", "−"))


def _date_order(samples: Iterable[str], mapping: CsvMapping) -> str | Question:
    """Returns the date order, or a question. Dates with the year first or with dots are clear; slashes and dashes need
    a number above 12.

    Cells that are not a date in any order are ignored here and refused when read. If no cell is a date, the question is
    for another column.
    """
    texts = list(samples)
    read_as = {text: {order for order in DATE_ORDERS if day_of(text, order) is not None} for text in texts}
    dates = [text for text in texts if read_as[text]]
    if texts and not dates:
        sentence = f"“{texts[0][:40]}” in “{mapping.booked_on}” is no date. Which column is the {_SPOKEN['booked_on']}?"
        return Question("booked_on", sentence, tuple(filter(None, mapping.columns)))
    if not dates:
        return Question("date_order", "There is no row to see how dates are written.", ("dmy", "mdy", "ymd"))
    possible = set(DATE_ORDERS).intersection(*(read_as[text] for text in dates))
    if len(possible) == 1:
        return possible.pop()
    if not possible:
        sentence = "The dates of the file are written in more than one way: which one is right?"
        return Question("date_order", sentence, _sort_date_orders(set().union(*read_as.values())))
    return Question("date_order", f"Is “{dates[0]}” written day first or month first?", _sort_date_orders(possible))


def _sort_date_orders(orders: set[str]) -> tuple[str, ...]:
    return tuple(order for order in ("dmy", "mdy", "ymd") if order in orders)


def day_of(text: str, order: str) -> date | None:
    """Parses a date in that order; None if it is not one.

    With dots the day is always first; a leading four-digit year is always ymd.
    """
    text = text.strip()
    if compact := _COMPACT.fullmatch(text):
        return _day(compact[1], compact[2], compact[3]) if order == "ymd" else None
    match = _DATE.fullmatch(text)
    if not match:
        return None
    first, second, third = match[1], match[3], match[4]
    if len(first) > 2:
        return _day(first, second, third) if order == "ymd" and len(first) == 4 and len(third) <= 2 else None
    if len(third) not in (2, 4):
        return None
    match order:
        case "dmy":
            return _day(third, second, first)
        case "mdy" if match[2] != ".":
            return _day(third, first, second)
        case _:
            return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def _decimal(samples: Iterable[str]) -> str | Question:
    """Returns which of comma and point begins the decimals, or a question if the amounts leave doubt."""
    votes, open_sample = set(), ""
    for text in samples:
        figures = _FIGURES.sub("", text)
        last = max(figures.rfind(","), figures.rfind("."))
        if last < 0:
            continue
        sign, behind = figures[last], len(figures) - last - 1
        other = "," if sign == "." else "."
        if figures.count(sign) > 1:
            votes.add(other)
        elif other in figures or behind != 3 or figures.startswith(("0", sign)):
            votes.add(sign)
        else:
            open_sample = open_sample or text
    if len(votes) == 1:
        return votes.pop()
    if len(votes) > 1:
        return Question(
            "decimal", "Some amounts have a decimal comma and some a decimal point: which one is right?", (",", ".")
        )
    if not open_sample:
        return "."
    return Question("decimal", f"Is “{open_sample}” an amount with three decimals, or a thousand and more?", (",", "."))
