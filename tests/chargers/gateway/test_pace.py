"""A charger that keeps to OCPP is never slowed; one that floods is slowed, then ended; a pause makes good."""

from chargers.gateway.pace import BYTES_A_SECOND, LONGEST_PAUSE_S, REFILLED_AFTER_S, Pace, Paces, pause_s


def sent(pace: Pace, *, frames: int, size: int, at: float, every_s: float = 0.0) -> tuple[float, float]:
    """Waits as it is told to; the time at the end, and how much of it was waited."""
    waited = 0.0
    for _ in range(frames):
        wait = pace.wait_s(size, now=at)
        at, waited = at + every_s + wait, waited + wait
    return at, waited


def test_it_never_slows_a_charger_that_waits_for_its_answers():
    pace = Pace(now=0)

    _, waited = sent(pace, frames=20_000, size=400, at=0, every_s=0.006)

    assert waited == 0
    assert not pace.is_flooding


def test_it_takes_a_large_inventory_at_once():
    assert sent(Pace(now=0), frames=60, size=250_000, at=0)[1] == 0


def test_it_slows_a_flood_of_frames_to_what_all_can_bear():
    at, _ = sent(Pace(now=0), frames=4000, size=100, at=0)

    assert 9.9 < at < 10.1


def test_it_slows_a_flood_of_bytes():
    at, _ = sent(Pace(now=0), frames=160, size=256 * 1024, at=0)

    assert at > 160 * 256 * 1024 / BYTES_A_SECOND - 17


def test_it_gives_up_on_a_flood_that_goes_on():
    pace = Pace(now=0)

    at, _ = sent(pace, frames=2100, size=100, at=0)
    early = pace.is_flooding
    sent(pace, frames=25_000, size=100, at=at)

    assert (early, pace.is_flooding) == (False, True)


def ahead(pace: Pace, *actions: str, times: int, every_s: float, at: float = 0.0) -> float:
    """None waits for the answer to the one before."""
    for _ in range(times):
        for action in actions:
            pace.run_ahead(action, now=at)
        at += every_s
    return at


def test_a_boot_with_a_thousand_outlets_and_a_day_offline_is_made_to_wait_and_taken_in_whole():
    pace = Pace(now=0)

    at = ahead(pace, "StatusNotification", times=1000, every_s=0.001)
    ahead(pace, "TransactionEvent", times=1000, every_s=0.001, at=at)

    assert (pace.is_far_ahead, pace.is_flooding) == (True, False)


def test_a_station_of_a_hundred_outlets_that_reports_every_second_is_never_made_to_wait():
    pace = Pace(now=0)

    for second in range(3600):
        ahead(pace, *["TransactionEvent"] * 100, times=1, every_s=0.0, at=float(second))
        assert not pace.is_far_ahead


def test_twenty_thousand_stored_messages_sent_at_once_are_slowed_and_never_closed():
    pace = Pace(now=0)

    at, _ = sent(pace, frames=20_000, size=400, at=0)
    ahead(pace, "MeterValues", times=20_000, every_s=0.0)

    assert at > 60
    assert (pace.is_far_ahead, pace.is_flooding) == (True, False)


def test_what_no_charger_stores_is_closed_soon_and_everything_else_in_the_end():
    beats, values = Pace(now=0), Pace(now=0)

    at = ahead(beats, "Heartbeat", times=1200, every_s=1 / 200)
    ahead(values, "MeterValues", times=50_000, every_s=1 / 200)

    assert (at < 10, beats.is_flooding, values.is_flooding) == (True, True, True)


def made_to_wait(pace: Pace, action: str, *, times: int, at: float = 0.0) -> float:
    """As the consumer does: each call beyond the allowance waits for the answer to the one before, and a pause."""
    for _ in range(times):
        pace.run_ahead(action, now=at)
        if pace.is_far_ahead:
            at += 0.01 + pause_s(0.01)
            pace.waited(now=at)
    return at


def test_a_flood_of_statuses_is_made_to_wait_at_once_and_closed_within_two_minutes():
    pace = Pace(now=0)

    at = made_to_wait(pace, "StatusNotification", times=3001)

    assert pace.is_flooding
    assert 60 < at < 120


def test_what_thirty_days_offline_leave_behind_is_taken_in_whole_however_slowly_it_is_read():
    pace = Pace(now=0)

    at = made_to_wait(pace, "MeterValues", times=21_000)

    assert (pace.is_far_ahead, pace.is_flooding) == (True, False)
    assert at > 600


def test_who_runs_ahead_and_then_keeps_to_the_rules_is_forgiven():
    pace = Pace(now=0)
    ahead(pace, "", times=500, every_s=0.0)
    assert pace.is_far_ahead

    pace.run_ahead("MeterValues", now=600.0)

    assert not pace.is_far_ahead


def test_a_call_far_ahead_takes_a_quarter_of_the_time_and_pauses_for_half_a_second_at_most():
    assert round(pause_s(0.01), 3) == 0.03
    assert pause_s(15.0) == LONGEST_PAUSE_S == 0.5


def test_a_pause_makes_good():
    pace = Pace(now=0)
    at, _ = sent(pace, frames=5000, size=100, at=0)

    sent(pace, frames=1, size=100, at=at + 60)

    assert pace.slowed_s == 0


def test_a_new_connection_does_not_renew_the_allowance():
    paces = Paces()
    first = paces.join(1, now=0)
    at, _ = sent(first, frames=2100, size=100, at=0)
    paces.leave(first, now=at)
    del first

    again = paces.join(1, now=at + 1)

    assert sent(again, frames=400, size=100, at=at + 1)[1] > 0.9
    assert sent(paces.join(2, now=at), frames=400, size=100, at=at)[1] == 0


def test_a_flood_that_was_ended_is_ended_again_at_once():
    paces = Paces()
    first = paces.join(1, now=0)
    at, _ = sent(first, frames=27_000, size=100, at=0)
    assert first.is_flooding
    paces.leave(first, now=at)
    del first

    again = paces.join(1, now=at)

    assert again.wait_s(100, now=at) > 0
    assert again.is_flooding


def test_a_charger_that_stayed_away_has_its_whole_allowance_again_and_nothing_is_kept_of_it():
    paces = Paces()
    pace = paces.join(1, now=0)
    at, _ = sent(pace, frames=27_000, size=100, at=0)
    paces.leave(pace, now=at)
    del pace

    paces.join(2, now=at + REFILLED_AFTER_S)

    assert dict(paces._used) == {}
    assert sent(paces.join(1, now=at + REFILLED_AFTER_S), frames=2000, size=100, at=at + REFILLED_AFTER_S)[1] == 0


def test_a_connection_that_takes_over_shares_the_allowance_for_as_long_as_it_lasts():
    paces = Paces()
    old, new = paces.join(1, now=0), paces.join(1, now=0)
    paces.leave(old, now=1)

    assert new is old
    assert paces.join(1, now=10 * REFILLED_AFTER_S) is new
