"""Detects the same movement in several kinds of files: as CSV and as CAMT, or with different columns.

Within one kind, fingerprints identify a line. Between kinds, texts differ, so the n-th line of an account, day and
amount is taken for the n-th of the other kind, unless their references belong to two payments.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from billing.models import BankImport, BankLine, BankLineCopy
from billing.payouts.bank_files.incoming.lines import BankLine as Read
from billing.payouts.bank_lines import matches, owners
from billing.payouts.payees import bank_accounts

_LEAST_OF_A_REFERENCE: Final = 6
"""The minimum length of a reference to be searched for within a text."""
_Moved = tuple[date, int, str]
"""Day, amount and currency."""
_PLAIN: Final = re.compile(r"[^0-9A-Z]")


def source(file: BankImport, *, kind: str) -> str:
    """Returns the kind of file within which fingerprints are comparable."""
    return f"{kind}:{file.mapping_id}" if file.mapping_id else kind


def stored_fingerprints(fingerprints: Iterable[str], *, file: BankImport) -> set[str]:
    """Returns the fingerprints whose line, or a copy of it, is stored."""
    some = list(fingerprints)
    lines = BankLine.objects.filter(host=file.host, fingerprint__in=some)
    copies = BankLineCopy.objects.filter(host=file.host, fingerprint__in=some)
    return {*lines.values_list("fingerprint", flat=True), *copies.values_list("fingerprint", flat=True)}


def find(new: Sequence[Read], *, file: BankImport, kind: str) -> dict[str, BankLine]:
    """Maps fingerprints to the stored lines that they repeat. Two queries."""
    rows = _candidates(new, file=file, kind=kind)
    originals: dict[str, BankLine] = {}
    for line in new if rows else ():
        same_day = rows.get((line.booked_on, line.amount_minor, line.currency), [])
        fits = [bank_line for bank_line in same_day if _is_same(line, bank_line, is_csv=kind == "csv")]
        if fits:
            best = max(fits, key=lambda candidate: bool(_refs(line) & _stored_refs(candidate)))
            same_day.remove(best)
            originals[line.fingerprint] = best
    return originals


def keep(originals: Mapping[str, BankLine], lines: Iterable[Read], *, file: BankImport, kind: str) -> None:
    """Stores the copies, and adds their references to open lines that lack them."""
    by_print = {bank_line.fingerprint: bank_line for bank_line in lines}
    origin = source(file, kind=kind)
    BankLineCopy.objects.bulk_create(
        BankLineCopy(line=line, host=file.host, source=origin, fingerprint=fingerprint)
        for fingerprint, line in originals.items()
    )
    changed = [line for fingerprint, line in originals.items() if _fill_in_references(line, by_print[fingerprint])]
    BankLine.objects.bulk_update(changed, ["reference", "bank_ref", "order_ref", "match"])


def _candidates(new: Sequence[Read], *, file: BankImport, kind: str) -> dict[_Moved, list[BankLine]]:
    """Returns stored lines of the same days and amounts, from other kinds of files, without a copy of this kind yet."""
    days, origin = [bank_line.booked_on for bank_line in new], source(file, kind=kind)
    if not days:
        return {}
    rows = BankLine.objects.filter(host=file.host, booked_on__range=(min(days), max(days)))
    rows = rows.filter(amount_minor__in={line.amount_minor for line in new}).exclude(copies__source=origin)
    rows = rows.exclude(file=file).select_related("file").order_by("pk")
    candidates: dict[_Moved, list[BankLine]] = defaultdict(list)
    for row in rows:
        if source(row.file, kind=row.file.format) != origin:
            candidates[row.booked_on, row.amount_minor, row.currency].append(row)
    return candidates


def _is_same(line: Read, row: BankLine, *, is_csv: bool) -> bool:
    if owners.is_named(line.account) and row.is_account_named and not _is_same_account(line, row):
        return False
    line_refs, row_refs = _refs(line), _stored_refs(row)
    if line_refs & row_refs or _stand_in(line_refs, row.text) or _stand_in(row_refs, line.text):
        return True
    if is_csv and row.file.format == "csv":  # perhaps from two banks, because neither file names the account
        return bool(row.text) and _normalize_text(line.text) == _normalize_text(row.text)
    return not (line_refs and row_refs)


def _is_same_account(line: Read, row: BankLine) -> bool:
    """Compares the accounts as far as both are shown; one may show only its end."""
    is_full_match = bank_accounts.fingerprint(line.account) == row.account_fingerprint
    return is_full_match or line.account[-4:] == row.account_masked[-4:]


def _fill_in_references(row: BankLine, copy: Read) -> bool:
    """Adds missing references to an open line and queues it for matching. Closed or undone lines stay unchanged."""
    if row.match in matches.CLOSED or row.kind == matches.UNDONE:
        return False
    before = (row.reference, row.bank_ref, row.order_ref)
    row.reference = row.reference or copy.reference[:140]
    row.bank_ref = row.bank_ref or (copy.bank_reference or copy.entry_reference)[:140]
    row.order_ref = row.order_ref or copy.order_reference[:140]
    if before == (row.reference, row.bank_ref, row.order_ref):
        return False
    row.match = BankLine.Match.WAITING
    return True


def _refs(line: Read) -> set[str]:
    references = (line.reference, line.bank_reference, line.entry_reference, line.order_reference)
    return {_normalize_text(reference) for reference in references} - {""}


def _stored_refs(row: BankLine) -> set[str]:
    return {_normalize_text(reference) for reference in (row.reference, row.bank_ref, row.order_ref)} - {""}


def _stand_in(refs: Iterable[str], text: str) -> bool:
    plain = _normalize_text(text)
    return any(len(ref) >= _LEAST_OF_A_REFERENCE and ref in plain for ref in refs)


def _normalize_text(text: str) -> str:
    return _PLAIN.sub("", text.upper())
