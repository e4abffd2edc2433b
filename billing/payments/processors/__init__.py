"""Card processors behind one protocol."""

from django.conf import settings

from billing.payments.processors.protocol import Processor
from billing.payments.processors.simulated import SimulatedProcessor

SIMULATED, STRIPE = SimulatedProcessor.name, "stripe"


def default() -> str:
    """The name of the processor that new holds go to: CARD_PROCESSOR."""
    return str(settings.CARD_PROCESSOR)


def processor(name: str = "") -> Processor:
    """The processor of that name, as it stands in `Hold.processor`; without one the default."""
    chosen = name or default()
    if chosen == SIMULATED:
        return SimulatedProcessor()
    if chosen == STRIPE and settings.STRIPE_API_KEY:
        from billing.payments.processors.stripe import StripeProcessor  # noqa: PLC0415 - half a second that only it should cost

        return StripeProcessor()
    raise LookupError(f"There is no card processor {chosen!r} here: see CARD_PROCESSOR and STRIPE_API_KEY.")
