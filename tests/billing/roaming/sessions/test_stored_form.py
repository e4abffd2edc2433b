"""A session as an OCPI Session, and what it shares with its CDR."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from authorization.roaming.transport.routing import Party
from billing.roaming.sessions import stored_form
from billing.roaming.sessions.stored_form import Cost, Period, SessionFacts, TokenFacts

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOKEN = TokenFacts(party=Party("NL", "EMS"), uid="04A1", type="RFID", contract_id="NL-EMS-C001")
RUNNING = SessionFacts(
    id="s", party=Party("NL", "SUN"), started_at=NOON, ended_at=None, energy_wh=5250, token=TOKEN,
    auth_method="WHITELIST", authorization_reference="", location_id="sunset-1", evse_uid="CP1-1", connector_id="1",
    currency="EUR", periods=[Period(start=NOON, energy_wh=5250, charging_s=1800)], cost=None, status="ACTIVE",
)  # fmt: skip


def dimensions(**used: Any) -> dict[str, float]:
    made = stored_form.period(Period(start=NOON, **used))
    return {dimension["type"]: dimension["volume"] for dimension in made["dimensions"]}


def test_a_session_that_runs_has_neither_end_nor_cost_nor_reference():
    made = stored_form.session(RUNNING)

    assert not {"end_date_time", "total_cost", "authorization_reference"} & set(made)
    assert (made["kwh"], made["start_date_time"], made["status"]) == (5.25, "2026-03-10T12:00:00Z", "ACTIVE")
    assert made["cdr_token"] == {
        "country_code": "NL", "party_id": "EMS", "uid": "04A1", "type": "RFID", "contract_id": "NL-EMS-C001",
    }  # fmt: skip


def test_one_that_ended_has_all_three():
    cost = Cost(net_minor=590, total_minor=714, digits=2, tax_is_stated=False)
    ended = replace(RUNNING, ended_at=NOON + timedelta(hours=1), cost=cost, authorization_reference="r-1")

    made = stored_form.session(ended)

    assert (made["end_date_time"], made["authorization_reference"]) == ("2026-03-10T13:00:00Z", "r-1")
    assert made["total_cost"] == {"excl_vat": 5.9}


def test_a_period_has_the_dimensions_in_which_something_was_used():
    assert dimensions(energy_wh=500, charging_s=900) == {"ENERGY": 0.5, "TIME": 0.25}
    assert dimensions(parking_s=3600) == {"PARKING_TIME": 1}
    assert dimensions() == {"TIME": 0}
    assert dimensions(energy_wh=500, parking_s=1) == {"ENERGY": 0.5, "PARKING_TIME": 0.000278}


def test_a_period_names_its_tariff_where_there_is_one():
    assert "tariff_id" not in stored_form.period(Period(start=NOON))
    assert stored_form.period(Period(start=NOON, tariff_id="standard"))["tariff_id"] == "standard"


def test_tax_is_stated_only_where_the_rate_says_something_about_it():
    taxes = ((Decimal("21.0"), 124),)
    taxed = Cost(net_minor=590, total_minor=714, digits=2, tax_is_stated=True, taxes=taxes)

    assert stored_form.price(taxed) == {
        "excl_vat": 5.9,
        "incl_vat": 7.14,
        "_taxes": [{"name": "VAT", "percentage": 21.0, "amount": 1.24}],
    }
    assert stored_form.price(replace(taxed, tax_is_stated=False)) == {"excl_vat": 5.9}


@pytest.mark.parametrize(
    ("minor", "digits", "major"), [(1050, 2, 10.5), (1000, 2, 10), (-590, 2, -5.9), (300, 0, 300), (1234, 3, 1.234)]
)
def test_amounts_are_written_with_the_digits_of_their_currency(minor: int, digits: int, major: float):
    made = stored_form.major(minor, digits=digits)

    assert made == major
    assert isinstance(made, int) is (major == int(major))


def test_half_a_second_is_rounded():
    assert stored_form.seconds(timedelta(seconds=59, milliseconds=600)) == 60
