"""The amount to hold before charging, and why: so much energy at the highest price, within two limits."""

import pytest
from django.db import IntegrityError

from billing.models import HoldPolicy, Session
from billing.sessions.holds import hold_amount
from tests.billing.conftest import PLAIN
from tests.kit.holds import size

pytestmark = pytest.mark.django_db


def test_it_holds_enough_for_a_stay_at_the_highest_price(site):
    dear = PLAIN | {"energy": [{"name": "night", "price": "0.20"}, {"name": "day", "price": "0.79"}]}

    found = size(site, definition=dear)

    assert found.amount_minor == 4900  # 60 kWh x 0.79 and 1.00 are 48.40, and people pay in whole units
    assert found.reason == "Enough for 60 kWh at the highest price, with all fees: 48.40 USD."
    assert not found.extends


def test_it_holds_within_two_limits_and_more_at_a_fast_charger(site):
    found = size(site)
    assert found.amount_minor == 4000
    assert found.reason == "60 kWh without idle fees would come to 25.00 USD; less than this is not reserved here."
    version = Session(rate_version=site.host.rates.get().versions.get()).rate_version

    assert hold_amount.calculate(version, property_=site.place, max_power_w=150_000).amount_minor == 8000
    version.definition = PLAIN | {"energy": [{"name": "all day", "price": "4.00"}]}
    most = hold_amount.calculate(version, property_=site.place, max_power_w=None)
    assert (most.amount_minor, most.reason) == (
        15_000,
        "60 kWh without idle fees would come to 241.00 USD; more than this is not reserved here.",
    )


@pytest.mark.parametrize("max_power_w", [2_000, 499_000, 2_000_000, 1_000_000_000])
def test_it_estimates_what_energy_costs_at_whatever_power(site, max_power_w):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "4.00"}]}

    found = size(site, definition=dear, max_power_w=max_power_w)

    estimate = "241.00 USD" if max_power_w == 2_000 else "401.00 USD"
    assert estimate in found.reason


def test_it_adds_the_tax_that_is_added(site):
    tax = {"mode": "exclusive", "rates": {"energy": "10", "connection": "20"}}
    dear = PLAIN | {"energy": [{"name": "all day", "price": "1.00"}], "tax": tax, "processing_fee": "0.35"}

    assert size(site, definition=dear).amount_minor == 6800  # 66.00, 1.20 and 0.35


@pytest.mark.parametrize(
    ("more", "amount_minor"),
    [
        ({"time": {"per_hour": "6.00"}}, 9400),  # 61.00 and 5.4545... hours
        ({"time": {"per_min": "0.10", "cap": "5.00"}}, 6600),
        ({"processing_fee": "0.35", "processing_pct": "10"}, 6800),  # 67.45
        ({"processing_fee": "0.35", "processing_pct": "10", "processing_paid_by": "host"}, 6100),
        ({"min_total": "70.00"}, 7000),
        ({"max_total": "50.00"}, 5000),
    ],
)
def test_it_holds_enough_for_every_fee_that_a_rate_can_have(site, more, amount_minor):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "1.00"}]} | more

    assert size(site, definition=dear).amount_minor == amount_minor


def test_it_counts_in_hundreds_where_there_are_no_smaller_coins(site):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "80"}], "connection_fee": "1"}

    assert size(site, definition=dear, currency="JPY").amount_minor == 4900  # 4,801 yen


@pytest.mark.parametrize(
    ("currency", "price", "amount_minor", "reason"),
    [
        ("HUF", "190", 1_600_000, "60 kWh without idle fees would come to 11401.00 HUF; less than this is not reserved here."),  # noqa: E501
        ("SEK", "5.575", 400_00, "60 kWh without idle fees would come to 335.50 SEK; less than this is not reserved here."),  # noqa: E501
        ("KWD", "0.025", 5000, "60 kWh without idle fees would come to 2.500 KWD; less than this is not reserved here."),  # noqa: E501
        ("JPY", "45", 4000, "60 kWh without idle fees would come to 2701 JPY; less than this is not reserved here."),
        ("IDR", "9000", 550_000_00, "Enough for 60 kWh at the highest price, with all fees: 540001.00 IDR."),
    ],
)  # fmt: skip
def test_it_holds_what_is_usual_in_the_currency_and_says_the_exact_cost(site, currency, price, amount_minor, reason):
    rate = {"energy": [{"name": "all day", "price": price}], "connection_fee": "1.00"}

    found = size(site, definition=rate, currency=currency)

    assert (found.amount_minor, found.reason) == (amount_minor, reason)


def test_it_holds_no_more_than_twice_a_full_charge_where_charging_is_cheap(site):
    cheap = {"energy": [{"name": "all day", "price": "0.10"}]}
    assert size(site, definition=cheap).amount_minor == 1200
    idle = {"idle": {"per_min": "0.05", "grace_min": 10}}
    assert size(site, definition=cheap | idle).amount_minor == 1500, "and an hour of idle time"
    assert size(site, definition={"energy": [{"name": "free", "price": "0"}]}).amount_minor == 4000


def test_it_covers_a_typical_charge_whatever_the_usual_limit(site):
    dear = {"energy": [{"name": "all day", "price": "8.00"}]}

    found = size(site, definition=dear)

    assert found.amount_minor == 24_000
    assert found.reason == "60 kWh without idle fees would come to 480.00 USD; more than this is not reserved here."


def test_it_prices_each_tier_at_its_own_highest_price(site):
    tiers = [
        {"name": "first", "price": "1.00", "to_kwh": "10"},
        {"name": "rest", "price": "0.80", "from_kwh": "10"},
    ]

    found = size(site, definition={"energy": tiers})

    assert found.reason == "Enough for 60 kWh at the highest price, with all fees: 50.00 USD."


def test_a_host_s_limits_hold_in_the_host_s_currency_alone(site):
    HoldPolicy.objects.create(host=site.host, least_minor=1000, most_minor=2000)
    assert size(site, currency="USD").amount_minor == 2000

    assert (
        size(site, definition=PLAIN | {"energy": [{"name": "all day", "price": "3"}]}, currency="SEK").amount_minor
        == 38_000
    )


def test_a_property_says_otherwise_than_its_host_and_the_host_than_the_installation(site):
    HoldPolicy.objects.create(host=site.host, energy_kwh=100, least_minor=1000, at_limit="extend")
    assert size(site).amount_minor == 4100
    version = site.host.rates.get().versions.get()

    own = HoldPolicy.objects.create(host=site.host, property=site.place, most_minor=2500)

    found = hold_amount.calculate(version, property_=site.place, max_power_w=11_000)
    assert (found.amount_minor, found.extends) == (2500, False)
    assert not hold_amount.extends(site.place)
    own.delete()
    assert hold_amount.extends(site.place)
    with pytest.raises(IntegrityError):
        HoldPolicy.objects.create(host=site.host, property=site.place, least_minor=2, most_minor=1)
