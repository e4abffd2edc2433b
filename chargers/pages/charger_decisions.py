"""A charger's own decisions on its pages, with the settings to check and their values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chargers.commands import sending
from chargers.fleet import history
from chargers.models import Charger, OwnAct, Transaction
from chargers.settings import charger_decision_settings
from chargers.settings.charger_decision_settings import Read
from chargers.transactions import charger_decisions

_TITLES: Final = {
    OwnAct.Kind.AGAINST: "The charger began a session that we had refused",
    OwnAct.Kind.WITHOUT: "The charger decided by itself: it did not ask us",
    OwnAct.Kind.OFFLINE: "The charger decided by itself: it was offline",
    OwnAct.Kind.NOT_STARTED: "We said yes, but no session began",
    OwnAct.Kind.STRANGER: "A session was stopped by a stranger's card",
}
_TO_DO: Final = {
    OwnAct.Kind.AGAINST: "Check the settings below: with these the charger does not wait for our answer.",
    OwnAct.Kind.WITHOUT: "By a list, a cache, or a free mode of its maker. Check the settings below.",
    OwnAct.Kind.OFFLINE: "It may do so by its list, its cache, or for any card. Where you keep a list on it, "
    "that is what it is for; else decide by the settings below.",
    OwnAct.Kind.NOT_STARTED: "The charger itself refused, or the car did. Try once more, then check the settings "
    "below; some chargers also keep a list of their own that only their maker's tool shows.",
    OwnAct.Kind.STRANGER: "Ask whose card it is. Cards that may stop each other's sessions share an OCPP parent: "
    "give them one, or mark their group as one.",
}


@dataclass(frozen=True, slots=True)
class DescribedAct:
    """An act with its description; `count` is the number of such acts recently."""

    act: OwnAct
    title: str
    to_do: str
    settings: tuple[Read, ...]
    count: int = 1

    @property
    def kind(self) -> str:
        """Returns the colour: a start that we had not allowed is worse than an act that may be intended."""
        is_bad = self.act.kind == OwnAct.Kind.AGAINST or (self.act.is_refused and self.act.kind != OwnAct.Kind.STRANGER)
        is_meant = self.act.kind == OwnAct.Kind.OFFLINE and not self.act.is_refused
        return "bad" if is_bad else "busy" if is_meant else "warn"


def of_charger(charger: Charger, *, since: datetime) -> list[DescribedAct]:
    """Returns the newest act of each kind. Two queries."""
    newest = charger_decisions.newest(charger, since=since)
    return _build_shown_acts(charger, [act for act, _ in newest], counts=[count for _, count in newest])


def of_transaction(row: Transaction) -> list[DescribedAct]:
    """Returns the acts of a transaction. Two queries."""
    return _build_shown_acts(row.charger, list(row.own_acts.order_by("at", "id")))


def of_decisions(keys: Collection[UUID]) -> dict[UUID, DescribedAct]:
    """Returns acts of one charger by decision. One query if there are none, else three."""
    by_decision = charger_decisions.of_decisions(keys)
    if not by_decision:
        return {}
    charger = Charger.objects.get(pk=next(iter(by_decision.values())).charger_id)
    return dict(zip(by_decision, _build_shown_acts(charger, list(by_decision.values())), strict=True))


def _build_shown_acts(charger: Charger, acts: Sequence[OwnAct], *, counts: Sequence[int] = ()) -> list[DescribedAct]:
    reported = _reported_settings(charger) if acts else {}
    version = sending.version_of(charger)
    return [
        DescribedAct(
            act=act,
            title=_TITLES[OwnAct.Kind(act.kind)],
            to_do=_TO_DO[OwnAct.Kind(act.kind)],
            settings=charger_decision_settings.to_check(act.kind, reported, version=version),
            count=counts[position] if counts else 1,
        )
        for position, act in enumerate(acts)
    ]


def _reported_settings(charger: Charger) -> dict[str, str | None]:
    rows = charger.variables.filter(name__in=charger_decision_settings.NAMES, attribute="Actual")
    return {history.key_of(row): row.value for row in rows}
