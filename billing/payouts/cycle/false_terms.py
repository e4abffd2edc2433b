"""Finds payouts that were calculated by the standard terms although others were agreed, before migration 0068."""

from datetime import datetime

from django.db.models import QuerySet

from billing.models import Payout, PayoutAgreement
from billing.payouts.payees.agreements import BY_STANDARD


def payouts(*, since: datetime) -> QuerySet[Payout]:
    """Returns such payouts made since then, by host and number."""
    false = PayoutAgreement.objects.filter(made_by=BY_STANDARD, state=PayoutAgreement.State.REPLACED)
    rows = Payout.objects.filter(agreement__in=false, created_at__gte=since).select_related("host")
    return rows.order_by("host__slug", "number")
