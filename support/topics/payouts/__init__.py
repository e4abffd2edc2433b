"""Payouts, reports and usage history."""

from pathlib import Path
from typing import Final

from support.topics.details import Detail
from support.topics.topic import HOSTS, Priority, Queue, Topic, if_possible, needs

TOPIC: Final = Topic(
    number=10,
    code="payouts",
    phrases=Path(__file__).with_name("phrases.tsv"),
    title="Payouts, reports and usage history",
    askers=HOSTS,
    priority=Priority.NORMAL,
    queue=Queue.PAYOUTS,
    symptoms=(
        "Payouts don’t seem to match dashboard activity",
        "“Failed payouts” showing",
        "Need annual statements or detailed usage history",
        "Questions about dashboard metrics",
    ),
    steps=(),
    requirements=(
        needs("Account or property name", Detail.PROPERTY),
        needs("Payout ID(s) or the date range in question", Detail.PAYOUT_ID, Detail.STATEMENT_PERIOD),
        if_possible("Any specific amounts you’d like reconciled", Detail.AMOUNT),
    ),
    review=("Reconcile sessions and net revenue with bank payouts",),
    action="Explain the differences (fees, thresholds, timing), and send CSV or statements for the period.",
)
