"""Attributes the stop of a session to its token, its stop reason, or the command that caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from authorization.decide import decisions, loader, reasons, vehicles
from authorization.identifiers import uids
from chargers.commands.queue import BY_BUDGET, STOP_ACTIONS
from chargers.models import Charger, Command, Transaction

_BY_HAND: Final = frozenset({"", "Local", "Other"})
"""Stop reasons for which the card tells who stopped (OCPP 1.6 7.36: a missing reason is Local)."""
_REASONS: Final = {
    "DeAuthorized": "The charger ended it because the card was not accepted.",
    "EmergencyStop": "The emergency button was pressed.",
    "EnergyLimitReached": "The agreed energy was reached.",
    "EVDisconnected": "The car was unplugged.",
    "GroundFault": "The charger ended it because of a ground fault.",
    "HardReset": "The charger was restarted hard.",
    "ImmediateReset": "The charger was restarted at once.",
    "Local": "It was stopped at the charger, without a card.",
    "LocalOutOfCredit": "The credit that the charger knows of was used up.",
    "MasterPass": "It was stopped with a master card of the charger.",
    "MaxEnergyReached": "The agreed energy was reached.",
    "OvercurrentFault": "The charger ended it because of too much current.",
    "PowerLoss": "The power went away.",
    "PowerQuality": "The charger ended it because of the quality of the power.",
    "Reboot": "The charger restarted.",
    "ReqEnergyTransferRejected": "The charger refused what the car asked for.",
    "SOCLimitReached": "The battery has reached the agreed level.",
    "SoftReset": "The charger was restarted.",
    "StoppedByEV": "The car stopped it.",
    "TimeLimitReached": "The agreed time was over.",
    "Timeout": "The charger waited in vain for the car.",
    "UnlockCommand": "The connector was unlocked from afar.",
}
_MAX_ORDERS: Final = 20
"""How many orders to stop are examined per session: the newest before its end."""
_RESTARTED: Final = frozenset({"HardReset", "ImmediateReset", "Reboot", "SoftReset"})
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
"""How far a charger's end time may differ from our time of the Reset that caused it."""
_READINGS_APART: Final = timedelta(minutes=15)
"""How long before a Reset the last reading of the session that it ended may have been."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How a session was stopped, as a sentence.

    `is_stranger`: by a card that may not stop the starting card's session.
    """

    sentence: str
    is_stranger: bool = False


def who_of_each(rows: Sequence[Transaction]) -> list[Stop | None]:
    """Returns `who` for each transaction of one charger, loading their stop orders together."""
    ended = [row.stop_received_at or row.stopped_at for row in rows if row.stopped_at is not None]
    if not ended:
        return [explain(row) for row in rows]
    since, until = min(row.started_at for row in rows), max(filter(None, ended))
    orders = list(_orders(rows[0].charger_id, since=since, until=until)[: _MAX_ORDERS * len(rows)])
    return [explain(row, orders=orders) for row in rows]


def explain(row: Transaction, *, orders: Sequence[Command] | None = None) -> Stop | None:
    """Returns who ended the transaction (with its charger and property); None while it runs. Three queries at most.

    `orders`: the charger's orders to stop a session, newest first, if they are loaded already.
    """
    if row.case == Transaction.Case.NEVER_STOPPED:
        if row.came_to_nothing:
            return Stop(f"Its start was refused ({row.authorization_status}), and it charged nothing.")
        if (order := _reset_that_cut(row)) is not None:
            return Stop(
                f"{_describe_restart(order, row)} The charger reported no end: the last reading counts as the end."
            )
        return Stop("The charger never reported an end: the last reading counts as the end.")
    if row.stopped_at is None:
        return None
    if is_strangers(row):
        return Stop(f"Card {row.stop_id_token} stopped it, which has nothing to do with card {row.id_token}.", True)
    is_unexplained = not row.stop_reason and not row.stop_id_token
    if (row.stop_reason == "Remote" or is_unexplained) and (order := _order(row, orders)) is not None:
        return Stop(_describe_ordered_stop(order))
    if row.stop_reason == "Remote":
        return Stop("It was stopped from afar, and not by an order of ours.")
    if row.stop_reason in _BY_HAND and row.stop_id_token:
        return Stop(_describe_card_stop(row))
    if row.stop_reason in _RESTARTED and (order := _reset_before(row)) is not None:
        return Stop(_describe_restart(order, row))
    explanation = _REASONS.get(row.stop_reason or "Local")
    return Stop(explanation or f"The charger ended it and says: {row.stop_reason}.")


def is_strangers(row: Transaction) -> bool:
    """Whether another card stopped it that shares no parent with the starting card."""
    if not row.stop_id_token or not row.id_token or row.stop_reason in {"Remote", "MasterPass"}:
        return False
    first, last = uids.from_wire(row.id_token), uids.from_wire(row.stop_id_token)
    if first == last:
        return False
    return not _are_cards_related(row.charger, first or "", last or "")


def _are_cards_related(charger: Charger, first: str, last: str) -> bool:
    """Whether the two share a parent, or are a card and the car that it pays for, or two cars of one card."""
    host_id = charger.property.host_id
    payers = vehicles.payers({first, last}, host_id=host_id)
    if payers.get(first, first) == payers.get(last, last):
        return True
    parents = loader.parents_of({first, last}, host_id=host_id)
    return bool(parents.get(first, frozenset()) & parents.get(last, frozenset()))


def _describe_card_stop(row: Transaction) -> str:
    if uids.from_wire(row.id_token) == uids.from_wire(row.stop_id_token) or not row.id_token:
        return f"Card {row.stop_id_token} stopped it, the one that began it."
    if uids.is_vehicle(uids.from_wire(row.id_token) or ""):
        return f"Card {row.stop_id_token} stopped it, which belongs to vehicle {row.id_token}."
    return f"Card {row.stop_id_token} stopped it, which shares a parent with card {row.id_token}."


def _order(row: Transaction, orders: Sequence[Command] | None) -> Command | None:
    """Returns the newest order to stop this transaction that may have caused its end."""
    received = row.stop_received_at or row.stopped_at
    assert received is not None
    latest = _orders(row.charger_id, since=row.started_at, until=received)[:_MAX_ORDERS] if orders is None else orders
    matching_orders = (
        order for order in latest if row.started_at <= order.created_at <= received and _names(order, row)
    )
    return next(matching_orders, None)


def _orders(charger: int, *, since: datetime, until: datetime) -> QuerySet[Command]:
    """Returns the orders to stop a session sent in that time, newest first."""
    orders = Command.objects.filter(
        charger=charger,
        action__in=STOP_ACTIONS,
        created_at__gte=since,
        created_at__lte=until,
        sent_at__isnull=False,
    )
    return orders.order_by("-created_at")


def _names(order: Command, row: Transaction) -> bool:
    return str(order.payload.get("transactionId", "")) == row.transaction_id


def _describe_ordered_stop(order: Command) -> str:
    if order.origin == BY_BUDGET:
        return "We told the charger to stop: the month's budget of the card was used up."
    kind, _, _ = order.origin.partition(":")
    match kind:
        case "guest":
            return "The guest stopped it, with the link of the session."
        case "system":
            return reasons.get("hold_used_up").host.meaning
        case "user":
            return f"{decisions.person(order.origin)} stopped it from the portal."
        case _:
            return f"{decisions.person(order.origin)} stopped it."


def _reset_that_cut(row: Transaction) -> Command | None:
    """Returns the Reset soon after the last reading after which the charger booted; None if it was silent before."""
    last = row.register_at or row.started_at
    sent = Q(sent_at__gte=last - _CLOCKS_DIFFER, sent_at__lte=last + _READINGS_APART, effect_seen_at__isnull=False)
    return _reset(row, sent & Q(effect_seen_at__gte=last))


def _reset_before(row: Transaction) -> Command | None:
    """Returns the Reset sent within minutes of the end that the charger reported."""
    assert row.stopped_at is not None
    time_condition = Q(sent_at__gte=row.stopped_at - _CLOCKS_DIFFER, sent_at__lte=row.stopped_at + _CLOCKS_DIFFER)
    return _reset(row, time_condition & (Q(effect_seen_at__isnull=False) | Q(state=Command.State.ACCEPTED)))


def _reset(row: Transaction, sent: Q) -> Command | None:
    """Returns the first Reset of the whole charger, or of this EVSE (OCPP 2.x), since the start."""
    orders = Command.objects.filter(
        sent, charger=row.charger_id, action="Reset", created_at__gte=row.started_at - _CLOCKS_DIFFER
    )
    matching_resets = (
        command
        for command in orders.order_by("sent_at")[:20]
        if command.payload.get("evseId") in {None, row.evse_number}
    )
    return next(matching_resets, None)


def _describe_restart(order: Command, row: Transaction) -> str:
    sent = order.sent_at or order.created_at
    at = sent.astimezone(ZoneInfo(row.charger.property.time_zone))
    return f"{decisions.person(order.origin)} restarted the charger at {at:%H:%M:%S %Z} (Reset)."
