"""What the diagnosis is given of a charger that is away."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from chargers.lib import ids
from chargers.models import Charger, Command
from support.diagnosis import presentation
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


@pytest.fixture
def away(world: World) -> Charger:
    """Lost at noon."""
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=None, disconnected_at=NOON)
    return Charger.objects.select_related("property").get(pk=world.charger.pk)


def reset(charger: Charger, *, state: str = "accepted") -> None:
    Command.objects.create(
        id=ids.generate(now=NOON), charger=charger, action="Reset", payload={"type": "Soft"},
        origin="user:eve@example.com", state=state, created_at=NOON, sent_at=NOON,
        expires_at=NOON + timedelta(minutes=1),
    )  # fmt: skip


def test_a_charger_that_we_restarted_says_so_to_everybody_until_five_minutes_are_over(away):
    reset(away)

    [told] = presentation.of_charger(away, now=minutes(4)).findings
    assert told.title == "We restarted the charger a moment ago"
    with translation.override("nl"):
        guest = presentation.of_charger_for_guest(away, now=minutes(4))
    assert guest is not None
    assert guest.meaning == "We hebben het laadpunt zojuist opnieuw gestart. Het is nog niet terug."
    later = presentation.of_charger(away, now=minutes(6)).findings
    assert [one.title for one in later] == ["No contact with the charger", "The charger lost its power"]


def test_a_restart_that_was_refused_explains_nothing(away):
    reset(away, state="rejected")

    assert presentation.of_charger(away, now=minutes(4)).findings[0].title == "No contact with the charger"
