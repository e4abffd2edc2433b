"""What is said of commands: by action where a status means something of its own."""

from chargers.sentences import commands, stored
from chargers.sentences.commands import CommandCode


def test_it_says_what_a_status_means_by_its_action_where_that_matters():
    assert commands.english(commands.describe_acceptance("Reset")) == "The charger will restart."
    assert commands.english(commands.describe_acceptance("MakeCoffee")) == "The charger accepted."
    assert commands.english(commands.describe_status("Reset", "Rejected")) == "The charger refused."
    assert commands.english(commands.describe_status("GetCompositeSchedule", "Rejected")) == (
        "The charger cannot report its schedule."
    )
    assert commands.english(commands.describe_status("Reset", "Sideways")) == "The charger answered Sideways."


def test_it_lists_what_did_not_go():
    entries = [commands.entry("A.B", "NotFound"), commands.entry("C", "Odd")]
    found = (
        *stored.build_sentence(CommandCode.SETTINGS_CHANGED, done=1, asked=3),
        *stored.build_sentence(CommandCode.ENTRIES, entries=entries),
    )

    assert commands.english(found) == (
        "The charger changed 1 of 3 settings. A.B: the charger has no such monitor; C: Odd."
    )


def test_it_says_a_number_in_the_singular_and_the_plural():
    def periods(count):
        return commands.describe_count(CommandCode.SCHEDULE_OF_ONE, CommandCode.SCHEDULE, count=count)

    assert commands.english(periods(1)) == "The charger reported its schedule: 1 period."
    assert commands.english(periods(2)) == "The charger reported its schedule: 2 periods."


def test_every_code_has_a_pattern():
    assert {str(code) for code in CommandCode} <= set(commands.PATTERNS)
