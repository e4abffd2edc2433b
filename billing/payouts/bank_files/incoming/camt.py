"""Reads CAMT.052, .053 and .054 of any version as a stream: one entry in memory at a time, no DTD, no entities.

Names are read without their namespace, so versions .02 to .13 need no distinction. Only booked entries count. An entry
with several details becomes a line for each detail if their amounts add up to the entry's.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final
from xml.parsers import expat

from billing.payouts.bank_files.incoming.format import DetectedFormat, Head, KnownFormat, Sign
from billing.payouts.bank_files.incoming.lines import (
    BankLine,
    BankStatement,
    FileError,
    Item,
    Problem,
    clean_reference,
    format_amount,
    minor_units,
    sign_and_check,
)

_KINDS: Final = {
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
}
_STATEMENTS: Final = {"Rpt", "Stmt", "Ntfctn"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_RETURN_FAMILIES: Final = {"RRTN"}
"""Bank transaction codes of a credit transfer that was paid back."""
MAX_DEPTH: Final = 64
MAX_BYTES_OF_AN_ENTRY: Final = 64 * 2**20
_BEGINNINGS, _ENDS = (2, 3, 4), (3, 4, 6)
"""The depths that matter: format, statement, entry or header, and details. Most elements lie deeper."""
_MAX_BYTES_OF_A_PROLOG: Final = 2**20
_CHUNK: Final = 2**16
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read(stream: BinaryIO) -> Iterator[Item]:
    """Yields statements, each followed by its lines and problems. Raises FileError if the file is not CAMT or has a
    DTD.

    A truncated file yields everything before the break, and a problem with the place of it.
    """
    return sign_and_check(_Reader(_Source(stream, _prolog(stream))).items())


def _detect(head: Head) -> DetectedFormat | None:
    for element, (kind, _) in _KINDS.items():
        if head.text.startswith("<") and re.search(rf"<(?:\w+:)?{element}[\s/>]", head.text):
            return DetectedFormat(kind, f"This is a {kind.upper()} file.")
    return None


FORMAT: Final = KnownFormat(
    name="CAMT",
    label="CAMT.052, .053, .054",
    kinds=tuple(kind for kind, _ in _KINDS.values()),
    sign=Sign.BEGINNING,
    detect=_detect,
    read=lambda stream, _mapping: read(stream),
)


class _PrologEndedError(Exception):
    """Raised at the root element, after which no DTD can follow."""


def _prolog(stream: BinaryIO) -> bytes:
    """Returns the first bytes, up to the root element. Raises FileError for a DTD, in any encoding."""
    parser, head = expat.ParserCreate(), bytearray()

    def refuse(*_: object) -> None:
        raise FileError("The file declares a document type (DTD). Bank statements have none: it is not read.")

    def end(*_: object) -> None:
        raise _PrologEndedError

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = end
    while len(head) < _MAX_BYTES_OF_A_PROLOG:
        chunk = stream.read(_CHUNK)
        head += chunk
        if not head.strip():
            raise FileError("The file is empty.")
        try:
            parser.Parse(chunk, not chunk)
        except _PrologEndedError:
            return bytes(head)
        except FileError:
            raise
        except (LookupError, ValueError) as exc:
            raise FileError("The file names an encoding that is not read here. Ask the bank for UTF-8.") from exc
        except expat.ExpatError as exc:
            raise FileError(f"The file is not XML: {expat.ErrorString(exc.code)} in line {exc.lineno}.") from exc
    raise FileError("The file has no content: it never gets to an entry.")


class _Source:
    """The stream with its first bytes put back; refuses an entry that does not end.

    Before Expat 2.6, the parser starts an unfinished token again with each piece (CVE-2023-52425). So until an element
    comes, each piece is as large as all before it: a token of 20 MB then costs linear, not quadratic, time.
    """

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self._stream, self._head, self._since_entry = stream, head, 0
        self._since_element = 0

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            self._since_element = len(head)
            return head
        chunk = self._stream.read(max(size, self._since_element))
        self._since_element += len(chunk)
        self._since_entry += len(chunk)
        if self._since_entry > MAX_BYTES_OF_AN_ENTRY:
            raise FileError(
                f"One entry of the file is larger than {MAX_BYTES_OF_AN_ENTRY // 2**20} MB: it is not read."
            )
        return chunk

    def element_came(self) -> None:
        self._since_element = 0

    def entry_ended(self) -> None:
        self._since_entry = 0


@dataclass(slots=True)
class _Detail:
    """The fields of one TxDtls that lines need; the element itself is dropped at once."""

    location: str
    amount: str = ""
    currency: str = ""
    mark: str = ""
    reference: str = ""
    bank_reference: str = ""
    order_reference: str = ""
    name: str = ""
    account: str = ""
    text: str = ""
    is_return: bool = False
    return_code: str = ""


@dataclass(slots=True)
class _Open:
    """The statement that is being read."""

    ordinal: int
    kind: str
    tag: str
    account: str = ""
    currency: str = ""
    number: str = ""
    page: str = ""
    opening: int | None = None
    closing: int | None = None
    from_date: date | None = None
    to_date: date | None = None
    entries: int = 0
    details: int = 0
    is_announced: bool = False
    wrong_balances: list[str] = field(default_factory=list)

    @property
    def location(self) -> str:
        return f"{self.tag}[{self.ordinal}]"

    @property
    def entry_place(self) -> str:
        return f"{self.location}/Ntry[{self.entries}]"


class _Reader:
    """Follows the elements of one file. Children of a statement are read when they end, then dropped."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._kind = ""
        self._count = 0
        self._open: _Open | None = None
        self._details: list[_Detail] = []
        self._parent = self._entry = ET.Element("none")

    def items(self) -> Iterator[Item]:
        path: list[str] = []
        try:
            # Without a DTD, which _prolog refuses, there are no entities to expand.
            for event, element in ET.iterparse(self._source, events=("start", "end")):  # noqa: S314
                self._source.element_came()
                if event == "start":
                    element.tag = element.tag.rpartition("}")[2]
                    path.append(element.tag)
                    if len(path) in _BEGINNINGS or len(path) > MAX_DEPTH:
                        self._begin(element, path)
                else:
                    if len(path) in _ENDS:
                        yield from self._end(element, path)
                    path.pop()
        except (ET.ParseError, FileError, UnicodeError) as exc:
            if self._open is None and not self._count:
                raise exc if isinstance(exc, FileError) else FileError(f"The file is not XML: {exc}.") from exc
            yield from self._announce()
            location, number = (self._open.location, self._open.ordinal) if self._open else ("end of the file", None)
            cause = str(exc) if isinstance(exc, FileError) else f"The file breaks off or is damaged: {exc}."
            yield Problem(location=location, sentence=f"{cause} What stands before that was read.", statement=number)
        if not self._kind:
            raise FileError("The file is XML, but neither CAMT.052 nor CAMT.053 nor CAMT.054.")

    def _begin(self, element: ET.Element, path: list[str]) -> None:
        if len(path) > MAX_DEPTH:
            raise FileError(f"The elements of the file are nested more than {MAX_DEPTH} deep: it is not read.")
        if len(path) == 2 and path[1] in _KINDS:
            self._kind = _KINDS[path[1]][0]
        elif len(path) == 2 and not self._kind:
            raise FileError("The file is XML, but neither CAMT.052 nor CAMT.053 nor CAMT.054.")
        elif len(path) == 3 and path[2] in _STATEMENTS and self._kind:
            self._count += 1
            self._open, self._parent = _Open(self._count, self._kind, path[2]), element
        elif len(path) == 4 and path[3] == "Ntry" and self._open:
            self._open.entries += 1
            self._open.details = 0
            self._entry, self._details = element, []

    def _end(self, element: ET.Element, path: list[str]) -> Iterator[Item]:
        statement = self._open
        if statement is None:
            element.clear()
        elif len(path) == 3:
            yield from self._announce()
            self._open = None
            element.clear()
        elif len(path) == 4:
            if path[3] == "Ntry":
                yield from self._announce()
                yield from _lines(element, self._details, statement)
                self._source.entry_ended()
            else:
                _header(element, statement)
            self._parent.clear()
        elif len(path) == 6 and path[3] == "Ntry" and path[5] == "TxDtls":
            statement.details += 1
            self._details.append(_detail(element, statement, entry=self._entry))
            element.clear()

    def _announce(self) -> Iterator[Item]:
        """Yields the statement itself, once: its balances precede its entries."""
        statement = self._open
        if statement is None or statement.is_announced:
            return
        statement.is_announced = True
        yield BankStatement(
            ordinal=statement.ordinal,
            kind=statement.kind,
            location=statement.location,
            account=statement.account,
            currency=statement.currency,
            number="/".join(filter(None, (statement.number, statement.page))),
            opening_minor=statement.opening,
            closing_minor=statement.closing,
            from_date=statement.from_date,
            to_date=statement.to_date,
        )
        for sentence in statement.wrong_balances:
            yield Problem(location=statement.location, sentence=sentence, statement=statement.ordinal)


def _text(element: ET.Element | None, path: str) -> str:
    """Returns the text at a path, through the first child of each name.

    `findtext` with a whole path is several times slower.
    """
    for name in path.split("/"):
        if element is None:
            return ""
        element = element.find(name)
    return "" if element is None else (element.text or "").strip()


def _first(element: ET.Element | None, *paths: str) -> str:
    for path in paths if element is not None else ():
        if text := _text(element, path):
            return text
    return ""


def _header(element: ET.Element, statement: _Open) -> None:
    """Reads the id, account, period and balances; ignores everything else in a statement."""
    match element.tag:
        case "Id":
            statement.number = statement.number or (element.text or "").strip()
        case "ElctrncSeqNb":
            statement.number = (element.text or "").strip() or statement.number
        case "StmtPgntn" | "RptPgntn" | "NtfctnPgntn":
            statement.page = _text(element, "PgNb")
        case "Acct":
            statement.account = _first(element, "Id/IBAN", "Id/Othr/Id").replace(" ", "")
            statement.currency = _text(element, "Ccy") or statement.currency
        case "FrToDt":
            statement.from_date = _day(_text(element, "FrDtTm")) or _day(_text(element, "FrDt"))
            statement.to_date = _day(_text(element, "ToDtTm")) or _day(_text(element, "ToDt"))
        case "Bal":
            _balance(element, statement)


def _balance(element: ET.Element, statement: _Open) -> None:
    code, amount = _text(element, "Tp/CdOrPrtry/Cd"), element.find("Amt")
    if code not in _OPENING + _CLOSING or amount is None:
        return
    currency = amount.get("Ccy", "") or statement.currency
    statement.currency = statement.currency or currency
    try:
        minor = _parse_signed_amount(amount.text or "", currency, _text(element, "CdtDbtInd"))
    except ValueError as exc:
        statement.wrong_balances.append(f"The balance {code} cannot be read: {exc}")
        return
    balance_date = _day(_first(element, "Dt/Dt", "Dt/DtTm"))
    if code in _CLOSING:
        statement.closing, statement.to_date = minor, statement.to_date or balance_date
    elif code == "OPBD" or statement.opening is None:
        statement.opening, statement.from_date = minor, statement.from_date or balance_date


def _lines(entry: ET.Element, details: list[_Detail], statement: _Open) -> Iterator[Item]:
    """Yields the lines of one entry.

    An entry that is not booked has none; otherwise there is one for each detail if their amounts add up to the entry's,
    else one for the entry.
    """
    location = statement.entry_place
    status = _first(entry, "Sts/Cd", "Sts/Prtry", "Sts")
    if not status and statement.kind != "camt.053":
        yield Problem(location=location, sentence="The entry does not say whether it is booked (Sts): it is left out.")
        return
    if status and status != "BOOK":
        return
    try:
        entry_line = _entry(entry, statement)
    except ValueError as exc:
        yield Problem(location=location, sentence=f"The entry cannot be read: {exc}")
        return
    if len(details) <= 1:
        yield _merge_detail(entry_line, details[0] if details else _Detail(location))
        return
    try:
        parts = [_part(entry_line, detail) for detail in details]
        added = sum(part.amount_minor for part in parts)
        cause = f"add up to {format_amount(added, entry_line.currency)}" if added != entry_line.amount_minor else ""
    except ValueError as exc:
        parts, cause = [], f"cannot be told apart ({exc})"
    if not cause:
        yield from parts
        return
    yield entry_line
    sentence = (
        f"The {len(details)} payments of the entry over {format_amount(entry_line.amount_minor, entry_line.currency)} "
        f"{cause}"
    )
    yield Problem(location=location, sentence=f"{sentence.rstrip('.')}: the entry is kept as one line.")


def _entry(entry: ET.Element, statement: _Open) -> BankLine:
    """Reads the entry as one line, without its details. Raises ValueError with a sentence."""
    amount = entry.find("Amt")
    if amount is None:
        raise ValueError("it has no amount.")
    currency = amount.get("Ccy", "") or statement.currency
    value_on = _strict_day(_first(entry, "ValDt/Dt", "ValDt/DtTm"))
    booked_on = _strict_day(_first(entry, "BookgDt/Dt", "BookgDt/DtTm")) or value_on
    if booked_on is None:
        raise ValueError("it has no date.")
    return BankLine(
        statement=statement.ordinal,
        location=statement.entry_place,
        account=statement.account,
        booked_on=booked_on,
        value_on=value_on,
        amount_minor=_parse_signed_amount(amount.text or "", currency, _text(entry, "CdtDbtInd")),
        currency=currency,
        bank_reference=clean_reference(_text(entry, "AcctSvcrRef")),
        entry_reference=clean_reference(_text(entry, "NtryRef")),
        order_reference=clean_reference(_first(entry, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId")),
        text=_text(entry, "AddtlNtryInf"),
        is_return=_comes_back(entry),
    )


def _part(entry_line: BankLine, detail: _Detail) -> BankLine:
    """Reads one of several details. Raises ValueError if its amount is missing or in another currency."""
    if not detail.amount:
        raise ValueError("one has no amount")
    if detail.currency and detail.currency != entry_line.currency:
        raise ValueError(f"one is in {detail.currency}")
    mark = detail.mark or ("CRDT" if entry_line.amount_minor >= 0 else "DBIT")
    return _merge_detail(
        entry_line, detail, amount_minor=_parse_signed_amount(detail.amount, entry_line.currency, mark)
    )


def _merge_detail(entry_line: BankLine, detail: _Detail, *, amount_minor: int | None = None) -> BankLine:
    """Combines the entry with a detail; the entry's own AcctSvcrRef is used if the detail has none."""
    return BankLine(
        statement=entry_line.statement,
        location=detail.location,
        account=entry_line.account,
        booked_on=entry_line.booked_on,
        value_on=entry_line.value_on,
        amount_minor=entry_line.amount_minor if amount_minor is None else amount_minor,
        currency=entry_line.currency,
        counterparty_name=detail.name,
        counterparty_account=detail.account,
        reference=detail.reference,
        bank_reference=detail.bank_reference or entry_line.bank_reference,
        entry_reference=entry_line.entry_reference,
        order_reference=detail.order_reference or entry_line.order_reference,
        text=detail.text or entry_line.text,
        is_return=entry_line.is_return or detail.is_return,
        return_code=detail.return_code,
    )


def _detail(element: ET.Element, statement: _Open, *, entry: ET.Element) -> _Detail:
    """Reads a detail of `entry`, of which everything before the details has been read."""
    amount = element.find("Amt")
    if amount is None:
        amount = element.find("AmtDtls/TxAmt/Amt")
    mark, returned = _text(element, "CdtDbtInd"), element.find("RtrInf")
    is_return = returned is not None or _comes_back(element) or _comes_back(entry)
    is_credit = (mark or _text(entry, "CdtDbtInd")) == "CRDT"
    name, account = _counterparty(element, statement, is_debtor=is_credit != is_return)
    unstructured = " ".join((part.text or "").strip() for part in element.iterfind("RmtInf/Ustrd"))
    structured = [(part.text or "").strip() for part in element.iterfind("RmtInf/Strd/CdtrRefInf/Ref")]
    return _Detail(
        location=f"{statement.entry_place}/TxDtls[{statement.details}]",
        amount="" if amount is None else (amount.text or "").strip(),
        currency="" if amount is None else amount.get("Ccy", ""),
        mark=mark,
        reference=clean_reference(_text(element, "Refs/EndToEndId")),
        bank_reference=clean_reference(_text(element, "Refs/AcctSvcrRef")),
        order_reference=clean_reference(_first(element, "Refs/PmtInfId", "Refs/MsgId")),
        name=name,
        account=account,
        text=unstructured or " ".join(structured) or _text(element, "AddtlTxInf"),
        is_return=is_return,
        return_code=_first(returned, "Rsn/Cd", "Rsn/Prtry"),
    )


def _counterparty(element: ET.Element, statement: _Open, *, is_debtor: bool) -> tuple[str, str]:
    """Returns the other party's name and account, telling the parties apart by our account.

    `is_debtor` decides where no account does. Returned payments name debtor and creditor as the original payment did.
    """
    parties = {part.tag: part for part in element.iterfind("RltdPties/*")}
    debtor, creditor = (
        (
            _first(parties.get(role), "Nm", "Pty/Nm"),
            _first(parties.get(f"{role}Acct"), "Id/IBAN", "Id/Othr/Id").replace(" ", ""),
        )
        for role in ("Dbtr", "Cdtr")
    )
    if statement.account and debtor[1] == statement.account:
        return creditor
    if statement.account and creditor[1] == statement.account:
        return debtor
    if not any(debtor) or not any(creditor):
        return creditor if any(creditor) else debtor
    return debtor if is_debtor else creditor


def _comes_back(element: ET.Element) -> bool:
    """Whether an entry or a detail reverses another, by RvslInd or its transaction code."""
    return (
        _text(element, "RvslInd") in ("true", "1") or _text(element, "BkTxCd/Domn/Fmly/SubFmlyCd") in _RETURN_FAMILIES
    )


def _parse_signed_amount(text: str, currency: str, mark: str) -> int:
    minor = minor_units(text, currency)
    if minor < 0:
        raise ValueError(f"the amount {text.strip()} has a sign of its own; credit or debit say it.")
    if mark not in ("CRDT", "DBIT"):
        raise ValueError(f"“{mark[:10]}” is neither credit (CRDT) nor debit (DBIT).")
    return minor if mark == "CRDT" else -minor


def _strict_day(text: str) -> date | None:
    """Returns the date, or None for an empty text. Raises ValueError for anything else that is not a date."""
    day = _day(text)
    if text and day is None:
        raise ValueError(f"“{text[:40]}” is not a date.")
    return day


def _day(text: str) -> date | None:
    """Returns the date as the bank writes it, without converting its time zone."""
    try:
        return date.fromisoformat(text[:10]) if _DAY.match(text) else None
    except ValueError:
        return None
