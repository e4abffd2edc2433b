"""What a usable rate may still get wrong."""

from typing import Any

import pytest

from billing.engine.checks import typos
from billing.engine.checks.linting import Finding, RatePlace, Severity, findings
from billing.engine.rate.tariff import parse_rate
from tests.kit.rating_sessions import ALL_DAY

GOOD_IDLE = {"per_min": "0.10", "grace_min": 10, "cap": "10"}
TAXED = {"mode": "inclusive", "rates": {"connection": 21, "energy": 21, "time": 21, "idle": 21, "processing": 21}}
FAST = RatePlace(name="Motorway 1", country="NL", max_power_w=150_000, is_ad_hoc=True)
SLOW = RatePlace(name="Canal 1", country="NL", max_power_w=11_000, is_ad_hoc=True)
BERLIN = RatePlace(name="Berlin 1", country="DE", max_power_w=11_000)
OAKLAND = RatePlace(name="Oakland 1", country="US", postal_code="94601")
BOSTON = RatePlace(name="Boston 1", country="US", postal_code="02110")


def found(*places: RatePlace, currency: str = "EUR", **rate: Any) -> dict[str, Finding]:
    parsed = parse_rate({"energy": [ALL_DAY], "idle": GOOD_IDLE, "tax": TAXED} | rate, currency=currency)
    return {finding.code: finding for finding in findings(parsed, places=places)}


def test_it_finds_nothing_in_a_plain_rate() -> None:
    assert found(FAST) == {}


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"connection_fee": "1"}, "a connection fee"),
        ({"time": {"per_min": "0.10"}}, "a price for charging time"),
        ({"processing_pct": "2"}, "a processing fee"),
        ({"min_total": "2"}, "a minimum"),
    ],
)
def test_it_refuses_other_parts_than_energy_for_guests_from_50_kw_in_the_eu(part: Any, named: str) -> None:
    refused = found(FAST, **part)["afir_components"]

    assert refused.severity is Severity.REFUSE
    assert named in refused.what
    assert "Regulation (EU) 2023/1804" in refused.why
    assert found(SLOW, **part) == {}
    members = RatePlace(name="Depot", country="NL", max_power_w=150_000)
    assert found(members, **part) == {}


def test_it_lets_the_host_bear_the_processing_fee_there() -> None:
    assert found(FAST, processing_fee="0.35", processing_paid_by="host") == {}


@pytest.mark.parametrize(("place", "is_refused"), [(BERLIN, True), (OAKLAND, True), (BOSTON, False), (SLOW, False)])
def test_it_refuses_time_as_the_price_of_energy_where_energy_is_sold_by_the_kwh(
    place: RatePlace, is_refused: bool
) -> None:
    free = [{"name": "x", "price": "0"}]
    currency = "USD" if place.country == "US" else "EUR"
    assert ("time_is_the_price" in found(place, currency=currency, energy=free, time={"per_hour": "3"})) is is_refused
    assert "time_is_the_price" not in found(place, currency=currency, time={"per_hour": "3"})


@pytest.mark.parametrize(
    ("energy", "told"),
    [
        ([{"name": "day", "price": "1", "from": "07:00", "to": "22:00"}], "on Mon from 00:00 to 07:00"),
        ([{"name": "week", "price": "1", "days": ["MON", "TUE", "WED", "THU", "FRI"]}], "on Sat from 00:00 to 24:00"),
        ([ALL_DAY | {"to_date": "2026-08-31"}], "outside the dates"),
    ],
)
def test_it_finds_hours_without_a_price(energy: Any, told: str) -> None:
    assert told in found(energy=energy)["gap"].what


@pytest.mark.parametrize(
    "energy",
    [
        [{"name": "day", "price": "1", "from": "07:00", "to": "22:00"}, ALL_DAY],
        [ALL_DAY | {"to_kwh": "5"}, ALL_DAY | {"from_kwh": "5"}],
        [ALL_DAY | {"from": "07:00", "to": "22:00"}, ALL_DAY | {"from": "22:00", "to": "07:00"}],
    ],
)  # fmt: skip
def test_it_finds_no_gap_where_a_price_always_holds(energy: Any) -> None:
    assert found(energy=energy) == {}


def test_it_finds_a_price_that_hides_the_next() -> None:
    evening = {"name": "evening", "price": "1", "from": "17:00", "to": "21:00"}
    assert "so “evening” below it never does" in found(energy=[ALL_DAY, evening])["hidden"].what


def test_it_warns_of_an_idle_fee_without_cap_or_grace() -> None:
    assert set(found(idle={"per_min": "0.10"})) == {"idle_without_cap", "idle_without_grace"}
    assert set(found(idle={"per_min": "0.10", "grace_min": 10}, max_total="40")) == set()


def test_it_warns_of_a_currency_that_is_not_the_countrys() -> None:
    assert "people pay in EUR; this rate is in USD" in found(SLOW, currency="USD")["other_currency"].what


def test_it_tells_refusals_first_and_each_once() -> None:
    both = findings(
        parse_rate({"energy": [ALL_DAY], "connection_fee": "1", "idle": {"per_min": "1"}}, currency="USD"),
        places=(FAST, FAST),
    )
    assert [finding.code for finding in both] == [
        "afir_components",
        "no_tax",
        "other_currency",
        "idle_without_cap",
        "idle_without_grace",
    ]


def test_it_warns_of_tax_on_some_of_what_is_charged() -> None:
    some = {"tax": {"mode": "inclusive", "rates": {"energy": "21"}}, "connection_fee": "1"}
    told = found(SLOW, **some)["tax_on_some"]
    assert told.what == "There is no tax on the connection fee and the idle fee, and there is on the rest."

    stated = {"tax": {"mode": "inclusive", "rates": {"energy": "21", "connection": "0", "idle": "21"}}}
    assert found(SLOW, **some | stated) == {}


def test_it_warns_of_prices_without_vat_for_consumers_in_the_eu() -> None:
    without = {"tax": {"mode": "exclusive", "rates": {"energy": "21", "idle": "21"}}}

    assert "Directive 98/6/EC" in found(SLOW, **without)["price_without_vat"].why
    assert found(RatePlace(name="Depot", country="NL"), **without) == {}, "no guest pays there"
    assert found(BOSTON, currency="USD", **without) == {}


@pytest.mark.parametrize(
    ("currency", "price", "codes"),
    [("EUR", "35", ["unusual:Price per kWh, the highest"]), ("HUF", "190", []), ("KWD", "0.4", []), ("JPY", "45", [])],
)
def test_a_first_price_is_unusual_by_the_scale_of_its_currency(currency: str, price: str, codes: list[str]) -> None:
    rate = parse_rate({"energy": [{"name": "x", "price": price}]}, currency=currency)

    assert [one.code for one in typos.findings(rate, before=None)] == codes
    assert typos.findings(rate, before=rate) == (), "it was said once"


def test_it_warns_of_a_rate_without_any_tax_where_charging_is_taxed() -> None:
    untaxed = found(SLOW, BOSTON, tax=None)

    assert untaxed["no_tax"].what == "No tax is stated, and Canal 1 is in NL, where charging is taxed."
    assert untaxed["no_tax"].field == "tax.mode"
    assert "no_tax" not in found(BOSTON, tax=None)
    assert "no_tax" not in found(SLOW, tax={"mode": "inclusive", "rates": {"energy": "0"}})
    assert "no_tax" not in found(SLOW, tax={"mode": "inclusive", "of": "property"})
    assert "no_tax" not in found(RatePlace(name="Home", country="NL", is_sale=False), tax=None)


def test_it_refuses_to_refer_to_a_property_that_states_no_tax() -> None:
    untold = RatePlace(name="Canal 2", country="NL", has_tax=False)
    refused = found(untold, tax={"mode": "inclusive", "of": "property"})["property_without_tax"]

    assert refused.severity is Severity.REFUSE
    assert "State the tax of the property" in refused.remedy
    assert "property_without_tax" not in found(untold)


@pytest.mark.parametrize(
    ("idle", "because"),
    [
        ({"cap": "0"}, "it is limited to 0"),
        ({"free_windows": [["00:00", "12:00"], ["12:00", "00:00"]]}, "it is free at every hour"),
        ({"exempt_audiences": ["guest", "member", "roaming", "reimbursement"]}, "everybody is exempt"),
    ],
)
def test_it_finds_a_fee_that_is_never_charged(idle: Any, because: str) -> None:
    never = found(idle=GOOD_IDLE | idle)["never_applies:idle.per_min"]

    assert never.what == f"The idle fee is never charged: {because}."


def test_it_finds_an_energy_price_of_which_other_prices_leave_no_hour() -> None:
    day = {"name": "day", "price": "0.40", "from": "07:00", "to": "22:00"}
    night = {"name": "night", "price": "0.30", "from": "22:00", "to": "07:00"}

    assert found(energy=[day, night, ALL_DAY])["hidden"].what == (
        "“all day” never holds: the prices above it leave none of its hours."
    )


def test_it_finds_hours_of_a_fee_that_overlap() -> None:
    meeting = [{"from": "08:00", "to": "12:00"}, {"days": ["MON"], "from": "11:00", "to": "13:00"}]
    apart = [{"from": "08:00", "to": "12:00"}, {"days": ["MON"], "from": "12:00", "to": "13:00"}]

    assert found(idle=GOOD_IDLE | {"windows": meeting})["hours_overlap:idle.per_min"].what == (
        "Hours of the idle fee overlap."
    )
    assert found(idle=GOOD_IDLE | {"windows": apart}) == {}


def test_it_says_on_which_days_a_night_holds_that_names_its_days() -> None:
    night = [{"days": ["FRI"], "from": "22:00", "to": "06:00"}]

    assert found(connection_fee="1", connection_windows=night)["night_by_day:connection_windows.0.from"].what == (
        "22:00 to 06:00 on Fri holds on Fri before 06:00 and from 22:00, not on the next morning."
    )


@pytest.mark.parametrize(
    ("currency", "price", "codes"),
    [
        ("EUR", "0.02", {"energy_below_cost"}),
        ("EUR", "0.35", set()),
        ("EUR", "35", {"unusual:Price per kWh, the highest"}),
        ("HUF", "160", set()),
        ("HUF", "0.35", {"energy_below_cost"}),
        ("EUR", "0", set()),
    ],
)
def test_it_finds_a_price_of_energy_that_is_implausible_in_the_currency(currency: str, price: str, codes: Any) -> None:
    energy = [{"name": "all day", "price": price}]

    assert found(energy=energy, currency=currency, idle=None).keys() == codes
