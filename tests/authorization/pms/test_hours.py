"""Check-in and check-out hours of properties, and moments on their clock."""

from datetime import UTC, datetime

import pytest

from authorization.models import Stay
from authorization.pms import hours
from authorization.pms.hours import Hours
from tests.kit import site as sites
from tests.kit.property_systems import airbnb, reserved
from tests.kit.sync import read, site, systems, villa

__all__ = ["site", "systems", "villa"]
pytestmark = pytest.mark.django_db
NOON = sites.NOON
"""10 March 2026; the site's clock is New York's, four hours behind."""


def test_the_hosts_hours_count_and_summer_time_begins_in_between(villa, site, systems):
    hours.save(site.property, Hours(check_in=Hours().check_in.replace(hour=16), check_out=Hours().check_out), now=NOON)
    systems.calendar = airbnb(reserved("HMDST33333", "20261031", "20261102"))
    read(villa)

    stay = Stay.objects.get(external_key="HMDST33333")
    assert (stay.arrives_at, stay.departs_at) == (
        datetime(2026, 10, 31, 20, tzinfo=UTC),  # four hours behind
        datetime(2026, 11, 2, 16, tzinfo=UTC),  # five
    )
