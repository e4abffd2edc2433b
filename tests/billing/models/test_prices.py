"""Versions of rates begin when it is said or when they are made; assignments name their narrowest place."""

from datetime import UTC, date, datetime

from billing.models import Rate, RateAssignment, RateVersion, Rehearsal
from chargers.models import Charger, Property

MADE, BEGINS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
RATE = Rate(name="Standard")


def test_a_version_begins_when_it_is_said_or_else_when_it_was_made():
    assert RateVersion(created_at=MADE, valid_from=BEGINS).begins_at == BEGINS
    assert RateVersion(created_at=MADE).begins_at == MADE


def test_an_assignment_names_the_charger_or_else_the_property():
    site = Property(name="Sunset 1")
    charger = Charger(charger_id="CP1", station_id="SUN001", property=site)
    at_charger = RateAssignment(rate=RATE, audience="guest", property=site, charger=charger)

    assert str(RateAssignment(rate=RATE, audience="guest", property=site)) == "Standard for Guests at Sunset 1"
    assert str(at_charger) == f"Standard for Guests at {charger}"


def test_a_rehearsal_names_its_month():
    assert str(Rehearsal(rate=RATE, month=date(2026, 3, 1))) == "Rehearsal of Standard over 2026-03"
