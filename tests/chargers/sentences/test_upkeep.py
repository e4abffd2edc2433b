"""Local lists and profiles: every code has its pattern, and says its facts."""

from chargers.sentences import catalogue, stored, upkeep
from chargers.sentences.upkeep import UpkeepCode


def test_every_code_has_a_pattern():
    assert set(UpkeepCode) == set(upkeep.PATTERNS)


def test_it_says_the_facts_of_a_drift():
    found = stored.build_sentence(UpkeepCode.LIST_CHANGED, reported=7, ours=1)

    assert catalogue.english(found) == "It had version 7, where version 1 was ours: somebody else changed its list."
