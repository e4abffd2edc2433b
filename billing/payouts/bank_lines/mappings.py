"""Column mappings of banks' CSV files: remembered by header, and asked for if the file leaves them open."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from billing.models import BankMapping, Payout
from billing.payouts.bank_files.incoming import csv_file, csv_mapping
from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping, Proposal, Question
from billing.payouts.bank_files.incoming.lines import FileError
from billing.payouts.bank_lines import owners
from chargers.models import Host

_ROUNDS: Final = 12
_TRIED: Final = 2**15
"""The number of bytes on which a remembered mapping is tried."""
_ANSWERABLE: Final = frozenset(field.name for field in fields(CsvMapping)) - {
    "delimiter",
    "columns",
    "credit_marks",
    "text",
}
_NO_ANSWERS: Final[Mapping[str, Any]] = MappingProxyType({})


class QuestionsError(FileError):
    """The file leaves something open. The message lists the questions; `questions` also have their choices."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(f"The file leaves open: {' '.join(question.sentence for question in questions)}")
        self.questions = tuple(questions)


def find(head: bytes, *, host: Host | None, answers: Mapping[str, Any] = _NO_ANSWERS) -> CsvMapping:
    """Returns the mapping that a user chose for this header, else an unambiguous one.

    `answers` come from the user and take precedence. A minus means outgoing money if no column tells the direction.
    Raises FileError and QuestionsError.
    """
    _check(answers)
    proposal = csv_mapping.propose(head, answers)
    row = BankMapping.objects.filter(host=host, signature=_signature(proposal.mapping)).first()
    saved_mapping = _restore_mapping(row)
    if not proposal.has_rows:
        why = csv_file.why_nothing(head, proposal.mapping)
        raise FileError(f"Nothing was imported: the file has no line that can be read. {why}")
    if saved_mapping is not None and not csv_file.is_best_mapping(head[:_TRIED], saved_mapping):
        saved_mapping = _keep_account_and_currency(saved_mapping, proposal.mapping)
    elif row is not None and saved_mapping is not None and row.chosen_by and not answers:
        return saved_mapping
    all_answers = dict(answers)
    for _ in range(_ROUNDS):
        if not proposal.questions:
            return proposal.mapping
        answered = {
            question.field: text
            for question in proposal.questions
            if (text := _answer(question, proposal, saved_mapping, host))
        }
        answered |= {question.field: "" for question in proposal.questions if question.field == "sign"}
        if not answered:
            break
        all_answers |= answered
        proposal = csv_mapping.propose(head, all_answers)
    raise QuestionsError(proposal.questions)


def _check(answers: Mapping[str, Any]) -> None:
    """Validates answers from forms and requests. Raises FileError for an unknown name or value."""
    if unknown := sorted(set(answers) - _ANSWERABLE):
        raise FileError(f"There is no such setting of columns: {unknown[0][:40]}.")
    for name, choices in (("date_order", csv_mapping.DATE_ORDERS), ("decimal", (",", "."))):
        if name in answers and answers[name] not in choices:
            raise FileError(f"There is no such setting of columns: {name} is one of {', '.join(choices)}.")


def remember(mapping: CsvMapping, *, host: Host | None, by: str, now: datetime) -> BankMapping:
    """Stores the mapping for the next file with this header.

    `by` is empty if no question was open; a user's choice is not overwritten.
    """
    row, _ = BankMapping.objects.get_or_create(
        host=host, signature=_signature(mapping), defaults={"mapping": mapping.stored(), "updated_at": now}
    )
    if by or not row.chosen_by:
        row.mapping, row.chosen_by, row.updated_at = mapping.stored(), by[:150], now
        row.save()
    return row


def _signature(mapping: CsvMapping) -> str:
    names = "\x1f".join(csv_mapping.key(column) for column in mapping.columns)
    return hashlib.sha256(f"{mapping.delimiter}\x1e{names}".encode()).hexdigest()


def _restore_mapping(row: BankMapping | None) -> CsvMapping | None:
    try:
        return CsvMapping.restored(row.mapping) if row else None
    except TypeError:  # stored by an older version
        return None


def _keep_account_and_currency(saved_mapping: CsvMapping, guessed: CsvMapping) -> CsvMapping:
    """Keeps the account and currency of a stored mapping for a file whose rows are formatted differently."""
    return replace(guessed, fixed_account=saved_mapping.fixed_account, fixed_currency=saved_mapping.fixed_currency)


def _answer(question: Question, proposal: Proposal, saved_mapping: CsvMapping | None, host: Host | None) -> str:
    """Answers a question from an earlier file with the same header, or from the file's owner; empty if neither can."""
    earlier = getattr(saved_mapping, question.field, "") if saved_mapping else ""
    if isinstance(earlier, str) and earlier and (not question.choices or earlier in question.choices):
        return earlier
    match question.field:
        case "fixed_account":
            return owners.stand_in(host)
        case "fixed_currency":
            return host.currency if host else _only_currency()
        case "date_order" if proposal.mapping.decimal == "," and "dmy" in question.choices:
            return "dmy"  # nobody combines month-first dates with a decimal comma
    return ""


def _only_currency() -> str:
    currencies = set(Payout.objects.order_by().values_list("currency", flat=True).distinct()[:2])
    currencies = currencies or set(Host.objects.order_by().values_list("currency", flat=True).distinct()[:2])
    return currencies.pop() if len(currencies) == 1 else ""
