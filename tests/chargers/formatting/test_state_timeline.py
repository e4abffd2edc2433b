"""Lanes of states: cut at the edges, offline over everything else."""

from datetime import UTC, datetime, timedelta

from chargers.formatting import state_timeline
from chargers.formatting.state_timeline import State

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def state(code: str, first: float, last: float) -> State:
    return State(code=code, words=code, since=NOON + first * HOUR, until=NOON + last * HOUR)


def test_a_lane_is_as_wide_as_its_time_and_cut_at_its_edges():
    lane = state_timeline.draw_lane(
        "1", [state("free", -5, 12), state("faulted", 12, 30)], since=NOON, until=NOON + 24 * HOUR
    )

    assert [(piece.x, piece.width, piece.tone) for piece in lane.pieces] == [(0, 360, "ok"), (360, 360, "bad")]


def test_a_short_outage_is_still_seen_within_the_picture():
    lane = state_timeline.draw_lane("1", [state("faulted", 23.999, 24)], since=NOON, until=NOON + 24 * HOUR)

    assert [(piece.x, piece.width) for piece in lane.pieces] == [(719, 1)]


def test_while_a_charger_is_offline_its_last_status_says_nothing():
    found = state_timeline.overlay_states([state("free", 0, 10)], [state("offline", 2, 3), state("offline", 9, 12)])

    assert [(one.code, (one.since - NOON) / HOUR, (one.until - NOON) / HOUR) for one in found] == [
        ("free", 0, 2),
        ("offline", 2, 3),
        ("free", 3, 9),
        ("offline", 9, 12),
    ]


def test_what_nothing_is_known_of_stays_empty():
    assert state_timeline.draw_lane("1", [], since=NOON, until=NOON + HOUR).pieces == []
