"""What is known of a host as a seller, and what the laws want and is missing."""

from datetime import date

import pytest

from billing.payouts.statements import seller_facts
from tests.kit.payouts import IBAN
from tests.kit.seller_report import dutch, thresholds, told

__all__ = ["dutch", "thresholds"]
pytestmark = pytest.mark.django_db


def test_numbers_are_masked_unless_asked_for_whole(dutch):
    seller_facts.store(
        dutch.host, kind="company", taxpayer_number="123456782", registration_number="34567890", born_on=None
    )

    [masked], [whole] = told(), told("--whole")

    assert (masked["account"], masked["taxpayer_number"]) == (f"…{IBAN[-4:]}", "…6782")
    assert (whole["account"], whole["taxpayer_number"]) == (IBAN, "123456782")
    assert masked["registration_number"] == "34567890"


def test_what_is_missing_is_named(dutch):
    [row] = told()
    assert row["missing"] == "legal name; address; taxpayer number; registration number; VAT number"

    seller_facts.store(dutch.host, kind="person", taxpayer_number="1", registration_number="", born_on=None)
    assert told()[0]["missing"] == "legal name; address; date of birth"

    seller_facts.store(dutch.host, kind="person", taxpayer_number="1", registration_number="", born_on=date(1980, 1, 2))
    assert told()[0]["missing"] == "legal name; address"
