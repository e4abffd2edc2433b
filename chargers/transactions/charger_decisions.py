"""Stores chargers' own decisions once, and finds them for pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chargers.models import Charger, OwnAct, Transaction

Kind = OwnAct.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDecision:
    """An act of a charger. `detail` describes it in a sentence; `is_refused`: we refuse this card here."""

    kind: OwnAct.Kind
    id_token: str
    detail: str
    at: datetime
    evse_number: int | None = None
    transaction: Transaction | None = None
    decision_id: UUID | None = None
    is_refused: bool = False


def record(charger: Charger, facts: OwnDecision, *, now: datetime) -> None:
    """Stores an act; a repeat changes nothing. One statement."""
    act = OwnAct(
        charger=charger,
        kind=facts.kind,
        id_token=facts.id_token[:255],
        detail=facts.detail[:255],
        at=facts.at,
        evse_number=facts.evse_number,
        transaction=facts.transaction,
        decision_id=facts.decision_id,
        is_refused=facts.is_refused,
        noticed_at=now,
    )
    OwnAct.objects.bulk_create([act], ignore_conflicts=True)


def newest(charger: Charger, *, since: datetime) -> list[tuple[OwnAct, int]]:
    """Returns the newest act of each kind since then, with the number of such acts; newest kinds first. One query."""
    by_kind: dict[str, list[OwnAct]] = {}
    for act in OwnAct.objects.filter(charger=charger, at__gte=since).order_by("-at", "-id")[:200]:
        by_kind.setdefault(act.kind, []).append(act)
    return [(acts[0], len(acts)) for acts in by_kind.values()]


def of_decisions(keys: Iterable[UUID]) -> dict[UUID, OwnAct]:
    """Returns acts by decision, the newest of each. One query."""
    rows = OwnAct.objects.filter(decision_id__in=list(keys)).order_by("id")
    return {act.decision_id: act for act in rows if act.decision_id}
