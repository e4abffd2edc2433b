"""Waves: the next one begins when the last is over, and a job stops itself when too much failed."""

import pytest

from chargers.jobs import waves
from chargers.jobs.waves import Standing, WaveCounts


def test_a_wave_waits_for_the_one_before_it():
    found = [WaveCounts(wave=1, sent=1, done=4), WaveCounts(wave=2, queued=5)]

    assert waves.decide_next_step(found, stops_at_pct=20, accepted=0) == Standing(wave=1)


def test_the_next_wave_begins_when_the_last_is_over():
    found = [WaveCounts(wave=2, queued=5), WaveCounts(wave=1, done=5)]

    assert waves.decide_next_step(found, stops_at_pct=20, accepted=0) == Standing(wave=2)


@pytest.mark.parametrize(("failed", "stops"), [(1, False), (2, True)])
def test_it_stops_itself_when_more_than_the_share_failed(failed, stops):
    found = [WaveCounts(wave=1, done=5 - failed, failed=failed), WaveCounts(wave=2, queued=5)]

    expected = Standing(stopped_at=1) if stops else Standing(wave=2)
    assert waves.decide_next_step(found, stops_at_pct=20, accepted=0) == expected


@pytest.mark.parametrize(("failed", "expected"), [(2, Standing(wave=1)), (4, Standing(stopped_at=1))])
def test_it_stops_within_a_wave_only_when_the_rest_cannot_save_it(failed, expected):
    found = [WaveCounts(wave=1, queued=6 - failed, failed=failed)]

    assert waves.decide_next_step(found, stops_at_pct=50, accepted=0) == expected


def test_it_goes_on_where_a_person_accepted_the_failures():
    found = [WaveCounts(wave=1, failed=5), WaveCounts(wave=2, queued=5)]

    assert waves.decide_next_step(found, stops_at_pct=0, accepted=1) == Standing(wave=2)


def test_it_never_stops_itself_at_a_hundred():
    found = [WaveCounts(wave=1, failed=5), WaveCounts(wave=2, queued=5)]

    assert waves.decide_next_step(found, stops_at_pct=100, accepted=0) == Standing(wave=2)


def test_what_was_skipped_is_no_failure_and_the_end_is_the_end():
    assert waves.decide_next_step([WaveCounts(wave=1)], stops_at_pct=0, accepted=0) == Standing()


def test_it_divides_chargers_among_waves():
    assert [waves.wave_of(position, size=2) for position in range(5)] == [1, 1, 2, 2, 3]
    assert waves.wave_of(999, size=None) == 1
