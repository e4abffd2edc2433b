"""Input of the decision engine: plain values that the loader fills in. Pure.

`None` for a whole subject (autocharge, reimbursement, live validation) means "not set up here".
All datetimes are aware; windows are half-open (`active_from <= at < active_to`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class Kind(StrEnum):
    """The kind of question."""

    AUTHORIZE = "authorize"
    START = "start"
    REMOTE_START = "remote_start"
    GUEST = "guest"


class OrderedBy(StrEnum):
    """Who orders a remote start."""

    APP = "app"
    PARTNER = "partner"
    GUEST = "guest"
    PORTAL = "portal"
    AGENT = "agent"


class Access(StrEnum):
    """A property's access mode."""

    PUBLIC_ROAMING = "public_roaming"
    GUEST = "guest"
    PRIVATE = "private"


class Whitelist(StrEnum):
    """A provider's policy for asking it about a token (OCPI 2.2.1 12.4.5 WhitelistType)."""

    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


class MalformedScheduleError(ValueError):
    """A stored schedule that cannot be read; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The question. `at` is the moment of the event as the charger states it; `received_at` is by our own clock."""

    kind: Kind
    at: datetime
    received_at: datetime | None = None
    uid: str = ""
    """As it was presented; empty for a guest without a token."""
    canonical_uid: str = ""
    evse_number: int | None = None
    ordered_by: OrderedBy = OrderedBy.APP
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFacts:
    active: bool
    expires_on: date | None = None
    """The last day covered, in the property's time zone."""
    grace_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerFacts:
    charger_id: str
    station_id: str = ""
    registered: bool = True
    held_as: str = ""
    """The reply to its BootNotification where that is not Accepted: Pending or Rejected."""
    retired_at: datetime | None = None
    configured: bool = True
    accepts_any_token_until: datetime | None = None
    unit_slug: str = ""
    unit_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFacts:
    slug: str
    name: str
    host_name: str
    time_zone: str
    access: Access

    def local(self, at: datetime) -> datetime:
        """Returns the property's local time at that moment."""
        return at.astimezone(ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleWindow:
    """Days and local hours.

    If `end` is not after `start`, the window runs past midnight and belongs to the day it begins.
    """

    days: frozenset[str]
    start: time
    end: time

    @classmethod
    def parse(cls, row: object) -> "ScheduleWindow":
        """Reads `{"days": ["MON"], "from": "08:00", "to": "18:00"}`; each key is optional.

        Raises MalformedScheduleError.
        """
        if not isinstance(row, Mapping):
            raise MalformedScheduleError("A schedule row must be an object with days, from and to.")
        unknown = set(row) - {"days", "from", "to"}
        if unknown:
            raise MalformedScheduleError(f"A schedule row has no field {sorted(map(str, unknown))[0]!r}.")
        days = row.get("days") or list(WEEKDAYS)
        if not isinstance(days, list) or not set(days) <= set(WEEKDAYS):
            raise MalformedScheduleError(f"Days are a list of {', '.join(WEEKDAYS)}; this is {days!r}.")
        return cls(days=frozenset(days), start=_clock(row.get("from")), end=_clock(row.get("to")))

    def is_open(self, local: datetime) -> bool:
        clock = local.time().replace(tzinfo=None)
        today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        return (today in self.days and clock >= self.start) or (yesterday in self.days and clock < self.end)

    def __str__(self) -> str:
        days = "every day" if len(self.days) == len(WEEKDAYS) else ", ".join(d for d in WEEKDAYS if d in self.days)
        return days if self.start == self.end else f"{days} {self.start:%H:%M}–{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFacts:
    """A budget, and what was used of it in the month of the question: Wh, or minor units of `currency`.

    `decimals` of both make a number for people. `is_joint`: all cards of the group share it.
    """

    month: date
    """Its first day, by the calendar of the property."""
    limit: int
    used: int
    currency: str = ""
    decimals: int = 3
    is_joint: bool = False
    stops_sessions: bool = False

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.limit

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)

    @property
    def used_pct(self) -> int:
        """Returns the used share, rounded down, at most 100."""
        return min(max(self.used, 0) * 100 // self.limit, 100)

    def __str__(self) -> str:
        """Returns the use for people: "18.2 of 20 kWh", "12.50 of 40.00 EUR"."""
        used, limit = (Decimal(amount).scaleb(-self.decimals) for amount in (self.used, self.limit))
        if self.currency:
            return f"{used:f} of {limit:f} {self.currency}"
        return f"{_trim(used)} of {_trim(limit)} kWh"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """A local group of the token.

    `opens` names the place of this charger that the group opens; empty if it opens none.
    """

    slug: str
    name: str
    opens: str = ""
    enabled: bool = True
    active_from: datetime | None = None
    active_to: datetime | None = None
    schedule: tuple[ScheduleWindow, ...] = ()
    budgets: tuple[BudgetFacts, ...] = ()
    """Those that count for the card: none if it has a budget of its own."""

    @property
    def is_used_up(self) -> bool:
        """Whether it lets the card in no more this month."""
        return any(budget.is_used_up for budget in self.budgets)

    def is_open(self, *, at: datetime, local: datetime) -> bool:
        """Whether the moment is within validity and schedule. Does not check whether the group is enabled."""
        return _is_in_period(at, self.active_from, self.active_to) and (
            not self.schedule or any(window.is_open(local) for window in self.schedule)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectGrant:
    """A grant of this token to this charger, its unit or its property; grants elsewhere are left out."""

    opens: str
    active_from: datetime | None = None
    active_to: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        return _is_in_period(at, self.active_from, self.active_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class MspFacts:
    key: str
    name: str
    blocked: bool = False
    blocked_reason: str = ""
    blocked_by: str = ""
    """The host that blocked it for its own chargers; empty if support blocked it for all hosts."""
    blocked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """A token of this host (`msp` is None), or of a mobility provider."""

    uid: str
    visual_number: str = ""
    msp: MspFacts | None = None
    valid: bool = True
    blocked: bool = False
    blocked_reason: str = ""
    expires_at: datetime | None = None
    whitelist: Whitelist = Whitelist.NEVER
    for_reimbursement: bool = False
    may_charge_concurrently: bool = False
    parents: frozenset[str] = frozenset()
    """OCPP parents: tokens that share one may stop each other's sessions."""
    groups: tuple[GroupFacts, ...] = ()
    grants: tuple[DirectGrant, ...] = ()
    budget: BudgetFacts | None = None
    """The card's own, which replaces those of its groups."""

    def is_expired(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def is_in_order(self, at: datetime) -> bool:
        return self.valid and not self.blocked and not self.is_expired(at)

    def may_be_asked_about(self, at: datetime) -> bool:
        """Whether the token's provider can be asked about it.

        Our copy's `valid=false` does not prevent that under the policies by which the provider is always asked first
        (OCPI 2.2.1 12.4.5).
        """
        if self.blocked or self.is_expired(at):
            return False
        return self.valid or self.whitelist in {Whitelist.NEVER, Whitelist.ALLOWED_OFFLINE}


@dataclass(frozen=True, slots=True, kw_only=True)
class StayFacts:
    """A reservation; an empty `unit_slug` means the whole property.

    Arrival and departure include the host's margins.
    """

    reference: str
    property_slug: str
    property_name: str
    arrives_at: datetime
    departs_at: datetime
    unit_slug: str = ""
    unit_name: str = ""
    cancelled: bool = False

    def is_now(self, at: datetime) -> bool:
        return not self.cancelled and _is_in_period(at, self.arrives_at, self.departs_at)

    @property
    def whereabouts(self) -> str:
        return f"{self.unit_name}, {self.property_name}" if self.unit_name else self.property_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransaction:
    """A transaction that had started and not stopped at the moment of the event."""

    charger_id: str
    transaction_id: str
    canonical_uid: str
    started_at: datetime
    evse_number: int | None = None
    parents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedStart:
    """A remote start that was accepted here and waits for its transaction (ConnectionTimeOut ends it)."""

    canonical_uid: str
    ordered_at: datetime
    expires_at: datetime
    ordered_by: str
    evse_number: int | None = None
    is_single_use: bool = False
    """Whether its token was created for this order alone and so identifies the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestHold:
    """A guest's pre-authorisation. `amount` is for people: "40.00 USD"."""

    amount: str
    valid_until: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until is None or at < self.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestFacts:
    """Billing's facts about the guest who asks."""

    hold: GuestHold | None = None
    account_needed: bool = False
    account_finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReimbursementContract:
    """An employer's contract for this card; `chargers` are the station ids that it links to the card."""

    name: str
    employer: str
    covers_charger: bool
    chargers: tuple[str, ...] = ()
    active_from: datetime | None = None
    active_to: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        return _is_in_period(at, self.active_from, self.active_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReimbursementFacts:
    """The token's contracts: those in force, and those that ended recently or begin soon."""

    contracts: tuple[ReimbursementContract, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AutochargeFacts:
    """What we know about the presented vehicle id. Known but not enabled: its driver has not consented yet.

    If it is enabled, `Facts.own` is the card that pays for it, with `card` as its UID.
    """

    is_known: bool = False
    enabled: bool = False
    driver: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentApproval:
    """The provider's approval of this token at this charger."""

    at: datetime
    msp_name: str


class IssuerState(StrEnum):
    """The state of the question to the mobility provider."""

    READY = "ready"
    BREAKER_OPEN = "breaker_open"
    TIMED_OUT = "timed_out"
    NO_ANSWER = "no_answer"
    NOT_ASKED = "not_asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveValidation:
    """The question to the provider; `word` is its answer (OCPI 2.2.1 12.4.1 AllowedType).

    `message` is its text for the driver; without an answer, the cause, phrased to follow a name. `reference` is the
    provider's own for this authorization, which session and CDR carry.
    """

    state: IssuerState = IssuerState.READY
    word: str = ""
    message: str = ""
    reference: str = ""
    took_ms: int = 0
    timeout_s: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """All facts of one decision."""

    charger: ChargerFacts
    property: PropertyFacts
    licence: LicenceFacts | None = None
    own: TokenFacts | None = None
    """The host's own entry of this UID."""
    roaming: TokenFacts | None = None
    """The mobility provider's entry of this UID; both the host and a provider may have one."""
    stays: tuple[StayFacts, ...] = ()
    open_transactions: tuple[OpenTransaction, ...] = ()
    ordered_start: OrderedStart | None = None
    guest: GuestFacts | None = None
    reimbursement: ReimbursementFacts | None = None
    autocharge: AutochargeFacts | None = None
    recent_approval: RecentApproval | None = None
    live: LiveValidation | None = None


def _is_in_period(at: datetime, active_from: datetime | None, active_to: datetime | None) -> bool:
    return (active_from is None or active_from <= at) and (active_to is None or at < active_to)


def _trim(number: Decimal) -> str:
    """Returns the number without trailing zeros."""
    return f"{number.normalize():f}"


def _clock(text: object) -> time:
    """Reads the local time `"HH:MM"`; an empty text and `"24:00"` are midnight."""
    if text in {None, "", "24:00"}:
        return time(0)
    try:
        return time.fromisoformat(str(text))
    except ValueError as exc:
        raise MalformedScheduleError(f"{text!r} is not a time of day such as 08:30.") from exc
