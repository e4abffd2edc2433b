"""The linter: problems of a usable rate, such as rules of the place where it is paid, gaps, and surprises for guests.

The rules are those of docs/rates.md; each finding tells what, why (with its source) and how to fix it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from billing.engine.rate import calendar
from billing.engine.rate.calendar import DAY_MINUTES, DAY_NAMES, NEVER, WHOLE_WEEK, Window, clock
from billing.engine.rate.tariff import AUDIENCES, Component, EnergyWindow, Payer, Rate, TaxMode
from billing.engine.values import money

_EURO: Final = "AT BE BG HR CY EE FI FR DE GR IE IT LV LT LU MT NL PT SK SI ES"
_OTHERS: Final = (
    "SE SEK DK DKK PL PLN CZ CZK HU HUF RO RON US USD CA CAD GB GBP CH CHF NO NOK IS ISK AU AUD NZ NZD JP JPY MX MXN"
)
_OTHER_EU: Final = "SE DK PL CZ HU RO"
AFIR_COUNTRIES: Final = frozenset(f"{_EURO} {_OTHER_EU}".split())
VAT_COUNTRIES: Final = AFIR_COUNTRIES | {"GB", "NO", "CH", "IS"}
AFIR_POWER_W: Final = 50_000
_PAIRS: Final = _OTHERS.split()
CURRENCIES: Final = dict.fromkeys(_EURO.split(), "EUR") | dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
"""The currencies in which people pay, by country."""
_AFIR: Final = "AFIR, Regulation (EU) 2023/1804, Art. 5"
_LEAST_GRACE_MIN: Final = 5
_MAX_PER_KWH: Final = 5
_LEAST_PER_KWH: Final = Decimal("0.03")
_TAXED: Final = {
    Component.ENERGY: "energy",
    Component.CONNECTION: "the connection fee",
    Component.TIME: "charging time",
    Component.IDLE: "the idle fee",
    Component.PROCESSING: "the processing fee",
}


class Severity(StrEnum):
    REFUSE = "refuse"
    """The rate may not be paid there."""
    CONFIRM = "confirm"
    """The rate is saved only if a person confirms it."""
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class RatePlace:
    """A place where a rate is paid:

    `max_power_w` is that of the strongest connector, `is_ad_hoc` whether guests pay it.
    """

    name: str
    country: str
    postal_code: str = ""
    max_power_w: int = 0
    is_ad_hoc: bool = False
    is_sale: bool = True
    """False where drivers are reimbursed, because nothing is sold to them."""
    has_tax: bool = True
    """Whether the property has a tax."""

    @property
    def is_californian(self) -> bool:
        """Whether the ZIP code is Californian: 900 to 961."""
        prefix = self.postal_code.strip()[:3]
        return self.country == "US" and prefix.isdecimal() and 900 <= int(prefix) <= 961


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    severity: Severity
    what: str
    why: str
    remedy: str
    field: str = ""
    """The editor's field for the fix; may be empty."""


UNASSIGNED: Final = Finding(
    code="unassigned",
    severity=Severity.WARN,
    what="Nobody pays this rate: it is assigned nowhere.",
    why="Drivers without a rate charge for free, and guests cannot pay.",
    remedy="Choose under “Who pays it, and where” at which properties it holds, and for whom.",
    field="assignments",
)


def findings(rate: Rate, *, places: tuple[RatePlace, ...] = ()) -> tuple[Finding, ...]:
    """Returns findings, refusals first. A finding at several places is reported once, for the first of them."""
    reported = [finding for rate_place in places for finding in _check_property(rate, rate_place=rate_place)]
    reported += [*_check_gaps(rate), *_order(rate), *_idle(rate), *_taxes(rate), *_hours(rate), *_energy_price(rate)]
    unique = {finding.code: finding for finding in reversed(reported)}
    distinct = [finding for finding in reported if unique[finding.code] is finding]
    return sort_by_severity(distinct)


def sort_by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns them by severity: refused, to be confirmed, other."""
    return tuple(sorted(findings, key=lambda finding: tuple(Severity).index(finding.severity)))


def _check_property(rate: Rate, *, rate_place: RatePlace) -> Iterator[Finding]:
    if rate_place.country in AFIR_COUNTRIES and rate_place.is_ad_hoc and rate_place.max_power_w >= AFIR_POWER_W:
        yield from _check_afir(rate, rate_place=rate_place)
    is_time_the_price = rate.time is not None and rate.time.price and not any(window.price for window in rate.energy)
    if is_time_the_price and (rate_place.country == "DE" or rate_place.is_californian):
        source = "PAngV § 14" if rate_place.country == "DE" else "California CTEP, 4 CCR 4002.11"
        yield Finding(
            code="time_is_the_price",
            severity=Severity.REFUSE,
            what=f"At {rate_place.name} energy costs nothing, and the time of charging is its price.",
            why=f"Energy is sold by the kWh there ({source}).",
            remedy="Set a price per kWh, and drop the price for time or keep it beside.",
        )
    if (
        rate_place.country in AFIR_COUNTRIES
        and rate_place.is_ad_hoc
        and rate.taxes.mode is TaxMode.EXCLUSIVE
        and _is_taxed(rate)
    ):
        yield Finding(
            code="price_without_vat",
            severity=Severity.WARN,
            what=f"Guests at {rate_place.name} are shown prices without VAT.",
            why="Consumers in the EU are shown prices that include it (Directive 98/6/EC, Art. 2).",
            remedy="Under Taxes choose “include the tax”, and write the prices with it.",
            field="tax.mode",
        )
    if rate_place.country in VAT_COUNTRIES and rate_place.is_sale and not rate.taxes.is_stated and _is_charged(rate):
        yield Finding(
            code="no_tax",
            severity=Severity.WARN,
            what=f"No tax is stated, and {rate_place.name} is in {rate_place.country}, where charging is taxed.",
            why="What is sold without a percentage is receipted as free of tax, and the tax is owed all the same.",
            remedy="Under Taxes choose the property's tax or fill in the percentages; write 0 where none is due.",
            field="tax.mode",
        )
    if rate.taxes.is_of_property and not rate_place.has_tax:
        yield Finding(
            code="property_without_tax",
            severity=Severity.REFUSE,
            what=f"{rate_place.name} states no tax, and this rate refers to it.",
            why="Without a percentage a session there could not be priced.",
            remedy="State the tax of the property under Rates > Taxes, or write percentages into this rate.",
            field="tax.of",
        )
    usual = CURRENCIES.get(rate_place.country)
    if usual and usual != rate.currency:
        yield Finding(
            code="other_currency",
            severity=Severity.WARN,
            what=f"{rate_place.name} is in {rate_place.country}, where people pay in {usual}; "
            f"this rate is in {rate.currency}.",
            why="Guests compare prices in their own currency, and their bank adds a fee for another.",
            remedy=f"Make a rate in {usual} for this property.",
        )


def _check_afir(rate: Rate, *, rate_place: RatePlace) -> Iterator[Finding]:
    """Refuses, from 50 kW where guests pay, other charges than by the kWh and, for occupying the point, by the
    minute.
    """
    paid_by_guest = rate.processing_paid_by is Payer.GUEST and (rate.processing_fee or rate.processing_pct)
    parts = (
        ("a connection fee", bool(rate.connection_fee)),
        ("a price for charging time", rate.time is not None and bool(rate.time.price)),
        ("a processing fee", bool(paid_by_guest)),
        ("a minimum", bool(rate.min_total)),
    )
    charge_names = [name for name, is_there in parts if is_there]
    if charge_names:
        yield Finding(
            code="afir_components",
            severity=Severity.REFUSE,
            what=f"{rate_place.name} has {rate_place.max_power_w // 1000} kW, "
            f"and this rate asks guests for {_join_names(charge_names)}.",
            why=f"From 50 kW guests pay per kWh; at points since April 2024 only an occupancy fee per minute may stand "
            f"beside it ({_AFIR}).",
            remedy="Drop it from the rate that guests pay there, or let the host bear the processing fee.",
        )
    if not any(window.price for window in rate.energy):
        yield Finding(
            code="afir_no_energy_price",
            severity=Severity.WARN,
            what=f"Guests at {rate_place.name} are shown no price per kWh.",
            why=f"From 50 kW the ad hoc price is one per kWh ({_AFIR}).",
            remedy="Set a price per kWh, unless charging is free.",
        )


def _check_gaps(rate: Rate) -> Iterator[Finding]:
    """Finds hours of the week without any price that has no dates and no tiers."""
    general = [
        energy_window
        for energy_window in rate.energy
        if not (energy_window.window.has_dates or energy_window.from_wh or energy_window.to_wh is not None)
    ]
    tiered = [
        window for window in rate.energy if not window.window.has_dates and (window.from_wh or window.to_wh is not None)
    ]
    gap = next(_open_spans([*general, *tiered]), None)
    if gap is None:
        return
    days, begin, end = gap
    when = f"on {days} from {clock(begin)} to {clock(end)}"
    if not general and not tiered:
        when = "outside the dates that it names"
    yield Finding(
        code="gap",
        severity=Severity.WARN,
        what=f"No price per kWh holds {when}.",
        why="Energy that flows then costs nothing, and the receipt says “no price set”.",
        remedy="Add a price without days and times as the last one: it holds whenever no other does.",
        field="energy.0.name",
    )


def _open_spans(entries: list[EnergyWindow]) -> Iterator[tuple[str, int, int]]:
    edges = sorted({0, *(edge for energy_window in entries for edge in energy_window.window.edges)})
    ends = [*edges[1:], DAY_MINUTES]
    for weekday, name in enumerate(DAY_NAMES):
        for begin, end in zip(edges, ends, strict=True):
            if not any(window.window.covers(weekday=weekday, minute=begin) for window in entries):
                yield name.title(), begin, end


def _order(rate: Rate) -> Iterator[Finding]:
    """Finds prices that never apply because those above them do."""
    above: list[EnergyWindow] = []
    for window in rate.energy:
        if _is_covered(window.window, by=[entry.window for entry in above]):
            hiding = above[-1]
            yield Finding(
                code="hidden",
                severity=Severity.WARN,
                what=f"“{hiding.name}” always holds, so “{window.name}” below it never does."
                if hiding.window == WHOLE_WEEK
                else f"“{window.name}” never holds: the prices above it leave none of its hours.",
                why="Of several prices the first that holds counts.",
                remedy=f"Put “{hiding.name}” last." if hiding.window == WHOLE_WEEK else f"Drop “{window.name}”.",
                field=f"energy.{rate.energy.index(window)}.name",
            )
            return
        if not (window.window.has_dates or window.from_wh or window.to_wh is not None):
            above.append(window)


def _is_covered(window: Window, *, by: list[Window]) -> bool:
    if not by:
        return False
    return calendar.covered_spans((*by, window)) == calendar.covered_spans(by)


def _taxes(rate: Rate) -> Iterator[Finding]:
    """Finds rates with tax on only some of their prices."""
    charged = {
        Component.ENERGY: any(window.price for window in rate.energy),
        Component.CONNECTION: bool(rate.connection_fee),
        Component.TIME: rate.time is not None and bool(rate.time.price),
        Component.IDLE: rate.idle is not None and bool(rate.idle.per_min),
        Component.PROCESSING: bool(rate.processing_fee or rate.processing_pct)
        and rate.processing_paid_by is Payer.GUEST,
    }
    without = [
        _TAXED[component]
        for component, is_charged in charged.items()
        if is_charged and component not in rate.taxes.percentages
    ]
    if without and _pct(rate):
        yield Finding(
            code="tax_on_some",
            severity=Severity.WARN,
            what=f"There is no tax on {_join_names(without)}, and there is on the rest.",
            why="Fees beside the energy are mostly taxed like it; what has no percentage is taken as free of tax.",
            remedy="Under Taxes fill in each percentage, or write 0 where none is due.",
            field="tax.rates.energy",
        )


def _is_charged(rate: Rate) -> bool:
    """Whether the rate charges anything."""
    fees = (rate.connection_fee, rate.processing_fee, rate.processing_pct, *(window.price for window in rate.energy))
    return any(fees) or bool(rate.idle and rate.idle.per_min) or bool(rate.time and rate.time.price)


def _energy_price(rate: Rate) -> Iterator[Finding]:
    """Finds energy prices that are implausible in the currency; one that is far too high needs a confirmation, too."""
    unit = money.everyday_unit(rate.currency)
    prices = [window.price for window in rate.energy if window.price]
    if prices and max(prices) > _MAX_PER_KWH * unit:
        yield Finding(
            code="unusual:Price per kWh, the highest",
            severity=Severity.WARN,
            what=f"A kWh costs {max(prices):f} {rate.currency}.",
            why=f"Hardly anybody sells it above {(_MAX_PER_KWH * unit).normalize():f} {rate.currency}.",
            remedy="Look for a decimal point in the wrong place.",
            field="energy.0.price",
        )
    if prices and min(prices) < _LEAST_PER_KWH * unit:
        yield Finding(
            code="energy_below_cost",
            severity=Severity.WARN,
            what=f"A kWh costs {min(prices):f} {rate.currency}.",
            why="Electricity costs more than that nearly everywhere: every kWh sold would lose money.",
            remedy=f"Write the price in {rate.currency}, not in cents, or write 0 if charging is free.",
            field="energy.0.price",
        )


def _hours(rate: Rate) -> Iterator[Finding]:
    """Finds fees that never apply, overlapping hours, and nights that end on another day than expected."""
    for fee in _fees(rate):
        if fee.is_never:
            yield Finding(
                code=f"never_applies:{fee.field}",
                severity=Severity.WARN,
                what=f"{fee.name[0].upper()}{fee.name[1:]} is never charged{fee.because}.",
                why="The rate names a price that nobody pays.",
                remedy="Change the hours or who is exempt, or drop the fee.",
                field=fee.field,
            )
        if calendar.overlaps(fee.windows):
            yield Finding(
                code=f"hours_overlap:{fee.field}",
                severity=Severity.WARN,
                what=f"Hours of {fee.name} overlap.",
                why="The fee is the same in all of them and is charged once, so one of them says nothing new.",
                remedy="Let one end where the other begins, or drop one.",
                field=fee.field,
            )
        yield from _check_nights(fee)


def _check_nights(fee: "_Fee") -> Iterator[Finding]:
    night = next(
        (window for window in fee.windows if window.end_minute < window.start_minute and len(window.weekdays) < 7), None
    )
    if night is None:
        return
    first = DAY_NAMES[min(night.weekdays)].title()
    begin, end = clock(night.start_minute), clock(night.end_minute)
    yield Finding(
        code=f"night_by_day:{fee.field}",
        severity=Severity.WARN,
        what=f"{begin} to {end} on {first} holds on {first} before {end} and from {begin}, not on the next morning.",
        why="The day of the week is judged at each moment.",
        remedy=f"For one night write two windows: one from {begin} on its day, one up to {end} on the next.",
        field=fee.field,
    )


@dataclass(frozen=True, slots=True)
class _Fee:
    """A fee with its own hours; `field` is their first field in the editor."""

    name: str
    field: str
    windows: tuple[Window, ...]
    is_never: bool
    because: str = ""


def _fees(rate: Rate) -> Iterator[_Fee]:
    if rate.connection_fee:
        yield _Fee("the connection fee", "connection_windows.0.from", rate.connection_windows, is_never=False)
    if rate.time is not None and rate.time.price:
        yield _Fee("the price for charging time", "time.windows.0.from", rate.time.windows, is_never=rate.time.cap == 0)
    fee = rate.idle
    if fee is None or not fee.per_min:
        return
    if fee.cap == 0:
        because = ": it is limited to 0"
    elif fee.applies == (NEVER,):
        because = ": it is free at every hour"
    else:
        because = ": everybody is exempt"
    is_never = fee.cap == 0 or fee.applies == (NEVER,) or fee.exempt_audiences >= frozenset(AUDIENCES)
    yield _Fee("the idle fee", "idle.per_min", fee.windows, is_never=is_never, because=because)


def _pct(rate: Rate) -> bool:
    return any(rate.taxes.percentages.values())


def _is_taxed(rate: Rate) -> bool:
    return rate.taxes.is_of_property or _pct(rate)


def _idle(rate: Rate) -> Iterator[Finding]:
    fee = rate.idle
    if fee is None or not fee.per_min:
        return
    if fee.cap is None and rate.max_total is None:
        yield Finding(
            code="idle_without_cap",
            severity=Severity.WARN,
            what="The idle fee has no limit.",
            why="A night plugged in can cost more than the energy; courts upheld idle fees that had one "
            "(AG Karlsruhe 6 C 184/23).",
            remedy="Set “at most” for one session.",
            field="idle.cap",
        )
    if fee.grace_min < _LEAST_GRACE_MIN:
        yield Finding(
            code="idle_without_grace",
            severity=Severity.WARN,
            what=f"The idle fee begins {fee.grace_min} minute{'' if fee.grace_min == 1 else 's'} after charging ends.",
            why="Nobody can be back at the car by then; 5 to 15 minutes are usual.",
            remedy="Give at least 5 minutes, better 10.",
            field="idle.grace_min",
        )


def _join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
