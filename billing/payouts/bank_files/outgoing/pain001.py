"""SEPA credit transfers as pain.001.001.09, by the library `sepaxml`, validated against the schema that it ships.

The library's random ids and current time are replaced, so that an order always gives the same file. It never gets a
type of address (AdrTp), which the scheme refuses.
"""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sepaxml import SepaTransfer

from billing.payouts.bank_files import identifiers
from billing.payouts.bank_files.identifiers import IdentifierError
from billing.payouts.bank_files.outgoing.format import KnownOrderFormat
from billing.payouts.bank_files.outgoing.orders import Address, OrderError, Payment, PaymentOrder, SepaAccount, faults

if TYPE_CHECKING:
    from xmlschema import XMLSchema

SCHEMA: Final = "pain.001.001.09"
_MAX_MINOR: Final = 99_999_999_999
"""999,999,999.99 EUR: the rulebook's limit for one transfer."""
_MAX_TEXT, _MAX_ID, _MAX_LINES, _MAX_LINE = 140, 35, 2, 70


def write(order: PaymentOrder) -> bytes:
    """Writes the file. Raises OrderError with a sentence for each faulty payment."""
    sentences = list(faults(order, currencies=frozenset({"EUR"}), most_minor=_MAX_MINOR, name="a SEPA payment"))
    config: dict[str, object] = {}
    try:
        identifiers.checked_reference(order.message_id, max_length=_MAX_ID, label="message id")
        config = _config(order)
    except IdentifierError as exc:
        sentences.append(str(exc))
    payments = []
    for payment in order.payments:
        try:
            payments.append(_payment(payment, order))
        except IdentifierError as exc:
            sentences.append(f"Payment {payment.end_to_end_id}: {exc}")
    if sentences:
        raise OrderError(sentences)
    return _require_valid_xml(_replace_generated_values(_export_transfer(config, payments), order))


def _export_transfer(config: dict[str, object], payments: list[dict[str, object]]) -> bytes:
    transfer = SepaTransfer(config, schema=SCHEMA, clean=False)
    for payment in payments:
        transfer.add_payment(payment)
    return bytes(transfer.export(validate=False))


def _replace_generated_values(content: bytes, order: PaymentOrder) -> bytes:
    """Replaces random ids and times by the order's own, and writes a missing BIC as the EPC requires.

    Names and texts are escaped in the file, so they cannot look like an element; ids have no such characters.
    """
    for element, text in (
        (b"MsgId", order.message_id),
        (b"PmtInfId", order.message_id),
        (b"CreDtTm", order.created_at.strftime("%Y-%m-%dT%H:%M:%S")),
    ):
        opening, closing = b"<" + element + b">", b"</" + element + b">"
        content = re.sub(opening + b"[^<]*" + closing, opening + text.encode() + closing, content, count=1)
    if order.booking == "each":
        content = content.replace(b"<BtchBookg>true</BtchBookg>", b"<BtchBookg>false</BtchBookg>", 1)
    not_provided = b"<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"
    return content.replace(b"<FinInstnId />", not_provided)


def _require_valid_xml(content: bytes) -> bytes:
    fault = next(_schema().iter_errors(content.decode()), None)
    if fault is not None:
        raise OrderError([f"The file would not be valid pain.001: {fault.reason or fault}"])
    return content


@cache
def _schema() -> "XMLSchema":
    """Returns the schema, compiled once because that takes longer than a file.

    Imported here because the import temporarily patches ElementTree.
    """
    from xmlschema import XMLSchema  # noqa: PLC0415

    return XMLSchema(str(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd"))


def _config(order: PaymentOrder) -> dict[str, object]:
    if not isinstance(order.account, SepaAccount):
        raise IdentifierError("The order is not paid from an account with an IBAN.")
    config = _party(order.holder, order.account, order.address, owner="the debtor")
    return config | {"batch": True, "currency": "EUR"}


def _payment(payment: Payment, order: PaymentOrder) -> dict[str, object]:
    if not isinstance(payment.account, SepaAccount):
        raise IdentifierError("it does not go to an account with an IBAN.")
    text = identifiers.sepa_text(payment.text)
    if not 0 < len(text) <= _MAX_TEXT:
        raise IdentifierError(f"its text has {len(text)} characters; a SEPA payment carries 1 to {_MAX_TEXT}.")
    return _party(payment.holder, payment.account, payment.address, owner="the holder") | {
        "amount": payment.amount_minor,
        "currency": "EUR",
        "execution_date": order.execution_date,
        "description": text,
        "endtoend_id": identifiers.checked_reference(payment.end_to_end_id, max_length=_MAX_ID, label="id"),
    }


def _party(holder: str, account: SepaAccount, address: Address | None, *, owner: str) -> dict[str, object]:
    party: dict[str, object] = {
        "name": identifiers.sepa_name(holder, owner=owner),
        "IBAN": identifiers.checked_sepa_iban(account.iban),
    }
    if account.bic:
        party["BIC"] = identifiers.checked_bic(account.bic)
    if address is not None:
        party["address"] = _address(address, owner=owner)
    return party


def _address(address: Address, *, owner: str) -> dict[str, object]:
    """Returns a structured or hybrid address. Raises IdentifierError for what banks refuse since November 2026."""
    if not address.town.strip() or not re.fullmatch("[A-Z]{2}", address.country):
        raise IdentifierError(f"The address of {owner} needs a town and a country of two letters, or must be left out.")
    if len(address.lines) > _MAX_LINES or any(len(line) > _MAX_LINE for line in address.lines):
        raise IdentifierError(f"The address of {owner} has more than {_MAX_LINES} lines of {_MAX_LINE} characters.")
    parts = {
        "street_name": (address.street, 70),
        "building_number": (address.building_number, 16),
        "postcode": (address.postcode, 16),
        "town": (address.town, 35),
    }
    fields: dict[str, object] = {"country": address.country}
    for key, (text, max_length) in parts.items():
        plain = identifiers.sepa_text(text)
        if len(plain) > max_length:
            raise IdentifierError(f"“{text[:40]}…” in the address of {owner} is longer than {max_length} characters.")
        fields[key] = plain
    return fields | {"lines": [identifiers.sepa_text(line) for line in address.lines if line.strip()]}


FORMAT = KnownOrderFormat(
    name="pain001",
    label="SEPA (pain.001.001.09)",
    suffix="xml",
    currencies=frozenset({"EUR"}),
    required_settings=("PAYOUT_BANK_HOLDER", "PAYOUT_BANK_IBAN"),
    write=write,
)
