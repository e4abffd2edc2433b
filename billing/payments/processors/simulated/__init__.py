"""A card processor that needs no network and is as strict as a real one: for the demo, the tests and rehearsals.

It has its own tables and its own clock, answers a repeated key with its first answer, and delivers its signed webhooks
twice. It never sees a real card: see `plastic` for the behaviour of its cards.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from billing.models import SimulatedPayment
from billing.payments.processors.entry import KnownProcessor
from billing.payments.processors.protocol import (
    AccountToOpen,
    Authorization,
    Balance,
    BalanceTransaction,
    BankPayout,
    BankToAttach,
    CardToSave,
    Dispute,
    HostAccount,
    OnboardingPage,
    Payment,
    SavedCard,
    Transfer,
    WebhookEvent,
)
from billing.payments.processors.simulated import (
    accounts,
    balance,
    cards,
    clock,
    deliveries,
    disputes,
    payments,
    requests,
    transfers,
)
from billing.payments.processors.simulated.deliveries import SIGNATURE_HEADER, sign

__all__ = [
    "PROCESSOR",
    "SIGNATURE_HEADER",
    "SimulatedProcessor",
    "advance_clock",
    "confirm",
    "decide_dispute",
    "dispute",
    "fail_payout",
    "move_on",
    "open_account",
    "require",
    "set_clock",
    "set_fee",
    "settle_debt",
    "sign",
]

advance_clock, set_clock = clock.advance, clock.set_to
open_account, set_fee = balance.open_account, balance.set_fee
fail_payout, settle_debt = transfers.fail, transfers.settle_debt
require = accounts.require
decide_dispute = disputes.decide


class SimulatedProcessor:
    """See `protocol.Processor`."""

    name = "simulated"

    def authorize(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        if (payment := requests.find_repeated_payment(key, first_asked_at)) is not None:
            return payments.answer(payment)
        return payments.begin(authorization, key=key, captures_at_once=False)

    def charge(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        if (payment := requests.find_repeated_payment(key, first_asked_at)) is not None:
            return payments.answer(payment)
        return payments.begin(authorization, key=key, captures_at_once=True)

    def save_card(self, card_to_save: CardToSave, *, key: str) -> SavedCard:
        return cards.save(card_to_save, key=key)

    def remove_card(self, ref: str, *, key: str) -> SavedCard:
        return cards.remove(ref, key=key)

    def look_up_card(self, *, ref: str = "", key: str = "") -> SavedCard | None:
        return cards.find(ref=ref, key=key)

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        return payments.capture(ref, amount_minor=amount_minor, key=key)

    def cancel(self, ref: str, *, key: str) -> Payment:
        return payments.cancel(ref, key=key)

    def refund(self, ref: str, *, amount_minor: int, key: str, first_asked_at: datetime | None = None) -> Payment:
        if (payment := requests.find_repeated_payment(key, first_asked_at)) is not None:
            return payments.answer(payment)
        return payments.refund(ref, amount_minor=amount_minor, key=key)

    def look_up_dispute(self, ref: str) -> Dispute | None:
        return disputes.find(ref)

    def answer_dispute(self, ref: str, *, evidence: str, key: str) -> Dispute:
        return disputes.answer(ref, evidence=evidence, key=key)

    def transfer(self, account_ref: str, *, amount_minor: int, currency: str, key: str) -> Transfer:
        return transfers.transfer(account_ref, amount_minor=amount_minor, currency=currency, key=key)

    def reverse_transfer(self, ref: str, *, amount_minor: int, key: str) -> Transfer:
        return transfers.reverse(ref, amount_minor=amount_minor, key=key)

    def open_account(
        self, new_account: AccountToOpen, *, key: str, first_asked_at: datetime | None = None
    ) -> HostAccount:
        return accounts.begin(new_account, key=key)

    def onboarding_page(self, account_ref: str, *, return_url: str, again_url: str) -> OnboardingPage:
        return accounts.page(account_ref, return_url=return_url)

    def look_up_account(self, account_ref: str) -> HostAccount | None:
        return accounts.find(account_ref)

    def attach_bank(self, account_ref: str, bank: BankToAttach, *, key: str) -> str:
        return accounts.attach(account_ref, bank, key=key)

    def detach_bank(self, account_ref: str, bank_ref: str, *, key: str) -> None:
        accounts.detach(account_ref, bank_ref)

    def pay_out(
        self, account_ref: str, *, amount_minor: int, currency: str, key: str, bank_ref: str = ""
    ) -> BankPayout:
        return transfers.pay_out(account_ref, amount_minor=amount_minor, currency=currency, key=key, bank_ref=bank_ref)

    def look_up_payout(self, ref: str, *, account_ref: str = "") -> BankPayout | None:
        return transfers.find_payout(ref, account_ref=account_ref)

    def balance(self, currency: str, *, account_ref: str = "") -> Balance:
        return balance.balance_of(currency, account_ref=account_ref)

    def list_balance_transactions(
        self, *, since: datetime | None = None, payout: str = "", account_ref: str = ""
    ) -> Iterator[BalanceTransaction]:
        return balance.list_transactions(since=since, payout=payout, account_ref=account_ref)

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        return payments.find(ref=ref, key=key)

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        return deliveries.verify(raw, signature=signature, now=now)


def confirm(ref: str, *, accepted: bool) -> None:
    """Simulates that the cardholder confirmed the payment or the saving of the card at the bank's page, or
    refused to.
    """
    if ref.startswith(cards.PREFIX):
        cards.confirm(ref, accepted=accepted)
    else:
        payments.confirm(ref, accepted=accepted)


def dispute(ref: str, *, reason: str = "fraudulent") -> Dispute:
    """Simulates that the cardholder disputes a payment at the bank. Raises NotPossibleError."""
    return disputes.open_dispute(SimulatedPayment.objects.get(ref=ref), reason=reason)


def move_on() -> None:
    """Advances everything to the processor's clock, so that webhooks arrive without a request."""
    payments.move_on()
    disputes.move_on()
    transfers.move_on()


PROCESSOR: Final = KnownProcessor(
    name=SimulatedProcessor.name,
    title="The simulated processor",
    make=SimulatedProcessor,
    signature_header=SIGNATURE_HEADER,
    moves_money=lambda: False,
)
