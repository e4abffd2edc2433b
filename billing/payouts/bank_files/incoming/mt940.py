"""Reads MT940 statements with the library `mt-940`, after checking for what it would silently misread.

The library reads `12.50` as 12, takes whatever does not fit as a reference, and merges lines without a transaction
type. So the tags :60:, :61: and :62: are checked against the standard first. A statement that fails is refused with the
line number; the file's other statements are read.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Final

import mt940

from billing.payouts.bank_files.incoming.format import DetectedFormat, Head, KnownFormat, Sign
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

MAX_BYTES: Final = 64 * 2**20
_TAG: Final = re.compile(r":(13D?|20|21|25P?|28C?|34F|60[FM]?|61|62[FM]?|64|65|86|90[CD]|NS):(.*)", re.ASCII)
_WANTED, _HEADER = ("20", "25", "60", "61", "62", "86"), ("20", "25", "28")
_LINE: Final = re.compile(
    r"\d{6}(?:\d{4}|\s{4})?R?[CD][A-Z]?[\n ]?\d{1,12},\d{0,3}[A-Z][A-Z0-9 ]{3}.*", re.ASCII | re.DOTALL
)
_BALANCE: Final = re.compile(r"[CD]\d{6}[A-Z]{3}\d{1,12},\d{0,3}\s*", re.ASCII)
_REFERENCE: Final = re.compile(r"^:20:", re.M)
_OPENING_BALANCE: Final = re.compile(r"^:60[FM]:", re.M)
_FLOOR_LIMIT: Final = re.compile(r"^:34F:", re.M)
"""Occurs only in interim reports."""
_SEE_DETAILS: Final = {"EREF", "KREF", "MARF", "PREF", "KREF+", "EREF+"}
"""Values of the customer's reference that point to :86:."""
_BANKERS_DAYS: Final = {"0229", "0230"}
"""Banks whose months have thirty days write these in any year; the library reads them as the last day of February."""
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_LONG_REFERENCE: Final = re.compile(r"(.*?)//(.{0,35})(.*)", re.DOTALL)
_KEYWORD: Final = re.compile(r"(?:^|(?<=[\s+?/]))(EREF|KREF|MREF|SVWZ|IBAN|BIC|ABWA|ABWE|CRED|DEBT|RREF|RTRN)\+")
_SLASHED: Final = re.compile(r"/(EREF|MARF|CSID|IBAN|BIC|NAME|REMI|RTRN|ISDT|TRTP|ORDP|BENM|PREF|RTYP|CNTP)/")
_FULL_LINE: Final = 65
_TEXTS: Final = {"SVWZ", "REMI", "NAME", "ORDP", "BENM"}
"""Fields in which the end of a line that is not full is a space."""
_RETURN_TYPES: Final = {"RTI", "RTN"}
_RETURN_GVC: Final = {"108", "109", "159", "181", "184", "185"}
"""German transaction codes of returned payments."""
_REASON: Final = re.compile(
    r"(?:RTRN\+|RTRN/|RETURN(?:ED)?[ /:]+|R(?:UE|Ü)CKGABE[ /:]+|RETOURE[ /:]+)([A-Z]{2}\d{2})\b", re.I
)

logging.getLogger("mt940.tags").setLevel(logging.CRITICAL)
"""The library logs lines that it cannot read, and they contain customers' payments."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """One field: its name, the number of its first line, and its value with all lines."""

    name: str
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class _Block:
    """The fields of one statement; `line` is the number of its first line."""

    line: int
    tags: tuple[_Tag, ...]

    def text(self) -> str:
        """Returns the text for the library, up to the closing balance: a later :86: would be attached to the last line.

        Leaves out fields that are not needed here, whose errors would make the library refuse the statement.
        """
        needed = [tag for tag in self.tags if tag.name[:2] in _WANTED]
        closed = next((n for n, tag in enumerate(needed) if tag.name[:2] == "62"), len(needed))
        return "\n".join(f":{tag.name}:{tag.value}" for tag in needed[: closed + 1])

    def first(self, number: str) -> _Tag | None:
        return next((tag for tag in self.tags if tag.name[:2] == number), None)


def read(stream: BinaryIO) -> Iterator[Item]:
    """Yields statements, each followed by its lines. Raises FileError if the file contains no statement."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FileError(f"The file is larger than {MAX_BYTES // 2**20} MB: split it.")
    if b"\x00" in content:
        raise FileError("This is not an MT940 file: it has NUL characters in it.")
    blocks = list(_blocks(_decode_content(content)))
    if not blocks:
        raise FileError("No statement is in the file: none of its lines begins with :20:.")
    return sign_and_check(_items(blocks))


def _detect(head: Head) -> DetectedFormat | None:
    if not _REFERENCE.search(head.text):
        return None
    if _OPENING_BALANCE.search(head.text):
        return DetectedFormat("mt940", "This is an MT940 file.")
    if _FLOOR_LIMIT.search(head.text):
        return DetectedFormat(
            "", "This is an MT942 file: an interim report without balances, whose lines are not final."
        )
    return DetectedFormat("mt940", "This looks like MT940, but its first statement has no opening balance (:60F:).")


FORMAT: Final = KnownFormat(
    name="MT940",
    label="MT940",
    kinds=("mt940",),
    sign=Sign.CONTENT,
    detect=_detect,
    read=lambda stream, _mapping: read(stream),
)


def _decode_content(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _blocks(text: str) -> Iterator[_Block]:
    """Splits the file at :20:, and at further opening balances where a bank puts several days under one :20:."""
    tags: list[_Tag] = []
    is_closed = False
    for tag in _tags(text):
        follows = tag.name[:2] == "60" and is_closed
        is_closed = tag.name[:2] == "62" or (is_closed and tag.name != "20" and not follows)
        if tags and (tag.name == "20" or follows):
            yield _Block(tags[0].line, tuple(tags))
            tags = (
                [replace(header_tag, line=tag.line) for header_tag in tags if header_tag.name[:2] in _HEADER]
                if follows
                else []
            )
        if tags or tag.name == "20":
            tags.append(tag)
    if tags:
        yield _Block(tags[0].line, tuple(tags))


def _tags(text: str) -> Iterator[_Tag]:
    """Yields fields with their lines, without SWIFT envelopes (`{1:...}{4:`) and end marks (`-`, `-}`)."""
    name, begin, lines = "", 0, list[str]()
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        match = _TAG.match(line)
        if match or line.startswith(("{", "-}")) or line.strip() == "-":
            if name:
                yield _Tag(name, begin, "\n".join(lines))
            name, begin, lines = (match[1], number, [match[2]]) if match else ("", 0, [])
        elif name and line.strip():
            lines.append(line)
    if name:
        yield _Tag(name, begin, "\n".join(lines))


def _items(blocks: list[_Block]) -> Iterator[Item]:
    for ordinal, block in enumerate(blocks, start=1):
        try:
            _check(block)
            read_block = mt940.models.Transactions(options=mt940.Options.all())
            read_block.parse(block.text())
            items = list(_statement(read_block, block, ordinal=ordinal))
        except _RefusedError as exc:
            yield _refusal(exc.line, str(exc))
        except (ValueError, ArithmeticError, RuntimeError, KeyError, TypeError, AttributeError) as exc:
            yield _refusal(_line_of(exc, block), "it cannot be read")
        else:
            yield from items


class _RefusedError(ValueError):
    """A line of a statement is refused; the message is the reason."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def _refusal(line: int, cause: str) -> Problem:
    sentence = f"The statement is refused because of line {line}: {cause}. The other statements of the file are kept."
    return Problem(location=f"line {line}", sentence=sentence)


def _line_of(exc: Exception, block: _Block) -> int:
    """Returns the line of the field that the library's error names, else the statement's first line."""
    value = str(exc.args[2]) if len(exc.args) > 2 else ""
    return next((tag.line for tag in block.tags if value and value == tag.value.strip()), block.line)


def _check(block: _Block) -> None:
    """Raises _RefusedError for anything that the library would misread."""
    if not block.first("60") or not block.first("62"):
        raise _RefusedError(block.line, "it has no opening balance (:60F:) or no closing balance (:62F:)")
    is_closed = False
    for tag in block.tags:
        if tag.name == "61":
            if not _LINE.fullmatch(tag.value):
                first = tag.value.partition("\n")[0]
                raise _RefusedError(tag.line, f"“:61:{first[:40]}” is not date, C or D, amount with a comma, and type")
            if is_closed:
                raise _RefusedError(tag.line, "a line follows on the closing balance")
            if tag.value[2:6] not in _BANKERS_DAYS:
                _real_day(tag.value[:6], tag.line)
            if tag.value[6:10].isdigit() and tag.value[6:10] not in _BANKERS_DAYS:
                _real_day(tag.value[:2] + tag.value[6:10], tag.line)
        elif tag.name[:2] in ("60", "62"):
            is_closed = tag.name[:2] == "62"
            if not _BALANCE.fullmatch(tag.value):
                shape = "C or D, date, currency and amount with a comma"
                raise _RefusedError(tag.line, f"“:{tag.name}:{tag.value[:40]}” is not {shape}")
            _real_day(tag.value[1:7], tag.line)


def _real_day(text: str, line: int) -> None:
    try:
        date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as exc:
        raise _RefusedError(line, f"there is no day {text}") from exc


def _statement(read_block: mt940.models.Transactions, block: _Block, *, ordinal: int) -> Iterator[Item]:
    opening, closing = _balance(read_block.data, "opening"), _balance(read_block.data, "closing")
    currency = str(opening.amount.currency)
    lines = [tag.line for tag in block.tags if tag.name == "61"]
    if len(lines) != len(read_block):
        raise _RefusedError(block.line, f"it has {len(lines)} lines, of which only {len(read_block)} can be told apart")
    account_field, number = block.first("25"), block.first("28")
    account = _account(account_field.value) if account_field else ""
    if not account:
        raise _RefusedError(block.line, "it names no account (:25:)")
    yield BankStatement(
        ordinal=ordinal,
        kind="mt940",
        location=f"line {block.line}",
        account=account,
        currency=currency,
        number=number.value.strip()[:35] if number else "",
        opening_minor=_minor(opening.amount.amount, currency),
        closing_minor=_minor(closing.amount.amount, currency),
        from_date=_plain_day(opening.date),
        to_date=_plain_day(closing.date),
    )
    for transaction, line in zip(read_block, lines, strict=True):
        yield _line(transaction.data, line, account=account, currency=currency, statement=ordinal)


def _balance(facts: Mapping[str, Any], which: str) -> Any:
    """Returns the final balance, or that of a page of a longer statement."""
    names = (f"final_{which}_balance", f"intermediate_{which}_balance", f"{which}_balance")
    return next(facts[name] for name in names if facts.get(name))


def _account(text: str) -> str:
    """Returns `:25:` without spaces and without the currency that some banks append to an IBAN."""
    plain = text.partition("\n")[0].replace(" ", "")
    return re.sub(r"(?<=\d)[A-Z]{3}$", "", plain) if re.match(r"[A-Z]{2}\d{2}", plain) else plain


def _minor(amount: Decimal, currency: str) -> int:
    return minor_units(f"{amount:f}", currency)


def _plain_day(day: date | None) -> date | None:
    return None if day is None else date(day.year, day.month, day.day)


def _line(facts: Mapping[str, Any], line_number: int, *, account: str, currency: str, statement: int) -> BankLine:
    value_on = _plain_day(facts["date"])
    booked_on = _plain_day(facts.get("entry_date")) or value_on
    assert booked_on is not None
    customer, bank = _references(facts)
    details = _details(facts)
    code, kind = _return_code(facts, details), str(facts.get("id") or "")
    status = str(facts.get("status") or "").upper()
    is_return = bool(code) or status.startswith("R") or kind[1:] in _RETURN_TYPES or _gvc(facts) in _RETURN_GVC
    return BankLine(
        statement=statement,
        location=f"line {line_number}",
        account=account,
        booked_on=booked_on,
        value_on=value_on,
        amount_minor=_minor(facts["amount"].amount, currency),
        currency=currency,
        counterparty_name=details.get("NAME", ""),
        counterparty_account=_other_account(facts, details),
        reference=clean_reference(details.get("EREF", ""))
        or ("" if customer in _SEE_DETAILS else clean_reference(customer)),
        bank_reference=clean_reference(bank),
        text=details.get("SVWZ", ""),
        is_return=is_return,
        return_code=code,
    )


def _other_account(facts: Mapping[str, Any], details: Mapping[str, str]) -> str:
    """Returns the account in :86:, else an IBAN in the second line of :61:, where Dutch banks write it."""
    extra = str(facts.get("extra_details") or "").strip()
    return details.get("IBAN", "").replace(" ", "") or (extra if _IBAN.fullmatch(extra) else "")


def _references(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the customer's and the bank's reference of :61:, even if the first exceeds its 16 characters."""
    customer, bank = str(facts.get("customer_reference") or ""), str(facts.get("bank_reference") or "")
    extra = str(facts.get("extra_details") or "")
    if not bank and len(customer) == 16 and (match := _LONG_REFERENCE.fullmatch(extra)):
        return customer + match[1], match[2]
    return customer, bank


def _details(facts: Mapping[str, Any]) -> dict[str, str]:
    """Returns the details in :86:: EREF, SVWZ (the text), IBAN, NAME. Free text becomes SVWZ as a whole."""
    purpose = facts.get("purpose")
    if facts.get("transaction_code") is None and purpose is None:
        return _free_text(str(facts.get("transaction_details") or ""))
    texts = {
        "EREF": facts.get("end_to_end_reference"),
        "SVWZ": purpose,
        "IBAN": facts.get("gvc_applicant_iban") or facts.get("applicant_iban") or facts.get("applicant_bin"),
        "NAME": facts.get("applicant_name"),
    }
    return {key: _collapse_whitespace(str(value)) for key, value in texts.items() if value}


def _free_text(text: str) -> dict[str, str]:
    unwrapped = "".join(line if len(line) >= _FULL_LINE else f"{line}\n" for line in text.split("\n"))
    for pattern in (_KEYWORD, _SLASHED):
        parts = pattern.split(unwrapped)
        if len(parts) > 2:
            values = (value.strip(" \n/+") for value in parts[2::2])
            keywords = {
                key: _collapse_whitespace(value if key in _TEXTS else value.replace("\n", ""))
                for key, value in zip(parts[1::2], values, strict=True)
            }
            return _map_keywords(keywords, lead=_collapse_whitespace(parts[0]))
    return {"SVWZ": _collapse_whitespace(unwrapped)}


def _map_keywords(keywords: dict[str, str], *, lead: str) -> dict[str, str]:
    """Maps the banks' keywords to the names that `_line` uses."""
    party = keywords.get("CNTP", "").split("/")  # account / BIC / name / town
    return {
        "EREF": keywords.get("EREF", ""),
        "SVWZ": keywords.get("SVWZ") or keywords.get("REMI", "").removeprefix("USTD//") or lead,
        "IBAN": keywords.get("IBAN") or party[0],
        "NAME": keywords.get("NAME") or (party[2] if len(party) > 2 else ""),
        "RTRN": keywords.get("RTRN", ""),
    }


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())


def _gvc(facts: Mapping[str, Any]) -> str:
    return str(facts.get("transaction_code") or "")


def _return_code(facts: Mapping[str, Any], details: Mapping[str, str]) -> str:
    if re.fullmatch(r"[A-Z]{2}\d{2}", details.get("RTRN", "")):
        return details["RTRN"]
    texts = (details.get("SVWZ", ""), str(facts.get("return_debit_notes") or ""), str(facts.get("extra_details") or ""))
    return next((match[1].upper() for text in texts if (match := _REASON.search(text))), "")
