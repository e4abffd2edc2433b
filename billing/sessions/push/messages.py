"""The messages that are due: charging has ended, an idle fee begins soon, a charger is held for a waiting guest.

Messages are derived from stored facts, so a worker that was away still writes them afterwards, unless they are
outdated.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext

from billing.formatting import times
from billing.formatting.money import format_unit_price, price
from billing.models import PushMessage, PushSubscription, Session
from billing.sessions.lifecycle import idle_notices, lifecycle
from billing.sessions.lifecycle.lifecycle import RunningSession
from chargers.lib import batch

Kind = PushMessage.Kind
_SETTLED_AFTER: Final = timedelta(minutes=1)
"""Cars pause for seconds: so long it must last before charging counts as ended without a stop."""
_NEWS_FOR: Final = timedelta(minutes=15)
_BEFORE_THE_FEE: Final = timedelta(minutes=5)


def write_due(*, now: datetime) -> int:
    """Writes what is due, once for each browser and occasion. Returns the number of messages."""
    before = PushMessage.objects.count()
    idle = idle_notices.perhaps_idle().filter(push_subscriptions__isnull=False).distinct()
    batch.run_for_rows(idle, lambda pk: _write_idle(pk, now=now), failure="could not be written for a browser")
    _write_ended(now=now)
    _write_held(now=now)
    return PushMessage.objects.count() - before


def _write_idle(pk: UUID, *, now: datetime) -> None:
    """Writes that the car of a session is done, and when a fee is about to begin."""
    session = Session.objects.select_related("charger", "property", "transaction", "rate_version__rate").get(pk=pk)
    running = lifecycle.running(session, now=now)
    if running is None or running.idle is None or session.transaction is None or not session.transaction.energy_wh:
        return
    since, fee_from = running.idle.since, running.fee_from
    browsers = list(session.push_subscriptions.all())
    is_lasting = session.state == Session.State.STOPPED or now - since >= _SETTLED_AFTER
    if is_lasting and now - since < _NEWS_FOR:
        _write_charging_ended(session, [browser for browser in browsers if browser.made_at <= since], since, now=now)
    if fee_from is not None and fee_from - _BEFORE_THE_FEE <= now < fee_from:
        _write_fee(session, browsers, running, now=now)


def _write_ended(*, now: datetime) -> None:
    """Writes that charging has ended for sessions whose plug was out at once."""
    waiting = PushSubscription.objects.filter(session__stopped_at__gt=now - _NEWS_FOR)
    waiting = waiting.exclude(session__state__in=(Session.State.WAITING, Session.State.CHARGING))
    for browser in waiting.exclude(messages__kind=Kind.CHARGING_ENDED).select_related("session__charger__property"):
        session = browser.session
        if session is not None and session.stopped_at is not None and browser.made_at <= session.stopped_at:
            _write_charging_ended(session, [browser], session.stopped_at, now=now)


def _write_held(*, now: datetime) -> None:
    """Writes that the charger is held for a waiting guest."""
    rows = PushSubscription.objects.filter(waiting_guest__held_until__gt=now)
    for browser in rows.select_related("waiting_guest__charger__property"):
        guest = browser.waiting_guest
        if guest is None or guest.notified_at is None or guest.held_until is None:
            continue
        with _speech(browser, guest.charger.property.time_zone):
            values = {"station": guest.charger.station_id, "place": guest.charger.property.name}
            title = gettext("%(station)s is free: held for you for 5 minutes") % values
            until = {**values, "time": times.time_of_day(guest.held_until)}
            text = gettext("%(place)s, until %(time)s. Tap to start.") % until
        _write(browser, Kind.CHARGER_FREE, guest.notified_at, (title, text), expires_at=guest.held_until, now=now)


def _write_charging_ended(
    session: Session, browsers: Iterable[PushSubscription], since: datetime, *, now: datetime
) -> None:
    for browser in browsers:
        with _speech(browser, session.property.time_zone):
            station = f"{session.charger.station_id}, {session.property.name}"
            is_out = session.unplugged_at is not None
            text = station if is_out else gettext("%(place)s. Please unplug.") % {"place": station}
            title = gettext("Charging has ended")
        _write(browser, Kind.CHARGING_ENDED, since, (title, text), expires_at=now + _NEWS_FOR, now=now)


def _write_fee(
    session: Session, browsers: Sequence[PushSubscription], running: RunningSession, *, now: datetime
) -> None:
    assert running.idle is not None
    assert running.fee is not None
    assert running.fee_from is not None
    minutes = -((now - running.fee_from) // timedelta(minutes=1))
    for browser in browsers:
        with _speech(browser, session.property.time_zone):
            values = {
                "station": session.charger.station_id,
                "time": times.time_of_day(running.fee_from),
                "fee": price(format_unit_price(running.fee.per_min), running.cost.currency),
                "minutes": minutes,
            }
            title = gettext("Idle fee begins in %(minutes)s min") % values
            text = gettext("Unplug at %(station)s before %(time)s: then it costs %(fee)s a minute.") % values
        _write(browser, Kind.IDLE_FEE, running.idle.since, (title, text), expires_at=running.fee_from, now=now)


def _write(
    browser: PushSubscription,
    kind: Kind,
    occasion_at: datetime,
    words: tuple[str, str],
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    title, text = words
    facts = {"title": title[:200], "text": text[:500], "due_at": now, "expires_at": expires_at}
    PushMessage.objects.get_or_create(subscription=browser, kind=kind, occasion_at=occasion_at, defaults=facts)


@contextmanager
def _speech(browser: PushSubscription, time_zone: str) -> Iterator[None]:
    """Speaks the browser's language, in the property's time zone."""
    with translation.override(browser.language), timezone.override(ZoneInfo(time_zone)):
        yield
