"""Disagreements between back offices about cards: how often, since when, and whom a new Leader would refuse."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet

from authorization.models import Decision, Opinion
from authorization.tokens import local_lists
from chargers.models import Charger

US = "us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A token on which two back offices disagreed; the charger was sent the answer that `counted`."""

    uid: str
    refused_by: str
    accepted_by: str
    counted: str
    times: int
    first_at: datetime
    last_at: datetime
    chargers: int

    @property
    def was_refused(self) -> bool:
        """Whether the card was refused in the end."""
        return self.counted == self.refused_by


def report(chargers: QuerySet[Charger] | Collection[Charger], *, since: datetime, limit: int = 200) -> list[Divergence]:
    """Returns the newest disagreements first. One query."""
    reported = Opinion.objects.filter(decision__charger__in=chargers, at__gte=since, decision__at__gte=since)
    apart = reported.filter(
        Q(accepted=True, decision__verdict=Decision.Verdict.REFUSED)
        | Q(accepted=False, decision__verdict=Decision.Verdict.ACCEPTED)
    ).exclude(name=F("decision__decided_by"))
    rows = apart.order_by().values("decision__uid", "name", "accepted", "decision__decided_by")
    annotated_rows = rows.annotate(
        times=Count("id"),
        first_at=Min("decision__at"),
        last_at=Max("decision__at"),
        places=Count("decision__charger", distinct=True),
    )
    return [_build_divergence(row) for row in annotated_rows.order_by("-last_at")[:limit]]


def _build_divergence(row: Mapping[str, object]) -> Divergence:
    name, decided = str(row["name"]), str(row["decision__decided_by"])
    refused_by, accepted_by = (decided, name) if row["accepted"] else (name, decided)
    first_at, last_at = row["first_at"], row["last_at"]
    assert isinstance(first_at, datetime)
    assert isinstance(last_at, datetime)
    return Divergence(
        uid=str(row["decision__uid"]),
        refused_by=refused_by,
        accepted_by=accepted_by,
        counted=decided,
        times=int(str(row["times"])),
        first_at=first_at,
        last_at=last_at,
        chargers=int(str(row["places"])),
    )


def not_accepted(charger: Charger, *, by: str, since: datetime, now: datetime) -> list[str]:
    """Returns the host's cards let in here that back office `by` has accepted at none of the host's chargers since.

    Five queries.
    """
    listed_uids = [card.uid for card in local_lists.cards(charger, now=now)]
    accepted = {uid.upper() for uid in _accepted_uids(charger, by=by, since=since)}
    return [uid for uid in listed_uids if uid.upper() not in accepted]


def refused_by_us(charger: Charger, *, since: datetime) -> list[str]:
    """Returns the cards let in here since then that we would have refused. One query."""
    opinions = Opinion.objects.filter(
        decision__charger=charger,
        at__gte=since,
        voice=Opinion.Voice.US,
        accepted=False,
        decision__verdict=Decision.Verdict.ACCEPTED,
    )
    return list(opinions.order_by("decision__uid").values_list("decision__uid", flat=True).distinct())


def _accepted_uids(charger: Charger, *, by: str, since: datetime) -> Iterable[str]:
    host = charger.property.host_id
    rows = Opinion.objects.filter(decision__host=host, name=by, accepted=True, at__gte=since)
    decided = Decision.objects.filter(host=host, decided_by=by, verdict=Decision.Verdict.ACCEPTED, at__gte=since)
    yield from rows.values_list("decision__uid", flat=True).distinct()
    yield from decided.values_list("uid", flat=True).distinct()


def opinions_by_decision(decision_ids: Collection[object]) -> dict[object, list[Opinion]]:
    """Returns the other back offices' verdicts on these decisions: ours first, then the Leader's, then followers'.

    One query.
    """
    by_decision: dict[object, list[Opinion]] = {}
    order = {Opinion.Voice.US: 0, Opinion.Voice.LEADER: 1, Opinion.Voice.FOLLOWER: 2}
    rows = Opinion.objects.filter(decision__in=list(decision_ids))
    for opinion in sorted(rows, key=lambda row: (order[Opinion.Voice(row.voice)], row.name)):
        by_decision.setdefault(opinion.decision_id, []).append(opinion)
    return by_decision
