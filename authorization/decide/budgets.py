"""What cards and groups have used in a month, for their budgets.

What a session used and cost is known to billing, which lies above this app: it registers its source at start-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in a month: energy, and amounts in minor units with tax by currency."""

    energy_wh: int = 0
    amounts_minor: Mapping[str, int] = field(default_factory=dict)

    def amount(self, currency: str) -> int:
        """Returns Wh for an empty currency, else minor units."""
        return self.amounts_minor.get(currency, 0) if currency else self.energy_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class UseQuestion:
    """Asks for the use of one host's cards, and of all cards of groups together, in a month.

    `currencies`: those in which amounts are needed; empty: energy alone. `began_by`: only sessions begun by then count.
    """

    host_id: int
    month: date
    now: datetime
    tokens: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    currencies: frozenset[str] = frozenset()
    began_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class MonthUse:
    """The use of cards and of groups, by their keys; who used nothing is left out."""

    by_token: Mapping[int, Use] = field(default_factory=dict)
    by_group: Mapping[int, Use] = field(default_factory=dict)

    def of_token(self, pk: int) -> Use:
        return self.by_token.get(pk, _NOTHING)

    def of_group(self, pk: int) -> Use:
        return self.by_group.get(pk, _NOTHING)


class UseSource(Protocol):
    """Sums what sessions used."""

    def sum_use(self, question: UseQuestion) -> MonthUse:
        """Answers in one query; in one more, and some for each session, where sessions without a price are paid for."""

    def decimals(self, currency: str) -> int:
        """Returns the number of decimals of a currency's minor unit."""


_NOTHING: Final = Use()
ENERGY_DECIMALS: Final = 3
"""Of a number of kWh, stored in Wh."""
_sources: list[UseSource] = []


def register(source: UseSource) -> None:
    """Registers the source of sums, in place of an earlier one."""
    _sources[:] = [source]


def sum_use(question: UseQuestion) -> MonthUse:
    """Returns what was used; no query if nothing is asked."""
    if not question.tokens and not question.groups:
        return MonthUse()
    return _sources[0].sum_use(question)


def decimals(currency: str) -> int:
    """Returns the decimals of an amount: of kWh for an empty currency."""
    return _sources[0].decimals(currency) if currency else ENERGY_DECIMALS


def find_month(at: datetime, zone: str) -> date:
    """Returns the first day of the calendar month in that zone."""
    return at.astimezone(ZoneInfo(zone)).date().replace(day=1)
