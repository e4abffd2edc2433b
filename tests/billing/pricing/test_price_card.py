"""A rate in words, before anybody pays: in AFIR's order, with every part, in the guest's language."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from billing.formatting import times
from billing.formatting.money import rate_digits
from billing.models import Rate, RateVersion
from billing.pricing import price_card

EVERYTHING = {
    "energy": [
        {"name": "summer", "price": "0.55", "from_date": "2026-06-01", "to_date": "2026-08-31"},
        {"name": "first", "price": "0.45", "to_kwh": "10"},
        {"name": "beyond", "price": "0.35", "from_kwh": "10"},
    ],
    "time": {"per_hour": "1.20", "cap": "6.00"},
    "idle": {"per_min": "0.20", "cap": "12.00"},
    "connection_fee": "0.50",
    "processing_fee": "0.30",
    "processing_pct": "1.5",
    "min_total": "1.00",
    "max_total": "40.00",
}


def card(**changes):
    definition = EVERYTHING | changes
    return price_card.build(RateVersion(rate=Rate(name="x", currency="USD"), number=1, definition=definition))


def test_it_names_every_part_in_the_order_of_energy_minute_session_and_the_rest():
    found = card()

    assert [energy.when for energy in found.energy][1:] == ["for the first 10 kWh", "above 10 kWh"]
    assert found.beside_energy == [
        "$1.20 per hour of charging, at most $6.00.",
        "After charging ends: $0.20 per minute, at most $12.00.",
        "$0.50 to connect.",
        "$0.30 and 1.5 % of the other amounts for processing the payment.",
        "A session costs at least $1.00.",
        "A session costs at most $40.00.",
        "A session of less than 0.1 kWh costs nothing.",
    ]


def test_it_tells_guests_nothing_of_what_the_host_bears_or_they_are_spared():
    spared = EVERYTHING["idle"] | {"exempt_audiences": ["guest"]}
    found = card(processing_paid_by="host", idle=spared)

    assert found.processing == ""
    assert found.idle == "Staying plugged in after charging costs nothing."


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Only after you have been notified."),
        ("nl", "Pas nadat u bent gewaarschuwd."),
        ("de", "Erst nachdem Sie benachrichtigt wurden."),
        ("fr", "Uniquement après notification."),
        ("es", "Solo después de haberle avisado."),
    ],
)
def test_it_says_that_idle_time_is_billed_only_after_a_notice(language, told):
    with translation.override(language):
        assert card(idle=EVERYTHING["idle"] | {"only_after_notice": True}).idle.endswith(f" {told}")
        assert told not in card().idle


def test_it_leaves_the_name_of_an_only_price_out_and_says_when_a_narrowed_one_holds():
    assert card(energy=[{"name": "x", "price": "1"}]).energy == [("$1.00 per kWh", "", False)]
    assert card(energy=[{"name": "x", "price": "1", "from": "07:00"}]).energy[0][1] == "07:00 to 24:00"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", "per uur laden, hoogstens"),
        ("de", "pro Stunde Ladezeit, höchstens"),
        ("fr", "par heure de recharge, au plus"),
        ("es", "por hora de carga, como máximo"),
    ],
)
def test_it_speaks_the_guests_language(language, told):
    with translation.override(language):
        assert told in card().time


def at(text):
    return price_card.Moment(at=datetime.fromisoformat(text), zone=ZoneInfo("America/New_York"))


def test_it_marks_the_price_that_holds_now_on_the_clock_of_the_site():
    bands = [
        {"name": "peak", "price": "0.50", "from": "17:00", "to": "21:00"},
        {"name": "rest", "price": "0.30"},
    ]
    version = RateVersion(rate=Rate(name="x", currency="USD"), number=1, definition={"energy": bands})

    peak = price_card.build(version, moment=at("2026-03-10T21:30:00+00:00"))  # 17:30 in New York
    rest = price_card.build(version, moment=at("2026-03-10T20:30:00+00:00"))

    assert [energy.is_now for energy in peak.energy] == [True, False]
    assert [energy.is_now for energy in rest.energy] == [False, True]


def test_it_adds_the_tax_that_is_added_to_the_bill():
    found = card(
        energy=[{"name": "all", "price": "0.40"}],
        tax={
            "mode": "exclusive",
            "rates": {"energy": "20", "connection": "20", "idle": "20", "time": "20", "processing": "20"},
        },
    )

    assert found.energy[0].amount == "$0.48 per kWh"
    assert "$0.60 to connect." in found.beside_energy
    assert "A session costs at most $48.00." in found.beside_energy
    assert found.tax == "Tax of 20 % is included."


def test_it_says_that_a_bound_is_before_tax_where_parts_are_taxed_differently():
    found = card(tax={"mode": "exclusive", "rates": {"energy": "9", "connection": "21"}})

    assert "A session costs at most $40.00 before tax." in found.beside_energy
    assert found.tax == "Tax is included: 0 % to 21 %, depending on the item."


def test_it_leaves_prices_that_include_their_tax_as_they_are():
    definition = {"energy": [{"name": "all", "price": "0.40"}], "tax": {"mode": "inclusive", "rates": {"energy": "21"}}}
    version = RateVersion(rate=Rate(name="x", currency="USD"), number=1, definition=definition)

    found = price_card.build(version)

    assert (found.energy[0].amount, found.tax) == ("$0.40 per kWh", "Tax of 21 % is included.")


def test_it_counts_only_the_tax_of_what_the_rate_charges_for():
    alone = {
        "energy": [{"name": "all", "price": "0.40"}],
        "tax": {"mode": "inclusive", "rates": {"energy": "19", "time": "7"}},
    }
    rate = Rate(name="x", currency="EUR")

    found = [
        price_card.build(RateVersion(rate=rate, number=1, definition=definition)).tax
        for definition in (alone, alone | {"time": {"per_hour": "1.00"}})
    ]

    assert found == ["Tax of 19 % is included.", "Tax is included: 7 % to 19 %, depending on the item."]


@pytest.mark.django_db
def test_it_shows_what_a_drivers_plan_brings():
    version = RateVersion(
        rate=Rate(name="x", currency="USD"),
        number=1,
        definition={"energy": [{"name": "all", "price": "0.40"}], "connection_fee": "1.00"},
    )
    plan = {
        "period": str(uuid.uuid4()),
        "plan": "Home",
        "included_wh": 50_000,
        "discount_pct": "10",
        "waives": ["connection"],
    }

    found = price_card.build(version, plan=plan)

    assert (found.energy[0].amount, found.connection) == ("$0.36 per kWh", "")
    assert found.plan == (
        "With your plan “Home”. 50.000 kWh of its energy are left and cost nothing more. "
        "Its discount of 10 % on energy is in the prices above."
    )


def test_it_names_the_least_energy_that_is_billed():
    assert card(min_billable_wh=500).unbilled == "A session of less than 0.5 kWh costs nothing."
    assert card(min_billable_wh=0).unbilled == "A session in which no energy flows costs nothing."


@pytest.mark.parametrize(
    ("language", "names"),
    [("nl", ["hele dag", "overige tijden"]), ("de", ["ganztägig", "übrige Zeiten"]),
     ("fr", ["toute la journée", "autres horaires"]), ("es", ["todo el día", "demás horas"])],
)  # fmt: skip
def test_the_usual_names_of_prices_are_said_in_the_guests_language(language, names):
    bands = [{"name": "all day", "price": "0.30"}, {"name": "other times", "price": "0.20"},
             {"name": "Fred’s hour", "price": "0.10"}]  # fmt: skip

    with translation.override(language):
        assert [energy.when for energy in card(energy=bands).energy] == [*names, "Fred’s hour"]


def test_one_minute_of_grace_is_singular():
    idle = EVERYTHING["idle"] | {"grace_min": 1}

    with translation.override("de"):
        german = card(idle=idle).idle

    assert "1 minute free" in card(idle=idle).idle
    assert "1 Minute kostenlos" in german


@pytest.mark.parametrize(
    ("language", "hour", "seconds"),
    [("en", "1 h 00 min", "42 s"), ("nl", "1 u 00 min", "42 s"), ("de", "1 Std. 00 Min.", "42 Sek."),
     ("fr", "1 h 00 min", "42 s"), ("es", "1 h 00 min", "42 s")],
)  # fmt: skip
def test_a_duration_is_abbreviated_as_in_the_readers_language(language, hour, seconds):
    with translation.override(language):
        assert (times.format_duration(3600), times.format_duration(42)) == (hour, seconds)


def test_a_percentage_keeps_its_digits_and_loses_its_zeros():
    assert [rate_digits(pct) for pct in ("8.25", "8.250", "19.00", "10", "0")] == ["8.25", "8.25", "19", "10", "0"]


@pytest.mark.parametrize(
    ("cap", "sentence"),
    [
        ("20.00", "After charging ends: $0.40 per minute, at most $20.00."),
        (None, "After charging ends: $0.40 per minute."),
    ],
)
def test_an_idle_fee_without_grace_speaks_of_no_free_minutes(cap, sentence):
    assert price_card._idle({"per_min": "0.40", "grace_min": 0, "cap": cap}, "USD") == sentence


def test_it_says_at_which_hours_a_fee_applies():
    night = [{"days": ["FRI", "SAT"], "from": "18:00", "to": "24:00"}, {"from": "22:00", "to": "06:00"}]
    found = card(
        idle={"per_min": "0.20", "windows": night},
        time={"per_min": "0.10", "windows": [{"days": ["MON"]}]},
        connection_windows=[{"from": "08:00"}],
    )

    assert found.idle == "After charging ends: $0.20 per minute. Only Fri, Sat 18:00 to 24:00, 22:00 to 06:00."
    assert found.time == "$0.10 per minute of charging. Only Mon."
    assert found.connection == "$0.50 to connect. Only 08:00 to 24:00."
    assert found.has_times


def test_the_share_for_processing_is_said_as_it_is_billed_where_taxes_differ():
    mixed = {"mode": "exclusive", "rates": {"energy": "9", "processing": "21"}}
    alike = {"mode": "exclusive", "rates": dict.fromkeys(("energy", "processing", "idle", "time", "connection"), "21")}

    assert card(tax=mixed).processing == (
        "$0.363 and 1.5 % of the other amounts before tax, plus tax, for processing the payment."
    )
    assert card(tax=mixed, processing_fee=None).processing == (
        "1.5 % of the amount before tax, plus tax, for processing the payment."
    )
    assert card(tax=alike, processing_fee=None).processing == "1.5 % of the amount for processing the payment."
