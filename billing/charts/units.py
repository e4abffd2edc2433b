"""The units of charts by day: money and energy, as read and as written to files."""

from decimal import Decimal
from typing import Final

from billing.engine.values.money import EXPONENTS
from billing.formatting.money import money, short_money
from chargers.formatting.day_charts import Unit
from chargers.formatting.quantities import kilowatt_hours


def amount(currency: str) -> Unit:
    """Returns the unit of minor units of that currency."""
    return Unit(
        name=currency,
        text=lambda minor: money(minor, currency),
        tick=lambda minor: short_money(minor, currency),
        number=lambda minor: Decimal(minor).scaleb(-EXPONENTS[currency]),
    )


def _whole_kwh(wh: int) -> str:
    return f"{Decimal(wh) / 1000:,.{0 if wh % 1000 == 0 else 1}f} kWh"


ENERGY: Final = Unit(name="kWh", text=kilowatt_hours, tick=_whole_kwh, number=lambda wh: Decimal(wh).scaleb(-3))
PERCENT: Final = Unit(
    name="%",
    text=lambda hundredths: f"{Decimal(hundredths).scaleb(-2)} %",
    tick=lambda hundredths: f"{hundredths // 100} %",
    number=lambda hundredths: Decimal(hundredths).scaleb(-2),
)
"""Of hundredths of a percent."""
