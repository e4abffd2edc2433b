"""Stores who decided about a token, and other verdicts. Runs in the journal's transaction."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from authorization.models import Decision, Opinion
from chargers.lib import ids
from chargers.models import Charger, LocalList, Transaction
from chargers.protocol.frames import Version

STEP = "leader"
ACCEPTED = "Accepted"
_WORDS_16 = frozenset(("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"))
_SILENT = "upstream_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Our status for a token, in both families of OCPP."""

    status_16: str
    status_2x: str

    def status(self, version: Version) -> str:
        return self.status_16 if version is Version.V16 else self.status_2x


def answered(status: str) -> Answered:
    """Translates a back office's status; OCPP 1.6 has fewer of them."""
    return Answered(status_16=status if status in _WORDS_16 else "Invalid", status_2x=status)


def by_leader(ours: Decision, *, version: Version, leader: str, status: str, took_ms: int) -> Opinion:
    """Turns our own verdict into the Leader's decision; returns ours as an opinion."""
    opinion = _ours(ours, version)
    statuses = answered(status)
    is_accepted = status == ACCEPTED
    ours.verdict = Decision.Verdict.ACCEPTED if is_accepted else Decision.Verdict.REFUSED
    ours.reason = "" if is_accepted else "upstream_refused"
    ours.granted_by = STEP if is_accepted else ""
    ours.status_16, ours.status_2x, ours.decided_by = statuses.status_16, statuses.status_2x, leader[:100]
    text = f"{leader} leads here and answered {status}: that counts."
    _first(ours, text, passed=is_accepted, ms=took_ms)
    return opinion


def by_ourselves(ours: Decision, *, leader: str, cause: str) -> None:
    """Notes that our own rules decided because the Leader is away."""
    _first(ours, f"{leader} leads here and {cause}: our own rules decided.", passed=True)


def refused_for_silence(ours: Decision, *, version: Version, leader: str, cause: str) -> Opinion:
    """Refuses because the Leader is unreachable and starts are refused meanwhile; returns our verdict as an opinion."""
    opinion = _ours(ours, version)
    _refuse(ours)
    _first(ours, f"{leader} leads here and {cause}: meanwhile nobody may start.", passed=False)
    return opinion


def by_list(ours: Decision, *, charger: Charger, version: Version, leader: str, cause: str) -> Opinion:
    """Decides by the charger's last local list because the Leader is unreachable; returns our verdict as an opinion."""
    opinion = _ours(ours, version)
    local_list = LocalList.objects.filter(charger=charger).first()
    entries = local_list.entries if local_list else {}
    entry = next((entry_of_card for uid, entry_of_card in entries.items() if uid.upper() == ours.uid.upper()), None)
    status = str(entry.get("status") or "Invalid") if isinstance(entry, dict) else ""
    if status == ACCEPTED:
        ours.verdict, ours.reason, ours.granted_by = Decision.Verdict.ACCEPTED, "", STEP
        ours.status_16 = ours.status_2x = ACCEPTED
        sentence = "the card is on the charger's list."
    else:
        _refuse(ours)
        sentence = f"the charger's list says {status}." if status else "the card is not on the charger's list."
    _first(ours, f"{leader} leads here and {cause}: {sentence}", passed=status == ACCEPTED)
    return opinion


def opinion(decision_id: uuid.UUID, *, voice: str, name: str, status: str, at: datetime, late: bool = False) -> Opinion:
    """Makes a back office's verdict on a tap."""
    return Opinion(
        id=ids.new(now=at),
        decision_id=decision_id,
        voice=voice,
        name=name[:100],
        accepted=status == ACCEPTED,
        status=status[:60],
        late=late,
        at=at,
    )


def decision_of(charger_pk: int, *, transaction_ref: str) -> uuid.UUID | None:
    """Returns the decision about a transaction's start; None if there is none."""
    row = Transaction.objects.filter(charger=charger_pk, transaction_id=transaction_ref).order_by("-reuse").first()
    return row.decision_id if row else None


def _ours(record: Decision, version: Version) -> Opinion:
    return Opinion(
        id=ids.new(now=record.at),
        decision_id=record.pk,
        voice=Opinion.Voice.US,
        name="us",
        accepted=record.verdict == Decision.Verdict.ACCEPTED,
        status=record.status_16 if version is Version.V16 else record.status_2x,
        reason=record.reason,
        at=record.at,
    )


def _refuse(record: Decision) -> None:
    record.verdict, record.reason, record.granted_by = Decision.Verdict.REFUSED, _SILENT, ""
    record.status_16 = record.status_2x = "Invalid"


def _first(record: Decision, sentence: str, *, passed: bool, ms: int = 0) -> None:
    """Inserts a step at the beginning of the trace."""
    outcome = "passed" if passed else "failed"
    line = {"step": STEP, "outcome": outcome, "sentence": sentence, "link": "", "ms": ms, "values": {}}
    record.trace = [line, *record.trace]
