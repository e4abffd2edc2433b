"""The calculation of a change of plan within a period, line by line, as the driver reads it before and after."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from billing.formatting.money import kwh, money
from billing.models import PlanChange
from billing.proration.exchange import SetOff


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(SetOff):
    """All inputs of the lines, stored on documents. Amounts are in minor units with tax; `until` is aware."""

    old_plan: str
    new_plan: str
    currency: str
    until: datetime
    time_zone: str
    days: int
    whole_days: int
    old_days: int
    total_minor: int
    credit_minor: int
    own_wh: int
    carried_wh: int
    used_wh: int
    is_by_energy: bool
    is_used_today: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line: its label, reason and amount; `is_back`: the amount is refunded."""

    text: str
    reason: str
    amount_minor: int
    is_back: bool

    @property
    def signed_minor(self) -> int:
        """Returns the amount, negative if it is refunded."""
        return -self.amount_minor if self.is_back else self.amount_minor


def calculate(change: PlanChange) -> Terms:
    """Returns the terms. `change` may not be agreed to yet; expects its period and its version's plan to be loaded."""
    names = [name for name in Terms.__slots__ if hasattr(change, name)]
    return Terms(
        old_plan=change.period.version.plan.name,
        new_plan=change.version.plan.name,
        until=change.period.ends_at,
        time_zone=change.subscription.time_zone,
        **{name: getattr(change, name) for name in names},
    )


def serialize(terms: Terms) -> dict[str, Any]:
    """Returns the terms as documents store them."""
    return asdict(terms) | {"until": terms.until.isoformat()}


def read(document: dict[str, Any]) -> Terms:
    return Terms(**document | {"until": datetime.fromisoformat(document["until"])})


def lines(terms: Terms) -> list[ChangeLine]:
    """Returns the charge for the new plan's days and the refund of the old plan's; the amounts add up to the result."""
    values = {
        "new": terms.new_plan,
        "old": terms.old_plan,
        "days": terms.days,
        "whole": terms.whole_days,
        "of": terms.old_days,
        "used": _energy(terms.used_wh),
    }
    of_days = ngettext("%(new)s: %(days)s of %(whole)s day", "%(new)s: %(days)s of %(whole)s days", terms.whole_days)
    new = ChangeLine(of_days % values, _day_of_change(terms), terms.total_minor, is_back=False)
    if terms.is_by_energy:
        why = gettext("%(used)s of it are used, more than its days bring: only the unused share goes back.") % values
        return [new, ChangeLine(gettext("%(old)s: what is unused") % values, why, terms.credit_minor, is_back=True)]
    credit_text = ngettext(
        "%(old)s: %(days)s of %(of)s day is left", "%(old)s: %(days)s of %(of)s days are left", terms.old_days
    )
    return [new, ChangeLine(credit_text % values, "", terms.credit_minor, is_back=True)]


def result(terms: Terms) -> str:
    """Returns what is paid or refunded in the end."""
    values = {"amount": money(terms.due_minor or terms.back_minor, terms.currency)}
    if terms.due_minor:
        return gettext("To pay now: %(amount)s") % values
    if terms.back_minor:
        return gettext("Back to your card: %(amount)s") % values
    return gettext("Nothing to pay, nothing goes back")


def energy(terms: Terms) -> str:
    """Returns the energy included until the end of the period; may be empty."""
    if not terms.own_wh + terms.carried_wh:
        return ""
    values = {
        "all": _energy(terms.own_wh + terms.carried_wh),
        "own": _energy(terms.own_wh),
        "new": terms.new_plan,
        "carried": _energy(terms.carried_wh),
        "old": terms.old_plan,
        "until": _day(terms),
    }
    if not terms.carried_wh:
        return gettext("Included until %(until)s: %(all)s.") % values
    return (
        gettext(
            "Included until %(until)s: %(all)s. %(own)s are of %(new)s; %(carried)s you have paid for with %(old)s and "
            "not used: they go along."
        )
        % values
    )


def _day_of_change(terms: Terms) -> str:
    values = {"old": terms.old_plan, "new": terms.new_plan}
    if terms.is_used_today:
        return gettext("Today is paid with %(old)s, because you have charged with it today.") % values
    return gettext("Today is paid with %(new)s.") % values


def _energy(wh: int) -> str:
    return f"{kwh(wh)}\N{NO-BREAK SPACE}kWh"


def _day(terms: Terms) -> str:
    return date_format(terms.until.astimezone(ZoneInfo(terms.time_zone)), gettext("j M Y"))
