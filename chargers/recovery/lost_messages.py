"""Asks stations about missing messages of transactions, and ends transactions whose stop was lost.

OCPP 2.x has a message for it (2.0.1 E14, GetTransactionStatus); a 1.6 charger is asked for its connector's status.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.lib import batch
from chargers.models import Charger, Connector, StatusReport, Transaction
from chargers.protocol.frames import Payload, Version
from chargers.sentences.cases import CaseCode
from chargers.transactions import outlets, recording, starts

Answer = Transaction.StatusAnswer

STOPS_FOLLOW: Final = timedelta(minutes=1)
"""How long a stop may follow a free connector, because some chargers report them in this order."""
ASKS_EVERY: Final = timedelta(minutes=5)
UNANSWERED: Final = timedelta(minutes=15)
"""How long a connector must be free before a transaction is ended at a charger that cannot tell more."""
ASKS_WHILE_RUNNING: Final = timedelta(hours=1)
SAYS_WITHIN: Final = timedelta(hours=1)
"""How long after a stop a station is asked if it does not answer the question."""
LONGEST: Final = timedelta(hours=24)
"""The longest time that a station may hold messages back."""
_LOOKS_BACK: Final = timedelta(days=30)
_STILL_USED: Final = ("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing")
_LONGEST_ID: Final = 36


def ask_due(*, now: datetime) -> int:
    """Asks connected stations about transactions with missing messages. Returns the number of transactions."""
    return batch.run_for_rows(_list_unexplained(now), partial(_ask, now=now), failure="could not be asked about")


def end_due(*, now: datetime) -> int:
    """Ends transactions whose connector is free and whose stop does not come. Returns their number."""
    return batch.run_for_rows(
        _list_finished(now), partial(_end, why=CaseCode.FREED_UNSTOPPED), failure="could not be ended"
    )


def handle_answer(charger: Charger, transaction_id: str, reply: Payload, *, now: datetime) -> None:
    """Handles the station's answer. A transaction that it no longer knows and has no messages of is ended."""
    row, has_left = starts.find(charger, transaction_id), reply.get("messagesInQueue")
    if row is None or not isinstance(has_left, bool):
        return
    goes_on = row.stopped_at is None and reply.get("ongoingIndicator") is True
    answer = Answer.GOES_ON if goes_on else Answer.LEFT if has_left else Answer.EMPTY
    Transaction.objects.filter(pk=row.pk).update(status_answer=answer, status_answered_at=now)
    if answer is Answer.EMPTY and reply.get("ongoingIndicator") is False:
        _end(row.pk, why=CaseCode.ENDED_UNTOLD)


def _list_unexplained(now: datetime) -> QuerySet[Transaction]:
    running = Q(stopped_at=None)
    begun_unseen = Q(running, stated_start="") & ~Q(ocpp_version=Version.V16)
    is_free = Q(running, freed_at__lte=now - STOPS_FOLLOW) & (~Q(ocpp_version=Version.V16) | _looks_over())
    rows = _annotate_free_reports().filter(
        charger__connection_id__isnull=False, start_received_at__gt=now - _LOOKS_BACK, upstream=""
    )
    asked_lately = Q(status_asked_at__gt=now - ASKS_EVERY) | Q(
        status_asked_at__gt=now - ASKS_WHILE_RUNNING, status_answer=Answer.GOES_ON
    )
    return rows.filter(_has_gap(now) | begun_unseen | is_free).exclude(asked_lately)


def _has_gap(now: datetime) -> Q:
    """Matches transactions with a gap: asked about once while running, and after the stop until nothing is left or no
    answer comes.
    """
    is_empty = Q(status_answer=Answer.EMPTY, status_answered_at__gte=F("stop_received_at"))
    lately = Q(stop_received_at__gt=now - SAYS_WITHIN) | Q(
        stop_received_at__gt=now - LONGEST, status_answer=Answer.LEFT
    )
    return Q(Q(stopped_at=None, status_asked_at=None) | Q(lately & ~is_empty), is_incomplete=True)


def _list_finished(now: datetime) -> QuerySet[Transaction]:
    is_confirmed = Q(ocpp_version=Version.V16, freed_at__lte=now - STOPS_FOLLOW, last_free_at__gt=F("status_asked_at"))
    is_unanswered = Q(status_answer=Answer.NONE, freed_at__lte=now - UNANSWERED)
    never_sent = Q(status_answer=Answer.LEFT, freed_at__lte=now - LONGEST)
    rows = _annotate_free_reports().filter(is_confirmed | is_unanswered | never_sent, _looks_over())
    return rows.filter(stopped_at=None, charger__connection_id__isnull=False)


def _looks_over() -> Q:
    """Matches transactions that seem to be over: no later reading, and no car still connected."""
    used = Connector.objects.filter(
        evse__charger=OuterRef("charger"), evse__number=OuterRef("evse_number"), status__in=_STILL_USED
    )
    return ~Exists(used) & (Q(register_at=None) | Q(register_at__lte=F("freed_at")))


def _annotate_free_reports() -> QuerySet[Transaction]:
    """Annotates when we first and last heard that the connector is free since the transaction began."""
    free_reports = StatusReport.objects.filter(outlets.reported_free()).order_by("received_at").values("received_at")
    return Transaction.objects.annotate(
        freed_at=Subquery(free_reports[:1]), last_free_at=Subquery(free_reports.reverse()[:1])
    )


def _ask(pk: int, *, now: datetime) -> bool:
    """Asks about a transaction. False if another process was first, or OCPP has no message for it."""
    with transaction.atomic():
        rows = Transaction.objects.select_for_update(of=("self",), skip_locked=True).select_related("charger")
        row = rows.filter(Q(status_asked_at=None) | Q(status_asked_at__lte=now - ASKS_EVERY), pk=pk).first()
        if row is None:
            return False
        Transaction.objects.filter(pk=pk).update(status_asked_at=now)
        request = _question(row)
        if request is not None:
            queue.request(row.charger, request, now=now)
    return request is not None


def _question(row: Transaction) -> CommandRequest | None:
    if row.ocpp_version == Version.V16:
        payload = {"requestedMessage": "StatusNotification", "connectorId": row.evse_number}
        return CommandRequest(action="TriggerMessage", payload=payload, origin="system", evse_number=row.evse_number)
    if len(row.transaction_id) > _LONGEST_ID:
        return None
    payload = {"transactionId": row.transaction_id}
    return CommandRequest(action="GetTransactionStatus", payload=payload, origin="system", evse_number=row.evse_number)


def _end(pk: int, *, why: CaseCode) -> bool:
    return bool(recording.end_without_stop(Transaction.objects.filter(pk=pk), why=why))
