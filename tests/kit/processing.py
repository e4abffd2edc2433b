"""Both processors, with the other side's acts for the tests: the cardholder's, the bank's, and time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.models import SimulatedAccount, SimulatedBank
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization, CardToSave, Processor
from tests.kit.stripe_server import StripeServer

RETURN_URL = "https://charging.example.com/s/1/"


@dataclass
class World:
    """A processor, and its test cards by their behaviour."""

    name: str
    cards: dict[str, str]
    server: StripeServer | None = None

    @property
    def processor(self) -> Processor:
        return processor(self.name)

    def wanted(self, card: str = "good", *, amount_minor: int = 4000, **fields: Any) -> Authorization:
        values = {"currency": "USD", "description": "Charging session 1", "return_url": RETURN_URL} | fields
        return Authorization(amount_minor=amount_minor, card=self.cards.get(card, card), **values)

    def to_save(self, card: str = "good", *, customer: str = "driver:7", **fields: Any) -> CardToSave:
        return CardToSave(card=self.cards[card], customer=customer, return_url=RETURN_URL, **fields)

    def advance(self, by: timedelta) -> None:
        if self.server:
            self.server.state.advance(by)
        else:
            simulated.advance_clock(by)

    def two_days_pass(self) -> None:
        """Lets two days pass: the processor forgets keys, and existing objects are old."""
        if self.server is None:
            simulated.advance_clock(timedelta(days=2))
            return
        self.server.forget_keys()
        for thing in self.server.state.things.values():
            thing["created"] -= 2 * 86400

    def answer_bank(self, ref: str, *, accepted: bool) -> None:
        if self.server:
            self.server.state.answer_bank(ref, accepted=accepted)
        else:
            simulated.confirm(ref, accepted=accepted)

    def dispute(self, payment_ref: str) -> str:
        if self.server:
            return str(self.server.state.dispute(payment_ref)["id"])
        return simulated.dispute(payment_ref).ref

    def decide(self, ref: str, *, is_won: bool) -> None:
        if self.server:
            self.server.state.decide(ref, is_won=is_won)
        else:
            simulated.decide_dispute(ref, is_won=is_won)

    def account(self) -> str:
        if self.server:
            return str(self.server.state.make("acct", "account")["id"])
        return simulated.open_account(bank=SimulatedAccount.Bank.TAKES)

    def require(self, account_ref: str, *codes: str, disabled_reason: str = "") -> None:
        """Sets what the processor requires of a host now."""
        if self.server:
            self.server.state.require(account_ref, list(codes), disabled_reason=disabled_reason or None)
        else:
            simulated.require(account_ref, *codes, disabled_reason=disabled_reason)

    def banks(self, account_ref: str) -> list[str]:
        """Returns the last digits of the bank accounts that it pays to."""
        if self.server:
            return sorted(one["last4"] for one in self.server.state.banks(account_ref))
        return sorted(
            SimulatedBank.objects.filter(account__ref=account_ref, detached_at=None).values_list("last4", flat=True)
        )

    def fail_payout(self, ref: str) -> None:
        if self.server:
            self.server.state.fail_payout(ref, "account_closed")
        else:
            simulated.fail_payout(ref, code="account_closed")


SIMULATED_CARDS = {
    "good": "4242424242424242", "declined": "4000000000000002", "poor": "4000000000009995",
    "asks": "4000002760003184", "asks_once": "4000002500003155", "poor_later": "4000008260003178",
    "available": "4000000000000077", "disputed": "4000000000000259",
}  # fmt: skip
STRIPE_CARDS = {
    "good": "pm_card_visa", "declined": "pm_card_chargeDeclined",
    "poor": "pm_card_visa_chargeDeclinedInsufficientFunds", "asks": "pm_card_authenticationRequired",
    "asks_once": "pm_card_authenticationRequiredOnSetup", "poor_later": "pm_card_chargeCustomerFail",
    "available": "pm_card_bypassPending", "disputed": "pm_card_createDispute",
}  # fmt: skip
