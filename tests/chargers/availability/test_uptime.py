"""Uptime by 23 CFR 680.116(b)(3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chargers.availability import uptime
from chargers.availability.uptime import Down, Span

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
YEAR = Span(JANUARY, JANUARY + 525_600 * MINUTE)


def span(first: int, last: int) -> Span:
    """By minutes of the year."""
    return Span(JANUARY + first * MINUTE, JANUARY + last * MINUTE)


def test_it_is_the_formula_of_the_regulation():
    """15,768 minutes of outage are 3 %, of which 5,256 are excluded: 98 %."""
    found = uptime.measure(YEAR, [span(1000, 16_768)], excluded=[span(1000, 6256)], nevi_excluded=[span(1000, 6256)])

    assert found.raw_pct == Decimal("97.00")
    assert found.nevi_pct == Decimal("98.00")


def test_an_exclusion_counts_only_where_there_was_an_outage():
    found = uptime.measure(YEAR, [span(0, 5256)], excluded=[span(5000, 50_000), span(5100, 5200)], nevi_excluded=[])

    assert found.excluded == 256 * MINUTE
    assert found.nevi_pct == found.raw_pct == Decimal("99.00")
    assert found.pct == Decimal("99.05")


def test_a_port_is_down_while_the_charger_is_or_all_of_its_connectors_are():
    down = Down(whole=[span(100, 200)], connectors=[[span(0, 50), span(190, 400)], [span(40, 60), span(300, 500)]])

    assert uptime.outages_of(down) == [span(40, 50), span(100, 200), span(300, 400)]


def test_it_reaches_100_percent_only_without_any_outage():
    assert uptime.measure(YEAR, [span(0, 1)], excluded=[], nevi_excluded=[]).pct == Decimal("99.99")
    assert uptime.measure(YEAR, [], excluded=[], nevi_excluded=[]).pct == Decimal("100.00")


def test_several_ports_count_by_their_time():
    one = uptime.measure(YEAR, [span(0, 52_560)], excluded=[], nevi_excluded=[])
    other = uptime.measure(YEAR, [], excluded=[], nevi_excluded=[])

    assert (one + other).pct == Decimal("95.00")
    assert uptime.zero_times().pct is None


def test_spans_are_split_at_the_ends_of_days():
    days = [span(0, 1440), span(1440, 2880), span(2880, 4320)]

    split = uptime.split([span(1430, 2900), span(100, 110), span(1440, 1445), span(4300, 9999)], days)

    assert split == [20 * MINUTE, 1445 * MINUTE, 40 * MINUTE]
