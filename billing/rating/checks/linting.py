"""What a usable rate may still get wrong: rules of the place where it is paid, gaps, and what surprises guests.

The rules are those of docs/rates.md; each finding says what, why (with its source) and how to fix it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from billing.rating.rate.calendar import DAY_MINUTES, DAY_NAMES
from billing.rating.rate.tariff import Component, EnergyWindow, Payer, Rate, TaxMode

_EURO: Final = "AT BE BG HR CY EE FI FR DE GR IE IT LV LT LU MT NL PT SK SI ES"
_OTHERS: Final = (
    "SE SEK DK DKK PL PLN CZ CZK HU HUF RO RON US USD CA CAD GB GBP CH CHF NO NOK IS ISK AU AUD NZ NZD JP JPY MX MXN"
)
_OTHER_EU: Final = "SE DK PL CZ HU RO"
AFIR_COUNTRIES: Final = frozenset(f"{_EURO} {_OTHER_EU}".split())
AFIR_POWER_W: Final = 50_000
_PAIRS: Final = _OTHERS.split()
CURRENCIES: Final = dict.fromkeys(_EURO.split(), "EUR") | dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
"""What people pay in, by country."""
_AFIR: Final = "AFIR, Regulation (EU) 2023/1804, Art. 5"
_LEAST_GRACE_MIN: Final = 5
_TAXED: Final = {
    Component.ENERGY: "energy",
    Component.CONNECTION: "the connection fee",
    Component.TIME: "charging time",
    Component.IDLE: "the idle fee",
    Component.PROCESSING: "the processing fee",
}


class Severity(StrEnum):
    REFUSE = "refuse"
    """It may not be paid there."""
    CONFIRM = "confirm"
    """Saved only when a person says that it is meant."""
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class RatePlace:
    """Where a rate is paid: `max_power_w` is that of the strongest connector, `is_ad_hoc` whether guests pay it."""

    name: str
    country: str
    postal_code: str = ""
    max_power_w: int = 0
    is_ad_hoc: bool = False

    @property
    def is_californian(self) -> bool:
        """ZIP codes 900 to 961."""
        prefix = self.postal_code.strip()[:3]
        return self.country == "US" and prefix.isdecimal() and 900 <= int(prefix) <= 961


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    severity: Severity
    what: str
    why: str
    remedy: str


def findings(rate: Rate, *, places: tuple[RatePlace, ...] = ()) -> tuple[Finding, ...]:
    """Findings, refusals first. A finding at several places is reported once, with the first of them."""
    found = [finding for place in places for finding in _of_place(rate, place=place)]
    found += [*_gaps(rate), *_order(rate), *_idle(rate), *_taxes(rate)]
    unique = {finding.code: finding for finding in reversed(found)}
    distinct = [finding for finding in found if unique[finding.code] is finding]
    return ordered(distinct)


def ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity: what is refused, what is to be confirmed, the rest."""
    return tuple(sorted(found, key=lambda finding: tuple(Severity).index(finding.severity)))


def _of_place(rate: Rate, *, place: RatePlace) -> Iterator[Finding]:
    if place.country in AFIR_COUNTRIES and place.is_ad_hoc and place.max_power_w >= AFIR_POWER_W:
        yield from _afir(rate, place=place)
    is_time_the_price = rate.time is not None and rate.time.price and not any(one.price for one in rate.energy)
    if is_time_the_price and (place.country == "DE" or place.is_californian):
        source = "PAngV § 14" if place.country == "DE" else "California CTEP, 4 CCR 4002.11"
        yield Finding(
            code="time_is_the_price",
            severity=Severity.REFUSE,
            what=f"At {place.name} energy costs nothing, and the time of charging is its price.",
            why=f"Energy is sold by the kWh there ({source}).",
            remedy="Set a price per kWh, and drop the price for time or keep it beside.",
        )
    if place.country in AFIR_COUNTRIES and place.is_ad_hoc and rate.taxes.mode is TaxMode.EXCLUSIVE and _pct(rate):
        yield Finding(
            code="price_without_vat",
            severity=Severity.WARN,
            what=f"Guests at {place.name} are shown prices without VAT.",
            why="Consumers in the EU are shown prices that include it (Directive 98/6/EC, Art. 2).",
            remedy="Under Taxes choose “include the tax”, and write the prices with it.",
        )
    usual = CURRENCIES.get(place.country)
    if usual and usual != rate.currency:
        yield Finding(
            code="other_currency",
            severity=Severity.WARN,
            what=f"{place.name} is in {place.country}, where people pay in {usual}; this rate is in {rate.currency}.",
            why="Guests compare prices in their own currency, and their bank adds a fee for another.",
            remedy=f"Make a rate in {usual} for this property.",
        )


def _afir(rate: Rate, *, place: RatePlace) -> Iterator[Finding]:
    """From 50 kW, guests pay by the kWh, and beside it only for occupying the point, by the minute."""
    paid_by_guest = rate.processing_paid_by is Payer.GUEST and (rate.processing_fee or rate.processing_pct)
    parts = (
        ("a connection fee", bool(rate.connection_fee)),
        ("a price for charging time", rate.time is not None and bool(rate.time.price)),
        ("a processing fee", bool(paid_by_guest)),
        ("a minimum", bool(rate.min_total)),
    )
    named = [name for name, is_there in parts if is_there]
    if named:
        yield Finding(
            code="afir_components",
            severity=Severity.REFUSE,
            what=f"{place.name} has {place.max_power_w // 1000} kW, and this rate asks guests for {_listed(named)}.",
            why=f"From 50 kW guests pay per kWh; at points since April 2024 only an occupancy fee per minute may stand "
            f"beside it ({_AFIR}).",
            remedy="Drop it from the rate that guests pay there, or let the host bear the processing fee.",
        )
    if not any(one.price for one in rate.energy):
        yield Finding(
            code="afir_no_energy_price",
            severity=Severity.WARN,
            what=f"Guests at {place.name} are shown no price per kWh.",
            why=f"From 50 kW the ad hoc price is one per kWh ({_AFIR}).",
            remedy="Set a price per kWh, unless charging is free.",
        )


def _gaps(rate: Rate) -> Iterator[Finding]:
    """Hours of the week at which no price without dates and tiers holds."""
    general = [one for one in rate.energy if not (one.window.has_dates or one.from_wh or one.to_wh is not None)]
    tiered = [one for one in rate.energy if not one.window.has_dates and (one.from_wh or one.to_wh is not None)]
    gap = next(_open_spans([*general, *tiered]), None)
    if gap is None:
        return
    days, begin, end = gap
    when = f"on {days} from {_clock(begin)} to {_clock(end)}"
    if not general and not tiered:
        when = "outside the dates that it names"
    yield Finding(
        code="gap",
        severity=Severity.WARN,
        what=f"No price per kWh holds {when}.",
        why="Energy that flows then costs nothing, and the receipt says “no price set”.",
        remedy="Add a price without days and times as the last one: it holds whenever no other does.",
    )


def _open_spans(entries: list[EnergyWindow]) -> Iterator[tuple[str, int, int]]:
    edges = sorted({0, *(edge for one in entries for edge in one.window.edges)})
    ends = [*edges[1:], DAY_MINUTES]
    for weekday, name in enumerate(DAY_NAMES):
        for begin, end in zip(edges, ends, strict=True):
            if not any(one.window.covers(weekday=weekday, minute=begin) for one in entries):
                yield name.title(), begin, end


def _order(rate: Rate) -> Iterator[Finding]:
    """A price that always holds hides all below it."""
    for index, one in enumerate(rate.energy[:-1]):
        has_tier = one.from_wh or one.to_wh is not None
        if one.window.is_whole_day and len(one.window.weekdays) == 7 and not one.window.has_dates and not has_tier:
            yield Finding(
                code="hidden",
                severity=Severity.WARN,
                what=f"“{one.name}” always holds, so “{rate.energy[index + 1].name}” below it never does.",
                why="Of several prices the first that holds counts.",
                remedy=f"Put “{one.name}” last.",
            )
            return


def _taxes(rate: Rate) -> Iterator[Finding]:
    """Tax on some of what is charged for, none on the rest."""
    charged = {
        Component.ENERGY: any(one.price for one in rate.energy),
        Component.CONNECTION: bool(rate.connection_fee),
        Component.TIME: rate.time is not None and bool(rate.time.price),
        Component.IDLE: rate.idle is not None and bool(rate.idle.per_min),
        Component.PROCESSING: bool(rate.processing_fee or rate.processing_pct)
        and rate.processing_paid_by is Payer.GUEST,
    }
    without = [_TAXED[one] for one, is_charged in charged.items() if is_charged and one not in rate.taxes.percentages]
    if without and _pct(rate):
        yield Finding(
            code="tax_on_some",
            severity=Severity.WARN,
            what=f"There is no tax on {_listed(without)}, and there is on the rest.",
            why="Fees beside the energy are mostly taxed like it; what has no percentage is taken as free of tax.",
            remedy="Under Taxes fill in each percentage, or write 0 where none is due.",
        )


def _pct(rate: Rate) -> bool:
    return any(rate.taxes.percentages.values())


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
        )
    if fee.grace_min < _LEAST_GRACE_MIN:
        yield Finding(
            code="idle_without_grace",
            severity=Severity.WARN,
            what=f"The idle fee begins {fee.grace_min} minute{'' if fee.grace_min == 1 else 's'} after charging ends.",
            why="Nobody can be back at the car by then; 5 to 15 minutes are usual.",
            remedy="Give at least 5 minutes, better 10.",
        )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
