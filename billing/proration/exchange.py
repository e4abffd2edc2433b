"""The cost of exchanging one plan for another within a period. Pure.

Each day is paid once: the day of the change by the old plan if its driver has charged with it on that day, else by the
new one. The old plan's fee for the days that the new one pays is refunded, as far as the old plan's own included energy
is unused. Energy that stays paid and is unused is carried over.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.proration import periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """The current paid period: its own energy, the energy carried over into it, and what of both is used."""

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
    """The other plan's terms for a whole period; the fee with its tax."""

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
        """Returns what is to be paid now."""
        return max(self.total_minor - self.credit_minor, 0)

    @property
    def back_minor(self) -> int:
        """Returns what goes back to the card now."""
        return max(self.credit_minor - self.total_minor, 0)

    @property
    def set_off_minor(self) -> int:
        """Returns how much of each pays the other."""
        return min(self.total_minor, self.credit_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExchange(SetOff):
    """The result: the same `days` are paid for the new plan (of `whole_days`) and refunded for the old one (of
    `old_days`).

    Amounts in minor units, with tax, never negative. `is_by_energy`: so much of the old plan's energy is used that less
    is refunded than for the days.
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
    """Calculates the exchange at this moment, which lies within the old period; days begin at midnight in the zone."""
    full_days = periods.whole_days(old.ends_at, zone=zone, anchor=anchor)
    old_days = max(periods.days_between(old.begins_at, old.ends_at, zone=zone), 1)
    remaining_days = periods.days_between(now, old.ends_at, zone=zone)
    days = min(max(remaining_days - old.is_used_today, 0), old_days)
    by_days = Fraction(days, old_days)
    unused = unused_share(own_wh=old.own_wh, carried_wh=old.carried_wh, used_wh=old.used_wh)
    back = min(by_days, unused)
    credit = periods.part(old.total_minor, share=back)
    total = periods.part(new.fee_minor, share=Fraction(days, full_days))
    kept_wh = periods.part(old.own_wh, share=1 - back)
    return PlanExchange(
        days=days,
        whole_days=full_days,
        old_days=old_days,
        used_wh=old.used_wh,
        is_by_energy=unused < by_days,
        total_minor=total,
        tax_minor=periods.tax_of(total, pct=new.tax_pct),
        credit_minor=credit,
        credit_tax_minor=periods.tax_of(credit, pct=old.tax_pct),
        own_wh=periods.part(new.included_wh, share=Fraction(days, full_days)),
        carried_wh=max(kept_wh + old.carried_wh - old.used_wh, 0),
    )


def unused_share(*, own_wh: int, carried_wh: int, used_wh: int) -> Fraction:
    """Returns the unused share of a period's own energy, or 1 if it has none. Carried-over energy is used first."""
    if not own_wh:
        return Fraction(1)
    used = max(used_wh - carried_wh, 0)
    return Fraction(max(own_wh - used, 0), own_wh)
