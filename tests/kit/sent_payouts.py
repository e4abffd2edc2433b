"""Payouts on their way at the simulated processor."""

from datetime import UTC, datetime

from billing.models import Payout, ProcessorAccount, SimulatedAccount
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization
from billing.payouts.cycle import cycle
from tests.kit.payouts import Books

APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 5))


def opened(known: Books, *, bank: str = SimulatedAccount.Bank.TAKES) -> ProcessorAccount:
    ref = simulated.open_account(bank=bank)
    return ProcessorAccount.objects.create(
        host=known.host, processor="simulated", ref=ref, is_enabled=True, opened_at=APRIL
    )


def filled(minor: int = 100000) -> None:
    """Adds to the platform's own balance, available at once."""
    card = Authorization(amount_minor=minor, currency="USD", card="4000000000000077", description="Top up")
    processor("simulated").charge(card, key=f"top-up-{minor}")


def approved(known: Books, gross: int = 1000) -> Payout:
    known.agree()
    known.bank()
    known.sale(gross, at=datetime(2026, 3, 3, tzinfo=UTC))
    found = cycle.close(known.scope, until=APRIL, now=APRIL)
    assert found is not None
    return found
