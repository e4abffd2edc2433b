"""How facts about chargers are said on pages: one wording for all of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import number_format

from chargers.models import Charger, Command, Licence, Property

if TYPE_CHECKING:
    from chargers.views.frame import Frame

register = template.Library()
_CLOCK_TOLERANCE_S = 60
_YEAR_S = 365 * 86400
_PLUGS = {
    "IEC_62196_T1": "Type 1 (J1772)",
    "IEC_62196_T1_COMBO": "CCS 1",
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T2_COMBO": "CCS 2",
    "CHADEMO": "CHAdeMO",
    "TESLA_S": "Tesla",
    "NACS": "NACS",
}


@register.filter
def can_charge(frame: "Frame") -> str:
    """Can a car begin to charge here now, as far as the hardware and the licence go?"""
    if not _licence_holds(frame.charger):
        return "No new session can start: the licence is not active."
    match frame.condition.kind:
        case "ok":
            return f"Yes, a car can start here now. {frame.condition.sentence}"
        case "busy" if frame.condition.can_start:
            return f"Yes. {frame.condition.sentence}"
        case "busy":
            return f"Not until an outlet is free: {frame.condition.sentence.lower()}."
        case "warn" if frame.condition.can_start:
            return f"Yes, on a part of it. {frame.condition.sentence}"
        case "warn":
            return f"Not right now. {frame.condition.sentence}"
        case _:
            return f"No. {frame.condition.sentence}"


@register.filter
def who_can_charge(frame: "Frame") -> str:
    """Which kinds of people are admitted."""
    match frame.charger.property.access:
        case Property.Access.PUBLIC_ROAMING:
            return "Cards of its local groups, guests, and cards and apps of mobility providers are admitted."
        case Property.Access.GUEST:
            return "Cards of its local groups and guests are admitted; cards of mobility providers are not."
        case _:
            return "Only cards of its local groups, direct grants and guests of a stay are admitted."


@register.filter
def licence_sentence(charger: Charger) -> str:
    """The licence, in words."""
    licence = _licence(charger)
    if licence is None:
        return "active, without end"
    until = f" until {licence.expires_on:%-d %b %Y}" if licence.expires_on else ", without end"
    if licence.state == Licence.State.INACTIVE:
        return "not active: new sessions are refused"
    if licence.expires_on and licence.expires_on < _today(charger):
        return f"expired on {licence.expires_on:%-d %b %Y}" + (", in grace" if _licence_holds(charger) else "")
    return f"active{until}"


@register.filter
def lasting(since: datetime) -> str:
    """How long something has lasted, in the one unit that matters."""
    minutes = int((datetime.now(tz=UTC) - since).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"for {minutes} min"
    return f"for {round(minutes / 60)} h" if minutes < 48 * 60 else f"for {round(minutes / 1440)} days"


@register.filter
def moment(text: str) -> datetime:
    """A stored UTC text as a time, for the filters that format times."""
    return datetime.fromisoformat(text)


@register.filter
def minutes(seconds: int) -> str:
    """A duration as people say it: 0 min, 42 s, 42 min, 1 h 05 min."""
    if 0 < seconds < 60:
        return f"{seconds} s"
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


@register.filter
def clock(at: datetime, time_zone: str) -> str:
    """The time of day in that zone, to the millisecond."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%H:%M:%S.%f")[:-3]


@register.filter
def plug_name(standard: str) -> str:
    """What people call a connector standard."""
    return _PLUGS.get(standard, standard.replace("_", " ") or "–")


@register.filter
def clock_sentence(charger: Charger) -> str:
    """How far the charger's clock is from ours; empty up to a minute, and where it was never compared."""
    offset_s = charger.clock_offset_s
    if charger.clock_measured_at is None or abs(offset_s) <= _CLOCK_TOLERANCE_S:
        return ""
    return f"The charger's clock is {_long_time(abs(offset_s))} {'ahead' if offset_s > 0 else 'behind'}."


@register.filter
def kilowatts(power_w: int | None) -> str:
    return "–" if power_w is None else f"{_short(Decimal(power_w) / 1000, 1)} kW"


@register.filter
def kilowatt_hours(energy_wh: int | None) -> str:
    return "–" if energy_wh is None else f"{number_format(Decimal(energy_wh) / 1000, 3)} kWh"


@register.filter
def actor_name(origin: str) -> str:
    """Who asked for a command: the person's address, without our own prefix."""
    kind, _, name = origin.partition(":")
    people = {"user": name, "upstream": name, "api": f"API key {name}", "guest": "the guest", "system": "us"}
    return people.get(kind, origin or "us")


_KINDS = {"queued": "busy", "sent": "busy", "accepted": "ok", "unknown": "unknown", "offline": "unknown"}


@register.filter
def command_kind(command: Command) -> str:
    """The colour and shape of a command's state."""
    return _KINDS.get(command.state, "bad")


@register.filter
def command_word(command: Command) -> str:
    """The state in few words; the sentence beside it says more."""
    return _WORDS[Command.State(command.state)]


_WORDS = {
    Command.State.QUEUED: "Waiting to be sent",
    Command.State.SENT: "Sent, waiting for the answer",
    Command.State.ACCEPTED: "Accepted",
    Command.State.REJECTED: "Rejected",
    Command.State.NOT_SUPPORTED: "Not supported",
    Command.State.ERROR: "Answered with an error",
    Command.State.TIMED_OUT: "Timed out",
    Command.State.UNKNOWN: "Effect unknown",
    Command.State.OFFLINE: "Offline: not sent",
}


def _licence(charger: Charger) -> Licence | None:
    return getattr(charger, "licence", None)


def _licence_holds(charger: Charger) -> bool:
    licence = _licence(charger)
    if licence is None:
        return True
    if licence.state == Licence.State.INACTIVE:
        return False
    if licence.expires_on is None:
        return True
    return _today(charger) <= licence.expires_on + timedelta(days=licence.grace_days)


def _today(charger: Charger) -> date:
    return datetime.now(tz=UTC).astimezone(ZoneInfo(charger.property.time_zone)).date()


def _long_time(seconds: int) -> str:
    """The two largest units: 3 min 12 s, 2 h 5 min, 3 days 4 h; years where it was never set."""
    if seconds >= _YEAR_S:
        years = seconds // _YEAR_S
        return f"{years} year{'' if years == 1 else 's'}"
    for size, unit, smaller, small_unit in ((86400, "days", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            many, rest = divmod(seconds, size)
            first = f"{many} {'day' if unit == 'days' and many == 1 else unit}"
            return f"{first} {rest // smaller} {small_unit}" if rest // smaller else first
    return f"{seconds} s"


def _short(number: Decimal, digits: int) -> str:
    return number_format(number.quantize(Decimal(1).scaleb(-digits)).normalize() + 0)
