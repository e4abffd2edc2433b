"""What the assistant looks up for a topic: bookings that do not come, by a host's own systems."""

from datetime import UTC, datetime

from support.assistant.aspects import Aspect
from support.lookup import topic_lookup
from support.models import Conversation
from support.topics.details import Detail
from tests.kit.connected_systems import fail, guesty
from tests.kit.world import World

__all__ = ["guesty"]
NOW = datetime.now(tz=UTC)


def looked(world: World, aspect: Aspect = Aspect.BOOKINGS, **given: str):
    row = Conversation(asker="host", language="en", user=world.owner, host=world.host, opened_at=NOW)
    row.given = {Detail[name].value: value for name, value in given.items()}
    return topic_lookup.collect_findings(row, 8, aspect).findings


def test_the_assistant_says_what_fails_since_when_and_who_has_to_act(world: World, guesty):
    waiting = "Listings of Our Guesty without a unit: Apartment 2B. 3 bookings wait for that"
    assert waiting in looked(world).statements[0]
    fail(guesty)

    found = looked(world)
    [text] = found.statements
    assert "No bookings have come from Our Guesty since" in text
    assert "Guesty refused the credentials (401). Make new ones there and enter them here." in text
    assert "You can put this right yourselves." in text
    assert waiting in text
    assert "://" not in text
    assert (found.is_answer, found.needs) == (True, ())
    assert {Detail.PMS_NAME, Detail.PMS_CONNECTED} <= found.known_details


def test_a_question_about_a_charger_is_answered_with_chargers_alone(world: World, guesty):
    fail(guesty)
    of_charger, of_both = looked(world, Aspect.ASSIGN), looked(world, Aspect.NONE)

    assert "Guesty" not in " ".join(of_charger.statements)
    assert of_charger.needs == of_both.needs == (Detail.CHARGER_ID,)
    assert "charger" in of_both.statements[0]
    assert "Our Guesty" in of_both.statements[1]


def test_without_a_connection_the_name_is_asked_and_the_page_is_named(world: World):
    assert Detail.PMS_NAME not in looked(world).known_details
    assert "No property system is connected here yet" in looked(world, PMS_NAME="Guesty").statements[0]
