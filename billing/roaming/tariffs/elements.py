"""A rate as the elements of an OCPI tariff (11.3, 11.4), and what they cannot express. Pure.

Each price has its own element, so that the first that applies decides for its dimension only. The step is 1: nothing is
rounded up that the receipt does not round.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from billing.engine.rate.calendar import DAY_MINUTES, EVERY_DAY, WHOLE_WEEK, Window
from billing.engine.rate.tariff import Component, MinuteCount, Payer, Rate, TaxMode

Body = dict[str, Any]
_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_PLACES: Final = Decimal("0.0001")
_MINUTES: Final = 60
_ROAMING: Final = "roaming"


@dataclass(frozen=True, slots=True)
class Elements:
    """`elements` with prices without tax; `included` with prices as the rate states them."""

    elements: list[Body]
    included: list[Body]
    min_price: Body | None
    max_price: Body | None
    alt_text: tuple[str, ...]


def of_rate(rate: Rate) -> Elements:
    """Returns the rate's elements for roaming drivers."""
    return Elements(
        elements=_elements(rate, is_net=True),
        included=_elements(rate, is_net=False),
        min_price=_limit(rate, rate.min_total),
        max_price=_limit(rate, rate.max_total),
        alt_text=tuple(describe_omitted_terms(rate)),
    )


def number(value: Decimal) -> float | int:
    """Returns a JSON number with at most four decimals."""
    rounded = value.quantize(_PLACES, rounding=ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _elements(rate: Rate, *, is_net: bool) -> list[Body]:
    all_elements = [
        *_build_flat_elements(rate, is_net=is_net),
        *_energy(rate, is_net=is_net),
        *_time(rate, is_net=is_net),
        *_idle(rate, is_net=is_net),
    ]
    if not any(component["price"] for element in all_elements for component in element["price_components"]):
        return [{"price_components": [{"type": "FLAT", "price": 0, "step_size": 1}]}]
    return all_elements


def _build_flat_elements(rate: Rate, *, is_net: bool) -> Iterator[Body]:
    """Yields one-time fees: for connecting, and the processing fee if both are taxed alike."""
    fees = [(rate.connection_fee, Component.CONNECTION)]
    if _has_flat_processing(rate):
        fees.append((rate.processing_fee, Component.PROCESSING))
    fees = [fee for fee in fees if fee[0]]
    if not fees:
        return
    amount, component = sum((fee for fee, _ in fees), Decimal(0)), fees[0][1]
    priced = _component(rate, "FLAT", amount, component, is_net=is_net)
    for window in rate.connection_windows or (WHOLE_WEEK,):
        yield from _build_window_elements(priced, window)


def _has_flat_processing(rate: Rate) -> bool:
    """Whether the processing fee can be added to the fee for connecting."""
    if not rate.processing_fee or rate.processing_paid_by is not Payer.GUEST:
        return False
    taxes = rate.taxes
    is_taxed_alike = taxes.percentage(Component.PROCESSING) == taxes.percentage(Component.CONNECTION)
    return not rate.connection_fee or (is_taxed_alike and not rate.connection_windows)


def _energy(rate: Rate, *, is_net: bool) -> Iterator[Body]:
    for entry in rate.energy:
        tier: Body = {}
        if entry.from_wh:
            tier["min_kwh"] = number(Decimal(entry.from_wh) / 1000)
        if entry.to_wh is not None:
            tier["max_kwh"] = number(Decimal(entry.to_wh) / 1000)
        yield from _build_window_elements(
            _component(rate, "ENERGY", entry.price, Component.ENERGY, is_net=is_net), entry.window, tier
        )


def _time(rate: Rate, *, is_net: bool) -> Iterator[Body]:
    if rate.time is None or not rate.time.price:
        return
    hourly = rate.time.price if rate.time.is_hourly else rate.time.price * _MINUTES
    priced = _component(rate, "TIME", hourly, Component.TIME, is_net=is_net)
    for window in rate.time.windows or (WHOLE_WEEK,):
        yield from _build_window_elements(priced, window)


def _idle(rate: Rate, *, is_net: bool) -> Iterator[Body]:
    if rate.idle is None or not rate.idle.per_min or _ROAMING in rate.idle.exempt_audiences:
        return
    priced = _component(rate, "PARKING_TIME", rate.idle.per_min * _MINUTES, Component.IDLE, is_net=is_net)
    for window in rate.idle.applies or (WHOLE_WEEK,):
        yield from _build_window_elements(priced, window)


def _component(rate: Rate, kind: str, price: Decimal, of_component: Component, *, is_net: bool) -> Body:
    percentage = rate.taxes.percentage(of_component)
    if is_net and rate.taxes.mode is TaxMode.INCLUSIVE:
        price = price * 100 / (100 + percentage)
    vat = {"vat": number(percentage)} if rate.taxes.is_stated else {}
    return {"type": kind, "price": number(price), **vat, "step_size": 1}


def _build_window_elements(component: Body, window: Window, tier: Body | None = None) -> Iterator[Body]:
    """Yields an element for each span of the day; one that ends after midnight is split, so that nobody misreads it."""
    if not window.weekdays:
        return
    for begin, end in window.spans:
        restrictions: Body = dict(tier or {})
        if (begin, end) != (0, DAY_MINUTES):
            restrictions |= {"start_time": _clock(begin), "end_time": _clock(end)}
        if window.weekdays != EVERY_DAY:
            restrictions["day_of_week"] = [_DAYS[day] for day in sorted(window.weekdays)]
        if window.first_day is not None:
            restrictions["start_date"] = window.first_day.isoformat()
        if window.last_day is not None:
            restrictions["end_date"] = (window.last_day + timedelta(days=1)).isoformat()
        yield {"price_components": [component]} | ({"restrictions": restrictions} if restrictions else {})


def _clock(minute: int) -> str:
    """Returns the clock time. Midnight at the end of a day is 00:00 of the next."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _limit(rate: Rate, amount: Decimal | None) -> Body | None:
    """Returns a limit of the sum, which the rate states with or without tax; if taxes differ only that side is
    exact.
    """
    if amount is None:
        return None
    percentages = {rate.taxes.percentage(component) for component in (Component.ENERGY, Component.CONNECTION)}
    percentage = max(percentages)
    if rate.taxes.mode is TaxMode.INCLUSIVE:
        return {"excl_vat": number(amount * 100 / (100 + percentage)), "incl_vat": number(amount)}
    if not rate.taxes.is_stated:
        return {"excl_vat": number(amount)}
    return {"excl_vat": number(amount), "incl_vat": number(amount * (100 + percentage) / 100)}


def describe_omitted_terms(rate: Rate) -> Iterator[str]:
    """Yields sentences on what no element can express. No price in an element is repeated."""
    if rate.connection_fee and rate.connection_restart_min:
        restart_min = rate.connection_restart_min
        yield f"Who starts again at the same location within {restart_min} minutes pays for connecting once."
    if rate.min_billable_wh > 1:
        yield f"A session of less than {number(Decimal(rate.min_billable_wh) / 1000)} kWh is free."
    yield from _unsaid_of_time(rate)
    yield from _unsaid_of_processing(rate)


def _unsaid_of_time(rate: Rate) -> Iterator[str]:
    time, idle = rate.time, rate.idle
    if time is not None and time.price:
        minute_kind = "begun" if time.count is MinuteCount.STARTED else "completed"
        yield f"Charging time is counted in {minute_kind} minutes."
        if time.cap is not None:
            yield f"Charging time costs at most {time.cap} {rate.currency}."
    if idle is None or not idle.per_min or _ROAMING in idle.exempt_audiences:
        return
    yield f"Time after charging is counted in {'begun' if idle.count is MinuteCount.STARTED else 'completed'} minutes."
    if idle.grace_min:
        yield f"The first {idle.grace_min} minutes after charging are free."
    if idle.cap is not None:
        yield f"Time after charging costs at most {idle.cap} {rate.currency}."
    if idle.only_after_notice:
        yield "Time after charging costs nothing until the driver was told that charging had ended."


def _unsaid_of_processing(rate: Rate) -> Iterator[str]:
    if rate.processing_paid_by is not Payer.GUEST:
        return
    if rate.processing_fee and not _has_flat_processing(rate):
        yield f"A fee of {rate.processing_fee} {rate.currency} a session is added."
    if rate.processing_pct:
        yield f"A fee of {rate.processing_pct} % of the price is added."
