"""The agents' search: which keys it looks up, and in which notations."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q

from authorization.identifiers import uids
from authorization.models import Decision
from chargers.lib import ids
from chargers.models import Charger

_RECEIPT_LABEL = re.compile(r"(?P<series>(?:C|R|SC?)?\d{4})-(?P<number>\d{1,18})\Z")
_BIGGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Which columns of a model hold which kind of key; each is a queryset path.

    `part`: found by a part of it. `whole`: by all of it, ignoring case. `uid`: holds a canonical UID. `presented`:
    holds a UID as it was presented. `decision`: the id of a decision, found by the UID that was decided about.
    `charger`: a relation to a charger. `receipt`: prefix of a receipt's series and number. `related`: a column that is
    found through another model.
    """

    part: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    uuid: tuple[str, ...] = ()
    uid: tuple[str, ...] = ()
    presented: tuple[str, ...] = ()
    decision: str = ""
    charger: str = ""
    receipt: str | None = None
    related: "tuple[RelatedSearch, ...]" = field(default=())

    def columns(self) -> tuple[str, ...]:
        """Returns all columns; empty if nothing can be searched."""
        extra = tuple(name for name in (self.decision, self.charger) if name)
        return (*self.part, *self.whole, *self.number, *self.uuid, *self.uid, *self.presented, *extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedSearch:
    """Finds rows whose `column` is among the `value` of the rows of `model` that `keys` find."""

    column: str
    model: type[Model]
    value: str
    keys: Keys


def condition(keys: Keys, text: str) -> Q:
    """Returns the condition for rows that match this text; none match if it fits no kind of key."""
    term = text.strip().replace("\x00", "")
    matches = Q(pk__in=[])
    if not term:
        return matches
    for name in keys.part:
        matches |= Q(**{f"{name}__icontains": term})
    for name in keys.whole:
        matches |= Q(**{f"{name}__iexact": term})
    return matches | _numbers(keys, term) | _uids(keys, term) | _build_related_query(keys, term)


def _numbers(keys: Keys, term: str) -> Q:
    matches = Q(pk__in=[])
    if term.isascii() and term.isdigit() and int(term) <= _BIGGEST:
        for name in keys.number:
            matches |= Q(**{name: int(term)})
    if (identifier := ids.read(term)) is not None:
        for name in keys.uuid:
            matches |= Q(**{name: identifier})
    if keys.receipt is not None and (label := _RECEIPT_LABEL.match(term)):
        matches |= Q(**{f"{keys.receipt}series": label["series"], f"{keys.receipt}number": int(label["number"])})
    return matches


def _uids(keys: Keys, term: str) -> Q:
    """Matches a card in any notation, also with its bytes reversed, as some readers print them."""
    matches = Q(pk__in=[])
    canonical = uids.from_wire(term)
    if canonical is None:
        return matches
    spellings = [canonical, *filter(None, [uids.reversed_bytes(canonical)])]
    for name in keys.uid:
        matches |= Q(**{f"{name}__in": spellings})
    for name in keys.presented:
        matches |= Q(**{f"{name}__iexact": term}) | Q(**{f"{name}__iexact": canonical})
    if keys.decision:
        decided = Decision.objects.filter(canonical_uid__in=spellings)
        matches |= Q(**{f"{keys.decision}__in": decided.values("id")})
    return matches


def _build_related_query(keys: Keys, term: str) -> Q:
    matches = Q(pk__in=[])
    if keys.charger:
        matching_chargers = Charger.objects.filter(Q(charger_id__iexact=term) | Q(station_id__iexact=term))
        matches |= Q(**{f"{keys.charger}__in": matching_chargers.values("pk")})
    for relation in keys.related:
        rows: Any = relation.model._default_manager.filter(condition(relation.keys, term))
        matches |= Q(**{f"{relation.column}__in": rows.values(relation.value)})
    return matches
