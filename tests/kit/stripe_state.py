"""The data of a Stripe account and the allowed operations: the rules behind `stripe_server`.

Written from Stripe's API reference. Amounts are minor units; times are seconds of a clock that a test can set ahead.
"""

import itertools
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

HOLD_S, PENDING_S, DISPUTE_FEE = 7 * 86_400, 2 * 86_400, 1500
DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", ""),
}
DECLINES_SAVED = {"pm_card_chargeCustomerFail": ("card_declined", "insufficient_funds")}
ASKS_ALWAYS, ASKS_ONCE = "pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"
DISPUTED, AVAILABLE = "pm_card_createDispute", "pm_card_bypassPending"
CARDS = {
    "pm_card_visa": ("visa", "4242"),
    "pm_card_mastercard": ("mastercard", "4444"),
    "pm_card_chargeDeclined": ("visa", "0002"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("visa", "9995"),
    "pm_card_chargeDeclinedExpiredCard": ("visa", "0069"),
    "pm_card_chargeCustomerFail": ("visa", "0341"),
    ASKS_ALWAYS: ("visa", "3184"),
    ASKS_ONCE: ("visa", "3155"),
    DISPUTED: ("visa", "0259"),
    AVAILABLE: ("visa", "0077"),
}

Thing = dict[str, Any]


@dataclass
class Refused(Exception):  # noqa: N818 - an answer
    status: int
    kind: str
    code: str
    message: str
    more: Thing = field(default_factory=dict)


def invalid(code: str, message: str, *, status: int = 400, **more: Any) -> Refused:
    return Refused(status, "invalid_request_error", code, message, more)


class State:
    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.ahead_s = 0
        self.events: list[Thing] = []
        self._numbers = itertools.count(1)
        self.origin = ""

    # Time and things

    def now(self) -> int:
        return int(time.time()) + self.ahead_s

    def advance(self, by: timedelta) -> None:
        self.ahead_s += int(by.total_seconds())
        for intent in self.all("payment_intent"):
            if intent["status"] == "requires_capture" and self.charge_of(intent)["_until"] <= self.now():
                intent |= {"status": "canceled", "cancellation_reason": "automatic", "amount_capturable": 0}
                self.tell("payment_intent.canceled", intent)
        for payout in self.all("payout"):
            if payout["status"] in {"pending", "in_transit"} and payout["arrival_date"] <= self.now():
                payout["status"] = "paid"
                self.tell("payout.paid", payout)

    def make(self, prefix: str, kind: str, **values: Any) -> Thing:
        ident = f"{prefix}_{next(self._numbers):08d}"
        self.things[ident] = {"id": ident, "object": kind, "created": self.now(), "livemode": False} | values
        return self.things[ident]

    def all(self, kind: str) -> list[Thing]:
        return [one for one in self.things.values() if one["object"] == kind]

    def find(self, ident: str, kind: str) -> Thing:
        found = self.things.get(ident)
        if found is None or found["object"] != kind:
            raise invalid("resource_missing", f"No such {kind}: '{ident}'", status=404, param="id")
        return found

    def tell(self, kind: str, thing: Thing, *, account: str = "") -> None:
        event = self.make("evt", "event", type=kind, data={"object": dict(thing)}, api_version=None)
        if account:
            event["account"] = account
        self.events.append(event)

    # Cards and customers

    def method(self, ident: str, *, customer: str | None = None) -> Thing:
        """Returns a payment method; Stripe's test tokens create a new one each time."""
        if ident in CARDS:
            brand, last4 = CARDS[ident]
            card = {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034}
            return self.make(
                "pm", "payment_method", type="card", card=card, customer=customer, _as=ident, _is_set=False
            )
        found = self.find(ident, "payment_method")
        if found["customer"] and found["customer"] != customer:
            raise invalid(
                "payment_method_unexpected_state", "The PaymentMethod belongs to a Customer: give that customer."
            )
        if found.get("_gone"):
            raise invalid("payment_method_unexpected_state", "The PaymentMethod was detached and cannot be used again.")
        return found

    def detach(self, ident: str) -> Thing:
        found = self.find(ident, "payment_method")
        if not found["customer"]:
            raise invalid("payment_method_unexpected_state", "The payment method is not attached to a customer.")
        found |= {"customer": None, "_gone": True}
        self.tell("payment_method.detached", found)
        return found

    # Payments

    def begin(self, given: Thing) -> Thing:
        if given["amount"] < 50:
            raise invalid("amount_too_small", "Amount must be at least 0.50.", param="amount")
        if given.get("customer"):
            self.find(given["customer"], "customer")
        method = self.method(given["payment_method"], customer=given.get("customer"))
        intent = self.make(
            "pi",
            "payment_intent",
            amount=given["amount"],
            currency=given["currency"],
            status="requires_confirmation",
            capture_method=given.get("capture_method", "automatic"),
            customer=given.get("customer"),
            payment_method=method["id"],
            metadata=given.get("metadata", {}),
            amount_received=0,
            amount_capturable=0,
            latest_charge=None,
            last_payment_error=None,
            cancellation_reason=None,
            next_action=None,
            setup_future_usage=given.get("setup_future_usage"),
            description=given.get("description"),
            _return_url=given.get("return_url"),
        )
        return self.confirm(intent, method, off_session=given.get("off_session", False)) if given["confirm"] else intent

    def confirm(self, intent: Thing, method: Thing, *, off_session: bool) -> Thing:
        card = method["_as"]
        asks = card == ASKS_ALWAYS or (card == ASKS_ONCE and not method["_is_set"])
        decline = DECLINES.get(card) or (DECLINES_SAVED.get(card) if method["_is_set"] else None)
        if decline is None and asks and off_session:
            decline = ("authentication_required", "authentication_required")
        if decline is not None:
            raise self.declined(intent, *decline)
        if asks:
            page = f"{self.origin}/3ds/{intent['id']}"
            intent |= {
                "status": "requires_action",
                "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": page}},
            }
            self.tell("payment_intent.requires_action", intent)
            return intent
        return self.authorised(intent)

    def declined(self, intent: Thing, code: str, decline_code: str) -> Refused:
        error = {"type": "card_error", "code": code, "decline_code": decline_code, "message": "Your card was declined."}
        intent |= {"status": "requires_payment_method", "last_payment_error": dict(error), "next_action": None}
        self.tell("payment_intent.payment_failed", intent)
        more = {"decline_code": decline_code, "_thing": intent, "_name": "payment_intent"}
        return Refused(402, "card_error", code, "Your card was declined.", more)

    def authorised(self, intent: Thing) -> Thing:
        until = self.now() + HOLD_S
        method = self.things[intent["payment_method"]]
        card = {**method["card"], "capture_before": until if intent["capture_method"] == "manual" else None}
        charge = self.make(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=0,
            amount_refunded=0,
            captured=False,
            currency=intent["currency"],
            payment_intent=intent["id"],
            balance_transaction=None,
            disputed=False,
            payment_method_details={"type": "card", "card": card},
            _until=until,
        )
        intent |= {"latest_charge": charge["id"], "next_action": None}
        if intent["setup_future_usage"]:
            method["_is_set"] = True
            method["customer"] = intent["customer"] = intent["customer"] or self.make("cus", "customer")["id"]
        if intent["capture_method"] != "manual":
            return self.captured(intent, intent["amount"])
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        self.tell("payment_intent.amount_capturable_updated", intent)
        return intent

    def capture(self, ident: str, amount: int | None) -> Thing:
        intent = self.find(ident, "payment_intent")
        if intent["status"] != "requires_capture":
            raise self.unexpected(intent, "captured", "requires_capture")
        wanted = intent["amount_capturable"] if amount is None else amount
        if wanted > intent["amount_capturable"]:
            raise invalid(
                "amount_too_large",
                f"The requested capture amount {wanted} is greater than {intent['amount_capturable']}.",
                param="amount_to_capture",
            )
        if wanted <= 0:
            raise invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.")
        return self.captured(intent, wanted)

    def captured(self, intent: Thing, amount: int) -> Thing:
        charge, method = self.charge_of(intent), self.things[intent["payment_method"]]
        fee = min(round(amount * 29 / 1000) + 30, amount)
        pending = 0 if method["_as"] == AVAILABLE else PENDING_S
        moved = self.move("charge", amount, intent["currency"], charge["id"], fee=fee, pending_s=pending)
        charge |= {"captured": True, "amount_captured": amount, "balance_transaction": moved["id"]}
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self.tell("payment_intent.succeeded", intent)
        if method["_as"] == DISPUTED:
            self.dispute(intent["id"])
        return intent

    def cancel(self, ident: str) -> Thing:
        intent = self.find(ident, "payment_intent")
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise self.unexpected(intent, "canceled", "requires_payment_method, requires_capture or requires_action")
        intent |= {"status": "canceled", "cancellation_reason": None, "amount_capturable": 0, "next_action": None}
        self.tell("payment_intent.canceled", intent)
        return intent

    def unexpected(self, intent: Thing, what: str, wanted: str) -> Refused:
        return invalid(
            "payment_intent_unexpected_state",
            f"This PaymentIntent could not be {what} because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be {what}: {wanted}.",
        )

    def charge_of(self, intent: Thing) -> Thing:
        return self.things[intent["latest_charge"]]

    def search(self, query: str) -> Thing:
        """Searches by one value of the metadata, which is all that the product uses."""
        match = re.fullmatch(r"metadata\['(\w+)'\]:'([^']+)'", query)
        if match is None:
            raise invalid("invalid_search", f"The search query cannot be read: {query}")
        things = [one for one in self.things.values() if one["object"] == "payment_intent"]
        rows = [one for one in things if (one.get("metadata") or {}).get(match[1]) == match[2]]
        return {"object": "search_result", "url": "/v1/payment_intents/search", "has_more": False, "data": rows}

    def refund(self, ident: str, amount: int | None, metadata: Thing) -> Thing:
        charge = self.charge_of(self.find(ident, "payment_intent"))
        left = charge["amount_captured"] - charge["amount_refunded"]
        if charge["disputed"]:
            raise invalid("charge_disputed", "This charge has been charged back; it cannot be refunded.")
        wanted = left if amount is None else amount
        if wanted > left:
            raise invalid(
                "amount_too_large",
                f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left}).",
                param="amount",
            )
        refund = self.make(
            "re",
            "refund",
            amount=wanted,
            currency=charge["currency"],
            payment_intent=ident,
            charge=charge["id"],
            status="succeeded",
            metadata=metadata,
        )
        self.move("refund", -wanted, charge["currency"], refund["id"])
        charge["amount_refunded"] += wanted
        self.tell("charge.refunded", charge)
        return refund

    # The balance

    def move(
        self,
        category: str,
        amount: int,
        currency: str,
        source: str,
        *,
        fee: int = 0,
        pending_s: int = 0,
        account: str = "",
    ) -> Thing:
        return self.make(
            "txn",
            "balance_transaction",
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            source=source,
            reporting_category=category,
            type=category,
            available_on=self.now() + pending_s,
            _account=account,
            _payout=None,
        )

    def of(self, account: str, currency: str | None = None) -> list[Thing]:
        rows = [one for one in self.all("balance_transaction") if one["_account"] == account]
        return [one for one in rows if currency is None or one["currency"] == currency]

    def available(self, account: str, currency: str) -> int:
        return sum(one["net"] for one in self.of(account, currency) if one["available_on"] <= self.now())

    def balance(self, account: str) -> Thing:
        currencies = {one["currency"] for one in self.of(account)} or {"usd"}
        told: Thing = {"object": "balance", "livemode": False, "available": [], "pending": []}
        for currency in sorted(currencies):
            there = self.available(account, currency)
            whole = sum(one["net"] for one in self.of(account, currency))
            told["available"].append({"amount": there, "currency": currency})
            told["pending"].append({"amount": whole - there, "currency": currency})
        return told

    def take(self, account: str, amount: int, currency: str) -> None:
        if amount <= 0:
            raise invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.", param="amount")
        if amount > self.available(account, currency):
            raise invalid("balance_insufficient", "You have insufficient available funds in your Stripe account.")

    def transfer(self, given: Thing) -> Thing:
        if self.things.get(given["destination"], {}).get("object") != "account":
            raise invalid("resource_missing", f"No such destination: '{given['destination']}'", param="destination")
        self.take("", given["amount"], given["currency"])
        made = self.make(
            "tr",
            "transfer",
            amount=given["amount"],
            currency=given["currency"],
            destination=given["destination"],
            amount_reversed=0,
            reversed=False,
        )
        self.move("transfer", -given["amount"], given["currency"], made["id"])
        self.move("transfer", given["amount"], given["currency"], made["id"], account=given["destination"])
        self.tell("transfer.created", made)
        return made

    def reverse(self, ident: str, amount: int) -> Thing:
        made = self.find(ident, "transfer")
        if amount > made["amount"] - made["amount_reversed"]:
            raise invalid("amount_too_large", "The reversal is greater than the unreversed amount of the transfer.")
        self.take(made["destination"], amount, made["currency"])
        made["amount_reversed"] += amount
        back = self.make("trr", "transfer_reversal", amount=amount, currency=made["currency"], transfer=ident)
        self.move("transfer_reversal", -amount, made["currency"], back["id"], account=made["destination"])
        self.move("transfer_reversal", amount, made["currency"], back["id"])
        self.tell("transfer.reversed", made)
        return back

    def pay_out(self, account: str, given: Thing) -> Thing:
        if "destination" in given and self.things.get(given["destination"], {}).get("account") != account:
            raise invalid("resource_missing", f"No such external account: '{given['destination']}'", status=404)
        self.take(account, given["amount"], given["currency"])
        payout = self.make(
            "po",
            "payout",
            amount=given["amount"],
            currency=given["currency"],
            status="pending",
            automatic=False,
            arrival_date=self.now() + 2 * 86_400,
            failure_code=None,
            failure_message=None,
            _account=account,
            trace_id={"status": "supported", "value": "TRACE123"},
        )
        moved = self.move("payout", -given["amount"], given["currency"], payout["id"], account=account)
        moved["_payout"] = payout["id"]
        for row in self.of(account, given["currency"]):
            if (
                row["available_on"] <= self.now()
                and not row["_payout"]
                and not self.available(account, row["currency"])
            ):
                row["_payout"] = payout["id"]
        self.tell("payout.created", payout, account=account)
        return payout

    def fail_payout(self, ident: str, code: str) -> None:
        payout = self.find(ident, "payout")
        payout |= {"status": "failed", "failure_code": code, "failure_message": "The bank account has been closed."}
        self.move("payout_reversal", payout["amount"], payout["currency"], ident, account=payout["_account"])
        self.tell("payout.failed", payout, account=payout["_account"])

    # Accounts of hosts

    def open_account(self, given: Thing) -> Thing:
        due = ["business_type", "external_account", "individual.dob.day", "tos_acceptance.date"]
        made = self.make(
            "acct",
            "account",
            **given,
            payouts_enabled=False,
            details_submitted=False,
            requirements={"currently_due": due, "past_due": [], "disabled_reason": "requirements.past_due"},
        )
        self.tell("account.updated", made, account=made["id"])
        return made

    def account_link(self, given: Thing) -> Thing:
        account = self.find(given["account"], "account")
        url = f"{self.origin}/setup/{account['id']}/{len(self.events)}"
        return {"object": "account_link", "created": self.now(), "expires_at": self.now() + 300, "url": url}

    def require(self, ident: str, due: list[str], *, disabled_reason: str | None = None) -> None:
        """Sets what Stripe requires now; if nothing, payouts are enabled unless there is another reason."""
        account = self.find(ident, "account")
        wants = {"currently_due": due, "past_due": [], "disabled_reason": disabled_reason}
        account |= {"requirements": wants, "payouts_enabled": not due and disabled_reason is None}
        self.tell("account.updated", account, account=ident)

    def attach_bank(self, ident: str, given: Thing) -> Thing:
        account, bank = self.find(ident, "account"), given["external_account"]
        if account["controller"]["requirement_collection"] != "application":
            raise invalid("", "You can only manage external accounts where your platform collects requirements.")
        for other in self.banks(ident):
            if other["currency"] == bank["currency"] and given.get("default_for_currency"):
                other["default_for_currency"] = False
        made = self.make(
            "ba",
            "bank_account",
            account=ident,
            currency=bank["currency"],
            country=bank["country"],
            account_holder_name=bank.get("account_holder_name"),
            last4=bank["account_number"][-4:],
            default_for_currency=bool(given.get("default_for_currency")),
            _number=bank["account_number"],
        )
        self.tell("account.external_account.created", made, account=ident)
        return made

    def detach_bank(self, ident: str, bank_ref: str) -> Thing:
        bank = self.find(bank_ref, "bank_account")
        if bank["account"] != ident:
            raise invalid("resource_missing", f"No such external account: '{bank_ref}'", status=404)
        if bank["default_for_currency"]:
            raise invalid("", "You cannot delete the default external account for your default currency.")
        del self.things[bank_ref]
        return {"id": bank_ref, "object": "bank_account", "deleted": True}

    def banks(self, ident: str) -> list[Thing]:
        return [one for one in self.all("bank_account") if one["account"] == ident]

    # Disputes

    def dispute(self, ident: str) -> Thing:
        intent = self.find(ident, "payment_intent")
        charge = self.charge_of(intent)
        amount = charge["amount_captured"] - charge["amount_refunded"]
        made = self.make(
            "dp",
            "dispute",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            reason="fraudulent",
            payment_intent=ident,
            status="needs_response",
            balance_transactions=[],
            evidence={},
            evidence_details={"due_by": self.now() + HOLD_S, "submission_count": 0},
        )
        moved = self.move("dispute", -amount, charge["currency"], made["id"], fee=DISPUTE_FEE)
        made["balance_transactions"].append(moved)
        charge["disputed"] = True
        self.tell("charge.dispute.created", made)
        return made

    def answer(self, ident: str, given: Thing) -> Thing:
        made = self.find(ident, "dispute")
        if made["status"] != "needs_response":
            raise invalid("dispute_already_submitted", "This dispute's evidence was already submitted.")
        made["evidence"] |= given.get("evidence", {})
        if given.get("submit"):
            made["status"] = "under_review"
            self.tell("charge.dispute.updated", made)
        return made

    def decide(self, ident: str, *, is_won: bool) -> None:
        made = self.find(ident, "dispute")
        made["status"] = "won" if is_won else "lost"
        if is_won:
            moved = self.move("dispute_reversal", made["amount"], made["currency"], ident)
            made["balance_transactions"].append(moved)
            self.things[made["charge"]]["disputed"] = False
        self.tell("charge.dispute.closed", made)

    # Saving cards, and pages

    def set_up(self, given: Thing) -> Thing:
        customer = self.find(given["customer"], "customer")["id"]
        method = self.method(given["payment_method"], customer=customer)
        setup = self.make(
            "seti",
            "setup_intent",
            customer=customer,
            payment_method=method["id"],
            status="requires_confirmation",
            metadata=given.get("metadata", {}),
            usage=given.get("usage"),
            last_setup_error=None,
            next_action=None,
        )
        decline = DECLINES.get(method["_as"])
        if decline is not None:
            error = {"type": "card_error", "code": decline[0], "decline_code": decline[1]}
            setup |= {"status": "requires_payment_method", "last_setup_error": error, "payment_method": None}
            more = {"decline_code": decline[1], "_thing": setup, "_name": "setup_intent"}
            raise Refused(402, "card_error", decline[0], "Your card was declined.", more)
        if method["_as"] in {ASKS_ALWAYS, ASKS_ONCE}:
            page = f"{self.origin}/3ds/{setup['id']}"
            redirect = {"type": "redirect_to_url", "redirect_to_url": {"url": page}}
            setup |= {"status": "requires_action", "next_action": redirect}
            return setup
        return self.is_set_up(setup)

    def is_set_up(self, setup: Thing) -> Thing:
        self.things[setup["payment_method"]] |= {"customer": setup["customer"], "_is_set": True}
        setup |= {"status": "succeeded", "next_action": None}
        self.tell("setup_intent.succeeded", setup)
        return setup

    def answer_bank(self, ident: str, *, accepted: bool) -> None:
        """Answers on the bank's page as the cardholder, for a payment or for saving a card."""
        thing = self.things[ident]
        if thing["status"] != "requires_action":
            return
        error = {"type": "card_error", "code": "payment_intent_authentication_failure", "decline_code": ""}
        if thing["object"] == "setup_intent":
            if accepted:
                self.is_set_up(thing)
            else:
                thing |= {"status": "requires_payment_method", "last_setup_error": error, "next_action": None}
        elif accepted:
            self.authorised(thing)
        else:
            thing |= {"status": "requires_payment_method", "last_payment_error": error, "next_action": None}

    def open_page(self, given: Thing) -> Thing:
        is_setup = given["mode"] == "setup"
        if is_setup and "line_items" in given:
            raise invalid("parameter_unknown", "`line_items` can not be used in setup mode.", param="line_items")
        if not is_setup and "line_items" not in given:
            raise invalid("parameter_missing", "`line_items` is required in payment mode.", param="line_items")
        item = {} if is_setup else given["line_items"][0]
        amount = None if is_setup else item["quantity"] * item["price_data"]["unit_amount"]
        session = self.make(
            "cs_test",
            "checkout.session",
            mode=given["mode"],
            status="open",
            payment_status="unpaid",
            amount_total=amount,
            currency=None if is_setup else item["price_data"]["currency"],
            customer=given.get("customer"),
            metadata=given.get("metadata", {}),
            payment_intent=None,
            setup_intent=None,
            success_url=given["success_url"],
            _given=given,
        )
        session["url"] = f"{self.origin}/pay/{session['id']}#{'x' * 600}"
        return session

    def pay_on_page(self, ident: str, card: str = "pm_card_visa") -> None:
        """Pays on Stripe's page as the cardholder. A declined card leaves the page open."""
        session = self.find(ident, "checkout.session")
        if session["status"] != "open":
            raise invalid("checkout_session_not_open", "The Checkout Session is not open any more.")
        given = session["_given"]
        if session["mode"] == "setup":
            about = {"customer": session["customer"], "payment_method": card, "metadata": {}}
            session["setup_intent"] = self.set_up(about)["id"]
        else:
            about = given["payment_intent_data"] | {
                "amount": session["amount_total"],
                "currency": session["currency"],
                "payment_method": card,
                "customer": session["customer"],
                "confirm": True,
            }
            if given.get("customer_creation") == "always" and not session["customer"]:
                about["customer"] = session["customer"] = self.make("cus", "customer")["id"]
            session["payment_intent"] = self.begin(about)["id"]
        session |= {"status": "complete", "url": None, "payment_status": "paid"}
        self.tell("checkout.session.completed", session)

    def expire_page(self, ident: str) -> Thing:
        session = self.find(ident, "checkout.session")
        if session["status"] != "open":
            raise invalid("checkout_session_not_open", f"The Checkout Session is {session['status']}.")
        session |= {"status": "expired", "url": None}
        self.tell("checkout.session.expired", session)
        return session
