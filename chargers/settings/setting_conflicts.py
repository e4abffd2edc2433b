"""Settings of a charger that conflict with the portal: their meaning, and what to do. Pure.

Keys are `Name` in OCPP 1.6 and `Component.Variable` in 2.x; each rule names the section of the standard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chargers.protocol import fields
from chargers.protocol.frames import Version

_REGISTER = "Energy.Active.Import.Register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The portal's configuration: only own cards, whether providers are asked, and whether the list is synchronised."""

    is_private: bool
    asks_providers: bool
    keeps_list: bool = False


@dataclass(frozen=True, slots=True)
class ReportedSetting:
    """A setting as the charger reported it."""

    value: str
    can_change: bool = True


@dataclass(frozen=True, slots=True)
class Caution:
    """A setting that conflicts with the portal. `right_value` fixes it; None: it cannot be changed here."""

    key: str
    value: str
    means: str
    todo: str
    right_value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    key_16: str
    key_2x: str
    is_wrong: Callable[[str, Portal], bool]
    means: str
    todo: str
    right_value: Callable[[str], str]


def of_settings(reported: Mapping[str, ReportedSetting], portal: Portal, *, version: Version) -> tuple[Caution, ...]:
    """Returns the conflicts, the most serious first. Settings that the charger did not report are skipped."""
    cautions = []
    for rule in _RULES:
        key = rule.key_16 if version is Version.V16 else rule.key_2x
        setting = reported.get(key)
        if setting is None or not rule.is_wrong(setting.value.strip(), portal):
            continue
        todo = rule.todo if setting.can_change else "The charger lets nobody change it from afar: ask the installer."
        right_value = rule.right_value(setting.value.strip()) if setting.can_change else None
        cautions.append(Caution(key, setting.value, rule.means, todo, right_value))
    return tuple(cautions)


def keys(version: Version) -> frozenset[str]:
    """Returns every key that a rule reads."""
    return frozenset(rule.key_16 if version is Version.V16 else rule.key_2x for rule in _RULES)


def _is_true(value: str) -> bool:
    return value.lower() == "true"


def _is_false(value: str) -> bool:
    return value.lower() == "false"


def _decides_here(portal: Portal) -> bool:
    """Whether each token must be authorized online: only own tokens, or a partner's real-time answer."""
    return portal.is_private or portal.asks_providers


def _outside(least: int, maximum: int) -> Callable[[str, Portal], bool]:
    def is_wrong(value: str, _: Portal) -> bool:
        number = fields.integer(value)
        return number is not None and not least <= number <= maximum

    return is_wrong


def _lacks_register(value: str, _: Portal) -> bool:
    return _REGISTER not in [part.strip() for part in value.split(",")]


def _append_register(value: str) -> str:
    return f"{_REGISTER},{value}" if value else _REGISTER


def _make_constant(value: str) -> Callable[[str], str]:
    return lambda _: value


_FALSE, _TRUE = _make_constant("false"), _make_constant("true")
_RULES = (
    _Rule(  # OCPP 1.6 9.1.1, OCPP 2.0.1 C15
        key_16="AllowOfflineTxForUnknownId",
        key_2x="AuthCtrlr.OfflineTxForUnknownIdEnabled",
        is_wrong=lambda value, _: _is_true(value),
        means="While the charger is offline, any card at all can charge, and nobody can be billed.",
        todo="Switch it off, so that an unknown card waits until we can be asked.",
        right_value=_FALSE,
    ),
    _Rule(  # OCPP 1.6 9.1.24, OCPP 2.0.1 C15
        key_16="StopTransactionOnInvalidId",
        key_2x="TxCtrlr.StopTxOnInvalidId",
        is_wrong=lambda value, _: _is_false(value),
        means="A session that we refuse goes on all the same.",
        todo="Switch it on, so that a refusal ends the session.",
        right_value=_TRUE,
    ),
    _Rule(  # OCPP 1.6 9.1.2, OCPP 2.0.1 C10
        key_16="AuthorizationCacheEnabled",
        key_2x="AuthCacheCtrlr.Enabled",
        is_wrong=lambda value, portal: _is_true(value) and _decides_here(portal),
        means="The charger remembers cards and lets them in without asking: one that you block may go on charging.",
        todo="Switch it off: this property decides about each card.",
        right_value=_FALSE,
    ),
    _Rule(  # OCPP 1.6 9.1.12, OCPP 2.0.1 C14
        key_16="LocalPreAuthorize",
        key_2x="AuthCtrlr.LocalPreAuthorize",
        is_wrong=lambda value, portal: _is_true(value) and _decides_here(portal),
        means="Cards on the charger's own list or in its cache start before we are asked; a no comes too late.",
        todo="Switch it off, so that the answer comes first.",
        right_value=_FALSE,
    ),
    _Rule(  # OCPP 1.6 9.2.1, OCPP 2.0.1 D01
        key_16="LocalAuthListEnabled",
        key_2x="LocalAuthListCtrlr.Enabled",
        is_wrong=lambda value, portal: _is_true(value) and _decides_here(portal) and not portal.keeps_list,
        means="Cards on the charger's own list are let in while it is offline, also one that you blocked since.",
        todo="Switch it off, or let us keep the list in step under Local list.",
        right_value=_FALSE,
    ),
    _Rule(  # OCPP 1.6 9.2.1, OCPP 2.0.1 D01
        key_16="LocalAuthListEnabled",
        key_2x="LocalAuthListCtrlr.Enabled",
        is_wrong=lambda value, portal: _is_false(value) and portal.keeps_list,
        means="We keep a list of your cards on this charger, and it does not use it.",
        todo="Switch it on, so that your cards also start while the charger is offline.",
        right_value=_TRUE,
    ),
    _Rule(  # OCPP 1.6 9.1.13, OCPP 2.0.1 C15
        key_16="LocalAuthorizeOffline",
        key_2x="AuthCtrlr.LocalAuthorizeOffline",
        is_wrong=lambda value, portal: _is_false(value) and portal.keeps_list,
        means="We keep a list of your cards on this charger, and it lets nobody in by it while it is offline.",
        todo="Switch it on, so that your cards also start while the charger is offline.",
        right_value=_TRUE,
    ),
    _Rule(  # OCPP 1.6 9.1.3, OCPP 2.0.1 F01
        key_16="AuthorizeRemoteTxRequests",
        key_2x="AuthCtrlr.AuthorizeRemoteStart",
        is_wrong=lambda value, _: _is_true(value),
        means="A start that was ordered here, also by a guest who has paid, is asked about a second time.",
        todo="Switch it off: what we order is decided already, and the guest waits less.",
        right_value=_FALSE,
    ),
    _Rule(  # OCPP 1.6 9.1.15, OCPP 2.0.1 J02
        key_16="MeterValueSampleInterval",
        key_2x="SampledDataCtrlr.TxUpdatedInterval",
        is_wrong=_outside(1, 900),
        means="Readings during a session are missing or too rare: the running cost stands still, prices by time of day "
        "and an end that never comes cannot be worked out exactly.",
        todo="Let it send a reading every minute.",
        right_value=_make_constant("60"),
    ),
    _Rule(  # OCPP 1.6 9.1.16
        key_16="MeterValuesSampledData",
        key_2x="SampledDataCtrlr.TxUpdatedMeasurands",
        is_wrong=_lacks_register,
        means="The readings do not contain the energy: nothing can be billed from them.",
        todo=f"Add {_REGISTER}.",
        right_value=_append_register,
    ),
    _Rule(  # OCPP 2.0.1 J02: in 2.x the last reading has the energy of a session
        key_16="",
        key_2x="SampledDataCtrlr.TxEndedMeasurands",
        is_wrong=_lacks_register,
        means="The last reading of a session does not contain the energy: its total cannot be billed.",
        todo=f"Add {_REGISTER}.",
        right_value=_append_register,
    ),
    _Rule(
        key_16="",
        key_2x="SampledDataCtrlr.TxStartedMeasurands",
        is_wrong=_lacks_register,
        means="The first reading of a session does not contain the energy: its total cannot be billed.",
        todo=f"Add {_REGISTER}.",
        right_value=_append_register,
    ),
    _Rule(  # OCPP 1.6 9.1.10, OCPP 2.0.1 G02
        key_16="HeartbeatInterval",
        key_2x="OCPPCommCtrlr.HeartbeatInterval",
        is_wrong=_outside(10, 3600),
        means="Heartbeats set the charger's clock. Too rare ones let it drift; too many only cost.",
        todo="Let it send one every 5 minutes.",
        right_value=_make_constant("300"),
    ),
    _Rule(  # OCPP 1.6 9.1.27, OCPP 2.0.1 J
        key_16="WebSocketPingInterval",
        key_2x="OCPPCommCtrlr.WebSocketPingInterval",
        is_wrong=_outside(10, 240),
        means="The charger does not notice in time that its connection died, and stays away until it does.",
        todo="Let it check every minute.",
        right_value=_make_constant("60"),
    ),
)
