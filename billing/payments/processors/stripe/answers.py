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
    stated = error or {}
    return _DECLINES.get(stated.get("decline_code") or "") or _DECLINES.get(stated.get("code") or "") or Decline.REFUSED


def dispute(thing: Thing) -> Dispute:
    taken = [movement for movement in thing.get("balance_transactions") or [] if movement["amount"] < 0]
    return Dispute(
        ref=thing["id"],
        payment_ref=_id(thing.get("payment_intent")),
        state=_DISPUTES.get(thing["status"], DisputeState.NEEDS_RESPONSE),
        reason=thing["reason"],
        amount_minor=thing["amount"],
        fee_minor=sum(movement["fee"] for movement in taken),
        currency=thing["currency"].upper(),
        opened_at=_parse_timestamp(thing["created"]),
        respond_before=_moment((thing.get("evidence_details") or {}).get("due_by")),
    )


def account(thing: Thing) -> HostAccount:
    """Converts an account. Past-due requirements come first, because they have stopped payouts."""
    wants = thing.get("requirements") or {}
    due = [*(wants.get("past_due") or ()), *(wants.get("currently_due") or ())]
    return HostAccount(
        ref=thing["id"],
        is_enabled=bool(thing.get("payouts_enabled")),
        missing=tuple(dict.fromkeys(due)),
        disabled_reason=wants.get("disabled_reason") or "",
    )


def onboarding_page(thing: Thing) -> OnboardingPage:
    return OnboardingPage(url=thing["url"], expires_at=_parse_timestamp(thing["expires_at"]))


def transfer(thing: Thing) -> Transfer:
    return Transfer(
        ref=thing["id"],
        account_ref=_id(thing["destination"]),
        amount_minor=thing["amount"],
        reversed_minor=thing["amount_reversed"],
        currency=thing["currency"].upper(),
    )


def payout(thing: Thing, *, account_ref: str) -> BankPayout:
    trace = thing.get("trace_id") or {}
    return BankPayout(
        ref=thing["id"],
        account_ref=account_ref,
        state=_PAYOUTS[thing["status"]],
        amount_minor=thing["amount"],
        currency=thing["currency"].upper(),
        arrives_at=_parse_timestamp(thing["arrival_date"]),
        failure=thing.get("failure_code") or "",
        sentence=thing.get("failure_message") or "",
        trace=trace.get("value") or "",
    )


def balance(thing: Thing, currency: str) -> Balance:
    def total_of(kind: str) -> int:
        return sum(part["amount"] for part in thing[kind] if part["currency"] == currency.lower())

    return Balance(currency=currency, available_minor=total_of("available"), pending_minor=total_of("pending"))


def balance_transaction(thing: Thing, *, payout_ref: str) -> BalanceTransaction:
    """Converts a balance transaction with its `source` expanded."""
    source = _ensure_mapping(thing.get("source"))
    return BalanceTransaction(
        ref=thing["id"],
        kind=_MOVEMENTS.get(thing["reporting_category"], Movement.OTHER),
        amount_minor=thing["amount"],
        fee_minor=thing["fee"],
        net_minor=thing["net"],
        currency=thing["currency"].upper(),
        source_ref=_id(thing.get("source")),
        payment_ref=_id(source.get("payment_intent")),
        created_at=_parse_timestamp(thing["created"]),
        available_at=_parse_timestamp(thing["available_on"]),
        payout_ref=payout_ref,
    )


def event(received: Thing) -> WebhookEvent:
    """Converts a verified event: its subject and the reference to look up."""
    kind, thing = received["type"], received["data"]["object"]
    subject = next((subject for begin, subject in _SUBJECTS if kind.startswith(begin)), Subject.OTHER)
    ref = thing.get("id") or ""
    if kind.startswith("checkout.session."):
        subject = Subject.CARD if thing.get("mode") == "setup" else Subject.PAYMENT
    elif subject is Subject.ACCOUNT:
        ref = received.get("account") or ref  # also for events about the account's bank or person
    elif subject is Subject.PAYMENT and not kind.startswith("payment_intent."):
        ref = _id(thing.get("payment_intent"))
    return WebhookEvent(
        event_id=received["id"], kind=kind, subject=subject, ref=ref, created_at=_parse_timestamp(received["created"])
    )


def _reusable(intent: Thing) -> str:
    return _id(intent.get("payment_method")) if intent.get("setup_future_usage") == "off_session" else ""


def _card_of(thing: Thing) -> Thing:
    """Returns the card's details from a charge or a payment method."""
    return (thing.get("payment_method_details") or thing).get("card") or {}


def _next_page(thing: Thing) -> str:
    page = (thing.get("next_action") or {}).get("redirect_to_url") or {}
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
