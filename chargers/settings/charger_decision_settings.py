"""The settings that let a charger decide by itself, by kind of decision. Pure.

OCPP 1.6 9.1, OCPP 2.0.1 part 2, C10 to C15 and F01.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chargers.protocol.frames import Version


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting to check: its key in both families, its effect, and the value with which only we decide."""

    key_16: str
    key_2x: str
    does: str
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """The setting as the charger last reported it; `value` None: never. Empty `right_value`: it is right."""

    key: str
    does: str
    value: str | None
    right_value: str = ""


_PRE = Setting(
    "LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize", "Starts cards of its list or cache before it asks us.", "false"
)
_CACHE = Setting(
    "AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "Remembers cards that were accepted once.", "false"
)
_LIST = Setting("LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "Uses the list of cards that it holds.")
_OFFLINE = Setting(
    "LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline", "Lets cards of its list or cache in while offline."
)
_ANY = Setting(
    "AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled", "Lets any card in while offline.", "false"
)
_INVALID = Setting(
    "StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId", "Ends a session once we say that we refuse it.", "true"
)
_REMOTE = Setting(
    "AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart", "Asks again about a start that was ordered.", "false"
)
_TIMEOUT = Setting(
    "ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut", "How many seconds a car has to begin after a yes."
)
_NEVER_ASKS = Setting("", "AuthCtrlr.DisableRemoteAuthorization", "Never asks us about a card.", "false")
_ENABLED = Setting("", "AuthCtrlr.Enabled", "Asks for a card at all.", "true")

_OF_KIND: Final = {
    "started_against": (_PRE, _CACHE, _LIST, _INVALID, _NEVER_ASKS),
    "started_without": (_PRE, _CACHE, _LIST, _ENABLED, _NEVER_ASKS, _INVALID),
    "started_offline": (_OFFLINE, _ANY, _CACHE, _LIST, _INVALID),
    "not_started": (_TIMEOUT, _LIST, _PRE, _REMOTE, _NEVER_ASKS),
}
NAMES: Final = frozenset(
    key.rpartition(".")[2]
    for checks in _OF_KIND.values()
    for check in checks
    for key in (check.key_16, check.key_2x)
    if key
)
"""The names of the variables to read."""


def to_check(kind: str, reported: Mapping[str, str | None], *, version: Version) -> tuple[Read, ...]:
    """Returns the settings for one kind of act, with their values by key.

    Settings that the version lacks are left out.
    """
    reads = []
    for check in _OF_KIND.get(kind, ()):
        key = check.key_16 if version is Version.V16 else check.key_2x
        if key:
            value = reported.get(key)
            is_other = bool(check.ours) and value is not None and value.strip().lower() != check.ours
            reads.append(Read(key, check.does, value, check.ours if is_other else ""))
    return tuple(reads)
