"""How chargers authorize cards while offline: by local list, by cache, or any card.

OCPP 1.6 3.5 and 9.1 (configuration keys), OCPP 2.0.1 C10-C15 (AuthCtrlr, AuthCacheCtrlr, LocalAuthListCtrlr).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chargers.models import Charger, LocalList, Variable

_LIST, _LISTED, _CACHE, _OFFLINE, _ANY = "list", "listed", "cache", "offline", "any"
_MEANS = {
    ("", "LocalAuthListEnabled"): _LIST,
    ("", "AuthorizationCacheEnabled"): _CACHE,
    ("", "LocalAuthorizeOffline"): _OFFLINE,
    ("", "AllowOfflineTxForUnknownId"): _ANY,
    ("LocalAuthListCtrlr", "Enabled"): _LIST,
    ("AuthCacheCtrlr", "Enabled"): _CACHE,
    ("AuthCtrlr", "LocalAuthorizeOffline"): _OFFLINE,
    ("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): _ANY,
}


@dataclass(frozen=True, slots=True)
class OfflineToken:
    """A charger, and how it may accept a card while offline; `how` completes "this charger …"."""

    charger: Charger
    how: str

    @property
    def is_offline(self) -> bool:
        return not self.charger.is_online()


def tokens_of(chargers: Collection[Charger], *, canonical_uid: str = "") -> list[OfflineToken]:
    """Returns the chargers that may accept the token offline, by their reported settings and accepted lists.

    Two queries.
    """
    names = {name for _, name in _MEANS}
    facts: dict[int, dict[str, bool]] = {}
    rows = Variable.objects.filter(charger__in=chargers, name__in=names, attribute="Actual")
    for pk, component, name, value in rows.values_list("charger_id", "component", "name", "value"):
        if (meaning := _MEANS.get((component, name))) and value is not None:
            facts.setdefault(pk, {})[meaning] = value.strip().lower() == "true"
    for pk, entries in LocalList.objects.filter(charger__in=chargers).values_list("charger_id", "entries"):
        if entries and canonical_uid:
            facts.setdefault(pk, {})[_LISTED] = canonical_uid in {uid.upper() for uid in entries}
    means = ((charger, _how(facts.get(charger.pk, {}))) for charger in chargers)
    return [OfflineToken(charger, how) for charger, how in means if how]


def _how(settings: Mapping[str, bool]) -> str:
    """Returns how the charger authorizes offline; empty if it always asks."""
    if settings.get(_ANY):
        return "takes any card while it is offline"
    if settings.get(_OFFLINE) is False:
        return ""
    if settings.get(_LISTED) and settings.get(_LIST) is not False:
        return "has this card on its local list"
    if _LISTED in settings:
        settings = {**settings, _LIST: False}
    stores = [words for key, words in ((_LIST, "a local list"), (_CACHE, "a cache of cards")) if settings.get(key)]
    if stores:
        return f"keeps {' and '.join(stores)}"
    if settings.get(_LIST) is False and settings.get(_CACHE) is False:
        return ""
    return "has not reported whether it keeps a list or a cache of cards"
