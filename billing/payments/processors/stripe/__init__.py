"""Stripe."""

from typing import Final

from django.conf import settings

from billing.payments.processors.entry import KnownProcessor
from billing.payments.processors.protocol import Processor


def _make() -> Processor:
    from billing.payments.processors.stripe.calls import StripeProcessor  # noqa: PLC0415 - half a second that only it should cost

    return StripeProcessor()


PROCESSOR: Final = KnownProcessor(
    name="stripe",
    title="Stripe",
    make=_make,
    signature_header="Stripe-Signature",
    settings=("STRIPE_API_KEY",),
    event_settings=("STRIPE_WEBHOOK_SECRET",),
    moves_money=lambda: "_live_" in settings.STRIPE_API_KEY,
)
