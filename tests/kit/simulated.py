"""Requests to the simulated processor, and its webhooks, delivered."""

from datetime import UTC, datetime

from django.test import Client

from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization

GOOD, DISPUTED, AVAILABLE = "4242424242424242", "4000000000000259", "4000000000000077"


def deliver(raw, *, signed_at=None, signature=None):
    signature = signature or simulated.sign(raw, now=signed_at or datetime.now(tz=UTC))
    headers = {simulated.SIGNATURE_HEADER: signature}
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/simulated/", raw, content_type="application/json", headers=headers
    )


def authorization(card=GOOD, amount_minor=4000):
    return Authorization(amount_minor=amount_minor, currency="USD", card=card, description="Session 1")


def held(key="hold:1:authorize:1", card=GOOD):
    return processor().authorize(authorization(card), key=key)


def paid(amount_minor=10_000, *, card=GOOD, key="1"):
    return processor().charge(authorization(card, amount_minor), key=f"charge:{key}")


def movements(**kwargs):
    return [
        (one.kind, one.amount_minor, one.fee_minor, one.net_minor)
        for one in processor().list_balance_transactions(**kwargs)
    ]


def balance(account_ref=""):
    found = processor().balance("USD", account_ref=account_ref)
    return found.available_minor, found.pending_minor


def pay_out(amount_minor, *, account_ref="", key="1"):
    return processor().pay_out(account_ref, amount_minor=amount_minor, currency="USD", key=f"payout:{key}")


def transfer(account_ref, amount_minor, *, key="1"):
    return processor().transfer(account_ref, amount_minor=amount_minor, currency="USD", key=f"transfer:{key}")
