"""Stripe behind our protocol, through its official SDK. We never see card numbers: cards are entered on Stripe's page.

Without a saved card a hold or a charge begins as a Checkout Session: the answer needs authentication and has the page's
address, and its reference changes from `cs_` to `pi_` once it is paid. Our own key goes with every request as
`Idempotency-Key`, and into the metadata, so that the object can be found if an answer was lost.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import stripe
from django.conf import settings

from billing.models import ProcessorAccount
from billing.payments.processors.protocol import (
    KEYS_KEPT,
    AccountToOpen,
    Authorization,
    Balance,
    BalanceTransaction,
    BankPayout,
    BankToAttach,
    CardState,
    CardToSave,
    Dispute,
    HostAccount,
    IdempotencyConflictError,
    NotPossibleError,
    OnboardingPage,
    OutcomeUnknownError,
    Payment,
    PaymentState,
    SavedCard,
    Transfer,
    WebhookError,
    WebhookEvent,
)
from billing.payments.processors.stripe import answers
from billing.payments.processors.stripe.answers import Thing
from chargers.lib.i18n import mark

logger = logging.getLogger(__name__)

SIGNATURE_HEADER: Final = "Stripe-Signature"
TOLERANCE: Final = timedelta(minutes=5)
NO_PAGE_TO_COME_BACK_TO: Final = mark("There is no page to come back to from the card processor's.")
_NOT_SET_UP: Final = mark("Card payments are not set up correctly here; nothing was taken.")
_LOST: Final = "Stripe did not answer in time, or could not say what it did."
_WITH_CHARGE: Final = ["latest_charge.balance_transaction", "payment_method"]
_ON_PAGE: Final = [
    "payment_intent.latest_charge.balance_transaction",
    "payment_intent.payment_method",
    "setup_intent.payment_method",
]
_PARTS: Final = 10
"""The number of time spans for listing movements: each is read completely."""
_SHORTEST_PART_S: Final = 3600
_SEARCHED: Final = timedelta(days=1)
_SEARCHED_AT_MOST: Final = 1000
_NOT_GONE: Final = frozenset(("failed", "canceled"))
_CONTROLLER: Final = {
    "losses": {"payments": "application"},
    "fees": {"payer": "application"},
    "requirement_collection": "application",
    "stripe_dashboard": {"type": "none"},
}
"""Who controls the account: only if the platform collects the requirements may it change the bank account."""
_PAGE, _INTENT, _SETUP, _METHOD = "cs_", "pi_", "seti_", "pm_"


@lru_cache(maxsize=4)
def _client(key: str, address: str, timeout_s: float) -> stripe.StripeClient:
    # We retry ourselves with the same key: retries inside the SDK would only block a worker.
    http = stripe.RequestsClient(timeout=timeout_s)
    return stripe.StripeClient(key, base_addresses={"api": address}, max_network_retries=0, http_client=http)


class StripeProcessor:
    """See `protocol.Processor`."""

    name = "stripe"

    def __init__(self) -> None:
        self._api: Any = _client(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S).v1

    def authorize(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        if (payment := self._asked_before(key, first_asked_at)) is not None:
            return payment
        return self._begin(authorization, key=key, capture_method="manual")

    def charge(self, authorization: Authorization, *, key: str, first_asked_at: datetime | None = None) -> Payment:
        if (payment := self._asked_before(key, first_asked_at)) is not None:
            return payment
        return self._begin(authorization, key=key, capture_method="automatic")

    def save_card(self, card_to_save: CardToSave, *, key: str) -> SavedCard:
        """Saves the card; without a card token, on Stripe's page."""
        with _translate_errors():
            customer = card_to_save.customer_ref or self._customer(card_to_save, key=key)
            common_params = {"customer": customer, "metadata": {"key": key}}
            if card_to_save.card.startswith(_METHOD):
                params = (
                    common_params
                    | {
                        "payment_method": card_to_save.card,
                        "payment_method_types": ["card"],
                        "usage": "off_session",
                        "confirm": True,
                        "expand": ["payment_method"],
                    }
                    | _return_to(card_to_save.return_url)
                )
                return self._set_up(params, key=key)
            params = (
                common_params | {"mode": "setup", "payment_method_types": ["card"]} | _back_to(card_to_save.return_url)
            )
            return answers.card_on_page(
                _convert_to_dict(self._api.checkout.sessions.create(params, _idempotency_options(key)))
            )

    def remove_card(self, ref: str, *, key: str) -> SavedCard:
        try:
            with _translate_errors():
                return answers.saved_card(
                    _convert_to_dict(self._api.payment_methods.detach(ref, {}, _idempotency_options(key)))
                )
        except NotPossibleError:
            card = self.look_up_card(ref=ref)
            if card is None or card.state is not CardState.REMOVED:
                raise
            return card

    def look_up_card(self, *, ref: str = "", key: str = "") -> SavedCard | None:
        if ref.startswith(_METHOD):
            stripe_object = _retrieve_or_none(lambda: self._api.payment_methods.retrieve(ref))
            return answers.saved_card(stripe_object) if stripe_object else None
        stripe_object = self._find_checkout_session(ref) if ref.startswith(_PAGE) else None
        if ref.startswith(_SETUP):
            stripe_object = _retrieve_or_none(
                lambda: self._api.setup_intents.retrieve(ref, {"expand": ["payment_method"]})
            )
        if not ref:
            stripe_object = self._asked_with(key, self._api.checkout.sessions) or self._asked_with(
                key, self._api.setup_intents
            )
            return self.look_up_card(ref=stripe_object["id"]) if stripe_object else None
        if stripe_object is None:
            return None
        return answers.card_on_page(stripe_object) if ref.startswith(_PAGE) else answers.card_of_setup(stripe_object)

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        params = {"amount_to_capture": amount_minor, "expand": _WITH_CHARGE}
        with _translate_errors():
            return answers.payment(
                _convert_to_dict(self._api.payment_intents.capture(ref, params, _idempotency_options(key)))
            )

    def cancel(self, ref: str, *, key: str) -> Payment:
        """Cancels the payment, or expires an unpaid checkout page with a separate key, since the payment may exist by
        then.
        """
        try:
            with _translate_errors():
                if ref.startswith(_PAGE):
                    return answers.payment_on_page(
                        _convert_to_dict(
                            self._api.checkout.sessions.expire(ref, {}, _idempotency_options(f"{key}:page"))
                        )
                    )
                params = {"expand": _WITH_CHARGE}
                return answers.payment(
                    _convert_to_dict(self._api.payment_intents.cancel(ref, params, _idempotency_options(key)))
                )
        except NotPossibleError:
            payment = self.look_up(ref=ref)
            if payment is None or payment.state not in {PaymentState.CANCELLED, PaymentState.EXPIRED}:
                raise
            return payment

    def refund(self, ref: str, *, amount_minor: int, key: str, first_asked_at: datetime | None = None) -> Payment:
        with _translate_errors():
            if not _may_be_forgotten(first_asked_at) or not self._was_refunded(ref, key=key):
                params = {"payment_intent": ref, "amount": amount_minor, "metadata": {"key": key}}
                self._api.refunds.create(params, _idempotency_options(key))
            return answers.payment(self._intent(ref))

    def _was_refunded(self, ref: str, *, key: str) -> bool:
        stripe_refunds = self._api.refunds.list({"payment_intent": ref, "limit": 100}).auto_paging_iter()
        rows = (_convert_to_dict(row) for row in stripe_refunds)
        return any(_key_of(row) == key and row.get("status") not in _NOT_GONE for row in rows)

    def _asked_before(self, key: str, first_asked_at: datetime | None) -> Payment | None:
        return self.look_up(key=key) if _may_be_forgotten(first_asked_at) else None

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        if not ref:
            stripe_object = (
                self._asked_with(key, self._api.checkout.sessions)
                or self._asked_with(key, self._api.payment_intents)
                or self._search_by_key(key)
            )
            return self.look_up(ref=stripe_object["id"]) if stripe_object else None
        if ref.startswith(_PAGE):
            page = self._find_checkout_session(ref)
            return answers.payment_on_page(page) if page else None
        stripe_object = _retrieve_or_none(lambda: self._api.payment_intents.retrieve(ref, {"expand": _WITH_CHARGE}))
        return answers.payment(stripe_object) if stripe_object else None

    def look_up_dispute(self, ref: str) -> Dispute | None:
        stripe_dispute = _retrieve_or_none(lambda: self._api.disputes.retrieve(ref))
        return answers.dispute(stripe_dispute) if stripe_dispute else None

    def answer_dispute(self, ref: str, *, evidence: str, key: str) -> Dispute:
        params = {"evidence": {"uncategorized_text": evidence}, "submit": True}
        with _translate_errors():
            return answers.dispute(_convert_to_dict(self._api.disputes.update(ref, params, _idempotency_options(key))))

    def transfer(self, account_ref: str, *, amount_minor: int, currency: str, key: str) -> Transfer:
        params = {"amount": amount_minor, "currency": currency.lower(), "destination": account_ref}
        with _translate_errors():
            return answers.transfer(_convert_to_dict(self._api.transfers.create(params, _idempotency_options(key))))

    def reverse_transfer(self, ref: str, *, amount_minor: int, key: str) -> Transfer:
        with _translate_errors():
            self._api.transfers.reversals.create(ref, {"amount": amount_minor}, _idempotency_options(key))
            return answers.transfer(_convert_to_dict(self._api.transfers.retrieve(ref)))

    def open_account(
        self, new_account: AccountToOpen, *, key: str, first_asked_at: datetime | None = None
    ) -> HostAccount:
        """Opens an account for which the platform is liable and collects requirements on Stripe's page.

        Payouts are made on our request only.
        """
        if (
            _may_be_forgotten(first_asked_at)
            and (existing_account := self._opened_with(key, since=first_asked_at)) is not None
        ):
            return answers.account(existing_account)
        params: dict[str, Any] = {
            "controller": _CONTROLLER,
            "country": new_account.country,
            "capabilities": {"transfers": {"requested": True}},
            "business_profile": {"name": new_account.name},
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            "metadata": {"key": key, "owner": new_account.owner},
        }
        params |= {"email": new_account.email} if new_account.email else {}
        with _translate_errors():
            return answers.account(_convert_to_dict(self._api.accounts.create(params, _idempotency_options(key))))

    def onboarding_page(self, account_ref: str, *, return_url: str, again_url: str) -> OnboardingPage:
        params = {
            "account": account_ref,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": again_url,
            "collection_options": {"fields": "currently_due"},
        }
        with _translate_errors():
            return answers.onboarding_page(_convert_to_dict(self._api.account_links.create(params)))

    def look_up_account(self, account_ref: str) -> HostAccount | None:
        stripe_account = _retrieve_or_none(lambda: self._api.accounts.retrieve(account_ref))
        return answers.account(stripe_account) if stripe_account else None

    def attach_bank(self, account_ref: str, bank: BankToAttach, *, key: str) -> str:
        bank_account = {
            "object": "bank_account",
            "country": bank.country,
            "currency": bank.currency.lower(),
            "account_holder_name": bank.holder,
            "account_number": bank.number,
        }
        bank_account |= {"routing_number": bank.routing} if bank.routing else {}
        params = {"external_account": bank_account, "default_for_currency": True}
        with _translate_errors():
            return str(
                _convert_to_dict(
                    self._api.accounts.external_accounts.create(account_ref, params, _idempotency_options(key))
                )["id"]
            )

    def detach_bank(self, account_ref: str, bank_ref: str, *, key: str) -> None:
        _retrieve_or_none(
            lambda: self._api.accounts.external_accounts.delete(account_ref, bank_ref, {}, _idempotency_options(key))
        )

    def pay_out(
        self, account_ref: str, *, amount_minor: int, currency: str, key: str, bank_ref: str = ""
    ) -> BankPayout:
        params: dict[str, Any] = {"amount": amount_minor, "currency": currency.lower()}
        params |= {"destination": bank_ref} if bank_ref else {}
        with _translate_errors():
            stripe_payout = _convert_to_dict(
                self._api.payouts.create(params, _idempotency_options(key) | _account_options(account_ref))
            )
        return answers.payout(stripe_payout, account_ref=account_ref)

    def look_up_payout(self, ref: str, *, account_ref: str = "") -> BankPayout | None:
        stripe_payout = _retrieve_or_none(lambda: self._api.payouts.retrieve(ref, {}, _account_options(account_ref)))
        return answers.payout(stripe_payout, account_ref=account_ref) if stripe_payout else None

    def balance(self, currency: str, *, account_ref: str = "") -> Balance:
        with _translate_errors():
            return answers.balance(
                _convert_to_dict(self._api.balance.retrieve({}, _account_options(account_ref))), currency
            )

    def list_balance_transactions(
        self, *, since: datetime | None = None, payout: str = "", account_ref: str = ""
    ) -> Iterator[BalanceTransaction]:
        """Yields movements.

        Stripe lists the newest first, so all pages of a time span are read before its first movement is returned.
        """
        if since is None:
            yield from self._movements({"payout": payout} if payout else {}, payout=payout, account_ref=account_ref)
            return
        for created in _parts_since(int(since.timestamp()), now=int(time.time())):
            query: dict[str, Any] = {"created": created} | ({"payout": payout} if payout else {})
            yield from self._movements(query, payout=payout, account_ref=account_ref)

    def _movements(self, query: dict[str, Any], *, payout: str, account_ref: str) -> list[BalanceTransaction]:
        params = {"limit": 100, "expand": ["data.source"]} | query
        with _translate_errors():
            stripe_movements = self._api.balance_transactions.list(params, _account_options(account_ref))
            rows = [_convert_to_dict(movement) for movement in stripe_movements.auto_paging_iter()]
        movements = [answers.balance_transaction(row, payout_ref=payout) for row in reversed(rows)]
        return [transaction for transaction in movements if not payout or transaction.source_ref != payout]

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        """Verifies the event.

        Refuses events of another account, and test events in live mode or the other way round.
        """
        try:
            verified = stripe.Webhook.construct_event(
                raw, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=int(TOLERANCE.total_seconds())
            )
            signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
        except (stripe.SignatureVerificationError, ValueError, StopIteration) as exc:
            raise WebhookError("The signature is not Stripe's, or the event is more than 5 minutes old.") from exc
        if abs(now.timestamp() - signed_at) > TOLERANCE.total_seconds():
            raise WebhookError("The webhook was signed more than 5 minutes ago.")
        try:
            received = _convert_to_dict(verified)
            _refuse_others(received)
            return answers.event(received)
        except (KeyError, TypeError, AttributeError) as exc:
            raise WebhookError("The webhook's body cannot be read.") from exc

    def _begin(self, authorization: Authorization, *, key: str, capture_method: str) -> Payment:
        if not authorization.card.startswith(_METHOD):
            if authorization.is_off_session:
                raise NotPossibleError("Without its cardholder only a saved card can be charged.")
            return self._begin_on_page(authorization, key=key, capture_method=capture_method)
        params: dict[str, Any] = {
            "amount": authorization.amount_minor,
            "currency": authorization.currency.lower(),
            "payment_method": authorization.card,
            "payment_method_types": ["card"],
            "capture_method": capture_method,
            "confirm": True,
            "description": authorization.description,
            "metadata": {"key": key},
            "expand": _WITH_CHARGE,
        }
        params |= {"customer": authorization.customer_ref} if authorization.customer_ref else {}
        params |= {"off_session": True} if authorization.is_off_session else _return_to(authorization.return_url)
        params |= {"setup_future_usage": "off_session"} if authorization.keeps_card else {}
        with _translate_errors():
            try:
                return answers.payment(
                    _convert_to_dict(self._api.payment_intents.create(params, _idempotency_options(key)))
                )
            except stripe.CardError as exc:
                return self._read_declined_payment(exc)

    def _read_declined_payment(self, exc: stripe.CardError) -> Payment:
        """Returns a declined card as an answer: the error contains the payment."""
        intent = _find_error_object(exc, "payment_intent")
        if intent is None:
            raise NotPossibleError("Stripe declined the card without a payment.") from exc
        return answers.payment(intent)

    def _begin_on_page(self, authorization: Authorization, *, key: str, capture_method: str) -> Payment:
        intent: dict[str, Any] = {
            "capture_method": capture_method,
            "description": authorization.description,
            "metadata": {"key": key},
        }
        params: dict[str, Any] = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [{"quantity": 1, "price_data": _price(authorization)}],
            "metadata": {"key": key},
            "payment_intent_data": intent,
        } | _back_to(authorization.return_url)
        if authorization.keeps_card:
            intent["setup_future_usage"] = "off_session"
            params["customer_creation"] = "always"
        if authorization.customer_ref:
            params |= {"customer": authorization.customer_ref}
            params.pop("customer_creation", None)
        with _translate_errors():
            return answers.payment_on_page(
                _convert_to_dict(self._api.checkout.sessions.create(params, _idempotency_options(key)))
            )

    def _set_up(self, params: dict[str, Any], *, key: str) -> SavedCard:
        try:
            return answers.card_of_setup(
                _convert_to_dict(self._api.setup_intents.create(params, _idempotency_options(key)))
            )
        except stripe.CardError as exc:
            setup = _find_error_object(exc, "setup_intent")
            if setup is None:
                raise NotPossibleError("Stripe declined the card without saying more.") from exc
            return answers.card_of_setup(setup)

    def _customer(self, card_to_save: CardToSave, *, key: str) -> str:
        params: dict[str, Any] = {"metadata": {"customer": card_to_save.customer}}
        params |= {"email": card_to_save.email} if card_to_save.email else {}
        return str(_convert_to_dict(self._api.customers.create(params, _idempotency_options(f"{key}:customer")))["id"])

    def _intent(self, ref: str) -> Thing:
        return _convert_to_dict(self._api.payment_intents.retrieve(ref, {"expand": _WITH_CHARGE}))

    def _find_checkout_session(self, ref: str) -> Thing | None:
        return _retrieve_or_none(lambda: self._api.checkout.sessions.retrieve(ref, {"expand": _ON_PAGE}))

    def _asked_with(self, key: str, kind: Any) -> Thing | None:
        """Returns the object that was made with our key. Lists are consistent at once, unlike Stripe's search."""
        since = int((datetime.now(tz=UTC) - _SEARCHED).timestamp())
        with _translate_errors():
            stripe_objects = kind.list({"limit": 100, "created": {"gte": since}}).auto_paging_iter()
            rows = (_convert_to_dict(row) for row in islice(stripe_objects, _SEARCHED_AT_MOST))
            return next((row for row in rows if _key_of(row) == key), None)

    def _opened_with(self, key: str, *, since: datetime | None) -> Thing | None:
        """Returns the account that was opened with our key; Stripe has no search for accounts."""
        params: dict[str, Any] = {"limit": 100}
        params |= {"created": {"gte": int(since.timestamp())}} if since else {}
        with _translate_errors():
            rows = (_convert_to_dict(row) for row in self._api.accounts.list(params).auto_paging_iter())
            return next((row for row in rows if _key_of(row) == key), None)

    def _search_by_key(self, key: str) -> Thing | None:
        """Returns the object that was made with our key more than a day ago, which Stripe's search has indexed
        by then.
        """
        with _translate_errors():
            answer = self._api.payment_intents.search({"query": f"metadata['key']:'{key}'", "limit": 1})
            return next((_convert_to_dict(row) for row in answer.data), None)


def _key_of(row: Thing) -> str:
    return str((row.get("metadata") or {}).get("key", ""))


def _may_be_forgotten(first_asked_at: datetime | None) -> bool:
    return first_asked_at is not None and datetime.now(tz=UTC) - first_asked_at > KEYS_KEPT


def _refuse_others(received: Thing) -> None:
    account = received.get("account")
    if account and account not in settings.STRIPE_ACCOUNTS and not _is_a_hosts(account):
        raise WebhookError("The event is of another account.")
    if bool(received.get("livemode")) != settings.STRIPE_API_KEY.startswith(("sk_live_", "rk_live_")):
        raise WebhookError("The event is of the other mode: one of test and live.")


def _is_a_hosts(account: str) -> bool:
    return ProcessorAccount.objects.filter(processor=StripeProcessor.name, ref=account).exists()


def _price(authorization: Authorization) -> dict[str, Any]:
    return {
        "currency": authorization.currency.lower(),
        "unit_amount": authorization.amount_minor,
        "product_data": {"name": authorization.description},
    }


def _back_to(return_url: str) -> dict[str, Any]:
    if not return_url:
        raise NotPossibleError(NO_PAGE_TO_COME_BACK_TO)
    return {"success_url": return_url, "cancel_url": return_url}


def _return_to(return_url: str) -> dict[str, Any]:
    return {"return_url": return_url} if return_url else {}


def _idempotency_options(key: str) -> dict[str, Any]:
    return {"idempotency_key": key}


def _account_options(account_ref: str) -> dict[str, Any]:
    return {"stripe_account": account_ref} if account_ref else {}


def _convert_to_dict(stripe_object: Any) -> Thing:
    plain: Thing = stripe_object.to_dict()
    return plain


def _find_error_object(exc: stripe.CardError, name: str) -> Thing | None:
    """Returns the object that a card error is about, in its current state."""
    body: Any = exc.json_body or {}
    error_object: Thing | None = body.get("error", {}).get(name)
    return error_object


def _retrieve_or_none(ask: Callable[[], Any]) -> Thing | None:
    """Returns None if Stripe has no such object."""
    with _translate_errors():
        try:
            return _convert_to_dict(ask())
        except stripe.InvalidRequestError as exc:
            if exc.http_status == 404:
                return None
            raise


def _parts_since(since: int, *, now: int) -> Iterator[dict[str, int]]:
    """Yields spans from a moment until now, oldest first, the last without an end; in seconds since 1970."""
    length = max((now - since) // _PARTS, _SHORTEST_PART_S)
    begin = since
    while begin + length < now:
        yield {"gte": begin, "lt": begin + length}
        begin += length
    yield {"gte": begin}


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translates Stripe's errors to ours. A declined card is not an error, and is handled before."""
    try:
        yield
    except stripe.IdempotencyError as exc:
        raise IdempotencyConflictError(str(exc)) from exc
    except (stripe.AuthenticationError, stripe.PermissionError) as exc:
        logger.error("Stripe does not let us in: %s", exc.user_message or exc)
        raise NotPossibleError(_NOT_SET_UP) from exc
    except stripe.CardError as exc:
        raise NotPossibleError(str(exc.user_message or exc)) from exc
    except stripe.InvalidRequestError as exc:
        raise NotPossibleError(f"Stripe refused: {exc.user_message or exc}") from exc
    except stripe.StripeError as exc:
        raise OutcomeUnknownError(_LOST) from exc
