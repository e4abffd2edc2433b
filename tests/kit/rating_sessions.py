"""Short ways to write a rate and a session in tests."""

from typing import Any

from billing.engine.price import price
from billing.engine.rate.tariff import Component
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import PricedSession, parse_session

Json = dict[str, Any]

UNTAXED: Json = {"mode": "exclusive", "rates": {}}
ALL_DAY: Json = {"name": "all day", "price": "0.35"}


def rate(**changes: Any) -> Json:
    return {"connection_fee": "0.50", "energy": [ALL_DAY], "tax": UNTAXED, **changes}


def at(clock: str, *, day: str = "2026-03-10") -> str:
    return f"{day}T{clock}:00Z" if len(clock) == 5 else f"{day}T{clock}Z"


def start(clock: str, wh: int = 0, **when: str) -> Json:
    return {"t": at(clock, **when), "type": "start", "wh": wh}


def meter(clock: str, wh: int, **when: str) -> Json:
    return {"t": at(clock, **when), "type": "meter", "wh": wh}


def stop(clock: str, wh: int, **when: str) -> Json:
    return {"t": at(clock, **when), "type": "stop", "wh": wh}


def status(clock: str, name: str, **when: str) -> Json:
    return {"t": at(clock, **when), "type": "status", "status": name}


def session(*events: Json, **changes: Any) -> PricedSession:
    """Returns a session with a rate in USD and UTC times, unless given otherwise."""
    return parse_session({"currency": "USD", "timezone": "UTC", "rate": rate(), "events": list(events), **changes})


def priced(*events: Json, **changes: Any) -> PriceReport:
    found = session(*events, **changes)
    return price(rate=found.rate, facts=found.facts, zone=found.zone)


def energies(report: PriceReport) -> list[tuple[str, int]]:
    """Returns label and Wh of the energy lines."""
    found = [line for line in report.lines if line.component is Component.ENERGY]
    return [(line.label, int(line.quantity * 1000)) for line in found]


def amounts(report: PriceReport) -> list[tuple[str, int]]:
    return [(str(line.component), line.amount_minor) for line in report.lines]
