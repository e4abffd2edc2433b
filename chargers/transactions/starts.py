"""Identifies transactions: a repeat of a known start, or another one that looks alike."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, Q

from chargers.lib import ids
from chargers.models import Charger, Evse, Message, StatusReport, Transaction
from chargers.transactions import outlets

_OF_A_START = (
    "stated_start", "started_at", "start_received_at", "meter_start_wh", "id_token", "id_token_type", "evse_number",
    "connector_number", "remote_start_id", "case", "case_sentences",
)  # fmt: skip
NO_ID = "none"
"""Replaces the id of a stop that named none of ours (0, -1, missing)."""
_NAMED_WITHIN = timedelta(days=2)
"""How far back messages with an unknown id are searched for their outlet."""


@dataclass(frozen=True, slots=True)
class StartFacts:
    """A reported start. `transaction_id` None: OCPP 1.6, where we assign the id.

    `clock_behind` is how slow the charger's clock is known to be; a report is not late because of that much age.
    """

    transaction_id: str | None
    version: str
    evse_number: int | None
    connector_number: int | None
    id_token: str
    id_token_type: str
    meter_start_wh: int | None
    stated_at: str
    at: datetime
    clock_plausible: bool
    offline: bool = False
    remote_start_id: int | None = None
    charging_state: str = ""
    seq_no: int | None = None
    clock_behind: timedelta = timedelta(0)


def find(charger: Charger, transaction_id: str, *, at: datetime | None = None) -> Transaction | None:
    """Returns this charger's transaction with this wire id; never another charger's.

    If several used the id, the newest; with `at` the newest that had begun by then.
    """
    if not transaction_id:
        return None
    transactions = Transaction.objects.filter(charger=charger, transaction_id=transaction_id[:255]).order_by("-reuse")
    newest = transactions.first()
    if newest is None or at is None or newest.reuse == 0 or newest.started_at <= at:
        return newest
    return transactions.filter(started_at__lte=at).first() or newest


def open_at(charger: Charger, evse_number: int | None, *, at: datetime) -> Transaction | None:
    """Returns the one transaction at the outlet that was open at `at`; None if the outlet was free since."""
    if evse_number is None:
        return None
    freed = StatusReport.objects.filter(outlets.reported_free())
    running = Transaction.objects.filter(~Exists(freed), charger=charger, stopped_at=None, started_at__lte=at)
    transactions = list(running.filter(evse_number=evse_number)[:2])
    return transactions[0] if len(transactions) == 1 else None


def outlets_of_unknown(charger: Charger, transaction_id: str, *, now: datetime) -> set[int]:
    """Returns the outlets with meter values under an id that is not ours (1.6); or the charger's only outlet."""
    only = list(Evse.objects.filter(charger=charger).values_list("number", flat=True)[:2])
    if len(only) == 1:
        return set(only)
    if not transaction_id:
        return set()
    meter_messages = Message.objects.filter(
        charger=charger,
        id__gte=ids.floor(now - _NAMED_WITHIN),
        action="MeterValues",
        transaction_ref=transaction_id[:255],
        evse_number__isnull=False,
    )
    return {number for number in meter_messages.values_list("evse_number", flat=True).distinct() if number is not None}


def stopped_before(charger: Charger, facts: StartFacts, *, key: str, now: datetime) -> Transaction | None:
    """Returns the one stop with a foreign id that arrived before this 1.6 start and fits by card, time and register.

    A charger that never got its id stops the transaction as 0 or -1, and may send that first. A stop that happened or
    arrived before the start does not belong to it, and a recorded start is a repeat with a row of its own.
    """
    if not facts.clock_plausible:
        return None
    recorded = Transaction.objects.filter(charger=charger, start_key=key)
    unknown = Transaction.objects.filter(
        ~Exists(recorded),
        Q(stop_id_token__iexact=facts.id_token) | Q(stop_id_token=""),
        Q(evse_number=facts.evse_number) | Q(evse_number=None),
        charger=charger,
        case=Transaction.Case.STOP_WITHOUT_START,
        stated_start="",
        stopped_at__gte=facts.at,
        stop_received_at__gt=max(now - _NAMED_WITHIN, facts.at),
    )
    if facts.meter_start_wh is not None:
        unknown = unknown.filter(Q(meter_stop_wh=None) | Q(meter_stop_wh__gte=facts.meter_start_wh))
    fitting = list(unknown[:2])
    if len(fitting) != 1 or not (fitting[0].stop_id_token or _has_one_outlet(charger)):
        return None
    return fitting[0]


def _has_one_outlet(charger: Charger) -> bool:
    return Evse.objects.filter(charger=charger).count() == 1


def begin_stopped(transaction: Transaction, facts: StartFacts, *, key: str, now: datetime) -> None:
    """Adds a 1.6 start to the row of a stop that arrived before it, and gives the row our id."""
    transaction.guessed_stop_id = id_of_orphan(transaction)
    fill(transaction, replace(facts, transaction_id=str(transaction.pk)), now=now)
    transaction.transaction_id, transaction.start_key, transaction.offline = str(transaction.pk), key, True
    transaction.save(update_fields=["transaction_id", "start_key", "offline", "guessed_stop_id"])


def orphan_id(transaction_id: str, key: str) -> str:
    """Returns the row id for a 1.6 stop without a start, because the id that it named is not ours."""
    return f"unknown:{transaction_id[:200]}:{key[:16]}"


def id_of_orphan(row: Transaction) -> str:
    """Returns the id that the stop of such a row named; "none" if it named none."""
    return row.transaction_id.removeprefix("unknown:").rpartition(":")[0] or NO_ID


def existing(charger: Charger, facts: StartFacts, *, key: str | None) -> Transaction | None:
    if facts.transaction_id is not None:
        return _find_by_id(charger, facts, transaction_id=facts.transaction_id)
    transaction = Transaction.objects.filter(charger=charger, start_key=key).first()
    if transaction and not facts.clock_plausible and transaction.stopped_at is not None:
        # The same words from a charger without a clock, after the first one ended: another start.
        Transaction.objects.filter(pk=transaction.pk).update(start_key=None)
        return None
    return transaction


def _find_by_id(charger: Charger, facts: StartFacts, *, transaction_id: str) -> Transaction | None:
    """Returns the transaction of this 2.x id with the same stated start; else the newest of the id."""
    newest = find(charger, transaction_id)
    if newest is None or newest.reuse == 0 or newest.stated_start == facts.stated_at[:64]:
        return newest
    of_id = Transaction.objects.filter(charger=charger, transaction_id=transaction_id[:255])
    return of_id.filter(stated_start=facts.stated_at[:64]).exclude(stated_start="").first() or newest


def is_another(transaction: Transaction, facts: StartFacts) -> bool:
    """Whether a 2.x start is a different transaction than the ended one with its id, because chargers restart their
    counters.

    A repeat has the same words. Another start is the first of its sequence, states another time (or comes from a
    charger without a clock) that is not before the end of the first, or names another token.
    """
    if (
        facts.transaction_id is None
        or not transaction.stated_start
        or transaction.stopped_at is None
        or facts.seq_no not in {0, None}
    ):
        return False
    if not facts.clock_plausible:
        return (
            facts.id_token.upper() != transaction.id_token.upper() or facts.meter_start_wh != transaction.meter_start_wh
        )
    if facts.stated_at[:64] == transaction.stated_start:
        return False
    return facts.at >= transaction.stopped_at or facts.id_token.upper() != transaction.id_token.upper()


def build_match_query(facts: StartFacts, *, key: str | None) -> Q:
    return Q(start_key=key) if facts.transaction_id is None else Q(transaction_id=facts.transaction_id[:255])


def fill(transaction: Transaction, facts: StartFacts, *, now: datetime) -> bool:
    """Completes the row with a 2.x start that arrives after its own updates or its end; True if it did."""
    if facts.transaction_id is None or transaction.stated_start:
        return False
    transaction.stated_start = facts.stated_at[:64]
    transaction.started_at, transaction.start_received_at = min(facts.at, transaction.stopped_at or facts.at), now
    transaction.meter_start_wh = facts.meter_start_wh
    if facts.id_token:
        transaction.id_token, transaction.id_token_type = facts.id_token[:255], facts.id_token_type[:40]
    transaction.evse_number, transaction.connector_number = facts.evse_number, facts.connector_number
    if facts.remote_start_id is not None:
        transaction.remote_start_id = facts.remote_start_id
    if transaction.case == Transaction.Case.STOP_WITHOUT_START:
        transaction.case, transaction.case_sentences = Transaction.Case.NONE, ()
    transaction.save(update_fields=_OF_A_START)
    return True


def key_of(charger: Charger, facts: StartFacts) -> str:
    natural = f"{charger.pk}|{facts.evse_number}|{facts.id_token}|{facts.meter_start_wh}|{facts.stated_at}"
    return hashlib.sha256(natural.encode()).hexdigest()
