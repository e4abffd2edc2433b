"""A rate in words, before anybody pays: in AFIR's order, with every part, in the guest's language."""

import pytest
from django.utils import translation

from billing.guest import price_card
from billing.models import Rate, RateVersion

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
    return price_card.of(RateVersion(rate=Rate(name="x", currency="USD"), number=1, definition=definition))


def test_it_names_every_part_in_the_order_of_energy_minute_session_and_the_rest():
    found = card()

    assert [when for _, when in found.energy][1:] == ["for the first 10 kWh", "above 10 kWh"]
    assert found.beside_energy == [
        "$1.20 per hour of charging, at most $6.00.",
        "After charging ends: 0 minutes free, then $0.20 per minute, at most $12.00.",
        "$0.50 to connect.",
        "$0.30 and 1.5 % of the amount for processing the payment.",
        "A session costs at least $1.00.",
        "A session costs at most $40.00.",
    ]


def test_it_tells_guests_nothing_of_what_the_host_bears_or_they_are_spared():
    spared = EVERYTHING["idle"] | {"exempt_audiences": ["guest"]}
    found = card(processing_paid_by="host", idle=spared)

    assert found.processing == ""
    assert found.idle == "Staying plugged in after charging costs nothing."


def test_it_leaves_the_name_of_an_only_price_out_and_says_when_a_narrowed_one_holds():
    assert card(energy=[{"name": "x", "price": "1"}]).energy == [("$1.00 per kWh", "")]
    assert card(energy=[{"name": "x", "price": "1", "from": "07:00"}]).energy[0][1] == "07:00 to 24:00"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nl", "per uur laden, hoogstens"),
        ("de", "pro Stunde Ladezeit, höchstens"),
        ("fr", "par heure de charge, au plus"),
        ("es", "por hora de carga, como máximo"),
    ],
)
def test_it_speaks_the_guests_language(language, told):
    with translation.override(language):
        assert told in card().time
