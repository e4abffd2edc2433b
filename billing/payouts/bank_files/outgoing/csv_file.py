"""A payment order as plain CSV, for a bank's own upload or for people. Spreadsheets read no cell as a formula."""

from decimal import Decimal
from typing import Final

from billing.engine.values.money import EXPONENTS
from billing.payouts.bank_files import identifiers
from billing.payouts.bank_files.identifiers import IdentifierError
from billing.payouts.bank_files.outgoing.format import KnownOrderFormat
from billing.payouts.bank_files.outgoing.orders import OrderError, Payment, PaymentOrder, SepaAccount, faults
from chargers.text import spreadsheets

COLUMNS: Final = (
    "message_id", "end_to_end_id", "execution_date", "holder", "iban", "bic", "routing_number", "account_number",
    "account_kind", "amount", "currency", "text",
)  # fmt: skip
_MAX_MINOR: Final = 10**15 - 1
_MAX_ID: Final = 35


def write(order: PaymentOrder) -> bytes:
    """Writes the file:

    UTF-8 with a byte order mark, CRLF, decimal points. Raises OrderError with a sentence for each fault.
    """
    sentences = list(faults(order, currencies=frozenset(EXPONENTS), most_minor=_MAX_MINOR, name="the file"))
    rows = []
    for payment in order.payments:
        try:
            rows.append(_row(payment, order))
        except IdentifierError as exc:
            sentences.append(f"Payment {payment.end_to_end_id}: {exc}")
    if sentences:
        raise OrderError(sentences)
    return spreadsheets.render_csv(COLUMNS, [[spreadsheets.escape_formula(cell) for cell in row] for row in rows])


def _row(payment: Payment, order: PaymentOrder) -> list[str]:
    """Returns the cells of a payment. Raises IdentifierError."""
    if not payment.holder.strip():
        raise IdentifierError("it does not name the holder of the account.")
    identifiers.checked_reference(payment.end_to_end_id, max_length=_MAX_ID, label="id")
    exponent = EXPONENTS.get(payment.currency, 2)
    return [
        order.message_id, payment.end_to_end_id, order.execution_date.isoformat(), _collapse_whitespace(payment.holder),
        *_account(payment), f"{Decimal(payment.amount_minor).scaleb(-exponent):.{exponent}f}", payment.currency,
        _collapse_whitespace(payment.text),
    ]  # fmt: skip


def _account(payment: Payment) -> tuple[str, ...]:
    """Returns the checked IBAN, BIC, routing number, account number and kind of account."""
    account = payment.account
    if isinstance(account, SepaAccount):
        bic = identifiers.checked_bic(account.bic) if account.bic else ""
        return (identifiers.checked_iban(account.iban), bic, "", "", "")
    routing = identifiers.checked_routing_number(account.routing_number)
    return ("", "", routing, account.account_number.strip(), account.kind)


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


FORMAT = KnownOrderFormat(name="csv", label="CSV", suffix="csv", currencies=None, write=write)
