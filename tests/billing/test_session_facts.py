"""What the price engine is told of a session's charger and its clock."""

import pytest

from billing import session_facts
from chargers import fleet
from tests.billing.conftest import NOON, minutes


def known(site, *, offset_s):
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60))
    fleet.clock_measured(site.charger, offset_s=offset_s, now=NOON)
    session.refresh_from_db()
    found = session_facts.load(type(session).objects.get(pk=session.pk), until=minutes(90))
    assert found
    return found


@pytest.mark.parametrize(("offset_s", "told_s"), [(-192, -192), (200, 200), (300, 300), (301, 0), (7200, 0)])
def test_it_corrects_a_clock_unless_its_times_were_replaced_by_ours(site, offset_s, told_s):
    assert known(site, offset_s=offset_s).facts.charger_clock_offset_s == told_s


def test_it_counts_a_value_that_the_corrected_clock_puts_into_our_future(site):
    found = known(site, offset_s=-192)

    assert found.not_before_last_register(minutes(60)) == minutes(60 + 192 / 60)
    assert found.not_before_last_register(minutes(80)) == minutes(80)
    assert found.not_before_last_register(None) is None
