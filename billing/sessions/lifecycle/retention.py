"""Deletes old rows that grow with every message and have no references: a daily task, in batches.

Rows that explain a session stay: the decisions about transactions and sessions, with other back offices' verdicts. The
price of a finished session does not need the deleted rows, since its rating stores all its inputs.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from authorization.models import Decision, Opinion
from billing.models import ChargingStateReport, ProcessorEvent, Session
from chargers.lib import batch, ids
from chargers.models import ChargerEvent, FailedHandshake, OwnAct, StateSpan, StatusReport, Transaction

logger = logging.getLogger(__name__)

_BATCH: Final = 2000
"""Rows per statement: locks are short, and a killed worker loses one batch only."""


def prune(*, now: datetime) -> int:
    """Deletes the rows that are too old and returns their number. A table that fails does not stop the others."""
    deleted: list[int] = []
    tables: list[Callable[[], QuerySet[Any]]] = list(_tables(now=now))
    batch.each_of(tables, lambda rows: deleted.append(_delete(rows())), noun="Table", failure="could not be pruned")
    return sum(deleted)


def _tables(*, now: datetime) -> Iterator[Callable[[], QuerySet[Any]]]:
    """Yields the old rows of each table, in an order that deletes a decision after the rows that refer to it."""
    wire = now - timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    record = now - timedelta(days=settings.RECORD_RETENTION_DAYS)
    yield lambda: FailedHandshake.objects.filter(at__lt=wire)
    yield lambda: OwnAct.objects.filter(at__lt=record)
    yield lambda: _exclude_referenced(Decision.objects.filter(id__lt=ids.floor(record)))
    yield lambda: Opinion.objects.exclude(_is_explained()).filter(id__lt=ids.floor(record))
    yield lambda: ChargerEvent.objects.filter(received_at__lt=record)
    yield lambda: _reports_of_the_past(record)
    yield lambda: StateSpan.objects.filter(until__lt=record)
    yield lambda: ChargingStateReport.objects.filter(received_at__lt=record, transaction__stopped_at__isnull=False)
    yield lambda: ProcessorEvent.objects.filter(received_at__lt=record, handled_at__isnull=False)


def _exclude_referenced(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """Excludes decisions that a transaction, a session or a charger's own act refers to."""
    this = OuterRef("pk")
    return decisions.filter(
        ~Exists(Transaction.objects.filter(decision_id=this)),
        ~Exists(Session.objects.filter(decision_id=this)),
        ~Exists(OwnAct.objects.filter(decision_id=this)),
    )


def _is_explained() -> Exists:
    return Exists(Decision.objects.filter(pk=OuterRef("decision_id")))


def _reports_of_the_past(before: datetime) -> QuerySet[StatusReport]:
    """Returns old reports, except the newest of each outlet and all of chargers with an unfinished session."""
    newer = StatusReport.objects.filter(
        charger=OuterRef("charger"), evse_number=OuterRef("evse_number"), id__gt=OuterRef("pk")
    )
    unfinished = Session.objects.filter(charger=OuterRef("charger"), state__in=Session.UNFINISHED)
    return StatusReport.objects.filter(Exists(newer), ~Exists(unfinished), received_at__lt=before)


def _delete(rows: QuerySet[Any]) -> int:
    """Deletes in the order of keys, which is the order of age."""
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return deleted
