"""Imports a bank's file and stores each new line once, even if files repeat, overlap or differ in kind.

One transaction stores the lines of one owner, batch by batch; of a truncated file, the lines read so far remain.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from django.db import connection, transaction
from stdnum import iban

from billing.models import BankImport, BankLine
from billing.payouts.bank_files import formats
from billing.payouts.bank_files.incoming.format import HEAD_BYTES
from billing.payouts.bank_files.incoming.lines import BankLine as Read
from billing.payouts.bank_files.incoming.lines import BankStatement, FileError, Item, Problem
from billing.payouts.bank_lines import copies, mappings, owners
from billing.payouts.payees import bank_accounts
from chargers.lib import batch
from chargers.models import Host

_HEAD_BYTES: Final = 2**18
_BATCH: Final = 1000
_LOCK_SPACE: Final = 7302
_MAX_PROBLEMS: Final = 200
_LOST: Final = "the file has no line that can be read"
Place = int | str


@dataclass(slots=True, kw_only=True)
class ImportResult:
    """The result of an import. `file` is None if nothing in it was new.

    `matched` counts its lines, `matched_before` those of earlier files that were matched with it.
    """

    file: BankImport | None = None
    lines: int = 0
    doubled: list[Place] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    matched: int = 0
    matched_before: int = 0


def bring_in(
    stream: BinaryIO,
    *,
    name: str,
    host: Host | None,
    by: str,
    now: datetime,
    answers: Mapping[str, Any] = MappingProxyType({}),
) -> ImportResult:
    """Reads a file and stores what is new. It is read twice, so it must be a regular file.

    Raises FileError, and QuestionsError if a CSV leaves something open.
    """
    digest = _sha256(stream)
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    detected = formats.detect(head[:HEAD_BYTES])
    if not detected.kind:
        raise FileError(detected.sentence)
    with transaction.atomic():
        _lock(host)
        stored_mapping, items = None, None if formats.needs_mapping(detected.kind) else formats.read(stream)
        if items is None:
            mapping = mappings.find(_whole_lines(head), host=host, answers=answers)
            stored_mapping = mappings.remember(mapping, host=host, by=by if answers else "", now=now)
            items = formats.read(stream, mapping=mapping)
        file = BankImport.objects.create(
            host=host,
            name=_truncate_text(name, 200),
            sha256=digest,
            format=detected.kind,
            mapping=stored_mapping,
            imported_by=by[:150],
            imported_at=now,
        )
        return _store_lines(owners.skip_other_accounts(items, owners.load(host)), file)


def _store_lines(items: Iterator[Item], file: BankImport) -> ImportResult:
    """Stores all lines. Raises FileError if the file has no line; nothing of it is stored then."""
    reading = _Reading(file)
    try:
        for some in batch.slices(items, _BATCH):
            reading.take(some)
    except FileError as exc:
        if not reading.imported.lines:
            raise
        reading.imported.refused.append({"line": "file", "message": str(exc)})
    if not reading.imported.lines:
        raise FileError(_describe_empty_import(reading.imported))
    return reading.close()


class _Reading:
    """The state of an import: which lines are new, which are known, and which problems occurred."""

    def __init__(self, file: BankImport) -> None:
        self.file, self.imported = file, ImportResult(file=file)
        self._doubtful: set[int] = set()
        self._format = ""

    def take(self, items: Sequence[Item]) -> None:
        lines = []
        for item in items:
            match item:
                case BankStatement():
                    self._format = self._format or item.kind
                case Problem():
                    self._problem(item)
                case Read():
                    lines.append(item)
        if lines:
            self._store(lines)

    def close(self) -> ImportResult:
        """Saves the result in the import's row, or deletes the row if no line was new."""
        file, imported = self.file, self.imported
        if not file.lines_count:
            file.delete()
            imported.file = None
            return imported
        if self._doubtful:
            file.lines.filter(statement__in=self._doubtful).update(is_doubtful=True)
        file.format = self._format or file.format
        file.doubled_count, file.refused_count = len(imported.doubled), len(imported.refused)
        file.problems = imported.problems[:_MAX_PROBLEMS]
        file.difference_minor = sum(problem["difference_minor"] or 0 for problem in imported.problems)
        file.save()
        return imported

    def _problem(self, problem: Problem) -> None:
        location = _parse_location(problem.location)
        if problem.statement is not None:
            self._doubtful.add(problem.statement)
        if problem.statement is None and problem.difference_minor is None and problem.location != "file":
            self.imported.refused.append({"line": location, "message": problem.sentence})
            return
        difference = problem.difference_minor
        self.imported.problems.append({"line": location, "message": problem.sentence, "difference_minor": difference})

    def _store(self, lines: Sequence[Read]) -> None:
        kind = self._format or self.file.format
        known_fingerprints = copies.stored_fingerprints((line.fingerprint for line in lines), file=self.file)
        new = [line for line in lines if line.fingerprint not in known_fingerprints]
        originals = copies.find(new, file=self.file, kind=kind)
        copies.keep(originals, new, file=self.file, kind=kind)
        known_fingerprints |= set(originals)
        self.imported.lines += len(lines)
        self.imported.doubled += [
            _parse_location(line.location) for line in lines if line.fingerprint in known_fingerprints
        ]
        new = [bank_line for bank_line in new if bank_line.fingerprint not in known_fingerprints]
        BankLine.objects.bulk_create([_row(line, self.file) for line in new])
        days = [line.booked_on for line in new]
        self.file.lines_count += len(new)
        self.file.first_on = min([*days, *filter(None, [self.file.first_on])], default=None)
        self.file.last_on = max([*days, *filter(None, [self.file.last_on])], default=None)


def _row(line: Read, file: BankImport) -> BankLine:
    return BankLine(
        file=file,
        host=file.host,
        statement=line.statement,
        place=line.location[:80],
        account_masked=mask_account(line.account),
        account_fingerprint=bank_accounts.fingerprint(line.account),
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount_minor=line.amount_minor,
        currency=line.currency[:3],
        counterparty=_truncate_text(line.counterparty_name, 140),
        counterparty_fingerprint=_iban(line.counterparty_account),
        reference=_truncate_text(line.reference, 140),
        bank_ref=_truncate_text(line.bank_reference or line.entry_reference, 140),
        order_ref=_truncate_text(line.order_reference, 140),
        text=_truncate_text(line.text, 500),
        is_return=line.is_return,
        return_code=_truncate_text(line.return_code, 40),
        fingerprint=line.fingerprint,
        occurrence=line.occurrence,
        is_doubtful=line.is_doubtful,
    )


def mask_account(account: str) -> str:
    """Returns the end of an account number; a name is returned as it is."""
    return f"…{account[-4:]}" if sum(character.isdigit() for character in account) > 3 else account[:40]


def _iban(account: str) -> str:
    """Returns an IBAN's fingerprint; empty for other account numbers, which banks write in many ways."""
    compact = iban.compact(account).upper()
    return bank_accounts.fingerprint(compact) if iban.is_valid(compact) else ""


def _truncate_text(text: str, max_length: int) -> str:
    return text.replace("\x00", "")[:max_length]


def _parse_location(location: str) -> Place:
    number = location.removeprefix("line ")
    return int(number) if number.isdecimal() else location


def _describe_empty_import(imported: ImportResult) -> str:
    first = next(iter([*imported.refused, *imported.problems]), None)
    return f"Nothing was imported: {_LOST}." if first is None else f"Nothing was imported: {_LOST}. {first['message']}"


def _sha256(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while part := stream.read(2**20):
        digest.update(part)
    stream.seek(0)
    return digest.hexdigest()


def _whole_lines(head: bytes) -> bytes:
    """Returns the bytes up to the last line end, so that no character is cut in half."""
    end = max(head.rfind(b"\n"), head.rfind(b"\r"))
    if len(head) < _HEAD_BYTES or end < 0:
        return head
    return head[: len(head) // 2 * 2] if b"\x00" in head else head[: end + 1]


def _lock(host: Host | None) -> None:
    """Serializes imports of one owner until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, host.pk if host else 0])
