"""Jobs: every code has its pattern, and says its facts."""

from chargers.sentences import catalogue, jobs, stored
from chargers.sentences.jobs import JobCode


def test_every_code_has_a_pattern():
    assert set(JobCode) == set(jobs.PATTERNS)


def test_it_says_who_cancelled():
    assert (
        catalogue.english(stored.build_sentence(JobCode.CANCELLED, who="kim@example.com"))
        == "Cancelled by kim@example.com."
    )
