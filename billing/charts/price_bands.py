"""The price of energy over time, from a stored price report: prices, their bands, idle time. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from billing.engine.reports.reasons import Code
from billing.formatting import shades

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A line of energy. `each` is the price of a kWh as a decimal text; `shade` goes from 0 (free) to 5 (dearest)."""

    name: str
    each: str
    energy_wh: int
    amount_minor: int
    shade: int


@dataclass(frozen=True, slots=True)
class Band:
    """A span with its energy price; several prices if a plan or a stay covered a part of it."""

    start: datetime
    end: datetime
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBands:
    """The bands in order of time.

    `idle` are the spans of the session in which no energy flowed. Times are the charger's own.
    """

    prices: tuple[Price, ...] = ()
    bands: tuple[Band, ...] = ()
    idle: tuple[Times, ...] = ()

    def price_at(self, at: datetime) -> Price | None:
        """Returns the price; None if no energy flowed, or at two prices."""
        band = next((band for band in self.bands if band.start <= at <= band.end), None)
        return band.prices[0] if band and len(band.prices) == 1 else None


def of_report(report: Mapping[str, Any]) -> PriceBands:
    """Returns the bands of a stored report; none if no energy was billed, or for an old report."""
    lines = [line for line in report["lines"] if line["kind"] == "energy"]
    shade_of = shades.of_prices({Decimal(line["unit_price"]) for line in lines})
    prices = tuple(
        Price(
            name=line["label"],
            each=line["unit_price"],
            energy_wh=line["wh"],
            amount_minor=line["amount"],
            shade=shade_of[Decimal(line["unit_price"])],
        )
        for line in lines
    )
    moved = timedelta(seconds=report["inputs"]["clock_correction_s"])
    spans = [
        (start - moved, end - moved, price)
        for line, price in zip(lines, prices, strict=True)
        for start, end in _energy_flow_spans(line)
    ]
    if not spans:
        return PriceBands(prices=prices)
    bands = tuple(_bands(spans))
    return PriceBands(prices=prices, bands=bands, idle=tuple(_idle(report, bands, moved=moved)))


def _energy_flow_spans(line: Mapping[str, Any]) -> Iterator[Times]:
    """Yields when the energy of a line flowed, from its reason."""
    for reason in line.get("reasons", ()):
        if reason["code"] == Code.ENERGY_FLOWED:
            yield from ((_time(begin), _time(end)) for begin, end in reason["facts"]["spans"])


def _bands(spans: Sequence[tuple[datetime, datetime, Price]]) -> Iterator[Band]:
    """Yields bands, split where a price begins or ends; neighbours with the same prices are joined."""
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    open_band: Band | None = None
    for start, end in pairwise(edges):
        prices = tuple(price for begin, until, price in spans if begin <= start and end <= until)
        if open_band and (open_band.prices != prices or open_band.end != start):
            yield open_band
            open_band = None
        if prices:
            open_band = Band(open_band.start if open_band else start, end, prices)
    if open_band:
        yield open_band


def _idle(report: Mapping[str, Any], bands: Sequence[Band], *, moved: timedelta) -> Iterator[Times]:
    """Yields the parts of the session outside the bands, until the plug was out, if that is known."""
    inputs = report["inputs"]
    at, end = _time(inputs["started_at"]) - moved, _time(inputs["ended_at"]) - moved
    if report.get("idle"):
        end = max(end, _time(report["idle"]["to"]) - moved)
    for band in bands:
        if band.start > at:
            yield at, band.start
        at = max(at, band.end)
    if end > at:
        yield at, end


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
