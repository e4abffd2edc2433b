"""The facts of a session for the price engine, from the rows that its charger left."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from authorization.models import TokenGroup
from billing.engine import idle, periods, plausibility, price, timeline
from billing.engine.idle import Span
from billing.engine.rate.tariff import Rate
from billing.engine.reports.report import PriceReport
from billing.engine.values import units
from billing.engine.values.facts import (
    Benefits,
    ConnectorStatus,
    ContactGap,
    Event,
    PricedDriver,
    PricedSession,
    RegisterContext,
    RegisterReported,
    SessionFacts,
    StatusReported,
    WithheldSpan,
    parse_session,
)
from billing.models import ChargingStateReport, IdleNotice, OutgoingMail, Rating, Session
from chargers.lib import ids
from chargers.models import Charger, Connector, MeterValue, StatusReport, Transaction, WithheldPower
from chargers.transactions import recording

SILENCE_IS_A_GAP: Final = timedelta(minutes=20)
"""Chargers send a heartbeat every 5 minutes; after four missed ones there was no contact."""
_LONGEST_RESTART: Final = timedelta(days=1)
"""The highest value of a rate's `connection_restart_min`."""
_MAX_BEFORE: Final = 5
_SHOWN_WITHIN: Final = timedelta(days=90)
_STATES: Final = {
    "Charging": ConnectorStatus.CHARGING,
    "SuspendedEV": ConnectorStatus.SUSPENDED_EV,
    "SuspendedEVSE": ConnectorStatus.SUSPENDED_EVSE,
    "Idle": ConnectorStatus.AVAILABLE,
}
_PAUSED: Final = frozenset({"SuspendedEV", "SuspendedEVSE", "Finishing"})
_STATUSES: Final = {status.value: status for status in ConnectorStatus}
_FREE: Final = frozenset(("Available", "Reserved", "Idle"))
_NEXT_CAR: Final = "Preparing"
_THIS_CAR: Final = frozenset(("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "EVConnected"))
_UNPLUGGED: Final = "EVDisconnected"


@dataclass(frozen=True, slots=True)
class PricingInputs:
    """The facts of one session with its zone, and the JSON from which `price_session` reads them."""

    facts: SessionFacts
    zone: ZoneInfo

    def not_before_last_register(self, as_of: datetime | None) -> datetime | None:
        """Returns `as_of`, or the last register's time if that is later.

        A charger's clock may put a value slightly into our future, and it still counts.
        """
        if as_of is None:
            return None
        moved = timeline.clock_correction(self.facts)
        return max(as_of, *(event.at + moved for event in self.facts.events if isinstance(event, RegisterReported)))


def load(session: Session, *, until: datetime) -> PricingInputs | None:
    """Loads the inputs; None while no register value is known.

    Costs seven queries, two more if the rate has an idle fee, and one more if token groups are exempt.
    """
    row = session.transaction
    if row is None:
        return None
    registers = list(_registers(row))
    if not registers:
        return None
    moved = clock_correction(session.charger)
    end = _end_of_occupancy(session, row, until=until - moved, moved=moved)
    server_span = Span(start=row.started_at + moved, end=end + moved)
    facts = SessionFacts(
        events=(*registers, *_statuses(row, end=end, moved=moved)),
        charger_clock_offset_s=_clock_offset_s(session.charger),
        contact_gaps=(*contact_gaps(row, span=server_span), *_late_stop(row, end=server_span.end, moved=moved)),
        withheld=_load_withheld_spans(row, end=server_span.end),
        max_power_w=_max_power_w(row),
        driver=_driver(session, started_at=server_span.start),
        notices=_notices(session),
    )
    if session.billed_until is not None:
        facts = _truncate_facts(facts, session.billed_until)
    return PricingInputs(facts=facts, zone=ZoneInfo(session.property.time_zone))


def _truncate_facts(facts: SessionFacts, at: datetime) -> SessionFacts:
    """Returns the facts as if the car had stopped and left at that moment of our clock, with its last register until
    then.

    Event times are the charger's, so the moment is converted to its clock. An earlier stop stays.
    """
    at -= timeline.clock_correction(facts)
    registers = [event for event in facts.events if isinstance(event, RegisterReported)]
    earlier = [register for register in registers if register.context is RegisterContext.START or register.at <= at]
    end = max(at, *(register.at for register in earlier))
    if not any(register.context is RegisterContext.STOP for register in earlier):
        earlier.append(RegisterReported(at=end, wh=earlier[-1].wh, context=RegisterContext.STOP))
    statuses = [event for event in facts.events if isinstance(event, StatusReported) and event.at < end]
    gaps = [ContactGap(start=gap.start, end=min(gap.end, at)) for gap in facts.contact_gaps if gap.start < at]
    withheld = [WithheldSpan(start=span.start, end=min(span.end, at)) for span in facts.withheld if span.start < at]
    departure = StatusReported(at=end, status=ConnectorStatus.AVAILABLE)
    return replace(facts, events=(*earlier, *statuses, departure), contact_gaps=tuple(gaps), withheld=tuple(withheld))


def _driver(session: Session, *, started_at: datetime) -> PricedDriver:
    """Returns the driver, with their groups if the rate needs them, and the session that this one may continue."""
    definition = session.rate_version.definition if session.rate_version else {}
    groups: frozenset[str] = frozenset()
    if session.token_id is not None and (definition.get("idle") or {}).get("exempt_groups"):
        groups = frozenset(TokenGroup.objects.filter(tokens=session.token_id).values_list("slug", flat=True))
    return PricedDriver(
        audience=session.audience,
        groups=groups,
        previous_ended_at=_previous_ended_at(session, started_at=started_at)
        if definition.get("connection_fee")
        else None,
        followed_at=followed_at(session) if definition.get("connection_fee") else None,
    )


def _notices(session: Session) -> tuple[datetime, ...]:
    """Returns when the driver was notified that charging had ended: by the page, or by a mail that a server
    accepted.
    """
    if session.rate_version is None or not session.rate_version.definition.get("idle"):
        return ()
    seen_times = IdleNotice.objects.filter(session=session).values_list("seen_at", flat=True)
    sent = OutgoingMail.objects.filter(state=OutgoingMail.State.SENT)
    mails = sent.filter(session=session, key__startswith=idle_mail_key(session))
    return tuple(sorted([*seen_times, *(at for at in mails.values_list("sent_at", flat=True) if at)]))


def idle_mail_key(session: Session, *, since: datetime | None = None) -> str:
    """Returns the key of the mail about an idle fee; without `since` the prefix of all such keys of a session."""
    return f"session:{session.pk}:idle:" + (since.strftime("%Y%m%dT%H%M%S") if since else "")


def followed_at(session: Session) -> datetime | None:
    """Returns when the same driver's next session began at the property, if that one paid for connecting before this
    one was priced: because this one was held for review, or its stop came late.
    """
    ended_at, billed = session.stopped_at, session.ratings.filter(kind=Rating.Kind.FINAL).first()
    if billed is not None:
        stored_time = billed.inputs["session"].get("driver", {}).get("followed_at")
        return _time(stored_time) if stored_time else None
    if ended_at is None:
        return None
    final = Rating.objects.filter(session=OuterRef("pk"), kind=Rating.Kind.FINAL).order_by("-id")
    later = Session.objects.filter(
        _same_driver(session),
        property=session.property_id,
        state__in=(Session.State.STOPPED, Session.State.SETTLED),
        started_at__gte=ended_at,
        started_at__lt=ended_at + _LONGEST_RESTART,
    ).exclude(pk=session.pk)
    following = later.order_by("started_at").annotate(lines=Subquery(final.values("report__lines")[:1]))
    for started_at, stored_lines in following.values_list("started_at", "lines")[:_MAX_BEFORE]:
        if any(line["kind"] == "connection" and line["amount"] for line in _lines(stored_lines)):
            return started_at
    return None


def _same_driver(session: Session) -> Q:
    same = Q(pk__in=[])
    if session.token_id is not None:
        same |= Q(token=session.token_id)
    if session.guest_email:
        same |= Q(guest_email__iexact=session.guest_email)
    return same


def _previous_ended_at(session: Session, *, started_at: datetime) -> datetime | None:
    """Returns when the same driver's previous session ended at the property, if it was charged for connecting."""
    newest = Rating.objects.filter(session=OuterRef("pk")).order_by("-id")
    sessions = Session.objects.filter(
        _same_driver(session),
        property=session.property_id,
        state__in=(Session.State.STOPPED, Session.State.SETTLED),
        stopped_at__lte=started_at,
        stopped_at__gt=started_at - _LONGEST_RESTART,
    ).exclude(pk=session.pk)
    latest = sessions.order_by("-stopped_at").annotate(lines=Subquery(newest.values("report__lines")[:1]))
    for stopped_at, stored_lines in latest.values_list("stopped_at", "lines")[:_MAX_BEFORE]:
        if any(line["kind"] == "connection" for line in _lines(stored_lines)):
            return stopped_at
    return None


def _lines(column_value: Any) -> list[dict[str, Any]]:
    """Returns a part of a JSON column, which is text or already parsed, depending on the query."""
    return json.loads(column_value) if isinstance(column_value, str) else column_value or []


def _clock_offset_s(charger: Charger) -> int:
    """Returns the clock's offset. Times too far ahead were replaced by the time of receipt, and need no correction."""
    ahead = timedelta(seconds=charger.clock_offset_s)
    return charger.clock_offset_s if ahead <= recording.BELIEVED_AHEAD else 0


def clock_correction(charger: Charger) -> timedelta:
    """Returns the difference from the charger's clock to ours."""
    return timeline.clock_correction(SessionFacts(events=(), charger_clock_offset_s=_clock_offset_s(charger)))


def began_at(session: Session) -> datetime | None:
    """Returns when charging began by our clock, as it is priced: a charger's own clock may be minutes off."""
    row = session.transaction
    return session.started_at if row is None else row.started_at + clock_correction(session.charger)


def unplugged_at(session: Session) -> datetime | None:
    """Returns when the plug of a stopped transaction was first known to be out, by the charger's clock; None if not
    yet.

    That is not when a report arrived: a free connector is reported again whenever a charger is back. At most three
    queries.
    """
    row = session.transaction
    if row is None or row.stopped_at is None:
        return None
    if row.stop_reason == _UNPLUGGED:
        return row.stopped_at
    is_free = False
    for at, word in _occupancy(row, moved=clock_correction(session.charger), until=_following_at(row)):
        if at >= row.stopped_at:
            if is_free and word not in _THIS_CAR:
                return row.stopped_at
            if word in _FREE or word == _NEXT_CAR:
                return at
        is_free = word in _FREE or (is_free and word not in _THIS_CAR)
    return row.stopped_at if is_free else None


def _occupancy(row: Transaction, *, moved: timedelta, until: datetime | None) -> list[tuple[datetime, str]]:
    """Returns the states of the plug since the start, by connector and transaction, by the charger's clock and in
    order.
    """
    states = ChargingStateReport.objects.filter(transaction=row, at__gte=row.started_at).order_by("at", "id")
    reports = [*_reports(row, moved=moved), *states.values_list("at", "state")]
    return sorted((report for report in reports if until is None or report[0] <= until), key=itemgetter(0))


def _reports(row: Transaction, *, moved: timedelta) -> list[tuple[datetime, str]]:
    """Returns the connector's statuses since the start, by the charger's clock; one without a time has its time of
    receipt.
    """
    if row.evse_number is None:
        return []
    since = row.started_at + min(moved, timedelta(0))
    reports = StatusReport.objects.filter(charger_id=row.charger_id, evse_number=row.evse_number, at__gte=since)
    rows = reports.order_by("at", "id").values_list("at", "received_at", "status")
    by_charger = ((at - moved if at == received_at else at, status) for at, received_at, status in rows)
    return sorted((report for report in by_charger if report[0] >= row.started_at), key=itemgetter(0))


def as_json(inputs: PricingInputs, *, definition: object, currency: str, as_of: datetime | None) -> dict[str, Any]:
    """Returns the input of the engine for the record: `session` is what `price_session` reads."""
    facts = inputs.facts
    return {
        "session": {
            "currency": currency,
            "timezone": inputs.zone.key,
            "rate": definition,
            "charger_clock_offset_s": facts.charger_clock_offset_s,
            **_benefits_json(facts.benefits),
            "events": [_event_json(event) for event in facts.events],
            "driver": _driver_json(facts.driver),
            "withheld": [[units.utc_text(span.start), units.utc_text(span.end)] for span in facts.withheld],
            "notices": [units.utc_text(at) for at in facts.notices],
        },
        "contact_gaps": [[units.utc_text(gap.start), units.utc_text(gap.end)] for gap in facts.contact_gaps],
        "max_power_w": facts.max_power_w,
        "as_of": units.utc_text(as_of) if as_of else None,
    }


def _benefits_json(benefits: Benefits) -> dict[str, Any]:
    """Returns the benefits; empty for a driver without a plan."""
    facts: dict[str, Any] = {"included_wh": benefits.included_wh} if benefits.included_wh else {}
    discount = benefits.member_discount_pct
    return facts | {"member_discount_pct": str(discount)} if discount else facts


def replay(inputs: Mapping[str, Any], *, definition: object = None, rate: Rate | None = None) -> PriceReport:
    """Returns the report again from what `as_json` stored; with another rate, what it would have cost at that rate."""
    session, as_of = parse_inputs(inputs, definition=definition, rate=rate)
    return price.price(rate=session.rate, facts=session.facts, zone=session.zone, as_of=as_of)


def parse_inputs(
    inputs: Mapping[str, Any], *, definition: object = None, rate: Rate | None = None
) -> tuple[PricedSession, datetime | None]:
    """Returns what `as_json` stored as inputs of the engine, and the moment as of which it was priced."""
    session_input = inputs["session"] if definition is None else inputs["session"] | {"rate": definition}
    session = parse_session(session_input, rate=rate)
    gaps = tuple(ContactGap(start=_time(start), end=_time(end)) for start, end in inputs["contact_gaps"])
    accepted = frozenset(inputs.get("accepted", ()))
    facts = replace(session.facts, contact_gaps=gaps, max_power_w=inputs["max_power_w"], accepted=accepted)
    return replace(session, facts=facts), _time(inputs["as_of"]) if inputs["as_of"] else None


def apply_review(inputs: Mapping[str, Any], *, facts: SessionFacts, choice: str) -> dict[str, Any]:
    """Returns the inputs with a person's choice of reading; everything else as stored."""
    changed = {
        "charger_clock_offset_s": facts.charger_clock_offset_s,
        "events": [_event_json(event) for event in facts.events],
        "driver": _driver_json(facts.driver),
    }
    return {
        **inputs,
        "session": inputs["session"] | changed,
        "as_of": None,
        "accepted": sorted(facts.accepted),
        "review": choice,
    }


def energy_spans(inputs: Mapping[str, Any]) -> list[list[tuple[datetime, datetime]]]:
    """Returns the spans in which the energy of each energy line of the report flowed, in the order of the lines."""
    session = parse_session(inputs["session"])
    as_of = _time(inputs["as_of"]) if inputs["as_of"] else None
    laid_out = timeline.lay_out(session.facts, as_of=as_of)
    included_wh = session.facts.benefits.included_wh
    cut = periods.energy_periods(laid_out, rate=session.rate, zone=session.zone, included_wh=included_wh)
    return [[(period.start, period.end) for period in energy.periods] for energy in periods.billed_energy(cut)]


def last_rise_at(inputs: Mapping[str, Any]) -> datetime:
    """Returns when the register last rose by our clock, from what `as_json` stored: charging ended then."""
    as_of = _time(inputs["as_of"]) if inputs["as_of"] else None
    return timeline.lay_out(parse_session(inputs["session"]).facts, as_of=as_of).last_rise_at


def idle_spans(inputs: Mapping[str, Any]) -> list[tuple[datetime, datetime]]:
    """Returns when the car was plugged in and done, from what `as_json` stored; also if the rate has no idle fee."""
    session = parse_session(inputs["session"])
    as_of = _time(inputs["as_of"]) if inputs["as_of"] else None
    laid_out = timeline.lay_out(session.facts, as_of=as_of)
    return [(span.start, span.end) for span in idle.idle_spans(laid_out, until=as_of)]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _driver_json(driver: PricedDriver) -> dict[str, Any]:
    previous = units.utc_text(driver.previous_ended_at) if driver.previous_ended_at else None
    facts = {"audience": driver.audience, "groups": sorted(driver.groups), "previous_ended_at": previous}
    return facts | ({"followed_at": units.utc_text(driver.followed_at)} if driver.followed_at else {})


def _event_json(event: Event) -> dict[str, Any]:
    at = units.utc_text(event.at)
    if isinstance(event, StatusReported):
        return {"t": at, "type": "status", "status": event.status.value}
    return {"t": at, "type": event.context.value, "wh": event.wh}


def _registers(row: Transaction) -> Iterator[RegisterReported]:
    """Yields the start, the samples, the stop. Of two samples at one time the lower counts.

    If energy flowed, a stop that the charger dates before the start keeps its time, so that it is held for review.
    """
    sampled = MeterValue.objects.filter(transaction=row, register_wh__isnull=False)
    by_time: dict[datetime, int] = {}
    for at, wh in sampled.order_by("at", "-register_wh").values_list("at", "register_wh"):
        by_time[at] = int(wh or 0)
    samples = [RegisterReported(at=at, wh=wh) for at, wh in by_time.items()]
    if row.meter_start_wh is not None:
        yield RegisterReported(at=row.started_at, wh=row.meter_start_wh, context=RegisterContext.START)
    elif samples:
        first = samples.pop(0)
        yield RegisterReported(at=first.at, wh=first.wh, context=RegisterContext.START)
    else:
        return
    yield from samples
    last_wh = samples[-1].wh if samples else row.meter_start_wh
    stop_wh = row.meter_stop_wh if row.meter_stop_wh is not None else last_wh
    if row.stopped_at is not None and stop_wh is not None:
        is_early = row.early_stop_at is not None and stop_wh != row.meter_start_wh
        stopped_at = row.early_stop_at if is_early and row.early_stop_at else row.stopped_at
        yield RegisterReported(at=stopped_at, wh=stop_wh, context=RegisterContext.STOP)


def unmetered_start(session: Session) -> timedelta:
    """Returns how long energy may have flowed before the first reported register; zero if the start reported one.

    In 2.x it flows from the first chargingState Charging, if that was reported. At most two queries.
    """
    row = session.transaction
    if row is None or row.meter_start_wh is not None:
        return timedelta(0)
    sampled = MeterValue.objects.filter(transaction=row, register_wh__isnull=False).order_by("at")
    first_at = sampled.values_list("at", flat=True).first()
    if first_at is None:
        return timedelta(0)
    charging = ChargingStateReport.objects.filter(transaction=row, state="Charging").order_by("at")
    began_at = charging.values_list("at", flat=True).first() or row.started_at
    return max(first_at - max(began_at, row.started_at), timedelta(0))


def unmetered_end(session: Session) -> timedelta:
    """Returns how long energy may have flowed after the last register of a transaction whose stop was lost, until its
    connector was free; zero if its last report was that none flowed.

    At most four queries.
    """
    row = session.transaction
    if row is None or row.case != Transaction.Case.NEVER_STOPPED or row.register_at is None:
        return timedelta(0)
    reports = StatusReport.objects.filter(charger=row.charger_id, evse_number=row.evse_number, at__gt=row.started_at)
    freed_at = reports.filter(status="Available").order_by("at").values_list("at", flat=True).first()
    if freed_at is None or _had_paused(row, reports.filter(at__lt=freed_at)):
        return timedelta(0)
    return max(freed_at - row.register_at, timedelta(0))


def _had_paused(row: Transaction, reports: QuerySet[StatusReport]) -> bool:
    sampled = MeterValue.objects.filter(transaction=row, power_w__isnull=False).order_by("at")
    if sampled.values_list("power_w", flat=True).last() == 0:
        return True
    states = ChargingStateReport.objects.filter(transaction=row).order_by("at").values_list("state", flat=True)
    words = reports.order_by("at", "id").values_list("status", flat=True)
    return bool({states.last(), words.last()} & _PAUSED)


def _following_at(row: Transaction) -> datetime | None:
    """Returns when the next transaction began there."""
    later = Transaction.objects.filter(
        charger_id=row.charger_id, evse_number=row.evse_number, started_at__gt=row.stopped_at or row.started_at
    )
    return later.exclude(pk=row.pk).order_by("started_at").values_list("started_at", flat=True).first()


def _end_of_occupancy(session: Session, row: Transaction, *, until: datetime, moved: timedelta) -> datetime:
    """Returns the end of the occupancy by the charger's clock. Later reports belong to the next transaction."""
    reported_at = session.unplugged_at - moved if session.unplugged_at else None
    ends = (until, unplugged_at(session) or reported_at, _following_at(row))
    return min(at for at in ends if at is not None)


def _late_stop(row: Transaction, *, end: datetime, moved: timedelta) -> Iterator[ContactGap]:
    """Yields the gap from a stop until it arrived much later, unless the car was seen there in between: a charger that
    stores its stop stores its statuses as well.
    """
    if row.stopped_at is None or row.stop_received_at is None:
        return
    start, until = row.stopped_at + moved, min(row.stop_received_at, end)
    if until - start <= SILENCE_IS_A_GAP:
        return
    status_reports = StatusReport.objects.filter(
        charger_id=row.charger_id,
        evse_number=row.evse_number,
        status__in=(*_THIS_CAR, "Occupied"),
        received_at__gt=start,
        received_at__lt=until,
    )
    if not status_reports.filter(received_at__lt=F("at") + moved + SILENCE_IS_A_GAP).exists():
        yield ContactGap(start=start, end=until)


def _statuses(row: Transaction, *, end: datetime, moved: timedelta) -> Iterator[StatusReported]:
    for at, word in _reports(row, moved=moved):
        if at <= end and (status := _STATUSES.get(word)):
            yield StatusReported(at=at, status=status)
    if row.ocpp_version != "1.6":
        yield from _charging_states(row, end=end)


def _charging_states(row: Transaction, *, end: datetime) -> Iterator[StatusReported]:
    """Yields statuses.

    EVConnected is a vehicle that is done if it charged before, else one that has not begun (OCPP 2.0.1 3.14).
    """
    reports = ChargingStateReport.objects.filter(transaction=row, at__lte=end).order_by("at", "id")
    has_charged, last = False, ""
    for at, last in reports.values_list("at", "state"):
        has_charged = has_charged or last == "Charging"
        connected = ConnectorStatus.FINISHING if has_charged else ConnectorStatus.PREPARING
        yield StatusReported(at=at, status=_STATES.get(last, connected))
    if row.stopped_at is not None and last != "Idle" and row.stop_reason != "EVDisconnected":
        yield StatusReported(at=row.stopped_at, status=ConnectorStatus.FINISHING)


def _max_power_w(row: Transaction) -> int | None:
    if row.evse_number is None:
        return None
    connectors = Connector.objects.filter(evse__charger=row.charger_id, evse__number=row.evse_number)
    return (
        connectors.order_by("-max_power_w")
        .filter(max_power_w__isnull=False)
        .values_list("max_power_w", flat=True)
        .first()
    )


def deliverable_w(session: Session) -> int | None:
    """Returns the power of the session's connector: as the host states now, else the highest of the months before."""
    row = session.transaction
    if row is None or (stated_power_w := _max_power_w(row)) is not None:
        return None if row is None else stated_power_w
    samples = MeterValue.objects.filter(
        charger=row.charger_id, evse_number=row.evse_number, at__gte=row.started_at - _SHOWN_WITHIN, power_w__gt=0
    )
    earlier_samples = samples.exclude(transaction=row).filter(power_w__lte=plausibility.HIGHEST_POWER_W)
    return earlier_samples.order_by("-power_w").values_list("power_w", flat=True).first()


def _load_withheld_spans(row: Transaction, *, end: datetime) -> tuple[WithheldSpan, ...]:
    """Returns spans in which the property's limit left the car too little power to charge; an open one lasts until
    `end`.
    """
    spans = WithheldPower.objects.filter(transaction=row, began_at__lt=end).order_by("began_at")
    powers = spans.values_list("began_at", "ended_at")
    return tuple(WithheldSpan(start=began, end=min(ended or end, end)) for began, ended in powers)


def contact_gaps(row: Transaction, *, span: Span) -> tuple[ContactGap, ...]:
    """Returns the parts of a span in which the charger reported nothing at all, by our clock."""
    start, end = min(span.start, span.end), span.end
    values: dict[str, Any] = {
        "charger": row.charger_id,
        "start": start,
        "end": end,
        "low": ids.floor(start),
        "high": ids.floor(end + timedelta(milliseconds=1)),
        "silence": SILENCE_IS_A_GAP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GAPS_SQL, values)
        return tuple(ContactGap(start=since, end=until) for since, until in cursor.fetchall())


_GAPS_SQL = """
    SELECT at, following FROM (
        SELECT at, lead(at) OVER (ORDER BY at) AS following FROM (
            SELECT %(start)s::timestamptz AS at UNION ALL SELECT %(end)s::timestamptz
            UNION ALL SELECT request_at FROM chargers_message
            WHERE charger_id = %(charger)s AND direction = 'in' AND id >= %(low)s AND id < %(high)s) AS heard
    ) AS spans
    WHERE following - at > %(silence)s::interval ORDER BY at
"""
