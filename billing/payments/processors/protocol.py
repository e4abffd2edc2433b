"""The protocol of card processors. No object of a processor's SDK leaves its implementation.

Every operation has an idempotency key derived from our own object: the same key with the same parameters gives the same
answer and has one effect; with other parameters it raises `IdempotencyConflictError`. Amounts are integers in minor
units. Call it outside of database transactions: what a processor did does not roll back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from billing.sentences import catalogue
from chargers.sentences.stored import Sentences


class ProcessorError(Exception):
    """The processor refused; the message is a sentence for the user."""


class IdempotencyConflictError(ProcessorError):
    """A key was used again with other parameters: a bug of ours."""


class NotPossibleError(ProcessorError):
    """The request is not possible in the payment's state or for this amount; nothing was done."""


class OutcomeUnknownError(ProcessorError):
    """No answer arrived, so the request may have succeeded.

    Repeat it with the same key, or look it up; never use a new key.
    """


class WebhookError(ProcessorError):
    """The webhook was not signed by the processor, or is too old."""


class Decline(StrEnum):
    """Why a card was declined, as far as it can be remedied."""

    REFUSED = "card_declined"
    NO_MONEY = "insufficient_funds"
    EXPIRED = "expired_card"
    WRONG_NUMBER = "incorrect_number"
    NEEDS_CARDHOLDER = "authentication_required"
    """The bank wants its cardholder to confirm: the payment may succeed while they are present."""
    NOT_CONFIRMED = "authentication_failure"
    """The cardholder cancelled at the bank's page, or the bank did not confirm them: the processor does not tell which.
    """
    CANCELLED = "cancelled_by_cardholder"
    """The cardholder cancelled at the bank's page."""


class PaymentState(StrEnum):
    NEEDS_AUTHENTICATION = "needs_authentication"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """The current state of a payment at the processor.

    `decline` and `why` tell why it was declined; `authentication_url` is where the cardholder confirms it. The `ref`
    may change until the cardholder has confirmed: store the newest. `fee_minor` is the processor's own fee, None until
    known; `card_ref` and `customer_ref` identify the card for later charges, if it was saved.
    """

    ref: str
    state: PaymentState
    amount_minor: int
    currency: str
    last4: str = ""
    captured_minor: int = 0
    refunded_minor: int = 0
    fee_minor: int | None = None
    capture_before: datetime | None = None
    card_ref: str = ""
    customer_ref: str = ""
    decline: Decline | None = None
    why: Sentences = ()
    authentication_url: str = ""

    @property
    def sentence(self) -> str:
        """Returns why it was declined, in English."""
        return catalogue.english(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An amount to hold on a card, or to charge at once.

    `card` is the processor's own token, or the `ref` of a saved card, never the number of a real card; a saved one
    belongs to `customer_ref`. `is_off_session`: the cardholder is not present to confirm anything. The card must then
    be a saved one, and a bank that requires confirmation declines (`Decline.NEEDS_CARDHOLDER`). `keeps_card`: the
    cardholder agreed to later charges for the same purpose; the answer has the card's reference.
    """

    amount_minor: int
    currency: str
    card: str
    description: str
    return_url: str = ""
    customer_ref: str = ""
    is_off_session: bool = False
    keeps_card: bool = False


class CardState(StrEnum):
    NEEDS_AUTHENTICATION = "needs_authentication"
    READY = "ready"
    DECLINED = "declined"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToSave:
    """A card to be charged later without its holder.

    `customer` is our own id of the card's owner; `customer_ref` the processor's id from an earlier answer, if any.
    After the bank's or the processor's page the cardholder is sent to `return_url`.
    """

    card: str
    customer: str
    customer_ref: str = ""
    email: str = ""
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """A card stored at the processor; we store only its `ref` and appearance.

    The `ref` may change until it is ready: store the newest. `brand` is lower-case; the month counts from 1.
    """

    ref: str
    customer_ref: str
    state: CardState
    brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None
    decline: Decline | None = None
    why: Sentences = ()
    authentication_url: str = ""

    @property
    def sentence(self) -> str:
        """Returns why it was declined, in English."""
        return catalogue.english(self.why)


class DisputeState(StrEnum):
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A payment that the cardholder's bank took back provisionally; evidence may win it back.

    The fee stays either way.
    """

    ref: str
    payment_ref: str
    state: DisputeState
    reason: str
    amount_minor: int
    fee_minor: int
    currency: str
    opened_at: datetime
    respond_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountToOpen:
    """A host that is to be paid. `owner` is our own id of it; `email` is an address that the processor may write to."""

    owner: str
    name: str
    country: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccount:
    """The current state of a host's account at the processor.

    `missing` are the processor's codes of data it still needs; `disabled_reason` is its code of why payouts are
    disabled, empty if it gives none.
    """

    ref: str
    is_enabled: bool
    missing: tuple[str, ...] = ()
    disabled_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingPage:
    """The processor's page on which a host identifies itself; for one visit, until `expires_at`."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BankToAttach:
    """A bank account for payouts of an account at the processor. Without `routing`, `number` is an IBAN."""

    holder: str
    country: str
    currency: str
    number: str
    routing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money moved from our balance at the processor to that of a host's account there."""

    ref: str
    account_ref: str
    amount_minor: int
    reversed_minor: int
    currency: str


class PayoutState(StrEnum):
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    """The bank returned it, possibly days after it was paid."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPayout:
    """A payout from a balance at the processor to a bank; negative if the bank is debited.

    `account_ref` is empty for our own balance; `failure` is the processor's code, `trace` the reference by which the
    bank finds it.
    """

    ref: str
    account_ref: str
    state: PayoutState
    amount_minor: int
    currency: str
    arrives_at: datetime
    failure: str = ""
    sentence: str = ""
    trace: str = ""


class Movement(StrEnum):
    """Why a balance changed."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_BACK = "dispute_back"
    TRANSFER = "transfer"
    TRANSFER_BACK = "transfer_back"
    PAYOUT = "payout"
    PAYOUT_BACK = "payout_back"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One movement of a balance at the processor: `net_minor` is `amount_minor` less `fee_minor`.

    `source_ref` is its cause, `payment_ref` the payment, if any; `available_at` is when it can be paid out,
    `payout_ref` the payout that included it, if the processor reports it.
    """

    ref: str
    kind: Movement
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    source_ref: str
    payment_ref: str
    created_at: datetime
    available_at: datetime
    payout_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A balance in one currency: `available_minor` can be moved now, `pending_minor` later."""

    currency: str
    available_minor: int
    pending_minor: int


class Subject(StrEnum):
    """What a webhook is about, and so what is to be looked up."""

    PAYMENT = "payment"
    CARD = "card"
    DISPUTE = "dispute"
    TRANSFER = "transfer"
    PAYOUT = "payout"
    ACCOUNT = "account"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """The event of a verified webhook. The current state of its subject is looked up, not taken from the event."""

    event_id: str
    kind: str
    subject: Subject
    ref: str
    created_at: datetime


KEYS_KEPT: Final = timedelta(hours=12)
"""Half of what processors guarantee: an older key may be forgotten, and would act a second time."""


class Processor(Protocol):
    """One card processor. All methods but `verify_webhook` may raise OutcomeUnknownError.

    A key acts once. Processors forget keys after a day: a request that may repeat an earlier one gives its time as
    `first_asked_at`, and is looked up before it is sent.
    """

    name: str

    def authorize(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Holds the amount. A declined card is an answer, not an error."""
        ...

    def charge(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Charges the amount at once, such as a monthly fee to a saved card: captured, or declined as an answer."""
        ...

    def save_card(self, card_to_save: CardToSave, *, key: str) -> SavedCard:
        """Saves a card for later. A decline is an answer; the cardholder may have to confirm."""
        ...

    def remove_card(self, ref: str, *, key: str) -> SavedCard:
        """Removes a card; its holds stay. If it was removed before, returns its state. Raises NotPossibleError."""
        ...

    def look_up_card(self, *, ref: str = "", key: str = "") -> SavedCard | None:
        """Returns the card by its reference, or by the key that it was saved with; None if there is none."""
        ...

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        """Captures at most what is held, once; the rest is released. Raises NotPossibleError."""
        ...

    def cancel(self, ref: str, *, key: str) -> Payment:
        """Releases the hold. If the payment was cancelled before, returns its state. Raises NotPossibleError."""
        ...

    def refund(self, ref: str, *, amount_minor: int, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Refunds at most what was captured less what was refunded. Raises NotPossibleError."""
        ...

    def look_up_dispute(self, ref: str) -> Dispute | None: ...

    def answer_dispute(self, ref: str, *, evidence: str, key: str) -> Dispute:
        """Submits our evidence as text, once. Raises NotPossibleError if the dispute is decided or it is too late."""
        ...

    def transfer(self, account_ref: str, *, amount_minor: int, currency: str, key: str) -> Transfer:
        """Transfers at most our available balance to an account. Raises NotPossibleError."""
        ...

    def reverse_transfer(self, ref: str, *, amount_minor: int, key: str) -> Transfer:
        """Reverses at most what was transferred and is available in the account. Raises NotPossibleError."""
        ...

    def open_account(
        self, new_account: AccountToOpen, *, key: str, first_asked_at: datetime | None = None
    ) -> HostAccount:
        """Opens a host's account for payouts. It stays disabled until the host has completed onboarding."""
        ...

    def onboarding_page(self, account_ref: str, *, return_url: str, again_url: str) -> OnboardingPage:
        """Returns the onboarding page for missing data.

        It redirects to `return_url`, complete or not, and to `again_url` if the page had expired. Raises
        NotPossibleError.
        """
        ...

    def look_up_account(self, account_ref: str) -> HostAccount | None: ...

    def attach_bank(self, account_ref: str, bank: BankToAttach, *, key: str) -> str:
        """Sets the bank account for the account's payouts, and returns its reference. Raises NotPossibleError."""
        ...

    def detach_bank(self, account_ref: str, bank_ref: str, *, key: str) -> None:
        """Removes a bank account; removing it again changes nothing. Raises NotPossibleError for the only one."""
        ...

    def pay_out(
        self, account_ref: str, *, amount_minor: int, currency: str, key: str, bank_ref: str = ""
    ) -> BankPayout:
        """Pays what is available out to the bank. An empty account is our own, an empty bank the account's newest.

        Raises NotPossibleError.
        """
        ...

    def look_up_payout(self, ref: str, *, account_ref: str = "") -> BankPayout | None: ...

    def balance(self, currency: str, *, account_ref: str = "") -> Balance: ...

    def list_balance_transactions(
        self, *, since: datetime | None = None, payout: str = "", account_ref: str = ""
    ) -> Iterator[BalanceTransaction]:
        """Yields the movements of a balance, oldest first: those made since a moment, or those of one payout."""
        ...

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        """Returns the payment by its reference, or by the key that it was authorised with; None if there is none."""
        ...

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        """Returns the event. Raises WebhookError unless the processor signed this body within the last 5 minutes."""
        ...
