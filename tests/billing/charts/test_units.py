"""Units of charts: exact in the table, short on the axis, raw in files."""

from decimal import Decimal

from billing.charts import units


def test_amounts_have_the_decimals_of_their_currency():
    dollars, yen = units.amount("USD"), units.amount("JPY")

    assert (dollars.text(123_450), dollars.tick(20_000), dollars.tick(50)) == ("$1,234.50", "$200", "$0.50")
    assert (dollars.number(123_450), dollars.name) == (Decimal("1234.50"), "USD")
    assert (yen.text(1200), yen.tick(1200), yen.number(1200)) == ("¥1,200", "¥1,200", Decimal(1200))


def test_energy_is_exact_to_the_watt_hour():
    assert units.ENERGY.text(12_345) == "12.345 kWh"
    assert (units.ENERGY.tick(2_000_000), units.ENERGY.tick(500)) == ("2,000 kWh", "0.5 kWh")
    assert units.ENERGY.number(12_345) == Decimal("12.345")


def test_percent_are_hundredths():
    assert (units.PERCENT.text(99_98), units.PERCENT.tick(100_00)) == ("99.98 %", "100 %")
    assert units.PERCENT.number(99_98) == Decimal("99.98")
