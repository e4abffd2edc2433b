"""Passwords and certificates: every code has its pattern, and says its facts."""

from chargers.sentences import catalogue, credentials, stored
from chargers.sentences.credentials import CredentialCode


def test_every_code_has_a_pattern():
    assert set(CredentialCode) == set(credentials.PATTERNS)


def test_it_says_the_facts_of_a_fault():
    found = stored.build_sentence(CredentialCode.CSR_COMMON_NAME, names="CP1, CP2", charger_id="CP3")

    assert catalogue.english(found) == "Its subject names CN CP1, CP2: it must be the charger's id CP3."
