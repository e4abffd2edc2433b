"""The price engine and the rehearsal of a rate: sessions a second, on one core."""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from billing.engine.price import price
from billing.engine.rate.tariff import Rate, parse_rate
from billing.engine.values.facts import RegisterContext, RegisterReported, SessionFacts

_START = datetime(2026, 3, 10, 14, tzinfo=UTC)
_ZONE = ZoneInfo("America/New_York")
PLAIN: dict[str, Any] = {
    "energy": [{"name": "peak", "price": "0.60", "from": "17:00", "to": "21:00"}, {"name": "rest", "price": "0.30"}],
    "connection_fee": "0.50",
    "idle": {"per_min": "0.20", "grace_min": 10, "cap": "10.00"},
}
EVERYTHING: dict[str, Any] = PLAIN | {
    "energy": [
        {"name": "first", "price": "0.50", "to_kwh": "10"},
        {"name": "beyond", "price": "0.30", "from_kwh": "10"},
    ],
    "time": {"per_hour": "1.20"},
    "processing_pct": "2.9",
    "min_total": "1.00",
    "max_total": "40.00",
    "tax": {"mode": "exclusive", "rates": {"energy": "9.25", "time": "9.25", "idle": "0"}},
}


def quarters() -> dict[str, Any]:
    """Returns a price for every quarter of an hour of the day, as dynamic prices have."""
    times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 1440, 15)]
    windows = [
        {"name": begin, "price": f"0.{30 + number % 40}", "from": begin, "to": end if end != "00:00" else "24:00"}
        for number, (begin, end) in enumerate(zip(times, [*times[1:], "24:00"], strict=True))
    ]
    return PLAIN | {"energy": windows}


def facts(*, readings: int, hours: int) -> SessionFacts:
    step = timedelta(hours=hours) / readings
    middle = tuple(
        RegisterReported(at=_START + step * n, wh=n * 10_000 * hours // readings) for n in range(1, readings)
    )
    return SessionFacts(
        events=(
            RegisterReported(at=_START, wh=0, context=RegisterContext.START),
            *middle,
            RegisterReported(at=_START + timedelta(hours=hours), wh=10_000 * hours, context=RegisterContext.STOP),
        )
    )


def report(*, full: bool) -> None:
    print(
        "\nPrice engine, sessions a second of one core (goals: 3,000 with 10 readings, 300 with 300 and 15-min windows)"
    )
    cases = (
        ("10 readings, two windows", PLAIN, facts(readings=10, hours=4)),
        ("10 readings, every component", EVERYTHING, facts(readings=10, hours=4)),
        ("300 readings, two windows", PLAIN, facts(readings=300, hours=10)),
        ("300 readings, 15-min windows", quarters(), facts(readings=300, hours=10)),
    )
    for name, definition, given in cases:
        rate = parse_rate(definition, currency="USD")
        print(f"  {name:32}{_rate_of(_pricing(rate, given)):>10,.0f}", flush=True)
    _rehearsal(sessions=100_000 if full else 2_000)


def _pricing(rate: Rate, given: SessionFacts) -> Callable[[], object]:
    return lambda: price(rate=rate, facts=given, zone=_ZONE)


def _rate_of(work: Callable[[], object], *, seconds: float = 1.0) -> float:
    work()
    """Measured in processor time, so that other programs on the machine do not count."""
    count, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        work()
        count += 1
    return count / (time.process_time() - started)


def _rehearsal(*, sessions: int) -> None:
    """Prices stored sessions of a month, with 10 readings each, again and compares them."""
    from billing.models import Rate as RateRow
    from billing.pricing.rehearsals import rehearsals

    rate = RateRow.objects.get(slug="bench")
    _store(rate, sessions=sessions)
    made = rehearsals.begin(
        rate, definition=PLAIN, month=date(2026, 3, 1), by="bench", now=datetime.now(tz=UTC), only_rate=False
    )
    started = time.perf_counter()
    if made.result is None:
        rehearsals.run(made.pk, now=datetime.now(tz=UTC))
    took = time.perf_counter() - started
    made.refresh_from_db()
    if made.result is None or made.result["sessions"] != sessions:
        raise SystemExit(f"the rehearsal priced {made.result} and not {sessions} sessions")
    print(f"\nRehearsal of {sessions:,} sessions: {took:.1f} s, {sessions / took:,.0f} a second", flush=True)


def _store(rate: Any, *, sessions: int) -> None:
    from billing.models import Rating, Session
    from chargers.lib import ids
    from chargers.models import Charger, Property

    place, charger = Property.objects.get(slug="bench"), Charger.objects.order_by("pk")[0]
    at = _START
    inputs = {
        "session": {
            "currency": "USD",
            "timezone": "America/New_York",
            "rate": PLAIN,
            "events": json.loads(json.dumps(_events())),
            "driver": {"audience": "member", "groups": []},
        },
        "contact_gaps": [],
        "max_power_w": None,
        "as_of": None,
    }
    for begin in range(0, sessions, 1000):
        rows = [
            Session(
                id=ids.generate(now=at),
                secret=f"bench-{number}",
                host_id=rate.host_id,
                property=place,
                charger=charger,
                audience="member",
                state="settled",
                opened_at=at,
                started_at=at,
                settled_at=at,
                stopped_at=at + timedelta(hours=4),
            )
            for number in range(begin, min(begin + 1000, sessions))
        ]
        Session.objects.bulk_create(rows)
        Rating.objects.bulk_create(
            Rating(
                session=row,
                kind="final",
                engine_version="bench",
                inputs=inputs,
                report={},
                currency="USD",
                total_minor=1000,
                net_minor=1000,
                tax_minor=0,
                energy_wh=40_000,
                created_at=at,
            )
            for row in rows
        )


def _events() -> list[dict[str, Any]]:
    kinds = {RegisterContext.START: "start", RegisterContext.METER: "meter", RegisterContext.STOP: "stop"}
    return [
        {"t": event.at.isoformat(), "type": kinds[event.context], "wh": event.wh}
        for event in facts(readings=10, hours=4).events
        if isinstance(event, RegisterReported)
    ]
