"""Cards that we accepted with a car plugged in, but without a session: the charger itself refused."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef

from authorization.models import Decision
from chargers.lib import batch, ids
from chargers.models import OwnAct, StatusReport, Transaction, Variable
from chargers.transactions import charger_decisions

TIMEOUTS: Final = {("", "ConnectionTimeOut"), ("TxCtrlr", "EVConnectionTimeOut")}
DEFAULT_TIMEOUT_S: Final = 60
_LOOKS_BACK: Final = timedelta(minutes=20)
_PLUGGED_BEFORE: Final = timedelta(minutes=10)
_SLACK: Final = timedelta(seconds=10)
_PLUGGED: Final = ("Preparing", "Occupied")
_MAX_TIMEOUT_S: Final = 600


def notice(*, now: datetime) -> int:
    """Records each case once, when the charger's own time to start is over. Returns the number recorded.

    Three queries if there are none.
    """
    decisions = list(_unstarted_decisions(now=now))
    timeouts = _timeouts({decision.charger_id for decision in decisions})

    def record_once(decision: Decision) -> bool:
        timeout_s = timeouts[decision.charger_id]
        until = decision.at + timedelta(seconds=timeout_s)
        if until + _SLACK > now or not _plugged_in(decision, until=until):
            return False
        charger_decisions.record(decision.charger, _facts(decision, timeout_s=timeout_s), now=now)
        return True

    return batch.each_of(decisions, record_once, noun="Decision", failure="could not be looked at")


def _unstarted_decisions(*, now: datetime) -> Collection[Decision]:
    """Returns cards accepted recently at chargers that stayed connected, and that did not start, stop or tap again."""
    transactions = Transaction.objects.filter(
        charger=OuterRef("charger"),
        id_token__iexact=OuterRef("uid"),
        started_at__gte=OuterRef("at") - timedelta(minutes=2),
    )
    later = Decision.objects.filter(
        charger=OuterRef("charger"), canonical_uid=OuterRef("canonical_uid"), id__gt=OuterRef("pk")
    )
    reported = OwnAct.objects.filter(decision_id=OuterRef("pk"))
    rows = Decision.objects.filter(
        id__gte=ids.floor(now - _LOOKS_BACK),
        kind="authorize",
        verdict=Decision.Verdict.ACCEPTED,
        charger__connection_id__isnull=False,
        charger__connected_at__lte=F("at"),
    ).exclude(granted_by="possible_stop")
    return rows.exclude(Exists(transactions)).exclude(Exists(later)).exclude(Exists(reported)).select_related("charger")


def _timeouts(charger_pks: Collection[int]) -> dict[int, int]:
    """Returns each charger's ConnectionTimeOut in seconds, as it reported it."""
    timeouts_s = defaultdict[int, int](lambda: DEFAULT_TIMEOUT_S)
    names = [name for _, name in TIMEOUTS]
    rows = Variable.objects.filter(charger__in=charger_pks, name__in=names, attribute="Actual")
    for pk, component, name, value in rows.values_list("charger_id", "component", "name", "value"):
        if (component, name) in TIMEOUTS and value and value.strip().isdecimal():
            timeouts_s[pk] = min(max(int(value), 1), _MAX_TIMEOUT_S)
    return timeouts_s


def _plugged_in(decision: Decision, *, until: datetime) -> bool:
    """Whether a connector that had a car at that time has started nothing."""
    reports = StatusReport.objects.filter(
        charger=decision.charger_id, status__in=_PLUGGED, at__gte=decision.at - _PLUGGED_BEFORE, at__lte=until
    )
    transactions = Transaction.objects.filter(
        charger=OuterRef("charger"), evse_number=OuterRef("evse_number"), started_at__gte=decision.at - _PLUGGED_BEFORE
    )
    return reports.exclude(Exists(transactions)).exists()


def _facts(decision: Decision, *, timeout_s: int) -> charger_decisions.OwnDecision:
    return charger_decisions.OwnDecision(
        kind=OwnAct.Kind.NOT_STARTED,
        id_token=decision.uid,
        detail=f"We accepted card {decision.uid} with a car plugged in, and no session began within {timeout_s} s.",
        at=decision.at,
        evse_number=decision.evse_number,
        decision_id=decision.pk,
    )
