"""A charger that keeps to OCPP is never slowed; one that floods is slowed, then ended; a pause makes good."""

from chargers.gateway.pace import BYTES_A_SECOND, Pace


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
    sent(pace, frames=8000, size=100, at=at)

    assert (early, pace.is_flooding) == (False, True)


def test_a_pause_makes_good():
    pace = Pace(now=0)
    at, _ = sent(pace, frames=5000, size=100, at=0)

    sent(pace, frames=1, size=100, at=at + 60)

    assert pace.slowed_s == 0
