"""Prices, payments and payouts."""

from billing.models.alerts import AlertKind, AlertNotice, AlertRule, Incident, MutedMail, ReportRun, ReportSchedule
from billing.models.attention import AttentionMark
from billing.models.bank import (
    BankImport,
    BankLine,
    BankLineCopy,
    BankMapping,
    BankMatch,
    Clearing,
    FilePayment,
    HomeMatch,
    PaymentFile,
)
from billing.models.books import LedgerAccount, LedgerEntry, Posting
from billing.models.branding import Branding
from billing.models.companions import CompanionLink
from billing.models.complaints import Complaint
from billing.models.day_sums import ChangedDay, DayOf, DayOfBooks, DayOfSessions, DayOfStarts, SummedDays
from billing.models.documents import OutgoingMail, Receipt, ReceiptSeries
from billing.models.drivers import ClaimCode, Driver, DriverLink, DriverToken, PaymentCard
from billing.models.guest_domains import GuestDomain
from billing.models.home import HomeCharge, HomeInvoice, HomePayout
from billing.models.hooks import WebhookDelivery, WebhookEndpoint
from billing.models.join_codes import Join, JoinCode
from billing.models.label_scans import LabelScans
from billing.models.offers import RefundOffer, RefundOfferTerms
from billing.models.payments import Dispute, Hold, HoldPolicy, ProcessorEvent, ProcessorTransaction, Receivable
from billing.models.payouts import (
    BankAccount,
    Payout,
    PayoutAgreement,
    PayoutAllocation,
    PayoutCarry,
    ProcessorAccount,
)
from billing.models.plan_changes import PeriodRefund, PlanChange
from billing.models.plans import Invoice, Plan, PlanVersion, Subscription, SubscriptionPeriod
from billing.models.prices import PropertyTax, Rate, RateAssignment, RateVersion, Rehearsal
from billing.models.push import PushMessage, PushSubscription
from billing.models.refunds import AttemptedRefund, Refund, RefundPart
from billing.models.roaming import (
    PartnerCommand,
    PartnerCredential,
    RoamingChange,
    RoamingConnection,
    RoamingExchange,
    RoamingObject,
    RoamingShare,
    RoamingToken,
)
from billing.models.sessions import ChargingStateReport, IdleNotice, LateStop, Override, Rating, Session
from billing.models.simulated import (
    SimulatedAccount,
    SimulatedBalanceTransaction,
    SimulatedBank,
    SimulatedCard,
    SimulatedClock,
    SimulatedDelivery,
    SimulatedDispute,
    SimulatedPayment,
    SimulatedPayout,
    SimulatedRequest,
    SimulatedTransfer,
)
from billing.models.statements import ReportingThreshold, SellerFacts, Statement, StatementPiece, StatementReader
from billing.models.stays import ArrivalPolicy, ArrivalText, FolioCharge, StayMessage, StayTerms
from billing.models.waiting import WaitingGuest

__all__ = [
    "AlertKind",
    "AlertNotice",
    "AlertRule",
    "ArrivalPolicy",
    "ArrivalText",
    "AttemptedRefund",
    "AttentionMark",
    "BankAccount",
    "BankImport",
    "BankLine",
    "BankLineCopy",
    "BankMapping",
    "BankMatch",
    "Branding",
    "ChangedDay",
    "ChargingStateReport",
    "ClaimCode",
    "Clearing",
    "CompanionLink",
    "Complaint",
    "DayOf",
    "DayOfBooks",
    "DayOfSessions",
    "DayOfStarts",
    "Dispute",
    "Driver",
    "DriverLink",
    "DriverToken",
    "FilePayment",
    "FolioCharge",
    "GuestDomain",
    "Hold",
    "HoldPolicy",
    "HomeCharge",
    "HomeInvoice",
    "HomeMatch",
    "HomePayout",
    "IdleNotice",
    "Incident",
    "Invoice",
    "Join",
    "JoinCode",
    "LabelScans",
    "LateStop",
    "LedgerAccount",
    "LedgerEntry",
    "MutedMail",
    "OutgoingMail",
    "Override",
    "PartnerCommand",
    "PartnerCredential",
    "PaymentCard",
    "PaymentFile",
    "Payout",
    "PayoutAgreement",
    "PayoutAllocation",
    "PayoutCarry",
    "PeriodRefund",
    "Plan",
    "PlanChange",
    "PlanVersion",
    "Posting",
    "ProcessorAccount",
    "ProcessorEvent",
    "ProcessorTransaction",
    "PropertyTax",
    "PushMessage",
    "PushSubscription",
    "Rate",
    "RateAssignment",
    "RateVersion",
    "Rating",
    "Receipt",
    "ReceiptSeries",
    "Receivable",
    "Refund",
    "RefundOffer",
    "RefundOfferTerms",
    "RefundPart",
    "Rehearsal",
    "ReportRun",
    "ReportSchedule",
    "ReportingThreshold",
    "RoamingChange",
    "RoamingConnection",
    "RoamingExchange",
    "RoamingObject",
    "RoamingShare",
    "RoamingToken",
    "SellerFacts",
    "Session",
    "SimulatedAccount",
    "SimulatedBalanceTransaction",
    "SimulatedBank",
    "SimulatedCard",
    "SimulatedClock",
    "SimulatedDelivery",
    "SimulatedDispute",
    "SimulatedPayment",
    "SimulatedPayout",
    "SimulatedRequest",
    "SimulatedTransfer",
    "Statement",
    "StatementPiece",
    "StatementReader",
    "StayMessage",
    "StayTerms",
    "Subscription",
    "SubscriptionPeriod",
    "SummedDays",
    "WaitingGuest",
    "WebhookDelivery",
    "WebhookEndpoint",
]
