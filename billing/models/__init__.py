"""What it costs, who pays, who is paid."""

from billing.models.books import LedgerAccount, LedgerEntry, Posting
from billing.models.documents import Receipt, ReceiptSeries, Refund
from billing.models.payments import (
    Hold,
    ProcessorEvent,
    SimulatedClock,
    SimulatedDelivery,
    SimulatedPayment,
    SimulatedRequest,
)
from billing.models.prices import Rate, RateAssignment, RateVersion, Rehearsal
from billing.models.sessions import ChargingStateReport, LateStop, Rating, Session

__all__ = [
    "ChargingStateReport",
    "Hold",
    "LateStop",
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
    "Rehearsal",
    "Session",
    "SimulatedClock",
    "SimulatedDelivery",
    "SimulatedPayment",
    "SimulatedRequest",
]
