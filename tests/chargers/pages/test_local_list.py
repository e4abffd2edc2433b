"""How a charger's local list stands, in a sentence."""

import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import CardMemory, Charger
from chargers.pages import local_list

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def sentence(charger: Charger, state: str, *, online: bool) -> str:
    charger.connection_id = uuid.uuid4() if online else None
    CardMemory.objects.update_or_create(charger=charger, defaults={"state": state})
    return local_list.state_sentence(local_list.load_local_list_status(charger))


@pytest.mark.parametrize(
    ("state", "online", "start"),
    [
        ("in_step", True, "The charger holds the cards that it should."),
        ("in_step", False, "The charger holds the cards that it should. It is offline now."),
        ("pending", False, "The charger is offline. It gets the list of that moment when it is back."),
        ("pending", True, "The list is on its way to the charger."),
        ("not_supported", True, "The charger keeps no local list."),
        ("off", True, "No list is kept here"),
    ],
)
def test_it_says_how_the_list_stands(charger: Charger, state: str, online: bool, start: str):
    assert sentence(charger, state, online=online).startswith(start)


def test_a_charger_that_was_never_looked_at_has_no_list_and_gets_no_row(charger: Charger):
    status = local_list.load_local_list_status(charger)

    assert local_list.state_sentence(status).startswith("No list is kept here")
    assert not CardMemory.objects.exists()
