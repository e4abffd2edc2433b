"""What the tests of cycle.acts and cycle.approval share."""

from datetime import timedelta

from django.db import transaction

from billing.models import Payout
from billing.payouts.sending import by_processor, outcomes
from tests.kit.sent_payouts import APRIL, approved, filled, opened

DAY = timedelta(days=1)


def came_back(payout, *, code, at):
    with transaction.atomic():
        outcomes.mark_failed(payout, code=code, now=at)


def failed(known, *, code):
    """10.00 that were sent on 1 April and came back a day later."""
    opened(known)
    filled()
    payout = approved(known)
    sent = by_processor.send(payout.pk, now=APRIL)
    came_back(sent, code=code, at=APRIL + DAY)
    return Payout.objects.get(pk=payout.pk)
