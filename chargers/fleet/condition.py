"""The condition of a charger in one word, one colour and one sentence: the same on every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from chargers.lib.i18n import mark
from chargers.models import Charger, Connector, Licence, StateSpan, Transaction

Kind = Literal["ok", "busy", "warn", "bad", "unknown"]
OFFLINE_NEEDS_CARE = timedelta(minutes=15)

LICENCE_NEEDS_CARE = timedelta(days=30)

_CONNECTOR: dict[str, tuple[Kind, str]] = {
    "Available": ("ok", mark("Available")),
    "Preparing": ("busy", mark("Preparing")),
    "Charging": ("busy", mark("Charging")),
    "SuspendedEV": ("busy", mark("Paused by the car")),
    "SuspendedEVSE": ("busy", mark("Paused by the charger")),
    "Finishing": ("busy", mark("Finishing")),
    "Occupied": ("busy", mark("Occupied")),
    "Reserved": ("busy", mark("Reserved")),
    "Unavailable": ("warn", mark("Out of service")),
    "Faulted": ("bad", mark("Faulted")),
}
STATUSES = frozenset(_CONNECTOR)
"""The standard's names for a connector's state."""
PLUGGED_IN = frozenset(("Preparing", "Occupied"))
"""A car is plugged in; transactions tell whether it is charging."""
PAUSED = frozenset(("SuspendedEV", "SuspendedEVSE", "Finishing"))
"""A car is plugged in and takes no energy, so that the last reported power is outdated."""
_WORST_FIRST: tuple[Kind, ...] = ("bad", "warn", "unknown", "busy", "ok")


@dataclass(frozen=True, slots=True)
class Condition:
    """`kind` is the colour and shape, `word` the label, `sentence` the full explanation, `since` its begin if known."""

    kind: Kind
    word: str
    sentence: str
    since: datetime | None = None
    can_start: bool = False
    """Whether a car could begin to charge here now, according to the hardware."""
    is_plugged_in: bool = False
    """Whether a car is plugged in at this outlet and nobody charges."""


def of_connector(connector: Connector, *, online: bool, is_taken: bool | None = None) -> Condition:
    """Returns the condition of this plug; for an offline charger with the last reported one.

    `is_taken`: the outlet is in use or reserved; None if that was not queried.
    """
    status = seen_status(connector)
    kind, word = _CONNECTOR.get(status, ("unknown", status or mark("Never reported")))
    if not online:
        text = f" It last said: {word}." if connector.status else ""
        return Condition("unknown", mark("Unknown"), f"The charger is offline.{text}", connector.status_at)
    sentence = word
    if kind == "bad" and connector.error_code not in {"", "NoError"}:
        sentence = f"Faulted: {connector.error_code}"
        sentence += f" ({connector.vendor_error_code})" if connector.vendor_error_code else ""
        sentence += f", {connector.status_info}" if connector.status_info else ""
    since = connector.status_at if kind == "busy" else _state_began_at(connector)
    is_plugged_in = is_taken is False and status in PLUGGED_IN
    if is_plugged_in:
        sentence = "A car is plugged in and can start."
    elif is_taken and kind == "ok":
        sentence = f"{word}, and taken: somebody is about to charge."
    can_start = is_plugged_in or (kind == "ok" and not is_taken)
    return Condition(kind, word, sentence, since, can_start=can_start, is_plugged_in=is_plugged_in)


def seen_status(connector: Connector) -> str:
    """Returns the reported status, or, if a car is plugged in, the status from the running transaction.

    Rows from `connectors` have that. OCPP 2.x reports only Occupied.
    """
    running: str | None = getattr(connector, "running_status", None)
    return running if running and connector.status in PLUGGED_IN else connector.status


def status_text(status: str) -> str:
    """Returns the name of a connector's state in English; unknown states stay as reported."""
    return _CONNECTOR.get(status, ("unknown", status))[1]


def of_charger(charger: Charger, connectors: Sequence[Connector]) -> Condition:
    """Returns the condition of a charger: its connection first, then its own fault, then its plugs."""
    if charger.retired_at:
        return Condition("unknown", "Retired", "This charger is retired.", charger.retired_at)
    if not charger.is_online():
        if not ever_connected(charger):
            return Condition("unknown", "Never connected", "This charger has never connected.")
        return Condition("bad", "Offline", "The charger has no connection to us.", charger.disconnected_at)
    if not charger.is_accepted():
        registration = charger.get_registration_display()
        return Condition(
            "warn", registration, f"{registration}: it may connect, and nobody can charge at it.", charger.connected_at
        )
    if charger.status == "Faulted":
        return Condition(
            "bad", "Faulted", f"The charger reports a fault: {charger.error_code}.", _state_began_at(charger)
        )
    if not connectors:
        return Condition("unknown", "Online", "Connected; it has not reported a connector yet.", charger.connected_at)
    return _summarize_conditions(
        [of_connector(connector, online=True, is_taken=taken_of(connector)) for connector in connectors]
    )


def ever_connected(charger: Charger) -> bool:
    """Whether the charger was ever connected to us."""
    return charger.connected_at is not None or charger.disconnected_at is not None


def with_since(chargers: QuerySet[Charger]) -> QuerySet[Charger]:
    """Annotates chargers with `state_since`, when their own state began, even if it was reported again since."""
    return chargers.annotate(state_since=Subquery(_open_span(charger="pk", evse=None, connector=None)))


def connectors() -> QuerySet[Connector]:
    """Returns connectors with `state_since`, when their state began, even if it was reported again since.

    `running_status` is the status from the running transaction.
    """
    span = _open_span(charger="evse__charger", evse="evse__number", connector="number")
    return Connector.objects.annotate(state_since=Subquery(span), running_status=Subquery(_running_status()))


def _running_status() -> QuerySet[Transaction, Any]:
    """Returns Charging if power flows, or the reason of the pause; empty if the transaction tells neither."""
    running = Transaction.objects.filter(
        Q(connector_number=None) | Q(connector_number=OuterRef("number")),
        charger=OuterRef("evse__charger"),
        evse_number=OuterRef("evse__number"),
        stopped_at=None,
    ).exclude(case=Transaction.Case.NEVER_STOPPED)
    paused = ("SuspendedEV", "SuspendedEVSE")
    status = Case(
        When(charging_state__in=paused, then=F("charging_state")),
        When(Q(charging_state="Charging") | Q(power_w__gt=0), then=Value("Charging")),
        default=Value(""),
    )
    return running.order_by("-id").annotate(running_status=status).values("running_status")[:1]


def _open_span(*, charger: str, evse: str | None, connector: str | None) -> QuerySet[StateSpan, Any]:
    rows = StateSpan.objects.filter(charger=OuterRef(charger), track=StateSpan.Track.STATUS, until=None)
    of_part = rows.filter(
        evse_number=OuterRef(evse) if evse else None, connector_number=OuterRef(connector) if connector else None
    )
    return of_part.values("since")[:1]


def _state_began_at(row: Charger | Connector) -> datetime | None:
    """Returns when the state of a row from `with_since` or `connectors` began; for others, the newest report."""
    began: datetime | None = getattr(row, "state_since", None)
    return began or row.status_at


def taken_of(connector: Connector) -> bool | None:
    """Whether somebody else has this outlet, if the row was loaded with `with_taken`; else None."""
    return getattr(connector.evse, "is_taken", None)


def _summarize_conditions(conditions: list[Condition]) -> Condition:
    worst = min(conditions, key=lambda condition: _WORST_FIRST.index(condition.kind))
    free = sum(condition.kind == "ok" for condition in conditions)
    how_many = f"{free} of {len(conditions)} not in use."
    if worst.kind == "bad" and any(condition.kind != "bad" for condition in conditions):
        return Condition("warn", "Partly faulted", f"{worst.sentence}; {how_many}", worst.since, can_start=free > 0)
    if worst.kind in {"bad", "warn"}:
        return worst
    if free == 0:
        return next((condition for condition in conditions if condition.can_start), worst)
    since = max((c.since for c in conditions if c.since), default=None)
    if free < len(conditions):
        return Condition("ok", "Connector free", how_many, since, can_start=True)
    return Condition("ok", "Available", "Not in use.", since, can_start=True)


def offline_long(now: datetime) -> Q:
    """Returns the condition for chargers that have been offline for 15 minutes."""
    return Q(retired_at=None, connection_id=None, disconnected_at__lte=now - OFFLINE_NEEDS_CARE)


def build_fault_filter() -> Q:
    """Returns the condition for connected chargers with a fault, of their own or of a connector, each once."""
    of_connector = Q(pk__in=Connector.objects.filter(status="Faulted").values("evse__charger"))
    return Q(retired_at=None, connection_id__isnull=False) & (Q(status="Faulted") | of_connector)


def licence_ends(now: datetime) -> Q:
    """Returns the condition for chargers whose licence ends within 30 days, or has ended."""
    last_day = (now + LICENCE_NEEDS_CARE).date()
    return Q(retired_at=None, licence__state=Licence.State.ACTIVE, licence__expires_on__lte=last_day)
