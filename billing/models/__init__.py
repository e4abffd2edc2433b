"""What it costs, who pays, who is paid."""

from billing.models.books import LedgerAccount, LedgerEntry, Posting
from billing.models.documents import Receipt, ReceiptSeries, Refund
from billing.models.payments import Hold, ProcessorEvent
from billing.models.prices import Rate, RateAssignment, RateVersion
from billing.models.sessions import ChargingStateReport, Rating, Session
from billing.models.simulated import (
    SimulatedCard,
    SimulatedClock,
    SimulatedDelivery,
    SimulatedPayment,
    SimulatedRequest,
)

__all__ = [
    "ChargingStateReport",
    "Hold",
    "LedgerAccount",
    "LedgerEntry",
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
    "SimulatedCard",
    "SimulatedClock",
    "SimulatedDelivery",
    "SimulatedPayment",
    "SimulatedRequest",
]
