"""Cases of transactions: every code has its pattern, and says its facts."""

from chargers.sentences import cases, catalogue, stored
from chargers.sentences.cases import CaseCode


def test_every_code_has_a_pattern():
    assert set(CaseCode) == set(cases.PATTERNS)


def test_it_says_the_facts_of_a_case():
    found = stored.build_sentence(CaseCode.TOO_MUCH_ENERGY, energy_kwh="899.000", took="59 min")

    assert catalogue.english(found) == "899.000 kWh in 59 min is more than any charger can give."
