"""Converts Stripe's objects, as dictionaries of its API, to ours. Pure.

Field names are those of the API version that the SDK is pinned to.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from billing.payments.processors import declines
from billing.payments.processors.protocol import (
    Balance,
    BalanceTransaction,
    BankPayout,
    CardState,
    Decline,
    Dispute,
    DisputeState,
    HostAccount,
    Movement,
    OnboardingPage,
    Payment,
    PaymentState,
    PayoutState,
    SavedCard,
    Subject,
    Transfer,
    WebhookEvent,
)

Thing = Mapping[str, Any]

_STATES: Final = {
    "requires_action": PaymentState.NEEDS_AUTHENTICATION,
    "requires_confirmation": PaymentState.NEEDS_AUTHENTICATION,
    "processing": PaymentState.NEEDS_AUTHENTICATION,
    "requires_payment_method": PaymentState.DECLINED,
    "requires_capture": PaymentState.AUTHORISED,
    "succeeded": PaymentState.CAPTURED,
    "canceled": PaymentState.CANCELLED,
}
_CANCELLED_BY_TIME: Final = frozenset(("automatic", "expired"))
_DECLINES: Final = {
    "insufficient_funds": Decline.NO_MONEY,
    "expired_card": Decline.EXPIRED,
    "authentication_required": Decline.NEEDS_CARDHOLDER,
    "payment_intent_authentication_failure": Decline.NOT_CONFIRMED,
    "setup_intent_authentication_failure": Decline.NOT_CONFIRMED,
    "incorrect_number": Decline.WRONG_NUMBER,
    "invalid_number": Decline.WRONG_NUMBER,
}
_DISPUTES: Final = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
    "under_review": DisputeState.UNDER_REVIEW,
    "warning_under_review": DisputeState.UNDER_REVIEW,
}
_PAYOUTS: Final = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.IN_TRANSIT,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}
_MOVEMENTS: Final = {
    "charge": Movement.PAYMENT,
    "refund": Movement.REFUND,
    "refund_failure": Movement.REFUND,
    "dispute": Movement.DISPUTE,
    "dispute_reversal": Movement.DISPUTE_BACK,
    "transfer": Movement.TRANSFER,
    "transfer_reversal": Movement.TRANSFER_BACK,
    "payout": Movement.PAYOUT,
    "payout_reversal": Movement.PAYOUT_BACK,
    "fee": Movement.FEE,
    "network_cost": Movement.FEE,
}
_SUBJECTS: Final = (
    ("charge.dispute.", Subject.DISPUTE),
    ("payment_intent.", Subject.PAYMENT),
    ("charge.", Subject.PAYMENT),
    ("refund.", Subject.PAYMENT),
    ("setup_intent.", Subject.CARD),
    ("payment_method.", Subject.CARD),
    ("payout.", Subject.PAYOUT),
    ("transfer.", Subject.TRANSFER),
    ("account.", Subject.ACCOUNT),
)


def payment(intent: Thing) -> Payment:
    """Converts a PaymentIntent with `latest_charge` and its balance transaction expanded."""
    charge = _ensure_mapping(intent.get("latest_charge"))
    state = _STATES[intent["status"]]
    if state is PaymentState.CANCELLED and intent.get("cancellation_reason") in _CANCELLED_BY_TIME:
        state = PaymentState.EXPIRED
    why = decline_reason(intent.get("last_payment_error")) if state is PaymentState.DECLINED else None
    method = _card_of(charge) or _card_of(_ensure_mapping(intent.get("payment_method")))
    captured = int(intent.get("amount_received") or 0)
    fee = _ensure_mapping(charge.get("balance_transaction")).get("fee") if captured else None
    return Payment(
        ref=intent["id"],
        state=state,
        amount_minor=intent["amount"],
        currency=intent["currency"].upper(),
        last4=method.get("last4") or "",
        captured_minor=captured,
        refunded_minor=int(charge.get("amount_refunded") or 0),
        fee_minor=fee,
        capture_before=_moment(method.get("capture_before")),
        card_ref=_reusable(intent),
        customer_ref=_id(intent.get("customer")),
        decline=why,
        why=declines.sentences(why),
        authentication_url=_next_page(intent),
    )


def payment_on_page(session: Thing) -> Payment:
    """Converts a Checkout Session of a payment; before it is paid it only has the page's address."""
    intent = _ensure_mapping(session.get("payment_intent"))
    if intent and intent.get("status") not in {"requires_payment_method", "requires_action"}:
        return payment(intent)
    is_open = session["status"] == "open"
    return Payment(
        ref=session["id"],
        state=PaymentState.NEEDS_AUTHENTICATION if is_open else PaymentState.EXPIRED,
        amount_minor=session["amount_total"],
        currency=session["currency"].upper(),
        authentication_url=(session.get("url") or "") if is_open else "",
    )


def saved_card(method: Thing, *, customer_ref: str = "") -> SavedCard:
    """Converts a PaymentMethod; one without a customer was removed."""
    customer = _id(method.get("customer"))
    card = method.get("card") or {}
    return SavedCard(
        ref=method["id"],
        customer_ref=customer or customer_ref,
        state=CardState.READY if customer else CardState.REMOVED,
        brand=card.get("brand") or "",
        last4=card.get("last4") or "",
        exp_month=card.get("exp_month"),
        exp_year=card.get("exp_year"),
    )


def card_of_setup(setup: Thing) -> SavedCard:
    """Converts a SetupIntent with its payment method expanded."""
    method = _ensure_mapping(setup.get("payment_method"))
    if setup["status"] == "succeeded" and method:
        return saved_card(method, customer_ref=_id(setup.get("customer")))
    error = setup.get("last_setup_error")
    has_failed = setup["status"] == "canceled" or (setup["status"] == "requires_payment_method" and error)
    why = decline_reason(error) if has_failed else None
    return SavedCard(
        ref=setup["id"],
        customer_ref=_id(setup.get("customer")),
        state=CardState.DECLINED if has_failed else CardState.NEEDS_AUTHENTICATION,
        decline=why,
        why=declines.sentences(why),
        authentication_url=_next_page(setup),
    )


def card_on_page(session: Thing) -> SavedCard:
    """Converts a Checkout Session that sets a card up."""
    setup = _ensure_mapping(session.get("setup_intent"))
    if setup.get("status") == "succeeded":
        return card_of_setup(setup)
    is_open = session["status"] == "open"
    return SavedCard(
        ref=session["id"],
        customer_ref=_id(session.get("customer")),
        state=CardState.NEEDS_AUTHENTICATION if is_open else CardState.DECLINED,
        authentication_url=(session.get("url") or "") if is_open else "",
    )


def decline_reason(error: Thing | None) -> Decline:
    """Returns the reason of a card error. The issuer's code is more specific than Stripe's own."""
    error_fields = error or {}
    return (
        _DECLINES.get(error_fields.get("decline_code") or "")
        or _DECLINES.get(error_fields.get("code") or "")
        or Decline.REFUSED
    )


def dispute(stripe_dispute: Thing) -> Dispute:
    debits = [movement for movement in stripe_dispute.get("balance_transactions") or [] if movement["amount"] < 0]
    return Dispute(
        ref=stripe_dispute["id"],
        payment_ref=_id(stripe_dispute.get("payment_intent")),
        state=_DISPUTES.get(stripe_dispute["status"], DisputeState.NEEDS_RESPONSE),
        reason=stripe_dispute["reason"],
        amount_minor=stripe_dispute["amount"],
        fee_minor=sum(movement["fee"] for movement in debits),
        currency=stripe_dispute["currency"].upper(),
        opened_at=_parse_timestamp(stripe_dispute["created"]),
        respond_before=_moment((stripe_dispute.get("evidence_details") or {}).get("due_by")),
    )


def account(stripe_account: Thing) -> HostAccount:
    """Converts an account. Past-due requirements come first, because they have stopped payouts."""
    wants = stripe_account.get("requirements") or {}
    due = [*(wants.get("past_due") or ()), *(wants.get("currently_due") or ())]
    return HostAccount(
        ref=stripe_account["id"],
        is_enabled=bool(stripe_account.get("payouts_enabled")),
        missing=tuple(dict.fromkeys(due)),
        disabled_reason=wants.get("disabled_reason") or "",
    )


def onboarding_page(account_link: Thing) -> OnboardingPage:
    return OnboardingPage(url=account_link["url"], expires_at=_parse_timestamp(account_link["expires_at"]))


def transfer(stripe_transfer: Thing) -> Transfer:
    return Transfer(
        ref=stripe_transfer["id"],
        account_ref=_id(stripe_transfer["destination"]),
        amount_minor=stripe_transfer["amount"],
        reversed_minor=stripe_transfer["amount_reversed"],
        currency=stripe_transfer["currency"].upper(),
    )


def payout(stripe_payout: Thing, *, account_ref: str) -> BankPayout:
    trace = stripe_payout.get("trace_id") or {}
    return BankPayout(
        ref=stripe_payout["id"],
        account_ref=account_ref,
        state=_PAYOUTS[stripe_payout["status"]],
        amount_minor=stripe_payout["amount"],
        currency=stripe_payout["currency"].upper(),
        arrives_at=_parse_timestamp(stripe_payout["arrival_date"]),
        failure=stripe_payout.get("failure_code") or "",
        sentence=stripe_payout.get("failure_message") or "",
        trace=trace.get("value") or "",
    )


def balance(stripe_balance: Thing, currency: str) -> Balance:
    def total_of(kind: str) -> int:
        return sum(part["amount"] for part in stripe_balance[kind] if part["currency"] == currency.lower())

    return Balance(currency=currency, available_minor=total_of("available"), pending_minor=total_of("pending"))


def balance_transaction(stripe_movement: Thing, *, payout_ref: str) -> BalanceTransaction:
    """Converts a balance transaction with its `source` expanded."""
    source = _ensure_mapping(stripe_movement.get("source"))
    return BalanceTransaction(
        ref=stripe_movement["id"],
        kind=_MOVEMENTS.get(stripe_movement["reporting_category"], Movement.OTHER),
        amount_minor=stripe_movement["amount"],
        fee_minor=stripe_movement["fee"],
        net_minor=stripe_movement["net"],
        currency=stripe_movement["currency"].upper(),
        source_ref=_id(stripe_movement.get("source")),
        payment_ref=_id(source.get("payment_intent")),
        created_at=_parse_timestamp(stripe_movement["created"]),
        available_at=_parse_timestamp(stripe_movement["available_on"]),
        payout_ref=payout_ref,
    )


def event(received: Thing) -> WebhookEvent:
    """Converts a verified event: its subject and the reference to look up."""
    kind, event_object = received["type"], received["data"]["object"]
    subject = next((subject for begin, subject in _SUBJECTS if kind.startswith(begin)), Subject.OTHER)
    ref = event_object.get("id") or ""
    if kind.startswith("checkout.session."):
        subject = Subject.CARD if event_object.get("mode") == "setup" else Subject.PAYMENT
    elif subject is Subject.ACCOUNT:
        ref = received.get("account") or ref  # also for events about the account's bank or person
    elif subject is Subject.PAYMENT and not kind.startswith("payment_intent."):
        ref = _id(event_object.get("payment_intent"))
    return WebhookEvent(
        event_id=received["id"], kind=kind, subject=subject, ref=ref, created_at=_parse_timestamp(received["created"])
    )


def _reusable(intent: Thing) -> str:
    return _id(intent.get("payment_method")) if intent.get("setup_future_usage") == "off_session" else ""


def _card_of(card_source: Thing) -> Thing:
    """Returns the card's details from a charge or a payment method."""
    return (card_source.get("payment_method_details") or card_source).get("card") or {}


def _next_page(intent: Thing) -> str:
    page = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return str(page.get("url") or "")


def _ensure_mapping(value: Any) -> Thing:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str:
    """Returns the id of an object, expanded or not."""
    return str(value["id"] if isinstance(value, Mapping) else value or "")


def _parse_timestamp(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _moment(seconds: int | None) -> datetime | None:
    return _parse_timestamp(seconds) if seconds else None
