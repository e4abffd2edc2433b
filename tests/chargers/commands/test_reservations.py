"""Reservations: from the asking to their use or their end. Every change is a conditional update."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import reservations
from chargers.models import Reservation
from tests.kit.command_effects import person
from tests.kit.connected import charger

__all__ = ["charger", "person"]


@pytest.mark.django_db(transaction=True)
def test_a_reservation_runs_out(charger, person):
    now = datetime.now(tz=UTC)
    for number, until_ in ((1, now - timedelta(seconds=1)), (2, now + timedelta(seconds=1))):
        Reservation.objects.create(
            charger=charger, number=number, id_token="04A1", until=until_, state="active", created_at=now
        )

    assert reservations.sweep(now=now) == 1

    assert dict(Reservation.objects.values_list("number", "state")) == {1: "expired", 2: "active"}
