"""The facts of one session, as the charger reported it: together with the rate the only input of a price."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.rate.reading import InputError, Node, Problem
from billing.engine.rate.tariff import AUDIENCES, Rate, read_rate

_MAX_REGISTER_WH: Final = 10**15
_MAX_OFFSET_S: Final = 10**10


class RegisterContext(StrEnum):
    """When a register value was taken, in the order of a session."""

    START = "start"
    METER = "meter"
    STOP = "stop"


class ConnectorStatus(StrEnum):
    """OCPP 1.6 7.7 ChargePointStatus; statuses of 2.x are translated to it (EVConnected after energy is Finishing)."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EVSE = "SuspendedEVSE"
    SUSPENDED_EV = "SuspendedEV"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


@dataclass(frozen=True, slots=True)
class RegisterReported:
    """The energy register stood at `wh` at `at` (aware UTC)."""

    at: datetime
    wh: int
    context: RegisterContext = RegisterContext.METER


@dataclass(frozen=True, slots=True)
class StatusReported:
    """The connector reported `status` at `at` (aware UTC)."""

    at: datetime
    status: ConnectorStatus


Event = RegisterReported | StatusReported


@dataclass(frozen=True, slots=True)
class ContactGap:
    """A span, by our own clock, in which the charger could not be reached."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WithheldSpan:
    """A span, by our own clock, in which the property's limit left the vehicle less than it needs to charge."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Benefits:
    """The benefits of a driver's plan, fixed when the session was authorised."""

    included_wh: int = 0
    member_discount_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PricedDriver:
    """The driver, as far as a price depends on them, fixed when the session was authorised.

    `audience` is one of `tariff.AUDIENCES` or empty; `groups` are slugs of token groups; `previous_ended_at` (aware
    UTC, our clock) is when their previous session at the same property ended, if it was charged for connecting;
    `followed_at` is when the next one began there, if it paid for connecting before this one was priced.
    """

    audience: str = ""
    groups: frozenset[str] = frozenset()
    previous_ended_at: datetime | None = None
    followed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The facts of one session. Events may be repeated and in any order; they need exactly one start and at most one
    stop.

    Their times are the charger's, whose clock is `charger_clock_offset_s` ahead of ours.
    """

    events: tuple[Event, ...]
    charger_clock_offset_s: int = 0
    benefits: Benefits = Benefits()
    contact_gaps: tuple[ContactGap, ...] = ()
    withheld: tuple[WithheldSpan, ...] = ()
    max_power_w: int | None = None
    driver: PricedDriver = PricedDriver()
    notices: tuple[datetime, ...] = ()
    """When the driver was notified that charging had ended, by our clock."""
    accepted: frozenset[str] = frozenset()
    """The codes of doubts that a person checked and accepted."""


@dataclass(frozen=True, slots=True)
class PricedSession:
    """Everything that `price` needs for one session."""

    rate: Rate
    facts: SessionFacts
    zone: ZoneInfo


class SessionError(InputError):
    """A session that cannot be priced at all, with every problem found."""


def parse_session(obj: object, *, rate: Rate | None = None) -> PricedSession:
    """Reads the input of `price_session`; its own rate is ignored if one is given.

    Raises SessionError with every problem found.
    """
    problems: list[Problem] = []
    fields = Node(value=obj, path="", problems=problems).fields(
        required=("currency", "timezone", "rate", "events"),
        optional=("charger_clock_offset_s", "included_wh", "member_discount_pct", "withheld", "driver", "notices"),
    )
    currency = fields["currency"].currency() if "currency" in fields else "EUR"
    zone = fields["timezone"].time_zone() if "timezone" in fields else ZoneInfo("UTC")
    if rate is None and "rate" in fields:
        rate = read_rate(fields["rate"], currency=currency)
        if rate.taxes.is_of_property:
            complaint = "A session is priced with percentages: write them under `rates`."
            problems.append(Problem(path="rate.tax.of", message=complaint))
    facts = _facts(fields)
    if problems or rate is None:
        raise SessionError(tuple(problems))
    return PricedSession(rate=rate, facts=facts, zone=zone)


def _facts(fields: dict[str, Node]) -> SessionFacts:
    offset, included, discount = (
        fields.get(key) for key in ("charger_clock_offset_s", "included_wh", "member_discount_pct")
    )
    benefits = Benefits(
        included_wh=included.integer(at_most=_MAX_REGISTER_WH) if included else 0,
        member_discount_pct=discount.percentage() if discount else Decimal(0),
    )
    return SessionFacts(
        events=_events(fields["events"]) if "events" in fields else (),
        charger_clock_offset_s=offset.integer(at_least=-_MAX_OFFSET_S, at_most=_MAX_OFFSET_S) if offset else 0,
        benefits=benefits,
        withheld=tuple(_parse_withheld_spans(fields["withheld"])) if "withheld" in fields else (),
        driver=_driver(fields["driver"]) if "driver" in fields else PricedDriver(),
        notices=tuple(node.instant() for node in fields["notices"].items()) if "notices" in fields else (),
    )


def _driver(node: Node) -> PricedDriver:
    fields = node.fields(optional=("audience", "groups", "previous_ended_at", "followed_at"))
    followed = fields.get("followed_at")
    audience, groups, previous = (fields.get(key) for key in ("audience", "groups", "previous_ended_at"))
    return PricedDriver(
        audience=audience.one_of(AUDIENCES, kind="audience") if audience else "",
        groups=frozenset(group.text() for group in groups.items()) if groups else frozenset(),
        previous_ended_at=previous.instant() if previous else None,
        followed_at=followed.instant() if followed else None,
    )


def _parse_withheld_spans(node: Node) -> Iterator[WithheldSpan]:
    """Yields spans from pairs of times."""
    for span in node.items():
        ends = [end.instant() for end in span.items()]
        if isinstance(span.value, list | tuple) and len(ends) != 2:
            span.complain(f"Expected a beginning and an end, found {len(ends)} times.")
        elif len(ends) == 2 and ends[1] < ends[0]:
            span.complain("It ends before it begins: swap the two.")
        elif len(ends) == 2:
            yield WithheldSpan(start=ends[0], end=ends[1])


def _events(node: Node) -> tuple[Event, ...]:
    events = tuple(event for event in map(_event, node.items()) if event is not None)
    contexts = [event.context for event in set(events) if isinstance(event, RegisterReported)]
    if isinstance(node.value, list) and RegisterContext.START not in contexts:
        node.complain('A session needs its start: {"t": "...", "type": "start", "wh": ...}.')
    for context in (RegisterContext.START, RegisterContext.STOP):
        if contexts.count(context) > 1:
            node.complain(f"Two {context} events differ: a session has one; leave the wrong one out.")
    return events


def _event(node: Node) -> Event | None:
    kinds = (*RegisterContext, "status")
    fields = node.fields(required=("t", "type"), optional=("wh", "status"))
    if not {"t", "type"} <= fields.keys():
        return None
    at, kind = fields["t"].instant(), fields["type"].one_of(kinds, kind="type of event")
    needed, misplaced = ("status", "wh") if kind == "status" else ("wh", "status")
    if misplaced in fields:
        fields[misplaced].complain(f"A {kind} event has no {misplaced}: leave it out.")
    if needed not in fields:
        node.complain(f"A {kind} event needs {needed}.")
        return None
    if kind == "status":
        status = fields["status"].one_of(tuple(ConnectorStatus), kind="connector status of OCPP 1.6")
        return StatusReported(at=at, status=ConnectorStatus(status))
    return RegisterReported(at=at, wh=fields["wh"].integer(at_most=_MAX_REGISTER_WH), context=RegisterContext(kind))


def shift_event(event: Event, *, by: timedelta) -> Event:
    return replace(event, at=event.at + by)
