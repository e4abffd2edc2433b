"""The chargers of a bulk action, as chosen in the address."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from authorization.models import User
from authorization.people import access
from authorization.people.request import viewer
from chargers.listing.filters import ChargerFilter
from chargers.models import Charger
from chargers.pages import charger_table
from chargers.settings import drift
from chargers.settings.drift import ValueGroup

_FILTERS: Final = (*ChargerFilter.Meta.fields, "sort")
_OF_SETTING: Final = ("setting", "is", "unknown", "differs", "property")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The chosen chargers (primary keys, in the order of the list) and their choice in the address."""

    keys: list[int]
    fields: list[tuple[str, str]]


def resolve_selection(request: HttpRequest, address: QueryDict) -> Selection:
    """Returns the ticked chargers; with `all`, all matches of the filters; with `setting`, those with a value of it."""
    if address.get("setting"):
        return _select_by_setting(viewer(request), address)
    if address.get("all"):
        query = QueryDict(mutable=True)
        query.update({name: value for name in _FILTERS if (value := address.get(name, ""))})
        keys = charger_table.list_ordered_keys(charger_table.parse_query(request, query))
        return Selection(keys=keys, fields=[("all", "1"), *((name, str(value)) for name, value in query.items())])
    ticked = [charger_id for charger_id in address.getlist("charger") if "\x00" not in charger_id]
    rows = dict(visible_chargers(viewer(request), "").filter(charger_id__in=ticked).values_list("charger_id", "pk"))
    seen_ids = [charger_id for charger_id in dict.fromkeys(ticked) if charger_id in rows]
    return Selection(
        keys=[rows[charger_id] for charger_id in seen_ids], fields=[("charger", charger_id) for charger_id in seen_ids]
    )


def visible_chargers(user: User, slug: str) -> QuerySet[Charger]:
    """Returns the chargers in service that the user may see, of one property if it is named."""
    chargers = access.chargers(user).filter(retired_at=None)
    return chargers.filter(property__slug=slug.replace("\x00", "")) if slug else chargers


def _select_by_setting(user: User, address: QueryDict) -> Selection:
    key = address.get("setting", "").replace("\x00", "")
    asked_value = None if address.get("unknown") else address.get("is", "")
    distribution = drift.compare(visible_chargers(user, address.get("property", "")), key)
    empty_group = ValueGroup(value=None, chargers=[], differing=[], expected=[])
    group = next((value_group for value_group in distribution.groups if value_group.value == asked_value), empty_group)
    fields = [(name, value) for name in _OF_SETTING if (value := address.get(name, ""))]
    return Selection(keys=group.differing if address.get("differs") else group.chargers, fields=fields)
