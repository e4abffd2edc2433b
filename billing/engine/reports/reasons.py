"""Reasons of an amount: codes with their facts, and the text pattern of each code. Pure.

A fact's name implies its type: `*_at` a UTC text, `*_s` seconds, `*_wh` watt-hours, `*_w` watts, `*_amount` a decimal
text with its currency, `*_kwh` and `*_pct` a decimal text. `spans` are pairs of UTC texts, `spared` pairs of a code of
`SPARED` and seconds, `readings` triples of a UTC text, a register in Wh and why it is not used; anything else is shown
unchanged. A code never changes its meaning: stored reports name it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from billing.engine.rate import calendar
from billing.engine.values import units
from chargers.lib.i18n import mark, mark_plural

Facts = Mapping[str, Any]


class Code(StrEnum):
    """Codes of reasons. The first part is the line or check that gives it."""

    ENERGY_FLOWED = "energy.flowed"
    ENERGY_TIER_BETWEEN = "energy.tier_between"
    ENERGY_TIER_ABOVE = "energy.tier_above"
    ENERGY_TIER_FIRST = "energy.tier_first"
    ENERGY_INCLUDED = "energy.included"
    ENERGY_NO_PRICE = "energy.no_price"
    ENERGY_MEMBER_PRICE = "energy.member_price"
    ENERGY_ESTIMATED = "energy.estimated"
    TIME_FLOWED = "time.flowed"
    TIME_PAUSED = "time.paused"
    TIME_OUTSIDE = "time.outside"
    TIME_COMPLETED_PER_HOUR = "time.completed_per_hour"
    TIME_COMPLETED_PER_MINUTE = "time.completed_per_minute"
    TIME_STARTED_PER_HOUR = "time.started_per_hour"
    TIME_STARTED_PER_MINUTE = "time.started_per_minute"
    TIME_CAPPED = "time.capped"
    IDLE_STRETCH = "idle.stretch"
    IDLE_COMPLETED = "idle.completed"
    IDLE_STARTED = "idle.started"
    IDLE_CAPPED = "idle.capped"
    IDLE_FREE_FOR_GUESTS = "idle.free_for_guests"
    IDLE_FREE_FOR_MEMBERS = "idle.free_for_members"
    IDLE_FREE_FOR_ROAMING = "idle.free_for_roaming"
    IDLE_FREE_FOR_REIMBURSED = "idle.free_for_reimbursed"
    IDLE_FREE_FOR_GROUP = "idle.free_for_group"
    CONNECTION_ONCE = "connection.once"
    CONNECTION_RESTARTED = "connection.restarted"
    CONNECTION_FOLLOWED = "connection.followed"
    PROCESSING_ONCE = "processing.once"
    PROCESSING_SHARE = "processing.share"
    PROCESSING_SHARE_BESIDE = "processing.share_beside"
    PROCESSING_SHARE_BEFORE_TAX = "processing.share_before_tax"
    PROCESSING_SHARE_BESIDE_BEFORE_TAX = "processing.share_beside_before_tax"
    LINE_ROUNDED = "line.rounded"
    SUM_AT_LEAST_BEFORE_TAX = "sum.at_least_before_tax"
    SUM_AT_LEAST_WITH_TAX = "sum.at_least_with_tax"
    SUM_AT_MOST_BEFORE_TAX = "sum.at_most_before_tax"
    SUM_AT_MOST_WITH_TAX = "sum.at_most_with_tax"
    PLAN_WAIVES = "plan.waives"
    PLAN_WAIVES_PER_MINUTE = "plan.waives_per_minute"
    PLAN_WAIVES_SHARE = "plan.waives_share"
    PLAN_WAIVES_BOTH = "plan.waives_both"
    NO_STOP = "note.no_stop"
    STILL_RUNNING = "note.still_running"
    HELD = "note.held"
    NO_ENERGY = "note.no_energy"
    TOO_LITTLE = "note.too_little"
    READINGS_REFUSED = "note.readings_refused"
    CLOCK_AHEAD_CORRECTED = "note.clock_ahead_corrected"
    CLOCK_BEHIND_CORRECTED = "note.clock_behind_corrected"
    CLOCK_AHEAD_UNUSABLE = "note.clock_ahead_unusable"
    CLOCK_BEHIND_UNUSABLE = "note.clock_behind_unusable"
    NO_PRICE_SET = "note.no_price_set"
    POWER_WITHHELD = "note.power_withheld"
    OUT_OF_CONTACT = "note.out_of_contact"
    IDLE_UNKNOWN = "note.idle_unknown"
    REVIEWED = "note.reviewed"
    REVIEW_AS_IT_STANDS = "review.as_it_stands"
    REVIEW_LAST_TRUSTED = "review.last_trusted"
    REVIEW_PLAUSIBLE = "review.plausible"
    REVIEW_FIRST_READING = "review.first_reading"
    REVIEW_OUR_CLOCK = "review.our_clock"
    DOUBT_STOP_BELOW_START = "doubt.stop_below_start"
    DOUBT_STOP_BEFORE_START = "doubt.stop_before_start"
    DOUBT_TOO_LONG = "doubt.too_long"
    DOUBT_IMPOSSIBLE_ENERGY = "doubt.impossible_energy"
    DOUBT_ZERO_BASELINE = "doubt.zero_baseline"
    DOUBT_CLOCK_AHEAD = "doubt.clock_ahead"
    DOUBT_CLOCK_BEHIND = "doubt.clock_behind"
    DOUBT_START_UNKNOWN = "doubt.start_unknown"
    DOUBT_END_UNKNOWN = "doubt.end_unknown"
    DOUBT_PAID_ONCE = "doubt.paid_once"
    DOUBT_OVERLAP = "doubt.overlap"


COUNTED: Final[Mapping[Code, tuple[str, str]]] = {
    Code.TIME_COMPLETED_PER_HOUR: mark_plural(
        "%(minutes)s completed minute at %(each_amount)s per hour.",
        "%(minutes)s completed minutes at %(each_amount)s per hour.",
    ),
    Code.TIME_COMPLETED_PER_MINUTE: mark_plural(
        "%(minutes)s completed minute at %(each_amount)s per minute.",
        "%(minutes)s completed minutes at %(each_amount)s per minute.",
    ),
    Code.TIME_STARTED_PER_HOUR: mark_plural(
        "%(minutes)s started minute at %(each_amount)s per hour.",
        "%(minutes)s started minutes at %(each_amount)s per hour.",
    ),
    Code.TIME_STARTED_PER_MINUTE: mark_plural(
        "%(minutes)s started minute at %(each_amount)s per minute.",
        "%(minutes)s started minutes at %(each_amount)s per minute.",
    ),
    Code.IDLE_COMPLETED: mark_plural(
        "%(minutes)s completed minute at %(each_amount)s.", "%(minutes)s completed minutes at %(each_amount)s."
    ),
    Code.IDLE_STARTED: mark_plural(
        "%(minutes)s started minute at %(each_amount)s.", "%(minutes)s started minutes at %(each_amount)s."
    ),
}
"""Sentences with a number of minutes: the singular and the plural."""
PATTERNS: Final[Mapping[Code, str]] = {
    **{code: plural for code, (_singular, plural) in COUNTED.items()},
    Code.ENERGY_FLOWED: mark("%(energy_wh)s flowed %(spans)s."),
    Code.ENERGY_TIER_BETWEEN: mark("This price is for the energy of a session from %(begin_kwh)s to %(end_kwh)s kWh."),
    Code.ENERGY_TIER_ABOVE: mark("This price is for the energy of a session above %(begin_kwh)s kWh."),
    Code.ENERGY_TIER_FIRST: mark("This price is for the first %(end_kwh)s kWh of a session."),
    Code.ENERGY_INCLUDED: mark("It is the first energy of the session, and what a plan or a stay includes covers it."),
    Code.ENERGY_NO_PRICE: mark("The rate names no price for this time, so it costs nothing."),
    Code.ENERGY_MEMBER_PRICE: mark("Members pay %(discount_pct)s %% less than %(full_amount)s per kWh."),
    Code.ENERGY_ESTIMATED: mark(
        "Estimated: the split at %(split_at)s is in proportion to time between the readings of %(before_at)s and "
        "%(after_at)s."
    ),
    Code.TIME_FLOWED: mark("Energy flowed %(spans)s."),
    Code.TIME_PAUSED: mark("Of that %(paused_s)s without charging do not count."),
    Code.TIME_OUTSIDE: mark("Of that %(outside_s)s at hours without this fee do not count."),
    Code.TIME_CAPPED: mark("The price for time is at most %(cap_amount)s a session."),
    Code.IDLE_STRETCH: mark("Plugged in without charging %(spans)s%(spared)s."),
    Code.IDLE_CAPPED: mark("The idle fee of a session is at most %(cap_amount)s."),
    Code.IDLE_FREE_FOR_GUESTS: mark("Guests pay no idle fee."),
    Code.IDLE_FREE_FOR_MEMBERS: mark("Members pay no idle fee."),
    Code.IDLE_FREE_FOR_ROAMING: mark("Roaming drivers pay no idle fee."),
    Code.IDLE_FREE_FOR_REIMBURSED: mark("Reimbursed employees pay no idle fee."),
    Code.IDLE_FREE_FOR_GROUP: mark("Members of the group %(group)s pay no idle fee."),
    Code.CONNECTION_ONCE: mark("The connection fee is taken once per session that is billed."),
    Code.CONNECTION_RESTARTED: mark(
        "The same driver's session before this one had ended %(earlier_s)s earlier: a restart within %(minutes)s "
        "minutes is one connection, which was charged for already."
    ),
    Code.PROCESSING_ONCE: mark("The processing fee is taken once per session that is billed."),
    Code.CONNECTION_FOLLOWED: mark(
        "The same driver's next session began %(later_s)s after this one: a restart within %(minutes)s minutes is one "
        "connection, which was charged for there already."
    ),
    Code.PROCESSING_SHARE_BESIDE: mark(
        "%(share_pct)s %% of %(base_amount)s, the sum of the lines above without the fixed processing fee, for "
        "processing the payment."
    ),
    Code.LINE_ROUNDED: mark("It is %(exact_amount)s before rounding; rounded so that the lines add up to the total."),
    Code.PROCESSING_SHARE: mark(
        "%(share_pct)s %% of %(base_amount)s, the sum of the lines above, for processing the payment."
    ),
    Code.PROCESSING_SHARE_BEFORE_TAX: mark(
        "%(share_pct)s %% of %(base_amount)s, the sum of the lines above before tax, for processing the payment."
    ),
    Code.PROCESSING_SHARE_BESIDE_BEFORE_TAX: mark(
        "%(share_pct)s %% of %(base_amount)s, the sum of the lines above before tax and without the fixed processing "
        "fee, for processing the payment."
    ),
    Code.SUM_AT_LEAST_BEFORE_TAX: mark(
        "A session that is billed costs at least %(limit_amount)s before tax, all lines together."
    ),
    Code.SUM_AT_LEAST_WITH_TAX: mark(
        "A session that is billed costs at least %(limit_amount)s with tax, all lines together."
    ),
    Code.SUM_AT_MOST_BEFORE_TAX: mark(
        "A session that is billed costs at most %(limit_amount)s before tax, all lines together."
    ),
    Code.SUM_AT_MOST_WITH_TAX: mark(
        "A session that is billed costs at most %(limit_amount)s with tax, all lines together."
    ),
    Code.PLAN_WAIVES: mark("The plan %(plan)s waives it; without the plan it is %(fee_amount)s."),
    Code.PLAN_WAIVES_PER_MINUTE: mark("The plan %(plan)s waives it; without the plan it is %(fee_amount)s a minute."),
    Code.PLAN_WAIVES_SHARE: mark("The plan %(plan)s waives it; without the plan it is %(share_pct)s %%."),
    Code.PLAN_WAIVES_BOTH: mark(
        "The plan %(plan)s waives it; without the plan it is %(fee_amount)s and %(share_pct)s %%."
    ),
    Code.NO_STOP: mark("No stop received: billed to the last meter value, no idle fee."),
    Code.STILL_RUNNING: mark("Still running: the cost up to the last meter value."),
    Code.HELD: mark("Held for review, nothing is billed:"),
    Code.NO_ENERGY: mark("No energy flowed: nothing is billed."),
    Code.TOO_LITTLE: mark("%(energy)s Wh is less than the %(least)s Wh from which a session is billed."),
    Code.READINGS_REFUSED: mark("Meter values not used: %(readings)s."),
    Code.CLOCK_AHEAD_CORRECTED: mark("The charger's clock is %(off_s)s ahead: its times are corrected."),
    Code.CLOCK_BEHIND_CORRECTED: mark("The charger's clock is %(off_s)s behind: its times are corrected."),
    Code.CLOCK_AHEAD_UNUSABLE: mark(
        "The charger's clock is %(off_s)s ahead: its times cannot be corrected and are taken as they were given."
    ),
    Code.CLOCK_BEHIND_UNUSABLE: mark(
        "The charger's clock is %(off_s)s behind: its times cannot be corrected and are taken as they were given."
    ),
    Code.NO_PRICE_SET: mark("Energy flowed at a time for which the rate names no price: it costs nothing."),
    Code.POWER_WITHHELD: mark("Power was withheld by the site's limit for %(withheld_s)s: that is not idle time."),
    Code.OUT_OF_CONTACT: mark(
        "For %(out_of_contact_s)s after charging the charger was out of contact: that idle time is not billed."
    ),
    Code.IDLE_UNKNOWN: mark(
        "Charging ended while the charger was out of contact: how long the car stayed is not known, "
        "and no idle time is billed."
    ),
    Code.REVIEWED: mark("Billed after a person's review of the readings:"),
    Code.REVIEW_AS_IT_STANDS: mark("The readings were believed: the session is billed as the charger reported it."),
    Code.REVIEW_PLAUSIBLE: mark(
        "Billed as the most that the connector can deliver in this time: %(most_wh)s, at %(most_w)s for %(lasted_s)s."
    ),
    Code.REVIEW_LAST_TRUSTED: mark(
        "Billed to the last reading that can be true, %(register_wh)s at %(last_at)s; no idle fee."
    ),
    Code.REVIEW_FIRST_READING: mark(
        "The start value was lost: billed from the first reading after it, %(register_wh)s."
    ),
    Code.REVIEW_OUR_CLOCK: mark("All times are moved by %(off_s)s to our clock, and prices hold by it."),
    Code.DOUBT_STOP_BELOW_START: mark("The register fell from %(begin)s Wh at the start to %(end)s Wh at the stop."),
    Code.DOUBT_STOP_BEFORE_START: mark("The stop, %(stop_at)s, lies before the start, %(start_at)s."),
    Code.DOUBT_TOO_LONG: mark("The events span more than %(days)s days."),
    Code.DOUBT_IMPOSSIBLE_ENERGY: mark("%(energy_wh)s in %(lasted_s)s is impossible at %(most_w)s (10 %% tolerance)."),
    Code.DOUBT_ZERO_BASELINE: mark(
        "The register began at 0, as if the start value had been lost; the next reading was %(next_wh)s."
    ),
    Code.DOUBT_CLOCK_AHEAD: mark("The charger's clock is %(off_s)s ahead: its times cannot be believed."),
    Code.DOUBT_CLOCK_BEHIND: mark("The charger's clock is %(off_s)s behind: its times cannot be believed."),
    Code.DOUBT_START_UNKNOWN: mark(
        "The charger reported no meter register at the start, so the energy of the first %(gap_s)s is unknown "
        "(setting SampledDataCtrlr.TxStartedMeasurands in OCPP 2.x)."
    ),
    Code.DOUBT_END_UNKNOWN: mark(
        "The charger reported no stop, so the energy of the last %(gap_s)s before the connector was free is unknown."
    ),
    Code.DOUBT_PAID_ONCE: mark(
        "The charger began anew under a payment that covers one start: nothing is held on a card for this session."
    ),
    Code.DOUBT_OVERLAP: mark(
        "For %(overlap_s)s of this session another one ran at the same connector, which charges one car at a time: "
        "the charger may have reported one charge twice."
    ),
}
SPARED: Final[Mapping[str, str]] = {
    "grace": mark("%(time)s of grace"),
    "free": mark("%(time)s of free time"),
    "out_of_contact": mark("%(time)s out of contact"),
    "withheld": mark("%(time)s in which power was withheld by the site's limit"),
    "unnoticed": mark("%(time)s before the driver was notified"),
}
_SPAN: Final = "from %(begin)s to %(end)s"
MORE: Final = mark_plural("%(spans)s and in %(count)s more span", "%(spans)s and in %(count)s more spans")
READING: Final = mark("%(register)s Wh at %(time)s: %(why)s")
_CODES: Final = frozenset(code.value for code in Code)
_SPANS_NAMED: Final = 4
_READINGS_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class PriceReason:
    """One unrendered reason. `facts` are plain JSON."""

    code: Code
    facts: Facts = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code.value, "facts": dict(self.facts)}


class Speech(Protocol):
    """A language: how it formats values; `say` translates a pattern."""

    def say(self, pattern: str) -> str: ...
    def say_counted(self, singular: str, plural: str, *, count: int) -> str: ...
    def moment(self, at: datetime) -> str: ...
    def span(self, begin: datetime, end: datetime) -> str: ...
    def duration(self, lasted: timedelta) -> str: ...
    def energy(self, energy_wh: int) -> str: ...
    def power(self, power_w: int) -> str: ...
    def amount(self, amount: str, currency: str) -> str: ...
    def number(self, number: str) -> str: ...


@dataclass(frozen=True, slots=True)
class English:
    """The stored form: ISO times in the local time of `zone`, in UTC without one; decimals with all their digits."""

    zone: ZoneInfo | None = None

    def say(self, pattern: str) -> str:
        return pattern

    def say_counted(self, singular: str, plural: str, *, count: int) -> str:
        return singular if count == 1 else plural

    def moment(self, at: datetime) -> str:
        return calendar.local_text(at, zone=self.zone) if self.zone else units.utc_text(at)

    def span(self, begin: datetime, end: datetime) -> str:
        first, last = self.moment(begin), self.moment(end)
        return _SPAN % {"begin": first, "end": last} if first != last else f"at {first}"

    def duration(self, lasted: timedelta) -> str:
        return units.duration_text(lasted)

    def energy(self, energy_wh: int) -> str:
        return f"{units.kwh(energy_wh)} kWh"

    def power(self, power_w: int) -> str:
        return f"{units.kwh(power_w)} kW"

    def amount(self, amount: str, currency: str) -> str:
        return f"{amount} {currency}"

    def number(self, number: str) -> str:
        return number


def read(entry: object) -> PriceReason | None:
    """Reads the output of `as_json`; None for a code that this version does not know."""
    match entry:
        case {"code": str(code), "facts": dict(facts)} if code in _CODES:
            return PriceReason(Code(code), facts)
        case _:
            return None


def render(reasons: Iterable[PriceReason], *, speech: Speech) -> str:
    """Returns the sentences, joined. Raises KeyError for a reason that lacks one of its facts."""
    return " ".join(_render_reason(reason, speech=speech) for reason in reasons)


def render_note(reasons: Sequence[PriceReason]) -> str:
    """Returns the format of a report's `notes`: English, lower case, times in UTC, no full stop after a single one."""
    text = render(reasons, speech=English())
    return f"{text[:1].lower()}{text[1:].removesuffix('.') if len(reasons) == 1 else text[1:]}"


def _render_reason(reason: PriceReason, *, speech: Speech) -> str:
    values = {name: value(name, fact, speech=speech) for name, fact in reason.facts.items()}
    if (forms := COUNTED.get(reason.code)) is not None:
        return speech.say_counted(*forms, count=int(reason.facts["minutes"])) % values
    return speech.say(PATTERNS[reason.code]) % values


def value(name: str, fact: Any, *, speech: Speech) -> str:
    """Formats a fact in the language of `speech`, by the type that its name implies."""
    makes = _NAMED.get(name) or next((make for ending, make in _ENDING.items() if name.endswith(ending)), None)
    return makes(fact, speech) if makes else str(fact)


def _spans(spans: list[list[str]], speech: Speech) -> str:
    span_text = ", ".join(speech.span(_time(begin), _time(end)) for begin, end in spans[:_SPANS_NAMED])
    hidden_count = len(spans) - _SPANS_NAMED
    return (
        speech.say_counted(*MORE, count=hidden_count) % {"spans": span_text, "count": hidden_count}
        if hidden_count > 0
        else span_text
    )


def _describe_spared_time(spared: list[list[Any]], speech: Speech) -> str:
    parts = [speech.say(SPARED[kind]) % {"time": speech.duration(timedelta(seconds=s))} for kind, s in spared]
    return "".join(f", {part}" for part in parts)


def _readings(readings: list[list[Any]], speech: Speech) -> str:
    parts = [
        speech.say(READING) % {"register": register, "time": speech.moment(_time(at)), "why": speech.say(why)}
        for at, register, why in readings[:_READINGS_NAMED]
    ]
    return "; ".join([*parts, "..."] if len(readings) > _READINGS_NAMED else parts)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_NAMED: Final[Mapping[str, Callable[[Any, Speech], str]]] = {
    "spans": _spans,
    "spared": _describe_spared_time,
    "readings": _readings,
}
_ENDING: Final[Mapping[str, Callable[[Any, Speech], str]]] = {
    "_at": lambda fact, speech: speech.moment(_time(fact)),
    "_amount": lambda fact, speech: speech.amount(*fact),
    "_kwh": lambda fact, speech: speech.number(fact),
    "_pct": lambda fact, speech: speech.number(fact),
    "_wh": lambda fact, speech: speech.energy(fact),
    "_w": lambda fact, speech: speech.power(fact),
    "_s": lambda fact, speech: speech.duration(timedelta(seconds=fact)),
}
