"""What it costs, who pays, who is paid."""

from billing.models.books import LedgerAccount, LedgerEntry, Posting
from billing.models.documents import Letter, Receipt, ReceiptSeries, Refund
from billing.models.payments import (
    Hold,
    ProcessorEvent,
    SimulatedClock,
    SimulatedDelivery,
    SimulatedPayment,
    SimulatedRequest,
)
from billing.models.prices import Rate, RateAssignment, RateVersion
from billing.models.sessions import ChargingStateReport, Rating, Session

__all__ = [
    "ChargingStateReport",
    "Hold",
    "LedgerAccount",
    "LedgerEntry",
    "Letter",
    "Posting",
    "ProcessorEvent",
    "Rate",
    "RateAssignment",
    "RateVersion",
    "Rating",
    "Receipt",
    "ReceiptSeries",
    "Refund",
    "Session",
    "SimulatedClock",
    "SimulatedDelivery",
    "SimulatedPayment",
    "SimulatedRequest",
]
