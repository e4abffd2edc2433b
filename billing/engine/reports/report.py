"""The price report: amounts with quantity, unit price, exact value and reason, and the inputs used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing.engine.periods import EstimatedSplit
from billing.engine.plausibility import Evidence
from billing.engine.rate.tariff import Component, MinuteCount, TaxMode
from billing.engine.reports import reasons
from billing.engine.reports.reasons import English, PriceReason
from billing.engine.timeline import RefusedReading
from chargers.lib.i18n import mark


class Unit(StrEnum):
    SESSION = mark("session")
    KWH = "kWh"
    MINUTE = mark("min")
    HOUR = mark("h")
    PERCENT = "%"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a receipt. `exact` and `amount_minor` are minor units; the amounts of a report add up to its
    subtotal.

    `quantity` times `unit_price` is `exact`, with three exceptions: a capped line, whose `exact` is the cap; hours,
    which are shown to four decimals and computed by the minute; and a percentage, whose `unit_price` is the amount that
    it is taken of.
    """

    component: Component
    label: str
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    exact: Fraction
    amount_minor: int
    tax_pct: Decimal
    reason: str
    """Returns the sentences of `reasons`, in English."""
    reasons: tuple[PriceReason, ...]
    is_capped: bool = False
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The tax of all lines with one percentage; `base_minor` is without the tax."""

    rate_pct: Decimal
    base_minor: int
    tax_minor: int


class NoteCode(StrEnum):
    NO_STOP = "no_stop"
    STILL_RUNNING = "still_running"
    NOTHING_BILLABLE = "nothing_billable"
    HELD = "held"
    READINGS_REFUSED = "readings_refused"
    CLOCK_CORRECTED = "clock_corrected"
    CLOCK_UNUSABLE = "clock_unusable"
    NO_PRICE_SET = "no_price_set"
    POWER_WITHHELD = "power_withheld"
    OUT_OF_CONTACT = "out_of_contact"


@dataclass(frozen=True, slots=True)
class Note:
    code: NoteCode
    reasons: tuple[PriceReason, ...]

    @property
    def sentence(self) -> str:
        """Returns the sentence in English, with times in UTC."""
        return reasons.render(self.reasons, speech=English())


@dataclass(frozen=True, slots=True)
class PricedInputs:
    """The inputs behind the amounts, after corrections; times are aware UTC."""

    meter_start_wh: int
    meter_stop_wh: int
    started_at: datetime
    ended_at: datetime
    last_reading_at: datetime
    readings_used: int
    readings_refused: tuple[RefusedReading, ...]
    clock_correction: timedelta
    estimated_splits: tuple[EstimatedSplit, ...]
    has_stop: bool


@dataclass(frozen=True, slots=True)
class IdleTime:
    """How the time was counted in which the plug was in but no energy flowed; times are aware UTC.

    Only what exceeds `grace`, `free`, `out_of_contact`, `withheld` and `unnoticed` is billed, in completed or started
    minutes.
    """

    began_at: datetime
    ended_at: datetime
    grace: timedelta
    free: timedelta
    out_of_contact: timedelta
    withheld: timedelta
    billed_minutes: int
    grace_min: int
    per_min: Decimal
    cap: Decimal | None
    tax_pct: Decimal
    """The tax of the fee, even if no minute is billed."""
    is_capped: bool
    unnoticed: timedelta = timedelta(0)
    """Not billed, because the driver had not been notified yet; zero if the rate bills it anyway."""
    noticed_at: datetime | None = None
    """When the driver was first notified; None if that was not possible."""
    waiver: PriceReason | None = None
    """Why the time is not billed at all; None if it is."""
    count: MinuteCount = MinuteCount.COMPLETED


@dataclass(frozen=True, slots=True)
class PriceReport:
    """The price of a finished or running session. Held and unbillable sessions have no lines and cost 0."""

    currency: str
    tax_mode: TaxMode
    energy_wh: int
    idle_minutes: int
    idle: IdleTime | None
    lines: tuple[PriceLine, ...]
    taxes: tuple[TaxGroup, ...]
    subtotal_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    notes: tuple[Note, ...]
    held: tuple[Evidence, ...]
    inputs: PricedInputs
    host_costs: tuple[PriceLine, ...] = ()
    """The host's costs; not on a guest's receipt, and in none of the amounts above."""

    @property
    def is_held(self) -> bool:
        """Whether a person must decide before anything is billed."""
        return bool(self.held)
