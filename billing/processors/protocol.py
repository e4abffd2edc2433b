"""What we ask of a card processor. No object of a processor's SDK crosses this line.

Every operation carries an idempotency key made from our own object: the same key with the same parameters gives
the same answer and one effect, with other parameters it raises `IdempotencyConflictError`. Amounts are integers in
minor units. Call outside of database transactions: what a processor did does not roll back.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProcessorError(Exception):
    """The processor refused; the message is a sentence for a person."""


class IdempotencyConflictError(ProcessorError):
    """A key came again with other parameters: a fault of ours."""


class NotPossibleError(ProcessorError):
    """What was asked cannot be done in the payment's state or for this amount; nothing was done."""


class OutcomeUnknownError(ProcessorError):
    """No answer came: it may have been done. Ask again with the same key, or look it up; never with a new key."""


class WebhookError(ProcessorError):
    """The webhook is not the processor's, or too old."""


class PaymentState(StrEnum):
    NEEDS_AUTHENTICATION = "needs_authentication"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as the processor knows it now.

    `sentence` says why it was declined; `authentication_url` where the cardholder confirms it.
    """

    ref: str
    state: PaymentState
    amount_minor: int
    currency: str
    last4: str = ""
    captured_minor: int = 0
    refunded_minor: int = 0
    capture_before: datetime | None = None
    sentence: str = ""
    authentication_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An amount to hold on a card. `card` is the processor's own token for it, never a number of a real card."""

    amount_minor: int
    currency: str
    card: str
    description: str
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """What a verified webhook says happened; the payment's present state is looked up, not taken from here."""

    event_id: str
    kind: str
    ref: str
    created_at: datetime


class Processor(Protocol):
    """One card processor. All but `verify_webhook` may raise OutcomeUnknownError."""

    name: str

    def authorize(self, wanted: Authorization, *, key: str) -> Payment:
        """Holds the amount; a card that is declined is an answer, not an error."""
        ...

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        """Takes at most what is held, once; the rest is released. Raises NotPossibleError."""
        ...

    def cancel(self, ref: str, *, key: str) -> Payment:
        """Releases what is held. Of a payment that is cancelled already, its state. Raises NotPossibleError."""
        ...

    def refund(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        """Gives back at most what was captured less what was refunded. Raises NotPossibleError."""
        ...

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        """The payment by its reference, or by the key that it was authorised with; None: there is none."""
        ...

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        """Raises WebhookError unless the processor signed this body within the last 5 minutes."""
        ...
