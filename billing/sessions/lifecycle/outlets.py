"""Outlets available to a guest: not charging, not reserved, and not paid for by another guest."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import Session
from chargers.models import Evse
from chargers.transactions import outlets


def taken_condition(*, now: datetime, besides: UUID | None = None, uid: str = "") -> Q:
    """Returns the condition for Evse rows that are in use, or paid for by a guest who has yet to plug in.

    The session `besides` and a reservation of the token `uid` are ignored.
    """
    paid = Session.objects.filter(
        charger=OuterRef("charger"),
        evse_number=OuterRef("number"),
        state=Session.State.WAITING,
        outlet_taken_at__isnull=False,
    )
    return outlets.in_use(now=now, uid=uid) | Q(Exists(paid.exclude(pk=besides) if besides else paid))


def with_taken(*, now: datetime) -> QuerySet[Evse]:
    """Returns outlets annotated with `is_taken`, for a prefetch."""
    return Evse.objects.annotate(is_taken=taken_condition(now=now))


def numbers_taken(charger_pks: Collection[int], *, now: datetime) -> set[tuple[int, int]]:
    """Returns the taken outlets, as the charger's key and the outlet's number. One query."""
    rows = Evse.objects.filter(taken_condition(now=now), charger__in=charger_pks)
    return set(rows.values_list("charger_id", "number"))


def is_taken(
    charger_pk: int, evse_number: int | None, *, now: datetime, besides: UUID | None = None, uid: str = ""
) -> bool:
    """Whether another person has this outlet. One query."""
    if evse_number is None:
        return False
    rows = Evse.objects.filter(taken_condition(now=now, besides=besides, uid=uid))
    return rows.filter(charger=charger_pk, number=evse_number).exists()


def is_paid(charger_pk: int) -> bool:
    """Whether a guest has paid at this charger and has yet to plug in. One query."""
    return Session.objects.filter(charger=charger_pk, state=Session.State.WAITING).exists()
