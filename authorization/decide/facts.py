"""Input of the decision engine: plain values that the loader fills in. Pure.

The mobility provider that issued a roaming token is called its provider here; OCPI says eMSP, its files say msp.
All datetimes are aware; periods are half-open (`active_from <= at < active_to`), and None leaves that end open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class Kind(StrEnum):
    """What is asked.

    Whether a presented card may charge (Authorize), whether the start that the charger reports is accepted, whether a
    remote start may be sent, or whether a guest without a card may start.
    """

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
    """The question. `at` is the moment of the event as the charger states it; `received_at` is by our own clock.

    `late`: a start that the charger reports minutes after it happened, such as after it was offline. It is judged by
    what was true at `at`.
    """

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
    """The charger. It connects as `charger_id`; `station_id` is the Station ID on its label, which guests type.

    Until it is `configured`, which its host says in the set-up, only the host's own cards and stays may charge.
    """

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
        return cls(
            days=frozenset(days), start=_parse_time_of_day(row.get("from")), end=_parse_time_of_day(row.get("to"))
        )

    def is_open(self, local: datetime) -> bool:
        """Whether the property's local time is within the window."""
        time_of_day = local.time().replace(tzinfo=None)
        today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
        if self.start < self.end:
            return today in self.days and self.start <= time_of_day < self.end
        return (today in self.days and time_of_day >= self.start) or (yesterday in self.days and time_of_day < self.end)

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

    `grants_access_to` is the name of this charger ("charger CP1"), its unit or its property, whichever the group gives
    access to; empty if it gives access to none of them.
    """

    slug: str
    name: str
    grants_access_to: str = ""
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
    """A right of this token at this charger, its unit or its property; rights elsewhere are left out.

    `grants_access_to` is the name of that charger, unit or property.
    """

    grants_access_to: str
    active_from: datetime | None = None
    active_to: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        return _is_in_period(at, self.active_from, self.active_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """A mobility provider; `key` is its country code and party id, such as NL-EMS."""

    key: str
    name: str
    blocked: bool = False
    blocked_reason: str = ""
    blocked_by: str = ""
    """The host that blocked it for its own chargers; empty if support blocked it for all hosts."""
    blocked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """A token of this host (`provider` is None), or of a mobility provider."""

    uid: str
    visual_number: str = ""
    provider: ProviderFacts | None = None
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

    def is_usable(self, at: datetime) -> bool:
        """Whether the token is valid, not blocked and not expired."""
        return self.valid and not self.blocked and not self.is_expired(at)

    def provider_may_be_asked(self, at: datetime) -> bool:
        """Whether OCPI lets us ask the token's provider about it (OCPI 2.2.1 12.4.5).

        Not if it is blocked or expired. If it is not valid in our copy, only under the policies NEVER and
        ALLOWED_OFFLINE, by which the provider decides each time.
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

    def is_current(self, at: datetime) -> bool:
        """Whether the stay is on at that moment, and not cancelled."""
        return not self.cancelled and _is_in_period(at, self.arrives_at, self.departs_at)

    @property
    def location(self) -> str:
        """Returns the unit and property for people, such as "Apartment 2B, Sunset Stays"."""
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
    """Billing's facts about the guest who asks.

    `requires_account`: the guest may charge only with a confirmed account, and has one if `account_confirmed`. Our own
    guests need no account, so no caller sets these at present.
    """

    hold: GuestHold | None = None
    requires_account: bool = False
    account_confirmed: bool = False


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
    """What we know about the presented vehicle id.

    If it is known but not enabled, its driver has not consented yet. If it is enabled, `DecisionFacts.own` is the card
    that pays for it, and `card` its UID.
    """

    is_known: bool = False
    enabled: bool = False
    driver: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentApproval:
    """The provider's approval of this token at this charger."""

    at: datetime
    provider_name: str


class LiveValidationState(StrEnum):
    """Whether the provider was asked about the token, and how that ended; READY: it can be asked now."""

    READY = "ready"
    BREAKER_OPEN = "breaker_open"
    TIMED_OUT = "timed_out"
    NO_ANSWER = "no_answer"
    NOT_ASKED = "not_asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveValidation:
    """The question to the provider and its `answer` (OCPI 2.2.1 12.4.1 AllowedType), empty if there is none.

    `message` is its text for the driver. Without an answer it is the cause: it completes a sentence that begins with
    the provider's name ("answered 503") or, if the provider was not asked, "it was not asked:". `reference` is the
    provider's own reference of this authorization, which session and CDR carry.
    """

    state: LiveValidationState = LiveValidationState.READY
    answer: str = ""
    message: str = ""
    reference: str = ""
    took_ms: int = 0
    timeout_s: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """All facts of one decision.

    None means: no licence (`licence`), no such entry of the UID (`own`, `roaming`), no remote start waits
    (`ordered_start`), nobody asks for a guest's payment (`guest`), the UID is no vehicle's or autocharge is not set up
    (`autocharge`), nothing is known of contracts (`reimbursement`), no approval (`recent_approval`), and no provider
    that could be asked (`live`).
    """

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


def _parse_time_of_day(text: object) -> time:
    """Reads the local time `"HH:MM"`; an empty text and `"24:00"` are midnight."""
    if text in {None, "", "24:00"}:
        return time(0)
    try:
        return time.fromisoformat(str(text))
    except ValueError as exc:
        raise MalformedScheduleError(f"{text!r} is not a time of day such as 08:30.") from exc
