"""Old English of commands becomes codes with facts, once, and nothing of it is lost."""

from datetime import UTC, datetime

import pytest

from chargers.lib import ids
from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._stored_sentences import Reader
from chargers.sentences import commands, stored
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
READER = Reader(COMMANDS)
CASES = [
    ("The charger is offline: nothing was sent.", ["command.offline"]),
    ("The charger refused. It says: Busy. Try later.", ["answered.Rejected", "answered.says"]),
    ("The charger answered with the error InternalError: out of memory.", ["command.error_with_words"]),
    ("The charger answered with the error GenericError.", ["command.error"]),
    ("The charger answered Sideways.", ["answered.other"]),
    ("The charger told 1 setting. It does not know B, C.", ["settings.one", "settings.also_unknown"]),
    (
        "The charger changed 1 of 2 settings. C.W: the charger has no such setting.",
        ["each.settings_changed", "free"],
    ),
    (
        "The session goes on. The charger has no messages about sessions to deliver.",
        ["transaction.goes_on", "transaction.no_messages_left"],
    ),
    ('It was not sent: type is "Warm": write one of Hard, Soft.', ["free"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "codes"), CASES)
def test_it_reads_a_text_as_codes_and_says_it_word_for_word_again(text, codes):
    found = READER.read(text)

    assert [sentence["code"] for sentence in found] == codes
    assert READER.english(found) == text
    assert commands.english(stored.read(found)) == text.replace("told", "reported")


@landed
def test_old_rows_get_codes_and_go_back_to_the_same_english(world: World, migrate: Migrate):
    before, after = [("chargers", "0018_transactions_by_decision")], [("chargers", "0019_outcomes_of_commands")]
    old = migrate(before)
    for text, _ in CASES:
        old.get_model("chargers", "Command").objects.create(
            id=ids.new(now=NOW),
            charger_id=world.charger.pk,
            action="Reset",
            payload={},
            origin="guest",
            state="rejected",
            created_at=NOW,
            expires_at=NOW,
            outcome=text,
        )

    new = migrate(after)
    rows = new.get_model("chargers", "Command").objects.order_by("id")
    assert [[one["code"] for one in row.outcome_sentences] for row in rows] == [codes for _, codes in CASES]

    back = migrate(before).get_model("chargers", "Command").objects.order_by("id")
    assert [row.outcome for row in back] == [text for text, _ in CASES]
