"""What it costs to exchange one plan for another in the middle of a period. Pure.

Each day is paid once: the day of the change by the old plan if its driver has charged with it on that day, else by the
new one. Of the old plan goes back the share of the days that the new one pays, as far as its own included energy is
unused. What stays paid of the old plan stays the driver's in energy, too: what of it is unused goes along.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.proration import periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """The paid period that runs: its own energy, what came along from one before, what of both is used."""

    begins_at: datetime
    ends_at: datetime
    total_minor: int
    tax_pct: Decimal
    own_wh: int
    carried_wh: int
    used_wh: int
    is_used_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What the other plan says of a whole period; the fee with its tax."""

    fee_minor: int
    tax_pct: Decimal
    included_wh: int


class SetOff:
    """The new plan's amount against the credit for the old one, in minor units."""

    __slots__ = ()
    total_minor: int
    credit_minor: int

    @property
    def due_minor(self) -> int:
        """What is to be paid now."""
        return max(self.total_minor - self.credit_minor, 0)

    @property
    def back_minor(self) -> int:
        """What goes back to the card now."""
        return max(self.credit_minor - self.total_minor, 0)

    @property
    def set_off_minor(self) -> int:
        """What of each pays the other."""
        return min(self.total_minor, self.credit_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExchange(SetOff):
    """The same `days` are paid to the new plan (of `whole_days`) and given back of the old one (of `old_days`).

    Amounts in minor units, with tax, none below zero. `is_by_energy`: so much of the old plan's energy is used that
    less goes back than for the days.
    """

    days: int
    whole_days: int
    old_days: int
    total_minor: int
    tax_minor: int
    credit_minor: int
    credit_tax_minor: int
    own_wh: int
    carried_wh: int
    used_wh: int
    is_by_energy: bool


def calculate(old: Old, new: New, *, now: datetime, zone: ZoneInfo, anchor: int) -> PlanExchange:
    """The exchange at this moment, which lies within the old period; days begin at midnight in the zone."""
    whole = periods.whole_days(old.ends_at, zone=zone, anchor=anchor)
    old_days = max(periods.days_between(old.begins_at, old.ends_at, zone=zone), 1)
    left = periods.days_between(now, old.ends_at, zone=zone)
    days = min(max(left - old.is_used_today, 0), old_days)
    by_days = Fraction(days, old_days)
    unused = unused_share(own_wh=old.own_wh, carried_wh=old.carried_wh, used_wh=old.used_wh)
    back = min(by_days, unused)
    credit = periods.part(old.total_minor, share=back)
    total = periods.part(new.fee_minor, share=Fraction(days, whole))
    kept_wh = periods.part(old.own_wh, share=1 - back)
    return PlanExchange(
        days=days,
        whole_days=whole,
        old_days=old_days,
        used_wh=old.used_wh,
        is_by_energy=unused < by_days,
        total_minor=total,
        tax_minor=periods.tax_of(total, pct=new.tax_pct),
        credit_minor=credit,
        credit_tax_minor=periods.tax_of(credit, pct=old.tax_pct),
        own_wh=periods.part(new.included_wh, share=Fraction(days, whole)),
        carried_wh=max(kept_wh + old.carried_wh - old.used_wh, 0),
    )


def unused_share(*, own_wh: int, carried_wh: int, used_wh: int) -> Fraction:
    """Which share of a period's own energy is unused, all of it where it has none; what came along is used first."""
    if not own_wh:
        return Fraction(1)
    used = max(used_wh - carried_wh, 0)
    return Fraction(max(own_wh - used, 0), own_wh)
