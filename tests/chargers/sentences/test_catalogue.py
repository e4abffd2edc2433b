"""Every sentence that rows of chargers may hold has one code and one pattern."""

from chargers.sentences import catalogue, commands, credentials, stored, upkeep
from chargers.sentences.credentials import CredentialCode
from chargers.sentences.upkeep import UpkeepCode


def test_every_code_has_a_pattern_and_none_has_two():
    assert set(CredentialCode) == set(credentials.PATTERNS)
    assert set(UpkeepCode) == set(upkeep.PATTERNS)
    assert len(catalogue.PATTERNS) == len(commands.PATTERNS) + len(credentials.PATTERNS) + len(upkeep.PATTERNS)


def test_it_says_a_command_and_what_followed_in_one_text():
    found = (*commands.answered("SendLocalList", "Sideways"), *stored.one(UpkeepCode.LIST_REFUSED_TWICE))

    assert catalogue.english(found) == (
        "The charger answered Sideways. The full list was sent once more, and refused again."
    )


def test_it_says_the_facts_of_a_fault():
    found = stored.one(CredentialCode.CSR_COMMON_NAME, names="CP1, CP2", charger_id="CP3")

    assert catalogue.english(found) == "Its subject names CN CP1, CP2: it must be the charger's id CP3."
