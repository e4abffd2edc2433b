"""Where a token works and where it does not: runs the decision chain at every charger, grouped by property."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from authorization.decide import decisions
from authorization.decide.decisions import DecisionResult, Question
from authorization.decide.reasons import Reason
from chargers.models import Charger, Property


@dataclass(frozen=True, slots=True)
class ClosedChargers:
    """Chargers that refuse the token for one reason; `sentence` is the closing step of the first of them."""

    reason: Reason
    sentence: str
    chargers: list[Charger] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PropertyCoverage:
    """A property's chargers, by whether they let the card in, would ask its provider, or refuse it."""

    site: Property
    opens: list[Charger]
    asks: list[Charger]
    closed: list[ClosedChargers]

    @property
    def size(self) -> int:
        return len(self.opens) + len(self.asks) + sum(len(refusal.chargers) for refusal in self.closed)


def by_property(uid: str, *, chargers: Iterable[Charger], now: datetime) -> list[PropertyCoverage]:
    """Runs a dry run at each charger as of now, grouped by property name. As many queries as for one charger.

    `chargers` must be loaded with their properties.
    """
    ordered = sorted(chargers, key=lambda charger: (charger.property.name, charger.property_id, charger.station_id))
    question = Question(kind="authorize", uid=uid, at=now)
    results = zip(ordered, decisions.survey(chargers=ordered, question=question), strict=True)
    return [
        _build_property_coverage(list(group)) for _, group in groupby(results, key=lambda pair: pair[0].property_id)
    ]


def _build_property_coverage(results: list[tuple[Charger, DecisionResult]]) -> PropertyCoverage:
    property_coverage = PropertyCoverage(results[0][0].property, opens=[], asks=[], closed=[])
    closed: dict[str, ClosedChargers] = {}
    for charger, outcome in results:
        if outcome.is_accepted:
            property_coverage.opens.append(charger)
        elif outcome.reason_entry is None:
            property_coverage.asks.append(charger)
        else:
            entry = closed.setdefault(outcome.reason, ClosedChargers(outcome.reason_entry, _explain_refusal(outcome)))
            entry.chargers.append(charger)
    property_coverage.closed.extend(closed.values())
    return property_coverage


def _explain_refusal(outcome: DecisionResult) -> str:
    """Returns the sentence of the step that refused or, if no grant passed, of the closest grant."""
    failed = [line for line in outcome.trace if line["outcome"] == "failed"]
    by_step = {line["step"]: str(line["sentence"]) for line in failed}
    last = str(failed[-1]["sentence"]) if failed else ""
    return by_step.get(_EXPLAINED_BY.get(outcome.reason, ""), last)


_EXPLAINED_BY = {
    **dict.fromkeys(("not_in_local_group", "group_disabled", "outside_schedule"), "local_group"),
    **dict.fromkeys(("outside_stay", "wrong_charger_for_stay"), "stay"),
    "reimbursement_not_linked": "reimbursement",
}
"""For refusals where no grant passed: the step whose sentence explains the reason."""
