"""A card processor that needs no network and is as strict as a real one: for the demo, the tests and rehearsals.

It keeps its own tables, has its own clock, answers a repeated key with its first answer, and delivers its signed
webhooks twice. It never sees a real card; what a card does is in its number:

    4242 4242 4242 4242   is authorised
    4000 0000 0000 0002   is declined
    4000 0000 0000 9995   is declined for insufficient funds
    4000 0027 6000 3184   needs the cardholder's confirmation
    4000 0000 0000 0119   is authorised, but the first answer is lost
    4000 0000 0000 0341   is authorised, and the answer to the first capture is lost
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from billing.models import SimulatedClock, SimulatedDelivery, SimulatedPayment, SimulatedRequest
from billing.processors.protocol import (
    Authorization,
    IdempotencyConflictError,
    NotPossibleError,
    OutcomeUnknownError,
    Payment,
    PaymentState,
    WebhookError,
    WebhookEvent,
)
from chargers.wording import mark

SIGNATURE_HEADER: Final = "Simulated-Signature"
TOLERANCE: Final = timedelta(minutes=5)
HOLD_LASTS: Final = timedelta(days=7)
LATE_DELIVERY: Final = timedelta(seconds=30)
_LOSES_AUTHORIZE: Final = "loses_authorize"
_LOSES_CAPTURE: Final = "loses_capture"
_NEEDS_CONFIRMATION: Final = "confirm"
_DECLINES: Final = {
    "4000000000000002": ("card_declined", mark("The card's bank declined the payment.")),
    "4000000000009995": ("insufficient_funds", mark("The card has not enough money for this amount.")),
}
_BEHAVIOURS: Final = {
    "4242424242424242": "",
    "4000002760003184": _NEEDS_CONFIRMATION,
    "4000000000000119": _LOSES_AUTHORIZE,
    "4000000000000341": _LOSES_CAPTURE,
}
_UNKNOWN_CARD: Final = (
    "incorrect_number",
    mark("This is not a card number of the simulation, such as 4242 4242 4242 4242."),
)
_SENTENCES: Final = dict([*_DECLINES.values(), _UNKNOWN_CARD])
_STATES: Final = {
    SimulatedPayment.State.REQUIRES_ACTION: PaymentState.NEEDS_AUTHENTICATION,
    SimulatedPayment.State.REQUIRES_CAPTURE: PaymentState.AUTHORISED,
    SimulatedPayment.State.SUCCEEDED: PaymentState.CAPTURED,
    SimulatedPayment.State.CANCELED: PaymentState.CANCELLED,
    SimulatedPayment.State.DECLINED: PaymentState.DECLINED,
}
State = SimulatedPayment.State


class SimulatedProcessor:
    """See `protocol.Processor`."""

    name = "simulated"

    def authorize(self, wanted: Authorization, *, key: str) -> Payment:
        number = "".join(wanted.card.split())
        shown = asdict(wanted) | {"card": number[-4:], "operation": "authorize"}

        def act() -> SimulatedPayment:
            return _authorized(wanted, number)

        payment, is_first = _once(key, shown, act)
        if is_first and payment.behaviour == _LOSES_AUTHORIZE:
            raise OutcomeUnknownError("The processor did not answer in time.")
        return _answer(payment)

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        def act() -> SimulatedPayment:
            payment = _locked(ref)
            if payment.state != State.REQUIRES_CAPTURE:
                raise NotPossibleError(f"The payment cannot be captured: {payment.get_state_display()}.")
            if not 0 < amount_minor <= payment.amount_minor:
                raise NotPossibleError(f"{amount_minor} is not within the {payment.amount_minor} that are held.")
            payment.state, payment.captured_minor = State.SUCCEEDED, amount_minor
            return _told(payment, "payment.captured")

        payment, is_first = _once(key, {"operation": "capture", "ref": ref, "amount_minor": amount_minor}, act)
        if is_first and payment.behaviour == _LOSES_CAPTURE:
            raise OutcomeUnknownError("The processor did not answer in time.")
        return _answer(payment)

    def cancel(self, ref: str, *, key: str) -> Payment:
        def act() -> SimulatedPayment:
            payment = _locked(ref)
            if payment.state == State.CANCELED:
                return payment
            if payment.state not in {State.REQUIRES_CAPTURE, State.REQUIRES_ACTION}:
                raise NotPossibleError(f"The payment cannot be released: {payment.get_state_display()}.")
            payment.state = State.CANCELED
            return _told(payment, "payment.canceled")

        return _answer(_once(key, {"operation": "cancel", "ref": ref}, act)[0])

    def refund(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        def act() -> SimulatedPayment:
            payment = _locked(ref)
            left = payment.captured_minor - payment.refunded_minor
            if not 0 < amount_minor <= left:
                raise NotPossibleError(f"{amount_minor} is not within the {left} that can still be refunded.")
            payment.refunded_minor += amount_minor
            return _told(payment, "payment.refunded")

        return _answer(_once(key, {"operation": "refund", "ref": ref, "amount_minor": amount_minor}, act)[0])

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        known = SimulatedPayment.objects.filter(ref=ref) if ref else SimulatedPayment.objects.filter(requests__key=key)
        with transaction.atomic():
            payment = known.select_for_update(of=("self",)).first()
            return _answer(_expired_by_now(payment)) if payment else None

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        stamp, _, given = signature.partition(".")
        if not stamp.isdecimal() or len(stamp) > 12 or not hmac.compare_digest(_mac(raw, stamp), given):
            raise WebhookError("The signature is not the processor's.")
        if abs(now - datetime.fromtimestamp(int(stamp), tz=UTC)) > TOLERANCE:
            raise WebhookError("The webhook was signed more than 5 minutes ago.")
        try:
            body = json.loads(raw)
            return WebhookEvent(
                event_id=str(body["id"]),
                kind=str(body["kind"]),
                ref=str(body["ref"]),
                created_at=datetime.fromisoformat(body["created_at"]),
            )
        except (ValueError, KeyError, TypeError) as exc:
            raise WebhookError("The webhook's body cannot be read.") from exc


def sign(raw: bytes, *, now: datetime) -> str:
    """What stands in the signature's header: the time and the HMAC over time and raw body."""
    stamp = str(int(now.timestamp()))
    return f"{stamp}.{_mac(raw, stamp)}"


def advance_clock(by: timedelta) -> None:
    """Moves the processor's clock ahead of ours, so that holds expire."""
    with transaction.atomic():
        clock, _ = SimulatedClock.objects.select_for_update().get_or_create(pk=1)
        clock.ahead_s += int(by.total_seconds())
        clock.save()


def confirm(ref: str, *, accepted: bool) -> Payment:
    """The cardholder confirmed the payment at the bank's page, or refused to."""
    with transaction.atomic():
        payment = _locked(ref)
        if payment.state == State.REQUIRES_ACTION:
            payment.state = State.REQUIRES_CAPTURE if accepted else State.DECLINED
            payment.decline_code = "" if accepted else "card_declined"
            _told(payment, "payment.authorized" if accepted else "payment.declined")
        return _answer(payment)


def _now() -> datetime:
    ahead_s = SimulatedClock.objects.values_list("ahead_s", flat=True).first() or 0
    return datetime.now(tz=UTC) + timedelta(seconds=ahead_s)


def _once(key: str, parameters: dict[str, Any], act: Callable[[], SimulatedPayment]) -> tuple[SimulatedPayment, bool]:
    """Acts and keeps the key in one transaction; the same key finds the first time's payment as it was then."""
    with transaction.atomic():
        _lock_key(key)
        known = SimulatedRequest.objects.select_related("payment").filter(key=key).first()
        if known is None:
            payment = act()
            answer = {name: getattr(payment, name) for name in _ANSWERED}
            SimulatedRequest.objects.create(
                key=key, parameters=parameters, payment=payment, answer=answer, created_at=_now()
            )
            return payment, True
    if known.parameters != parameters:
        raise IdempotencyConflictError(f"The key {key} was used with other parameters.")
    for name in _ANSWERED:
        setattr(known.payment, name, known.answer[name])
    return known.payment, False


_ANSWERED: Final = ("state", "captured_minor", "refunded_minor", "decline_code")


def _lock_key(key: str) -> None:
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _authorized(wanted: Authorization, number: str) -> SimulatedPayment:
    declined = _DECLINES.get(number) or (None if number in _BEHAVIOURS else _UNKNOWN_CARD)
    behaviour = _BEHAVIOURS.get(number, "")
    now = _now()
    state = State.REQUIRES_ACTION if behaviour == _NEEDS_CONFIRMATION else State.REQUIRES_CAPTURE
    payment = SimulatedPayment(
        ref=f"sim_{secrets.token_hex(12)}",
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        last4=number[-4:],
        state=State.DECLINED if declined else state,
        decline_code=declined[0] if declined else "",
        capture_before=now + HOLD_LASTS,
        behaviour=behaviour,
        return_url=wanted.return_url[:500],
        created_at=now,
    )
    kinds = {State.REQUIRES_CAPTURE: "payment.authorized", State.DECLINED: "payment.declined"}
    return _told(payment, kinds.get(State(payment.state), "payment.needs_authentication"))


def _locked(ref: str) -> SimulatedPayment:
    payment = SimulatedPayment.objects.select_for_update().filter(ref=ref).first()
    if payment is None:
        raise NotPossibleError(f"There is no payment {ref}.")
    return _expired_by_now(payment)


def _expired_by_now(payment: SimulatedPayment) -> SimulatedPayment:
    if payment.state in {State.REQUIRES_CAPTURE, State.REQUIRES_ACTION} and payment.capture_before <= _now():
        payment.state, payment.is_expired = State.CANCELED, True
        _told(payment, "payment.canceled")
    return payment


def _told(payment: SimulatedPayment, kind: str) -> SimulatedPayment:
    """Saves the payment and has its webhook delivered: at once, and once more late."""
    payment.save()
    now = datetime.now(tz=UTC)
    event_id = f"evt_{secrets.token_hex(12)}"
    raw = json.dumps({"id": event_id, "kind": kind, "ref": payment.ref, "created_at": now.isoformat()})
    SimulatedDelivery.objects.bulk_create(
        SimulatedDelivery(event_id=event_id, raw=raw, due_at=due) for due in (now, now + LATE_DELIVERY)
    )
    return payment


def _answer(payment: SimulatedPayment) -> Payment:
    state = State(payment.state)
    has_expired = state is State.CANCELED and payment.is_expired
    needs_confirmation = state is State.REQUIRES_ACTION
    return Payment(
        ref=payment.ref,
        state=PaymentState.EXPIRED if has_expired else _STATES[state],
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        last4=payment.last4,
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        capture_before=payment.capture_before,
        sentence=_SENTENCES.get(payment.decline_code, ""),
        authentication_url=f"/processor/simulated/{payment.ref}/" if needs_confirmation else "",
    )


def _mac(raw: bytes, stamp: str) -> str:
    secret = hashlib.sha256(b"simulated-webhooks|" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(secret, stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
