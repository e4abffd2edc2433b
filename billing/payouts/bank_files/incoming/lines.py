"""The common form of all bank files: statements, their booked lines, and problems with their location.

Readers yield these one by one, so that a file of any length needs little memory; `collect` gathers a short one.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from billing.engine.values.money import EXPONENTS

MAX_DIGITS: Final = 15
"""Digits of an amount in minor units. More means a broken file, and would not fit our database columns."""
_AMOUNT: Final = re.compile(r"([+-]?)(\d+)(?:[.](\d*))?", re.ASCII)
_NOT_PROVIDED: Final = frozenset({"NOTPROVIDED", "NONREF", "NOTAVAILABLE"})


class FileError(ValueError):
    """The file, or the rest of it, cannot be read; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """One statement of a file. `ordinal` counts from 1; balances are None if the file has none.

    `kind` is the format: `camt.053`, `mt940`, `csv`. Lines and problems refer to their statement by its ordinal.
    """

    ordinal: int
    kind: str
    location: str
    account: str
    currency: str
    number: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None
    from_date: date | None = None
    to_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One booked movement. `amount_minor` is signed from the account's view: negative for money that left.

    `reference` is the end-to-end id, `bank_reference` the bank's own (AcctSvcrRef), `entry_reference` the entry's
    (NtryRef), `order_reference` the id of the order behind the booking (PmtInfId or MsgId). `location` is where it is
    in the file. `is_doubtful`: its statement does not add up, or is incomplete. `occurrence` counts identical lines of
    the file, from 1.
    """

    statement: int
    location: str
    account: str
    booked_on: date
    value_on: date | None
    amount_minor: int
    currency: str
    counterparty_name: str = ""
    counterparty_account: str = ""
    reference: str = ""
    bank_reference: str = ""
    entry_reference: str = ""
    order_reference: str = ""
    text: str = ""
    is_return: bool = False
    return_code: str = ""
    fingerprint: str = ""
    occurrence: int = 1
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem, as a sentence. With `statement` set it casts doubt on all lines of that statement.

    `difference_minor`: how far the statement's balances differ from its lines (closing − opening − lines).
    """

    location: str
    sentence: str
    statement: int | None = None
    difference_minor: int | None = None


Item = BankStatement | BankLine | Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A whole file; lines of doubtful statements are marked."""

    statements: tuple[BankStatement, ...]
    lines: tuple[BankLine, ...]
    problems: tuple[Problem, ...]


def collect(items: Iterable[Item]) -> BankFile:
    """Collects everything that a reader yields and marks the lines of doubtful statements.

    Raises what the reader raises.
    """
    statements: list[BankStatement] = []
    lines: list[BankLine] = []
    problems: list[Problem] = []
    for item in items:
        match item:
            case BankStatement():
                statements.append(item)
            case BankLine():
                lines.append(item)
            case Problem():
                problems.append(item)
    doubtful = {problem.statement for problem in problems if problem.statement is not None}
    marked = (replace(line, is_doubtful=True) if line.statement in doubtful else line for line in lines)
    return BankFile(statements=tuple(statements), lines=tuple(marked), problems=tuple(problems))


def minor_units(text: str, currency: str) -> int:
    """Converts a plain decimal with a point (`12.50`, `-0.00`) to minor units. Raises ValueError with a sentence."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise ValueError(f"“{currency[:10]}” is not a currency that we know.")
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"“{text.strip()[:40]}” is not an amount.")
    sign, integer_part, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if len(fraction) > exponent:
        raise ValueError(f"{text.strip()[:40]} {currency} has more decimals than the currency, which has {exponent}.")
    digits = (integer_part + fraction.ljust(exponent, "0")).lstrip("0") or "0"
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"{text.strip()[:40]} {currency} is too large to be an amount.")
    return -int(digits) if sign == "-" else int(digits)


def format_amount(amount_minor: int, currency: str) -> str:
    """Formats an amount for a sentence: -1250 and EUR become `-12.50 EUR`."""
    return f"{Decimal(amount_minor).scaleb(-EXPONENTS.get(currency, 0)):f} {currency}"


def clean_reference(reference: str) -> str:
    """Returns a reference, or an empty text if the bank filled the field with its word for “none”."""
    text = reference.strip()
    return "" if text.upper() in _NOT_PROVIDED else text


@dataclass(slots=True)
class Fingerprints:
    """Numbers identical lines of one file, so that reading it twice gives the same fingerprints.

    Stores eight bytes of each digest (about 0.1 kB a line): the only thing that grows with the file.
    """

    _seen: Counter[int] = field(default_factory=Counter)
    _copied: Counter[int] = field(default_factory=Counter)

    def sign(self, line: BankLine) -> BankLine:
        """Adds the fingerprint to a line and counts its occurrence."""
        digest, key = _digest(line)
        self._seen[key] += 1
        return _sign_line(line, digest, occurrence=self._seen[key])

    def start_copy(self) -> None:
        """Starts a statement that seems to repeat an earlier one."""
        self._copied.clear()

    def sign_new(self, line: BankLine) -> BankLine | None:
        """Signs a line of such a repetition; None if it was signed before.

        So a page that only looks like a copy loses no line.
        """
        digest, key = _digest(line)
        self._copied[key] += 1
        if self._copied[key] <= self._seen[key]:
            return None
        self._seen[key] += 1
        return _sign_line(line, digest, occurrence=self._seen[key])


def _digest(line: BankLine) -> tuple["hashlib._Hash", int]:
    facts = (
        line.account, line.booked_on.isoformat(), str(line.amount_minor), line.currency, line.reference,
        line.bank_reference, line.entry_reference, line.order_reference, line.counterparty_account,
        " ".join(line.text.split()),
    )  # fmt: skip
    digest = hashlib.sha256("\x1f".join(facts).encode())
    return digest, int.from_bytes(digest.digest()[:8], "big")


def _sign_line(line: BankLine, digest: "hashlib._Hash", *, occurrence: int) -> BankLine:
    digest.update(f"\x1f{occurrence}".encode())
    return replace(line, fingerprint=digest.hexdigest(), occurrence=occurrence)


def sign_and_check(items: Iterable[Item]) -> Iterator[Item]:
    """Signs the lines, skips copies of statements, and reports balances that do not chain.

    A statement's lines come right after it. Raises what `items` raises.
    """
    check = _Check()
    for item in items:
        match item:
            case BankStatement():
                yield from check.statement(item)
            case BankLine():
                yield from check.line(item)
            case Problem():
                yield from check.problem(item)
    yield from check.end()


@dataclass(slots=True)
class _Check:
    """The state of `checked` within a file; `_copy` is the statement that is being read a second time."""

    _fingerprints: Fingerprints = field(default_factory=Fingerprints)
    _statements: list[BankStatement] = field(default_factory=list)
    _ordinals: dict[BankStatement, int] = field(default_factory=dict)
    _copy: BankStatement | None = None
    _total: int = 0
    _is_comparable: bool = False

    def statement(self, statement: BankStatement) -> Iterator[Item]:
        yield from self._balance()
        identity = _identity(statement)
        original = self._ordinals.setdefault(identity, statement.ordinal) if identity else statement.ordinal
        if original != statement.ordinal:
            self._copy = statement
            self._fingerprints.start_copy()
            sentence = f"Statement {statement.ordinal} repeats statement {original}: the same lines are left out."
            yield Problem(location=statement.location, sentence=sentence)
            return
        self._statements.append(statement)
        self._copy, self._total, self._is_comparable = None, 0, True
        yield statement

    def line(self, line: BankLine) -> Iterator[Item]:
        if self._copy is None:
            self._total += line.amount_minor
            self._is_comparable = self._is_comparable and line.currency == self._statements[-1].currency
            yield self._fingerprints.sign(line)
        elif (signed := self._fingerprints.sign_new(line)) is not None:
            if self._statements[-1] is not self._copy:
                self._statements.append(self._copy)
                yield self._copy
            yield signed

    def problem(self, problem: Problem) -> Iterator[Item]:
        # An incomplete statement cannot be compared, and its problem reports that already.
        self._is_comparable = self._is_comparable and problem.statement is None
        yield problem

    def end(self) -> Iterator[Item]:
        yield from self._balance()
        yield from _report_gaps(self._statements)

    def _balance(self) -> Iterator[Problem]:
        if self._statements and self._copy is None and self._is_comparable:
            yield from _difference(self._statements[-1], self._total)
        self._is_comparable = False


def statement_gap_minor(before: BankStatement, after: BankStatement) -> int | None:
    """Returns the gap between two statements of one account: 0 if they chain, None if a balance is missing."""
    if before.closing_minor is None or after.opening_minor is None or before.currency != after.currency:
        return None
    return after.opening_minor - before.closing_minor


def _identity(statement: BankStatement) -> BankStatement | None:
    """Returns what two copies of a statement share; None if it may just be a day without movements."""
    if not statement.number or statement.opening_minor is None or statement.closing_minor is None:
        return None
    return replace(statement, ordinal=0, location="")


def _difference(statement: BankStatement, total: int) -> Iterator[Problem]:
    if statement.opening_minor is None or statement.closing_minor is None:
        return
    difference = statement.closing_minor - statement.opening_minor - total
    if difference:
        currency = statement.currency
        sentence = (
            f"Statement {statement.number or statement.ordinal} does not add up: it opens with "
            f"{format_amount(statement.opening_minor, currency)}, its lines come to {format_amount(total, currency)}, "
            f"and it closes with {format_amount(statement.closing_minor, currency)}. "
            f"The difference is {format_amount(difference, currency)}."
        )
        yield Problem(
            location=statement.location, sentence=sentence, statement=statement.ordinal, difference_minor=difference
        )


def _report_gaps(statements: list[BankStatement]) -> Iterator[Problem]:
    """Reports gaps between an account's statements, sorted by date because some banks write the newest first."""
    with_balances = [
        bank_statement
        for bank_statement in statements
        if bank_statement.opening_minor is not None and bank_statement.closing_minor is not None
    ]
    by_account: dict[tuple[str, str, str], list[BankStatement]] = {}
    for statement in with_balances:
        by_account.setdefault((statement.kind, statement.account, statement.currency), []).append(statement)
    for several in by_account.values():
        newest_first = _start_date(several[0]) > _start_date(several[-1])
        in_order = sorted(reversed(several) if newest_first else several, key=_start_date)
        for before, after in pairwise(in_order):
            if difference := statement_gap_minor(before, after):
                sentence = (
                    f"Statement {after.number or after.ordinal} does not follow on statement "
                    f"{before.number or before.ordinal}, which closed with "
                    f"{format_amount(before.closing_minor or 0, before.currency)}: it opens with "
                    f"{format_amount(after.opening_minor or 0, after.currency)}. "
                    "A statement may be missing between them."
                )
                yield Problem(location=after.location, sentence=sentence, difference_minor=difference)


def _start_date(statement: BankStatement) -> date:
    return statement.from_date or statement.to_date or date.min
