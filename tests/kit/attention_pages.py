"""What the tests of attention.attention and attention.views share."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from chargers.fleet.presence import StatusFacts
from chargers.models import Charger

NOW = datetime.now(tz=UTC)


@pytest.fixture
def online(world):
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=NOW - timedelta(days=60))
    return world


def offline(charger, *, minutes):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id=None, disconnected_at=datetime.now(tz=UTC) - timedelta(minutes=minutes)
    )


def fault(charger, *, at, status="Faulted", error="GroundFailure"):
    facts = StatusFacts(
        evse_number=1,
        connector_number=1,
        status=status,
        error_code=error,
        vendor_error_code="",
        status_info="",
        stated_at="",
        at=at,
    )
    presence.report_status(charger, facts, now=at)


def labels(client, address="/attention/"):
    """Returns the subjects of the list's rows, or of the cards of Home."""
    heads = r'(?:<td class="nowrap">|<div class="need-head">\s*<p>)<a class="strong" href="[^"]+">([^<]+)</a>'
    return re.findall(heads, client.get(address).text)
