"""Every sentence that rows of chargers may hold has one code and one pattern."""

from chargers.sentences import cases, catalogue, commands, credentials, jobs, stored, upkeep
from chargers.sentences.upkeep import UpkeepCode


def test_no_code_has_two_patterns():
    parts = (cases.PATTERNS, commands.PATTERNS, credentials.PATTERNS, jobs.PATTERNS, upkeep.PATTERNS)

    assert len(catalogue.PATTERNS) == sum(len(one) for one in parts)


def test_it_says_a_command_and_what_followed_in_one_text():
    found = (
        *commands.describe_status("SendLocalList", "Sideways"),
        *stored.build_sentence(UpkeepCode.LIST_REFUSED_TWICE),
    )

    assert catalogue.english(found) == (
        "The charger answered Sideways. The full list was sent once more, and refused again."
    )
