"""Notes in a decision who made it, and returns the other verdicts as opinions.

The Leader is the back office of others whose answer counts for a charger. Nothing is saved here: callers do that, in
the journal's database transaction.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from authorization.models import Decision, Opinion
from chargers.lib import ids
from chargers.models import Charger, LocalList, Transaction
from chargers.protocol.frames import Version

LEADER_STEP = "leader"
ACCEPTED = "Accepted"
_STATUSES_16 = frozenset(("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"))
_SILENT = "upstream_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStatuses:
    """The status that a charger is sent for a token, in OCPP 1.6 and in 2.x."""

    status_16: str
    status_2x: str

    def status(self, version: Version) -> str:
        return self.status_16 if version is Version.V16 else self.status_2x


def token_statuses(status: str) -> TokenStatuses:
    """Translates a back office's status. A status that OCPP 1.6 does not have becomes Invalid."""
    return TokenStatuses(status_16=status if status in _STATUSES_16 else "Invalid", status_2x=status)


def apply_leader_verdict(decision: Decision, *, version: Version, leader: str, status: str, took_ms: int) -> Opinion:
    """Overwrites our decision with the Leader's verdict, and returns our own verdict as an opinion."""
    opinion = _own_opinion(decision, version)
    statuses = token_statuses(status)
    is_accepted = status == ACCEPTED
    decision.verdict = Decision.Verdict.ACCEPTED if is_accepted else Decision.Verdict.REFUSED
    decision.reason = "" if is_accepted else "upstream_refused"
    decision.granted_by = LEADER_STEP if is_accepted else ""
    decision.status_16, decision.status_2x, decision.decided_by = statuses.status_16, statuses.status_2x, leader[:100]
    text = f"{leader} leads here and answered {status}: that counts."
    _prepend_step(decision, text, passed=is_accepted, ms=took_ms)
    return opinion


def note_own_rules(decision: Decision, *, leader: str, cause: str) -> None:
    """Notes that our own rules decided because the Leader is unreachable.

    `cause` completes "{leader} leads here and …".
    """
    _prepend_step(decision, f"{leader} leads here and {cause}: our own rules decided.", passed=True)


def refuse_while_unreachable(decision: Decision, *, version: Version, leader: str, cause: str) -> Opinion:
    """Refuses, because this charger refuses starts while its Leader is unreachable; returns our verdict."""
    opinion = _own_opinion(decision, version)
    _refuse(decision)
    _prepend_step(
        decision, f"{leader} leads here and {cause}: nobody may start a session until it is back.", passed=False
    )
    return opinion


def decide_by_local_list(decision: Decision, *, charger: Charger, version: Version, leader: str, cause: str) -> Opinion:
    """Decides by the local list last sent to the charger, as the Leader is unreachable; returns our verdict."""
    opinion = _own_opinion(decision, version)
    local_list = LocalList.objects.filter(charger=charger).first()
    entries = local_list.entries if local_list else {}
    entry = next((entry_of_card for uid, entry_of_card in entries.items() if uid.upper() == decision.uid.upper()), None)
    status = str(entry.get("status") or "Invalid") if isinstance(entry, dict) else ""
    if status == ACCEPTED:
        decision.verdict, decision.reason, decision.granted_by = Decision.Verdict.ACCEPTED, "", LEADER_STEP
        decision.status_16 = decision.status_2x = ACCEPTED
        sentence = "the card is on the charger's list."
    else:
        _refuse(decision)
        sentence = f"the charger's list says {status}." if status else "the card is not on the charger's list."
    _prepend_step(decision, f"{leader} leads here and {cause}: {sentence}", passed=status == ACCEPTED)
    return opinion


def build_opinion(
    decision_id: uuid.UUID, *, voice: str, name: str, status: str, at: datetime, late: bool = False
) -> Opinion:
    """Builds, without saving it, a back office's verdict on a card tap."""
    return Opinion(
        id=ids.generate(now=at),
        decision_id=decision_id,
        voice=voice,
        name=name[:100],
        accepted=status == ACCEPTED,
        status=status[:60],
        late=late,
        at=at,
    )


def decision_id_of(charger_pk: int, *, transaction_ref: str) -> uuid.UUID | None:
    """Returns the id of the decision about a transaction's start, or None. Chargers reuse ids: the newest counts."""
    row = Transaction.objects.filter(charger=charger_pk, transaction_id=transaction_ref).order_by("-reuse").first()
    return row.decision_id if row else None


def _own_opinion(decision: Decision, version: Version) -> Opinion:
    return Opinion(
        id=ids.generate(now=decision.at),
        decision_id=decision.pk,
        voice=Opinion.Voice.US,
        name="us",
        accepted=decision.verdict == Decision.Verdict.ACCEPTED,
        status=decision.status_16 if version is Version.V16 else decision.status_2x,
        reason=decision.reason,
        at=decision.at,
    )


def _refuse(decision: Decision) -> None:
    decision.verdict, decision.reason, decision.granted_by = Decision.Verdict.REFUSED, _SILENT, ""
    decision.status_16 = decision.status_2x = "Invalid"


def _prepend_step(decision: Decision, sentence: str, *, passed: bool, ms: int = 0) -> None:
    """Inserts a step at the beginning of the trace."""
    outcome = "passed" if passed else "failed"
    step = {"step": LEADER_STEP, "outcome": outcome, "sentence": sentence, "link": "", "ms": ms, "values": {}}
    decision.trace = [step, *decision.trace]
