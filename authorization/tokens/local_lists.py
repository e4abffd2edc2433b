"""Tokens that may charge at a charger at any time: the content that its local list should have."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce

from authorization.identifiers import uids
from authorization.models import AccessRule, ReimbursementContract, Stay, Token, TokenGroup
from chargers.models import Charger

_TYPES = {"APP_USER": "Central", "AD_HOC_USER": "Central", "OTHER": "Local"}
_Ends = dict[int, datetime | None]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A card for a local list, spelled as readers report it, because a charger compares without normalizing.

    `type` is OCPP 2.x's value; `expires_at` is when the list must stop admitting it.
    """

    uid: str
    type: str
    parent: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LocalTokens:
    """The cards of one charger: those that its list can hold, and those that only groups with hours let in.

    A local list has no hours, so an offline charger would let the latter in around the clock.
    """

    cards: list[ListEntry] = field(default_factory=list)
    by_hours: list[ListEntry] = field(default_factory=list)


def cards(charger: Charger, *, now: datetime) -> list[ListEntry]:
    """Returns the host's own cards let in here now, by UID.

    They are let in by a group without hours, a direct grant, a stay or a contract.
    """
    return tokens_by_charger([charger], now=now)[charger.pk].cards


def tokens_by_charger(chargers: Collection[Charger], *, now: datetime) -> dict[int, LocalTokens]:
    """Returns the same for many chargers (with their properties), by their keys.

    Ten queries, however many there are.
    """
    hosts = {charger.property.host_id for charger in chargers}
    groups = list(TokenGroup.objects.filter(host__in=hosts, enabled=True).filter(_active(now)))
    doors = _chargers_by_group({group.pk for group in groups}, chargers)
    always, hours = defaultdict[int, _Ends](dict), defaultdict[int, set[int]](set)
    members = _members({pk for pk, charger_pks in doors.items() if charger_pks})
    for group in groups:
        for charger_pk in doors[group.pk]:
            for token_pk in members[group.pk]:
                if group.schedule:
                    hours[charger_pk].add(token_pk)
                else:
                    _let_in(always[charger_pk], token_pk, group.active_to)
    granted = (
        *_direct_grants(chargers, now=now),
        *_stay_grants(chargers, now=now),
        *_reimbursement_grants(chargers, now=now),
    )
    for charger_pk, token_pk, end in granted:
        _let_in(always[charger_pk], token_pk, end)
    tokens = _load_usable_tokens({pk for ends in (*always.values(), *hours.values()) for pk in ends}, now=now)
    _name_parents(tokens)
    alike: dict[object, LocalTokens] = {}
    by_charger = dict[int, LocalTokens]()
    for charger in chargers:
        ends, at_hours = always[charger.pk], hours[charger.pk]
        key = charger.property.host_id, frozenset(ends.items()), frozenset(at_hours)
        if key not in alike:
            alike[key] = _build_local_tokens(charger, ends, at_hours, tokens)
        by_charger[charger.pk] = alike[key]  # chargers with the same sources of access share the result
    return by_charger


def _build_local_tokens(charger: Charger, always: _Ends, hours: set[int], tokens: dict[int, Token]) -> LocalTokens:
    def listed(pks: Collection[int]) -> list[ListEntry]:
        own = [tokens[pk] for pk in pks if pk in tokens and tokens[pk].host_id == charger.property.host_id]
        return [
            _build_list_entry(token, end=always.get(token.pk))
            for token in sorted(own, key=lambda token: token.canonical_uid)
        ]

    return LocalTokens(listed(always), listed(hours - always.keys()))


def _build_list_entry(token: Token, *, end: datetime | None) -> ListEntry:
    end_times = [at for at in (token.expires_at, end) if at is not None]
    return ListEntry(
        token.canonical_uid, _TYPES.get(token.type, "ISO14443"), token.parent, min(end_times) if end_times else None
    )


def _let_in(ends: _Ends, token_pk: int, end: datetime | None) -> None:
    """Stores the later of two ends of a card's access; None means without end."""
    before = ends.get(token_pk, end)
    ends[token_pk] = None if end is None or before is None else max(end, before)


def _chargers_by_group(groups: set[int], chargers: Collection[Charger]) -> dict[int, set[int]]:
    """Returns the chargers that each group opens. Three queries."""
    doors: dict[int, set[int]] = {pk: set() for pk in groups}
    links = (
        (TokenGroup.properties.through, "property_id", "property_id"),
        (TokenGroup.units.through, "unit_id", "unit_id"),
        (TokenGroup.chargers.through, "charger_id", "pk"),
    )
    for through, column, name in links:
        pks_by_key = _group_by_foreign_key(chargers, name)
        rows = through._default_manager.filter(tokengroup__in=groups, **{f"{column}__in": list(pks_by_key)})
        for pk, key in rows.values_list("tokengroup_id", column):
            doors[pk] |= pks_by_key[key]
    return doors


def _members(groups: set[int]) -> dict[int, list[int]]:
    """Returns the cards of each group. One query."""
    members = defaultdict[int, list[int]](list)
    rows = Token.groups.through._default_manager.filter(tokengroup__in=groups)
    for group_pk, token_pk in rows.values_list("tokengroup_id", "token_id"):
        members[group_pk].append(token_pk)
    return members


def _direct_grants(chargers: Collection[Charger], *, now: datetime) -> Iterator[tuple[int, int, datetime | None]]:
    """Yields charger, card and end of every direct grant. One query."""
    names = {"charger_id": "pk", "unit_id": "unit_id", "property_id": "property_id"}
    pks_by_column = {column: _group_by_foreign_key(chargers, name) for column, name in names.items()}
    place_condition = Q(pk=None)
    for column, keys in pks_by_column.items():
        place_condition |= Q(**{f"{column}__in": list(keys)})
    for rule in AccessRule.objects.filter(place_condition).filter(_active(now)):
        for column, keys in pks_by_column.items():
            for charger_pk in keys.get(getattr(rule, column), ()):
                yield charger_pk, rule.token_id, rule.active_to


def _stay_grants(chargers: Collection[Charger], *, now: datetime) -> Iterator[tuple[int, int, datetime]]:
    """Yields charger, card and departure of every current stay; a charger without a unit is shared. One query."""
    by_property = defaultdict[int, list[Charger]](list)
    for charger in chargers:
        by_property[charger.property_id].append(charger)
    admitted = Stay.objects.annotate(
        begins_at=Coalesce("access_from", "arrives_at"), ends_at=Coalesce("access_to", "departs_at")
    )
    stays = admitted.filter(
        property__in=list(by_property), token__isnull=False, cancelled_at=None, begins_at__lte=now, ends_at__gt=now
    )
    for stay in stays:
        for charger in by_property[stay.property_id]:
            if stay.token_id and (not stay.unit_id or not charger.unit_id or stay.unit_id == charger.unit_id):
                yield charger.pk, stay.token_id, stay.ends_at


def _reimbursement_grants(
    chargers: Collection[Charger], *, now: datetime
) -> Iterator[tuple[int, int, datetime | None]]:
    """Yields charger, card and end of every contract that pays for charging there now. One query."""
    links = ReimbursementContract.chargers.through.objects.filter(
        Q(reimbursementcontract__active_to=None) | Q(reimbursementcontract__active_to__gt=now),
        charger__in=[charger.pk for charger in chargers],
        reimbursementcontract__active_from__lte=now,
    )
    yield from links.values_list("charger_id", "reimbursementcontract__token_id", "reimbursementcontract__active_to")


def _load_usable_tokens(pks: set[int], *, now: datetime) -> dict[int, Token]:
    """Returns those cards that are valid, not blocked and not expired. One query."""
    tokens = Token.objects.filter(pk__in=pks, valid=True, blocked=False).filter(
        Q(expires_at=None) | Q(expires_at__gt=now)
    )
    return {token.pk: token for token in tokens}


def _name_parents(tokens: dict[int, Token]) -> None:
    """Gives each card without its own parent that of its first group marked as one. One query."""
    marked = Token.groups.through._default_manager.filter(token__in=tokens, tokengroup__is_parent=True)
    for token_pk, group_pk in marked.order_by("-tokengroup__slug").values_list("token_id", "tokengroup_id"):
        token = tokens[token_pk]
        if not token.parent or token.parent.startswith(uids.GROUP_PARENT):
            token.parent = uids.parent_of_group(group_pk)


def _group_by_foreign_key(chargers: Collection[Charger], name: str) -> dict[int, set[int]]:
    """Groups the chargers' keys by one of their foreign keys; chargers without one are left out."""
    by_key = defaultdict[int, set[int]](set)
    for charger in chargers:
        if (key := getattr(charger, name)) is not None:
            by_key[key].add(charger.pk)
    return by_key


def _active(now: datetime) -> Q:
    start_condition = Q(active_from=None) | Q(active_from__lte=now)
    return start_condition & (Q(active_to=None) | Q(active_to__gt=now))
