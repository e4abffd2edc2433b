"""Tells which outlets are in use, by an open transaction or a reservation.

A connector's status is not sufficient: `Preparing` (1.6) and `Occupied` (2.x) are reported as soon as a car is plugged
in, whether or not anybody charges.
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from chargers.models import Connector, Evse, Reservation, StatusReport, Transaction

_FREE = "Available"
_LEAST_WH = 100
"""Chargers that obey a refusal stop within a moment."""


def in_use(*, now: datetime, uid: str = "") -> Q:
    """Returns a condition on Evse: somebody charges there, or it is reserved for another token than `uid`."""
    reserved = Reservation.objects.filter(charger=OuterRef("charger"), state=Reservation.State.ACTIVE, until__gt=now)
    if uid:
        reserved = reserved.exclude(id_token__iexact=uid)
    another_outlet = Evse.objects.filter(charger=OuterRef("charger")).exclude(number=OuterRef("number"))
    is_kept = Q(Exists(reserved.filter(evse_number=OuterRef("number"))))
    is_kept_as_the_only_one = Q(Exists(reserved.filter(evse_number=None))) & ~Q(Exists(another_outlet))
    return Q(_is_charging()) | is_kept | is_kept_as_the_only_one


def reported_free() -> Q:
    """Returns a condition on StatusReport, within a query of Transaction: the connector was reported free since the
    start.

    At an EVSE with several connectors (2.x), another connector does not count.
    """
    same = Q(connector_number=Coalesce(OuterRef("connector_number"), F("connector_number")))
    return Q(
        same | Q(connector_number=None),
        charger=OuterRef("charger"),
        evse_number=OuterRef("evse_number"),
        status=_FREE,
        at__gt=OuterRef("started_at"),
    )


def list_running() -> QuerySet[Transaction]:
    """Returns the transactions that have not stopped.

    If its outlet was reported free since, a stop was lost and the transaction is over.
    """
    freed = StatusReport.objects.filter(reported_free())
    unstopped = Transaction.objects.filter(~Q(Exists(freed)), stopped_at=None)
    return unstopped.exclude(case=Transaction.Case.NEVER_STOPPED).exclude(_was_refused())


def _is_charging() -> Combinable:
    is_here = Q(evse_number=OuterRef("number")) | Q(evse_number=None)
    return Exists(list_running().filter(is_here, charger=OuterRef("charger")))


def _was_refused() -> Q:
    """Whether a start was refused and no energy flows: the plug may stay in, but the outlet is free for others."""
    gives = Connector.objects.filter(
        evse__charger=OuterRef("charger"), evse__number=OuterRef("evse_number"), status="Charging"
    )
    took = Q(register_wh__gte=F("meter_start_wh") + _LEAST_WH)
    refused = ~Q(authorization_status__in=("", "Accepted"))
    return refused & ~took & ~Q(charging_state="Charging") & ~Q(Exists(gives))
