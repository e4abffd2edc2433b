"""How chargers authorize cards while offline: by local list, by cache, or any card.

See OCPP 1.6, sections 3.5 and 9.1 (configuration keys), and OCPP 2.0.1, use cases C10 to C15 (AuthCtrlr,
AuthCacheCtrlr, LocalAuthListCtrlr).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from chargers.models import Charger, LocalList, Variable

_LIST_ENABLED, _CACHE_ENABLED = "list", "cache"
_CARD_LISTED, _OFFLINE_ALLOWED, _ANY_ALLOWED = "listed", "offline", "any"
_MEANING = {
    ("", "LocalAuthListEnabled"): _LIST_ENABLED,
    ("", "AuthorizationCacheEnabled"): _CACHE_ENABLED,
    ("", "LocalAuthorizeOffline"): _OFFLINE_ALLOWED,
    ("", "AllowOfflineTxForUnknownId"): _ANY_ALLOWED,
    ("LocalAuthListCtrlr", "Enabled"): _LIST_ENABLED,
    ("AuthCacheCtrlr", "Enabled"): _CACHE_ENABLED,
    ("AuthCtrlr", "LocalAuthorizeOffline"): _OFFLINE_ALLOWED,
    ("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): _ANY_ALLOWED,
}


@dataclass(frozen=True, slots=True)
class OfflineAcceptance:
    """A charger, and how it may accept a card while offline; `how` completes "this charger …"."""

    charger: Charger
    how: str

    @property
    def is_offline(self) -> bool:
        return not self.charger.is_online()


def chargers_accepting(chargers: Collection[Charger], *, canonical_uid: str = "") -> list[OfflineAcceptance]:
    """Returns how each charger that may accept cards while offline does so, by the settings and lists it reported.

    Without a card, local lists are not searched. Two queries.
    """
    names = {name for _, name in _MEANING}
    settings_by_charger: dict[int, dict[str, bool]] = {}
    rows = Variable.objects.filter(charger__in=chargers, name__in=names, attribute="Actual")
    for pk, component, name, value in rows.values_list("charger_id", "component", "name", "value"):
        if (meaning := _MEANING.get((component, name))) and value is not None:
            settings_by_charger.setdefault(pk, {})[meaning] = value.strip().lower() == "true"
    for pk, entries in LocalList.objects.filter(charger__in=chargers).values_list("charger_id", "entries"):
        if entries and canonical_uid:
            settings_by_charger.setdefault(pk, {})[_CARD_LISTED] = canonical_uid in {uid.upper() for uid in entries}
    answers = ((charger, _describe_offline_rule(settings_by_charger.get(charger.pk, {}))) for charger in chargers)
    return [OfflineAcceptance(charger, rule) for charger, rule in answers if rule]


def _describe_offline_rule(settings: Mapping[str, bool]) -> str:
    """Returns how the charger authorizes while offline; empty if it accepts no card then."""
    if settings.get(_ANY_ALLOWED):
        return "accepts any card while it is offline"
    if settings.get(_OFFLINE_ALLOWED) is False:
        return ""
    if settings.get(_CARD_LISTED) and settings.get(_LIST_ENABLED) is not False:
        return "has this card on its local list"
    if _CARD_LISTED in settings:  # the list does not have this card, so only the cache may accept it
        settings = {**settings, _LIST_ENABLED: False}
    store_names = ((_LIST_ENABLED, "a local list"), (_CACHE_ENABLED, "a cache of cards"))
    stores = [name for setting, name in store_names if settings.get(setting)]
    if stores:
        return f"keeps {' and '.join(stores)}"
    if settings.get(_LIST_ENABLED) is False and settings.get(_CACHE_ENABLED) is False:
        return ""
    return "has not reported whether it keeps a list or a cache of cards"
