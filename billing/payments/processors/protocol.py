"""What we ask of a card processor. No object of a processor's SDK crosses this line.

Every operation carries an idempotency key made from our own object: the same key with the same parameters gives
the same answer and one effect, with other parameters it raises `IdempotencyConflictError`. Amounts are integers in
minor units. Call outside of database transactions: what a processor did does not roll back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from billing.sentences import catalogue
from chargers.sentences.stored import Sentences


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


class Decline(StrEnum):
    """Why a card was declined, as far as somebody can do something about it."""

    REFUSED = "card_declined"
    NO_MONEY = "insufficient_funds"
    EXPIRED = "expired_card"
    WRONG_NUMBER = "incorrect_number"
    NEEDS_CARDHOLDER = "authentication_required"
    """The bank wants its cardholder to confirm: with them present it may work."""
    NOT_CONFIRMED = "authentication_failure"
    """The cardholder cancelled at the bank's page, or the bank did not confirm them: it is not said which."""
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
    """A payment as the processor knows it now.

    `decline` and `why` say why it was declined; `authentication_url` where the cardholder confirms it. The `ref`
    may change until the cardholder has confirmed: keep the newest. `fee_minor` is the processor's own fee, None
    until it is known; `card_ref` and `customer_ref` identify the card for later charges, if it was
    saved.
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
        """Why it was declined, in English."""
        return catalogue.english(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An amount to hold on a card, or to take at once.

    `card` is the processor's own token, or the `ref` of a saved card, never a number of a real card; a saved
    one belongs to `customer_ref`. `is_off_session`: the cardholder is not there to confirm anything; then the card must
    be a saved one, and a bank that requires confirmation declines (`Decline.NEEDS_CARDHOLDER`). `keeps_card`: the
    cardholder agreed to later charges for the same purpose; the answer has the reference of the card.
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

    `customer` is our own id of whose card it is; `customer_ref` what the processor answered for that customer before,
    if it did. After the bank's or the processor's page the cardholder is sent to `return_url`.
    """

    card: str
    customer: str
    customer_ref: str = ""
    email: str = ""
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """A card that the processor keeps; we keep its `ref`, its looks and no more.

    The `ref` may change until it is ready: keep the newest. `brand` is lower-case; the month counts from 1.
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
        """Why it was declined, in English."""
        return catalogue.english(self.why)


class DisputeState(StrEnum):
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A cardholder's bank took a payment back, for now; evidence may bring it back to us. The fee stays either way."""

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
    """A host that is to be paid: `owner` is our own id of it, and `email` where the processor may write to."""

    owner: str
    name: str
    country: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccount:
    """A host's account as the processor knows it now.

    `missing` are the processor's codes of what it still wants to know; `disabled_reason` its code of why it pays
    nothing out, empty where it says none.
    """

    ref: str
    is_enabled: bool
    missing: tuple[str, ...] = ()
    disabled_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingPage:
    """The processor's page on which a host says who it is; for one visit, until `expires_at`."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BankToAttach:
    """A bank account that an account at the processor is to be paid to. Without `routing`, `number` is an IBAN."""

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
    """The bank sent it back: also days after it was paid."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPayout:
    """Money on its way from a balance at the processor to a bank; negative: the bank is debited.

    `account_ref` is empty for our own balance; `failure` the processor's code, `trace` what the bank finds it by.
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

    `source_ref` is what caused it, `payment_ref` its payment, if any; `available_at` when it can be paid out,
    `payout_ref` the payout that included it, where the processor reports it.
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
    """What is there in one currency: `available_minor` can be moved now, `pending_minor` later."""

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
    """What a verified webhook says happened; the present state of its subject is looked up, not taken from here."""

    event_id: str
    kind: str
    subject: Subject
    ref: str
    created_at: datetime


KEYS_KEPT: Final = timedelta(hours=12)
"""Half of what processors promise: a key of before may be forgotten, and would act a second time."""


class Processor(Protocol):
    """One card processor. All but `verify_webhook` may raise OutcomeUnknownError.

    A key acts once. Processors forget keys after a day: a request that may be a repeat of one before that says so in
    `first_asked_at`, and is looked up before it is sent.
    """

    name: str

    def authorize(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Holds the amount; a card that is declined is an answer, not an error."""
        ...

    def charge(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Takes the amount at once, such as a monthly fee from a saved card: captured, or declined as an answer."""
        ...

    def save_card(self, card_to_save: CardToSave, *, key: str) -> SavedCard:
        """Keeps a card for later. Declined is an answer; the cardholder may have to confirm."""
        ...

    def remove_card(self, ref: str, *, key: str) -> SavedCard:
        """Forgets a card; what it holds stays held. Of one removed before, its state. Raises NotPossibleError."""
        ...

    def look_up_card(self, *, ref: str = "", key: str = "") -> SavedCard | None:
        """The card by its reference, or by the key that it was saved with; None: there is none."""
        ...

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        """Takes at most what is held, once; the rest is released. Raises NotPossibleError."""
        ...

    def cancel(self, ref: str, *, key: str) -> Payment:
        """Releases what is held. Of a payment that is cancelled already, its state. Raises NotPossibleError."""
        ...

    def refund(self, ref: str, *, amount_minor: int, key: str, first_asked_at: datetime | None = None) -> Payment:
        """Gives back at most what was captured less what was refunded. Raises NotPossibleError."""
        ...

    def look_up_dispute(self, ref: str) -> Dispute | None: ...

    def answer_dispute(self, ref: str, *, evidence: str, key: str) -> Dispute:
        """Hands in, once, what speaks for us, as text. Raises NotPossibleError where it is decided or too late."""
        ...

    def transfer(self, account_ref: str, *, amount_minor: int, currency: str, key: str) -> Transfer:
        """Moves at most what is available of our balance to an account. Raises NotPossibleError."""
        ...

    def reverse_transfer(self, ref: str, *, amount_minor: int, key: str) -> Transfer:
        """Takes back at most what was transferred and is available in the account. Raises NotPossibleError."""
        ...

    def open_account(
        self, new_account: AccountToOpen, *, key: str, first_asked_at: datetime | None = None
    ) -> HostAccount:
        """Opens a host's account for payouts. It stays disabled until the host has completed onboarding."""
        ...

    def onboarding_page(self, account_ref: str, *, return_url: str, again_url: str) -> OnboardingPage:
        """The onboarding page for missing data. It redirects to `return_url`, complete or not, and to `again_url`
        where the page had expired. Raises NotPossibleError.
        """
        ...

    def look_up_account(self, account_ref: str) -> HostAccount | None: ...

    def attach_bank(self, account_ref: str, bank: BankToAttach, *, key: str) -> str:
        """The bank that the account is paid to from now on; answers its reference. Raises NotPossibleError."""
        ...

    def detach_bank(self, account_ref: str, bank_ref: str, *, key: str) -> None:
        """Forgets a bank; one that is not there is forgotten already. Raises NotPossibleError for the only one."""
        ...

    def pay_out(
        self, account_ref: str, *, amount_minor: int, currency: str, key: str, bank_ref: str = ""
    ) -> BankPayout:
        """Sends what is available to the bank; an empty account is our own, an empty bank the account's newest.

        Raises NotPossibleError.
        """
        ...

    def look_up_payout(self, ref: str, *, account_ref: str = "") -> BankPayout | None: ...

    def balance(self, currency: str, *, account_ref: str = "") -> Balance: ...

    def list_balance_transactions(
        self, *, since: datetime | None = None, payout: str = "", account_ref: str = ""
    ) -> Iterator[BalanceTransaction]:
        """The movements of a balance, the oldest first: those made since a moment, or those of one payout."""
        ...

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        """The payment by its reference, or by the key that it was authorised with; None: there is none."""
        ...

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        """Raises WebhookError unless the processor signed this body within the last 5 minutes."""
        ...
