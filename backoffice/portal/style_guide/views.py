"""The style guide: the parts of pages, rendered by the templates that pages include. Only if STYLE_GUIDE is set."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.charts import bars, units, waterfall
from billing.charts.bars import Item
from billing.engine.rate import tariff
from billing.formatting.money import price
from billing.pricing.rates import day_prices
from chargers.formatting import day_charts
from chargers.formatting.day_charts import Earlier, Series
from chargers.models import PowerSample, Property
from chargers.pages import power_picture
from chargers.pages.power_picture import Picture

_COLOURS: Final = (
    ("Text", ("ink", "muted")),
    ("Surfaces", ("surface", "raised", "sunken", "line", "line-strong")),
    ("Accent", ("accent", "accent-soft", "accent-ink")),
    ("States", ("ok", "busy", "warn", "bad", "unknown")),
    ("Behind states", ("ok-soft", "busy-soft", "warn-soft", "bad-soft", "unknown-soft")),
)
"""The custom properties of portal.css that are colours."""
_STATES: Final = (
    ("ok", "Available"), ("busy", "Charging"), ("warn", "Held for review"), ("bad", "Faulted"), ("unknown", "Offline"),
)  # fmt: skip
_ICONS: Final = (
    "house", "ev-charger", "zap", "wallet", "key-round", "life-buoy", "settings", "ellipsis", "search", "bell",
    "circle-user", "chevron-down", "panel-left",
)  # fmt: skip
_FIRST: Final = date(2026, 3, 1)
_KWH: Final = (0, 12, 31, 8, 0, 22, 40, 18, 0, 5, 27, 33, 14, 0, 0, 9, 38, 21, 6, 11)
_RATE: Final = {
    "energy": [
        {"name": "weekend", "price": "0.25", "days": ["SAT", "SUN"]},
        {"name": "evening", "price": "0.60", "from": "17:00", "to": "21:00"},
        {"name": "day", "price": "0.35"},
    ]
}
_PLACE: Final = Property(slug="style", name="Pier Garage", time_zone="America/New_York")
_BRIDGE: Final = (("Charged", 13_687), ("Tax", -1_044), ("Platform fee", -1_058), ("Card processing", -1_044))


def _load() -> Picture | None:
    """Returns an hour of a property's load, which reaches the limit and is then cut."""
    at = datetime.combine(_FIRST, time(12), tzinfo=UTC)
    samples = [
        PowerSample(at=at - timedelta(minutes=ago), drawn_a=Decimal(min(4 + kwh, 20)), allotted_a=20, limit_a=20)
        for ago, kwh in enumerate(_KWH)
    ]
    return power_picture.of_samples(samples, zone=ZoneInfo(_PLACE.time_zone), now=at)


@login_required
@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Shows the style guide. Raises Http404 if it is off in this installation."""
    if not settings.STYLE_GUIDE:
        raise Http404
    days = [_FIRST + timedelta(days=ahead) for ahead in range(len(_KWH))]
    spans = day_charts.spans(days)
    energy = Series(
        key="style-energy",
        title="Energy",
        unit=units.ENERGY,
        values=[1000 * kwh for kwh in _KWH],
        total=1000 * sum(_KWH),
        opens=lambda span: f"?{span.query}#charts",
    )
    earlier = Earlier(
        spans=day_charts.spans([day - timedelta(days=len(days)) for day in days]),
        values=[900 * kwh for kwh in reversed(_KWH)],
        total=900 * sum(_KWH),
    )
    half = replace(energy, key="style-half", title="Half of it", values=[500 * kwh for kwh in _KWH])
    together = day_charts.draw_together([energy, half], spans=spans)
    compared = replace(energy, key="style-compared", title="Energy, with the period before", earlier=earlier)
    rate = tariff.parse_rate(_RATE, currency="USD")
    context = {
        "colours": _COLOURS,
        "states": _STATES,
        "icons": _ICONS,
        "rows": together,
        "joint": day_charts.joint_rows(together),
        "load": _load(),
        "place": _PLACE,
        "charts": [day_charts.draw(series, spans=spans) for series in (energy, compared)],
        "bars": bars.draw(
            "Payouts",
            [Item(label="March", minor=3_858, style="ok"), Item(label="April", minor=0, note="Failed", style="bad")],
            currency="USD",
        ),
        "bridge": waterfall.draw(
            [{"label": label, "amount_minor": minor} for label, minor in _BRIDGE],
            total_minor=sum(minor for _, minor in _BRIDGE),
            currency="USD",
        ),
        "day_strips": day_prices.build_strips(rate, today=_FIRST, text=lambda amount: price(str(amount), "USD")),
    }
    return render(request, "portal/style_guide.html", context)
