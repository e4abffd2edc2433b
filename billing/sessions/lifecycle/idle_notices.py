"""Notices before an idle fee begins: on the session's page, and by mail to a known address.

The rate's `idle.only_after_notice` decides whether a fee is billed when no notice was possible.
"""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from billing.formatting import times
from billing.formatting.money import format_unit_price, price
from billing.models import ChargingStateReport, IdleNotice, Session
from billing.pricing import session_facts
from billing.sessions.documents import outbox
from billing.sessions.lifecycle import lifecycle
from billing.sessions.lifecycle.lifecycle import RunningSession
from chargers.lib import batch
from chargers.models import Connector

_DONE_1_6: Final = ("SuspendedEV", "Finishing")
_DONE_2_X: Final = ("SuspendedEV", "EVConnected")


def record_seen(session: Session, running: RunningSession, *, now: datetime) -> None:
    """Records that the driver was notified by the session's page."""
    if running.idle is not None and running.fee is not None:
        IdleNotice.objects.get_or_create(session=session, since=running.idle.since, defaults={"seen_at": now})


def notify_due(*, now: datetime) -> int:
    """Mails each driver whose car is done and will cost a fee, once each time that charging ends."""
    reachable = perhaps_idle().filter(
        ~Q(guest_email="") | Q(driver__user__isnull=False), rate_version__definition__has_key="idle"
    )
    return batch.run_for_rows(
        reachable, lambda pk: _notify(pk, now=now), failure="could not be notified of an idle fee"
    )


def perhaps_idle() -> QuerySet[Session]:
    """Returns sessions whose vehicle may be done: a cheap preselection; the price engine decides."""
    connectors = Connector.objects.filter(
        evse__charger=OuterRef("charger"), evse__number=OuterRef("evse_number"), status__in=_DONE_1_6
    )
    reports = ChargingStateReport.objects.filter(transaction=OuterRef("transaction"), state__in=_DONE_2_X)
    unfinished = Session.objects.filter(state__in=(Session.State.CHARGING, Session.State.STOPPED), unplugged_at=None)
    return unfinished.filter(Q(state=Session.State.STOPPED) | Exists(connectors) | Exists(reports))


def _notify(pk: UUID, *, now: datetime) -> None:
    rows = Session.objects.select_related(
        "charger", "property__host", "transaction", "rate_version__rate", "driver__user"
    )
    session = rows.get(pk=pk)
    running = lifecycle.running(session, now=now)
    if running is None or running.idle is None or running.fee_from is None:
        return
    key = session_facts.idle_mail_key(session, since=running.idle.since)
    with translation.override(outbox.language_of(session)), timezone.override(ZoneInfo(session.property.time_zone)):
        values = {"place": session.property.name, "station": session.charger.station_id}
        subject = gettext("%(place)s: charging has ended, please unplug") % values
        text = "\n\n".join(
            (
                sentence(running, now=now),
                gettext("Your car is at station %(station)s, %(place)s.") % values,
                gettext("Your session:"),
            )
        )
    outbox.queue_for_session(session, key=key, subject=subject, text=text, now=now)


def sentence(running: RunningSession, *, now: datetime) -> str:
    """Returns a sentence on when charging ended, until when staying is free, and what it costs then, in the active
    language and time zone.

    Empty while the vehicle may still charge.
    """
    if running.idle is None:
        return ""
    ended = _clock(running.idle.since, day=now)
    fee, fee_from = running.fee, running.fee_from
    if fee is None or fee_from is None:
        return gettext("Charging ended at %(ended)s.") % {"ended": ended}
    currency = running.cost.currency
    values = {
        "ended": ended,
        "from": _clock(fee_from, day=now),
        "fee": price(format_unit_price(fee.per_min), currency),
        "cap": price(format_unit_price(fee.cap), currency) if fee.cap is not None else "",
    }
    if fee_from > now and fee.cap is not None:
        pattern = gettext(
            "Charging ended at %(ended)s. Until %(from)s you may stay plugged in for free, then it costs %(fee)s a "
            "minute, at most %(cap)s."
        )
    elif fee_from > now:
        pattern = gettext(
            "Charging ended at %(ended)s. Until %(from)s you may stay plugged in for free, then it costs %(fee)s a "
            "minute."
        )
    elif fee.cap is not None:
        pattern = gettext(
            "Charging ended at %(ended)s. Since %(from)s staying plugged in costs %(fee)s a minute, at most %(cap)s."
        )
    else:
        pattern = gettext("Charging ended at %(ended)s. Since %(from)s staying plugged in costs %(fee)s a minute.")
    return pattern % values


def _clock(at: datetime, *, day: datetime) -> str:
    """Returns the time of day, with the date if it is another day."""
    same = timezone.localtime(at).date() == timezone.localtime(day).date()
    return times.time_of_day(at) if same else times.when_short(at)
