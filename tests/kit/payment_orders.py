"""Payment orders for tests: two payments in euro, two in dollars."""

from datetime import UTC, date, datetime
from typing import Any

from billing.payouts.bank_files.outgoing.orders import Payment, PaymentOrder, SepaAccount, UsAccount, UsOrigin
from tests.kit.bank_statements import OURS, THEIRS

AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
ROUTING = "021000021"
ORIGIN = UsOrigin(
    bank_routing_number="121000248",
    bank_name="Wells Fargo",
    immediate_origin="1234567890",
    company_id="1234567890",
    company_name="Charging Inc",
)


def euro(**changed: Any) -> Payment:
    facts: dict[str, Any] = {
        "end_to_end_id": "PO-1", "amount_minor": 25_000, "currency": "EUR", "holder": "Hotel am See GmbH",
        "account": SepaAccount(iban=THEIRS), "text": "Payout October 2026",
    }  # fmt: skip
    return Payment(**facts | changed)


def dollar(**changed: Any) -> Payment:
    account = UsAccount(routing_number=ROUTING, account_number="123456789")
    return euro(**{"currency": "USD", "account": account, "text": ""} | changed)


def sepa_order(*payments: Payment, **changed: Any) -> PaymentOrder:
    facts: dict[str, Any] = {
        "message_id": "CYCLE-7",
        "holder": "Charging GmbH",
        "account": SepaAccount(iban=OURS),
        "execution_date": date(2026, 11, 25),
        "created_at": AT,
        "payments": payments,
    }
    return PaymentOrder(**facts | changed)


def us_order(*payments: Payment, **changed: Any) -> PaymentOrder:
    return sepa_order(*payments, **{"holder": "Charging Inc", "account": ORIGIN} | changed)
