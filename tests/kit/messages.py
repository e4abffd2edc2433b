"""What the tests of arrivals.messages and arrivals.texts share."""

import pytest

from authorization.models import Stay
from billing.models import ArrivalPolicy
from chargers.models import Property
from tests.kit import bookings
from tests.kit import site as sites
from tests.kit.bookings import DAY, booking, now


@pytest.fixture
def site():
    made = sites.build()
    Property.objects.update(time_zone="America/New_York")
    ArrivalPolicy.objects.create(host=made.host, is_enabled=True, hours_before=48, language="en")
    return made


@pytest.fixture
def delivering(settings, monkeypatch):
    """Provides a mail server that accepts what is sent."""
    monkeypatch.setattr("authorization.accounts.mail.leave_the_house", lambda: True)


def coming(site, *, kind="ical", code="HMABC12345", **fields) -> Stay:
    return booking(
        bookings.connection(site.host, kind=kind), site.property, site.unit, code=code,
        **{"arrives_at": now() + DAY, "departs_at": now() + 4 * DAY, **fields},
    )  # fmt: skip
