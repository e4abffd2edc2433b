"""What a receipt says of idle time."""

import pytest

from billing.sessions.documents import document_text

IDLE = {
    "from": "2026-03-10T17:00:00+00:00",
    "to": "2026-03-10T17:20:00+00:00",
    "grace_s": 0,
    "grace_min": 0,
    "billed_minutes": 20,
    "per_min": "0.20",
    "cap": None,
}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, False),
        ({"grace_min": 10, "grace_s": 600, "billed_minutes": 10}, True),
        ({"grace_min": 10}, True),
    ],
)
def test_it_speaks_of_minutes_that_were_not_billed_only_where_the_rate_spares_some(parts, said):
    told = document_text.idle_time({"report": {"currency": "USD", "idle": IDLE | parts}})

    assert any(sentence.startswith("Not billed:") for sentence in told) is said


@pytest.mark.parametrize(
    ("billed_minutes", "said"),
    [
        (0, "Plugged in without charging for under a minute, at 10 Mar 2026, 17:00 UTC: nothing is billed for it."),
        (1, "Plugged in without charging from"),
    ],
)
def test_idle_time_of_seconds_is_under_a_minute(billed_minutes, said):
    parts = {"to": "2026-03-10T17:00:12+00:00", "grace_min": 10, "billed_minutes": billed_minutes}

    told = document_text.idle_time({"report": {"currency": "USD", "idle": IDLE | parts}})

    assert told[0].startswith(said)
    assert (len(told) == 1) is not bool(billed_minutes)
