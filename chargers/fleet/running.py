"""Running transactions and their power."""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When

from chargers.fleet import condition
from chargers.models import Connector, Transaction


def running() -> QuerySet[Any]:
    """Returns running transactions with `flowing_w`, their power in W; None if the car is paused or no power was
    reported.
    """
    connectors = Connector.objects.filter(evse__charger=OuterRef("charger"), evse__number=OuterRef("evse_number"))
    is_paused = Exists(connectors.filter(status__in=condition.PAUSED))
    return Transaction.objects.filter(stopped_at=None).annotate(
        flowing_w=Case(When(is_paused, then=None), default=F("power_w"))
    )
