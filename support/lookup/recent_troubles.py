"""What a charger did in the last day, in the active language: unstable connection, faults, failed starts.

The present state is not enough: a charger that was offline several times in the night is connected when the question
comes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorization.decide import reasons
from authorization.models import Decision
from billing.formatting import times
from chargers.fleet import condition
from chargers.lib.i18n import mark
from chargers.models import Charger, Command, Connector, StateSpan
from support.diagnosis import wording
from support.diagnosis.causes import FAULTS

_A_DAY: Final = timedelta(days=1)
_JUST_NOW: Final = timedelta(minutes=20)
_LOSSES: Final = 3
"""From this number of lost connections within a day, the connection counts as unstable."""
_MAX_STARTS: Final = 3
_ORDERS: Final = ("RemoteStartTransaction", "RequestStartTransaction")
_REFUSED: Final = (Command.State.REJECTED, Command.State.ERROR, Command.State.NOT_SUPPORTED)
_SILENT: Final = (Command.State.TIMED_OUT, Command.State.OFFLINE, Command.State.UNKNOWN)
_MAX_CHARGERS: Final = 5
_NO_CONTACT: Final = mark("Station %(station)s is offline: it has had no connection to us since %(when)s.")
_FAULTED: Final = mark("Station %(station)s reports a fault.")
_AND_MORE: Final = mark("And more of your chargers: the page “Chargers” lists them all.")
_UNSTEADY: Final = mark(
    "Station %(station)s came and went %(times)s times since %(when)s: its connection to us is not stable. "
    "It is connected now, and may be gone again before a charge has begun."
)
_FAULT: Final = mark("Station %(station)s, plug %(port)s, reports a fault: %(code)s. %(meaning)s")
_FAULT_WITHOUT_CODE: Final = mark("Station %(station)s, plug %(port)s, reports a fault. %(meaning)s")
_NOT_LET_IN: Final = mark("A start here at %(when)s was refused: %(title)s. %(meaning)s")
_SOMEBODY_REFUSED: Final = mark(
    "A start here at %(when)s was refused. If it was yours, write the last four digits of the number on your card, "
    "and we can say why; or hold the card to the charger again and read its display."
)
_FOR_EVERYBODY: Final = frozenset(
    {
        "station_id_invalid",
        "charger_not_accepted",
        "licence_inactive",
        "private_not_set_up",
        "remote_start_roaming_off",
        "private_charger",
        "payment_required",
        "upstream_refused",
        "upstream_silent",
        "charger_out_of_order",
    }
)
"""Reasons about the charger or its property. Other reasons are about a driver's card, sessions or account."""
_TITLE_FOR_EVERYBODY: Final = frozenset({"not_public"})
"""Reasons of which only the title is shown, because the meaning is about the card."""
_NOT_TAKEN: Final = mark("At %(when)s we asked the charger to start, and it refused.")
_NOT_ANSWERED: Final = mark("At %(when)s we asked the charger to start, and it did not answer.")


def out_of_order(chargers: QuerySet[Charger]) -> list[Charger]:
    """Returns chargers that are offline, however briefly, or report a fault; of many, the first. One query."""
    is_offline = Q(retired_at=None, connection_id=None, disconnected_at__isnull=False)
    troubled = chargers.filter(is_offline | condition.build_fault_filter()).select_related("property__host")
    return list(troubled.order_by("station_id")[: _MAX_CHARGERS + 1])


def describe_troubles(rows: Sequence[Charger], *, chargers: QuerySet[Charger]) -> tuple[str, ...]:
    """Returns what is wrong with each charger; if there are none, that all are in order. One query, or one for each."""
    if not rows:
        count = chargers.filter(retired_at=None).count()
        text = ngettext("Your charger is not offline, and reports no fault.",
                        "None of your %(count)s chargers is offline or reports a fault.", count)  # fmt: skip
        return (text % {"count": count},) if count else ()
    texts = [_describe_charger_trouble(charger) for charger in rows]
    if len(rows) > _MAX_CHARGERS:
        return (*texts[:_MAX_CHARGERS], _(_AND_MORE))
    return tuple(texts)


def _describe_charger_trouble(charger: Charger) -> str:
    return offline(charger) or " ".join(faults(charger)) or _(_FAULTED) % {"station": charger.station_id}


def offline(charger: Charger) -> str:
    """Returns since when it is offline; empty if it is connected, or never was."""
    if charger.is_online() or charger.disconnected_at is None:
        return ""
    values = {"station": charger.station_id, "when": times.when_short(charger.disconnected_at)}
    return _(_NO_CONTACT) % values


def describe_instability(charger: Charger, *, now: datetime) -> str:
    """Returns a sentence about an unstable connection; empty if it is stable, or the charger is offline now.

    One query.
    """
    if not charger.is_online():
        return ""
    losses = StateSpan.objects.filter(
        charger=charger, track=StateSpan.Track.CONNECTION, state=StateSpan.State.OFFLINE, since__gte=now - _A_DAY
    )
    moments = list(losses.order_by("since").values_list("since", flat=True))
    if len(moments) < _LOSSES:
        return ""
    values = {"station": charger.station_id, "times": len(moments), "when": times.when_short(moments[0])}
    return _(_UNSTEADY) % values


def faults(charger: Charger) -> tuple[str, ...]:
    """Returns the ports that report a fault, with its code and meaning; none for an offline charger. One query."""
    if not charger.is_online():
        return ()
    faulted = Connector.objects.filter(evse__charger=charger, status="Faulted").select_related("evse")
    return tuple(_fault(charger, connector) for connector in faulted.order_by("evse__number", "number"))


def fault_steps(charger: Charger) -> tuple[str, ...]:
    """Returns what to do about these faults. One query."""
    codes = Connector.objects.filter(evse__charger=charger, status="Faulted").values_list("error_code", flat=True)
    return tuple(dict.fromkeys(wording.of_error_code(code)[1] for code in codes.order_by("evse__number", "number")))


def failed_starts(charger: Charger, *, last4: str, now: datetime) -> tuple[str, ...]:
    """Returns failed starts of the last minutes, each reason once, newest first. Two queries.

    No card is named. Reasons about one driver's card are given only for the card that ends with `last4`.
    """
    since = now - _JUST_NOW
    refused = Decision.objects.filter(charger=charger, at__gte=since, verdict=Decision.Verdict.REFUSED)
    ordered = Command.objects.filter(
        charger=charger, action__in=_ORDERS, created_at__gte=since, state__in=(*_REFUSED, *_SILENT)
    )
    newest = refused.select_related("token").order_by("-id")[: 4 * _MAX_STARTS]
    failures = [(decision.at, *_not_let_in(decision, last4)) for decision in newest]
    failures += [
        (command.created_at, command.state, _not_begun(command))
        for command in ordered.order_by("-created_at")[:_MAX_STARTS]
    ]
    texts: dict[str, str] = {}
    for _at, why, text in sorted(failures, key=lambda failure: failure[0], reverse=True):
        if text:
            texts.setdefault(why, text)
    return tuple(texts.values())[:_MAX_STARTS]


def _fault(charger: Charger, connector: Connector) -> str:
    values = {
        "station": charger.station_id,
        "port": connector.evse.number,
        "code": connector.error_code,
        "meaning": wording.of_error_code(connector.error_code)[0] if connector.error_code in FAULTS else "",
    }
    pattern = _FAULT if connector.error_code not in {"", "NoError"} else _FAULT_WITHOUT_CODE
    return (_(pattern) % values).rstrip()


def _not_let_in(decision: Decision, last4: str) -> tuple[str, str]:
    """Returns the key by which equal refusals are grouped, and the sentence, which is empty for an unknown reason."""
    reason = reasons.CATALOGUE.get(decision.reason)
    if reason is None:
        return decision.reason, ""
    when, code = times.time_of_day(decision.at), decision.reason
    is_theirs = bool(last4) and last4 in _card_number_endings(decision)
    if not is_theirs and code not in _FOR_EVERYBODY | _TITLE_FOR_EVERYBODY:
        return "", _(_SOMEBODY_REFUSED) % {"when": when}
    meaning = _(reason.guest.meaning) if is_theirs or code in _FOR_EVERYBODY else ""
    return code, (_(_NOT_LET_IN) % {"when": when, "title": _(reason.title), "meaning": meaning}).rstrip()


def _card_number_endings(decision: Decision) -> set[str]:
    """Returns the last four characters of the card's chip number and of its printed number."""
    printed = decision.token.visual_number if decision.token is not None else ""
    return {decision.canonical_uid[-4:], "".join(character for character in printed if character.isalnum())[-4:]}


def _not_begun(command: Command) -> str:
    text = _NOT_TAKEN if command.state in _REFUSED else _NOT_ANSWERED
    return _(text) % {"when": times.time_of_day(command.created_at)}
