"""US credits as a NACHA file: CCD for companies, PPD for persons, one batch each.

Lines of 94 characters in blocks of ten; fields as in the NACHA Operating Rules, appendix three.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from billing.payouts.bank_files import identifiers
from billing.payouts.bank_files.identifiers import IdentifierError
from billing.payouts.bank_files.outgoing.format import KnownOrderFormat
from billing.payouts.bank_files.outgoing.orders import OrderError, Payment, PaymentOrder, UsAccount, UsOrigin, faults

WIDTH, BLOCK = 94, 10
_MAX_MINOR: Final = 9_999_999_999
_MAX_TOTAL: Final = 999_999_999_999
_MAX_ID, _MAX_ACCOUNT, _MAX_TEXT = 15, 17, 80
_CREDITS_ONLY: Final = "220"
_CREDIT_TO: Final = {"checking": "22", "savings": "32"}
_PADDING: Final = "9" * WIDTH
_FILE_ID_MODIFIERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def write(order: PaymentOrder) -> bytes:
    """Writes the file in ASCII with a line feed after each line. Raises OrderError with a sentence for each fault."""
    sentences = list(faults(order, currencies=frozenset({"USD"}), most_minor=_MAX_MINOR, name="an ACH payment"))
    sentences += _faults(order)
    if order.total_minor > _MAX_TOTAL:
        sentences.append("The payments come to more than one file carries: split the order.")
    if sentences:
        raise OrderError(sentences)
    lines = list(_lines(order))
    lines += [_PADDING] * (-len(lines) % BLOCK)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def trace_numbers(order: PaymentOrder) -> Mapping[str, str]:
    """Maps our ids to the trace numbers in the file, which the bank names with a return."""
    origin = _origin(order)
    in_order = [payment for _, payments in _batches(order) for payment in payments]
    return {payment.end_to_end_id: _trace(origin, n) for n, payment in enumerate(in_order, start=1)}


def our_account(values: Mapping[str, str], made_before: int) -> UsOrigin:
    """Makes our account from its settings. A letter or digit tells the files of one day apart."""
    return UsOrigin(
        bank_routing_number=values["PAYOUT_ACH_ROUTING_NUMBER"],
        bank_name=values["PAYOUT_ACH_BANK_NAME"],
        immediate_origin=values["PAYOUT_ACH_ORIGIN"],
        company_id=values["PAYOUT_ACH_COMPANY_ID"],
        company_name=values["PAYOUT_ACH_COMPANY_NAME"],
        file_id_modifier=_FILE_ID_MODIFIERS[made_before % len(_FILE_ID_MODIFIERS)],
    )


def _origin(order: PaymentOrder) -> UsOrigin:
    if not isinstance(order.account, UsOrigin):
        raise IdentifierError("The order is not paid from an account in the US.")
    return order.account


def _faults(order: PaymentOrder) -> Iterator[str]:
    """Yields what this format refuses: the first fault of the order itself, and of each payment."""
    try:
        _check_origin(order)
    except IdentifierError as exc:
        yield str(exc)
    for payment in order.payments:
        try:
            _check(payment)
        except IdentifierError as exc:
            yield str(exc)


def _check_origin(order: PaymentOrder) -> None:
    origin = _origin(order)
    identifiers.checked_routing_number(origin.bank_routing_number)
    limits = (
        ("bank's name", origin.bank_name, 23), ("immediate origin", origin.immediate_origin, 10),
        ("company id", origin.company_id, 10), ("company's name", origin.company_name, 16),
        ("entry description", origin.entry_description, 10),
    )  # fmt: skip
    for name, text, max_length in limits:
        if not 0 < len(identifiers.nacha_text(text)) <= max_length:
            raise IdentifierError(
                f"The {name} “{text[:40]}” must have 1 to {max_length} characters that NACHA files may have."
            )
    modifier = origin.file_id_modifier
    if len(modifier) != 1 or not modifier.isascii() or not (modifier.isupper() or modifier.isdigit()):
        raise IdentifierError("The file id modifier must be one capital letter or digit.")
    if not re.search("[A-Z0-9]", identifiers.nacha_text(order.holder)):
        raise IdentifierError("The name of the payer has no letter that NACHA files may have.")


def _check(payment: Payment) -> None:
    account, subject = payment.account, f"Payment {payment.end_to_end_id}"
    if not isinstance(account, UsAccount):
        raise IdentifierError(f"{subject} does not go to an account in the US.")
    try:
        identifiers.checked_routing_number(account.routing_number)
        identifiers.checked_reference(payment.end_to_end_id, max_length=_MAX_ID, label="id")
    except IdentifierError as exc:
        raise IdentifierError(f"{subject}: {exc}") from exc
    number = account.account_number.strip()
    if not 0 < len(number) <= _MAX_ACCOUNT or identifiers.nacha_text(number) != number.upper():
        raise IdentifierError(
            f"{subject}: the account number must have 1 to {_MAX_ACCOUNT} digits, letters or hyphens."
        )
    if not re.search("[A-Z0-9]", identifiers.nacha_text(payment.holder)):
        raise IdentifierError(f"{subject}: the name “{payment.holder[:40]}” has no letter that NACHA files may have.")
    if len(identifiers.nacha_text(payment.text)) > _MAX_TEXT:
        raise IdentifierError(f"{subject}: its text is longer than the {_MAX_TEXT} characters of an addendum.")


def _batches(order: PaymentOrder) -> list[tuple[str, list[Payment]]]:
    """Groups payments by their entry class code, companies first."""
    by_class: dict[str, list[Payment]] = {"CCD": [], "PPD": []}
    for payment in order.payments:
        assert isinstance(payment.account, UsAccount)
        by_class["PPD" if payment.account.holder_is_person else "CCD"].append(payment)
    return [(code, payments) for code, payments in by_class.items() if payments]


def _lines(order: PaymentOrder) -> Iterator[str]:
    origin, batches = _origin(order), _batches(order)
    yield _file_header(order, origin)
    sequence = count = lines = 0
    for number, (code, payments) in enumerate(batches, start=1):
        yield _batch_header(order, origin, code=code, number=number)
        entries = [
            entry
            for n, payment in enumerate(payments, start=sequence + 1)
            for entry in _entry(payment, origin, sequence=n)
        ]
        yield from entries
        yield _batch_control(payments, origin, entries=len(entries), number=number)
        sequence, count, lines = sequence + len(payments), count + len(entries), lines + len(entries) + 2
    blocks = -(-(lines + 2) // BLOCK)
    yield _join_fixed_width(
        ("9", 1),
        (len(batches), 6),
        (blocks, 6),
        (count, 8),
        (_hash(order.payments), 10),
        (0, 12),
        (order.total_minor, 12),
        ("", 39),
    )


def _file_header(order: PaymentOrder, origin: UsOrigin) -> str:
    bank = identifiers.checked_routing_number(origin.bank_routing_number)
    return _join_fixed_width(
        ("101", 3),
        (f" {bank}", 10),
        (identifiers.nacha_text(origin.immediate_origin).rjust(10), 10),
        (order.created_at.strftime("%y%m%d%H%M"), 10),
        (origin.file_id_modifier, 1),
        ("094101", 6),
        (identifiers.nacha_text(origin.bank_name), 23),
        (identifiers.nacha_text(order.holder)[:23], 23),
        ("", 8),
    )


def _batch_header(order: PaymentOrder, origin: UsOrigin, *, code: str, number: int) -> str:
    day = order.execution_date.strftime("%y%m%d")
    return _join_fixed_width(
        ("5", 1),
        (_CREDITS_ONLY, 3),
        (identifiers.nacha_text(origin.company_name), 16),
        ("", 20),
        (identifiers.nacha_text(origin.company_id), 10),
        (code, 3),
        (identifiers.nacha_text(origin.entry_description), 10),
        (day, 6),
        (day, 6),
        ("", 3),
        ("1", 1),
        (_identification(origin), 8),
        (number, 7),
    )


def _entry(payment: Payment, origin: UsOrigin, *, sequence: int) -> Iterator[str]:
    """Yields the entry and, if there is a text, its addendum."""
    account, text = payment.account, identifiers.nacha_text(payment.text)
    assert isinstance(account, UsAccount)
    routing = identifiers.checked_routing_number(account.routing_number)
    yield _join_fixed_width(
        ("6", 1),
        (_CREDIT_TO[account.kind], 2),
        (routing, 9),
        (account.account_number.strip(), 17),
        (payment.amount_minor, 10),
        (payment.end_to_end_id, 15),
        (identifiers.nacha_text(payment.holder)[:22], 22),
        ("", 2),
        ("1" if text else "0", 1),
        (_trace(origin, sequence), 15),
    )
    if text:
        yield _join_fixed_width(("705", 3), (text, 80), (1, 4), (sequence, 7))


def _batch_control(payments: Sequence[Payment], origin: UsOrigin, *, entries: int, number: int) -> str:
    total = sum(payment.amount_minor for payment in payments)
    return _join_fixed_width(
        ("8", 1),
        (_CREDITS_ONLY, 3),
        (entries, 6),
        (_hash(payments), 10),
        (0, 12),
        (total, 12),
        (identifiers.nacha_text(origin.company_id), 10),
        ("", 19),
        ("", 6),
        (_identification(origin), 8),
        (number, 7),
    )


def _hash(payments: Sequence[Payment]) -> int:
    """Sums the first eight digits of all routing numbers; returns the last ten digits of the sum."""
    routing = (payment.account.routing_number for payment in payments if isinstance(payment.account, UsAccount))
    return sum(int(identifiers.checked_routing_number(number)[:8]) for number in routing) % 10**10


def _identification(origin: UsOrigin) -> str:
    return identifiers.checked_routing_number(origin.bank_routing_number)[:8]


def _trace(origin: UsOrigin, sequence: int) -> str:
    return f"{_identification(origin)}{sequence:07d}"


def _join_fixed_width(*fields: tuple[str | int, int]) -> str:
    """Joins fields of fixed width: texts left-aligned, numbers padded with zeros."""
    parts = [str(value).zfill(width) if isinstance(value, int) else value.ljust(width) for value, width in fields]
    line = "".join(parts)
    assert len(line) == sum(width for _, width in fields) == WIDTH, line
    return line


FORMAT = KnownOrderFormat(
    name="nacha",
    label="ACH (NACHA)",
    suffix="ach",
    currencies=frozenset({"USD"}),
    required_settings=(
        "PAYOUT_BANK_HOLDER",
        "PAYOUT_ACH_ROUTING_NUMBER",
        "PAYOUT_ACH_BANK_NAME",
        "PAYOUT_ACH_ORIGIN",
        "PAYOUT_ACH_COMPANY_ID",
        "PAYOUT_ACH_COMPANY_NAME",
    ),
    optional_settings=(),
    account=our_account,
    write=write,
    trace_numbers=trace_numbers,
)
