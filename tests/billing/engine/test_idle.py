"""Idle minutes: only those that were seen, after grace, outside free windows, in contact."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.engine import idle
from billing.engine.price import price
from billing.engine.rate import tariff
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import ContactGap, PricedSession, SessionFacts, parse_session
from tests.kit.rating_sessions import Json, at, meter, priced, rate, session, start, status, stop

CHARGED = (start("10:00"), status("10:00", "Charging"), meter("11:00", 7000))


def idle_minutes(*events: Json, clock: str = "UTC", **idle: Any) -> int:
    fee = {"per_min": "0.40", "grace_min": 10, **idle}
    return priced(*events, rate=rate(idle=fee), timezone=clock).idle_minutes


@pytest.mark.parametrize("waiting", ["SuspendedEV", "Finishing"])
@pytest.mark.parametrize("ending", ["Available", "Charging", "SuspendedEVSE", "Faulted", "Unavailable", "Preparing"])
def test_it_counts_from_the_end_of_charging_to_the_next_status(waiting: str, ending: str) -> None:
    events = (*CHARGED, status("11:00", waiting), status("11:45:59", ending), stop("13:00", 7000))
    assert idle_minutes(*events) == 35


@pytest.mark.parametrize("harmless", ["SuspendedEVSE", "Faulted", "Unavailable", "Charging"])
def test_it_counts_nothing_while_the_charger_or_nobody_withholds_energy(harmless: str) -> None:
    events = (*CHARGED, status("11:00", harmless), stop("13:00", 7000), status("13:00", "Available"))
    assert idle_minutes(*events) == 0


def test_it_goes_on_from_suspended_to_finishing_and_past_the_stop() -> None:
    events = (*CHARGED, status("11:00", "SuspendedEV"), stop("11:30", 7000), status("11:30", "Finishing"))
    assert idle_minutes(*events, status("12:00", "Available")) == 50


def test_it_ends_with_the_first_other_status_after_the_stop() -> None:
    events = (*CHARGED, stop("11:00", 7000), status("11:00", "Finishing"), status("11:30", "Available"))
    assert idle_minutes(*events, status("11:40", "SuspendedEV"), status("13:00", "Available")) == 20


def test_it_counts_an_end_that_was_not_seen_only_to_the_last_contact() -> None:
    assert idle_minutes(*CHARGED, status("11:00", "SuspendedEV"), stop("11:20", 7000)) == 10


def test_it_counts_nothing_where_no_stop_came() -> None:
    assert idle_minutes(*CHARGED, status("11:00", "SuspendedEV"), status("13:00", "Available")) == 0


def test_it_gives_grace_again_when_energy_flowed_between() -> None:
    events = (
        *CHARGED,
        status("11:00", "SuspendedEV"),
        status("11:30", "Charging"),
        meter("11:30", 7000),
        meter("11:40", 8000),
        status("11:40", "SuspendedEV"),
        stop("12:10", 8000),
        status("12:10", "Available"),
    )
    assert idle_minutes(*events) == 40


def test_it_gives_grace_once_when_no_energy_flowed_between() -> None:
    events = (
        *CHARGED,
        status("11:00", "SuspendedEV"),
        status("11:04", "Charging"),
        status("11:05", "SuspendedEV"),
        stop("11:35", 7000),
        status("11:35", "Available"),
    )
    assert idle_minutes(*events) == 4 + 30 - 10


@pytest.mark.parametrize(
    ("began", "ended", "minutes"),
    [
        ("21:30", "23:00", 20),  # the grace ends at 21:40, the free window begins at 22:00
        ("21:55", "23:00", 0),
        ("22:30", "06:59", 0),
        ("23:00", "07:30", 30),  # the grace ran in the free window
        ("21:30", "07:30", 50),
    ],
)
def test_it_takes_nothing_for_free_windows(began: str, ended: str, minutes: int) -> None:
    ended_day = "2026-03-10" if ended > "12:00" else "2026-03-11"
    events = (
        start("20:00"),
        meter(began, 7000),
        status(began, "SuspendedEV"),
        stop(ended, 7000, day=ended_day),
        status(ended, "Available", day=ended_day),
    )
    assert idle_minutes(*events, free_windows=[["22:00", "07:00"]]) == minutes


def test_it_reads_free_windows_on_the_wall_clock() -> None:
    events = (
        start("10:00"),
        status("11:00", "SuspendedEV"),
        stop("13:00", 7000),
        status("13:00", "Available"),
    )
    # 11:00Z to 13:00Z is 07:00 to 09:00 in New York.
    assert idle_minutes(*events, clock="America/New_York", grace_min=0, free_windows=[["08:00", "12:00"]]) == 60


def test_it_counts_the_hour_that_the_clock_repeats_twice() -> None:
    day = "2026-11-01"
    events = (
        start("03:00", day=day),
        status("04:00", "SuspendedEV", day=day),
        stop("08:00", 7000, day=day),
        status("08:00", "Available", day=day),
    )
    # 04:00Z to 08:00Z is 00:00 to 03:00 on a wall clock that shows 01:00 to 02:00 twice.
    minutes = idle_minutes(*events, clock="America/New_York", grace_min=0, free_windows=[["01:00", "02:00"]])
    assert minutes == 120


def test_it_takes_nothing_for_minutes_without_contact() -> None:
    found = session(
        *CHARGED,
        status("11:00", "SuspendedEV"),
        stop("12:00", 7000),
        status("12:00", "Available"),
        rate=rate(idle={"per_min": "0.40", "grace_min": 10}),
    )
    gaps = (gap("11:05", "11:20"), gap("11:15", "11:30"), gap("11:50", "13:00"))
    facts = SessionFacts(events=found.facts.events, contact_gaps=gaps)

    assert price(rate=found.rate, facts=facts, zone=found.zone).idle_minutes == 20


def gap(began: str, ended: str) -> ContactGap:
    return ContactGap(start=datetime.fromisoformat(at(began)), end=datetime.fromisoformat(at(ended)))


def test_it_counts_a_running_session_up_to_now() -> None:
    found = session(
        *CHARGED, status("11:00", "SuspendedEV"), rate=rate(idle={"per_min": "0.40", "grace_min": 10, "cap": "5.00"})
    )
    now = datetime(2026, 3, 10, 11, 15, tzinfo=UTC)

    reports = [
        price(rate=found.rate, facts=found.facts, zone=found.zone, as_of=now + timedelta(minutes=later))
        for later in (0, 5, 60)
    ]

    assert [report.idle_minutes for report in reports] == [5, 10, 65]
    assert [report.subtotal_minor - 295 for report in reports] == [200, 400, 500]


WAITED = (*CHARGED, status("11:00", "SuspendedEV"), stop("12:30", 7000), status("12:30", "Available"))


def withheld(*spans: tuple[str, str], grace: int = 10) -> Any:
    fee = {"per_min": "0.40", "grace_min": grace}
    return priced(*WAITED, rate=rate(idle=fee), withheld=[[at(begins), at(ends)] for begins, ends in spans])


def test_it_counts_no_time_in_which_the_limit_withheld_power() -> None:
    assert withheld().idle_minutes == 80
    report = withheld(("11:20", "12:00"))
    assert report.idle_minutes == 40
    assert report.idle is not None
    assert report.idle.withheld == timedelta(minutes=40)
    (line,) = [line for line in report.lines if line.component == "idle"]
    assert "40 min in which power was withheld by the site's limit" in line.reason


def test_withheld_time_uses_up_no_grace() -> None:
    assert withheld(("11:00", "12:00")).idle_minutes == 20
    assert withheld(("10:30", "12:25")).idle_minutes == 0


def test_it_says_why_there_is_no_idle_fee_where_power_was_withheld_all_the_time() -> None:
    report = withheld(("10:00", "13:00"), grace=0)
    assert report.idle_minutes == 0
    assert not [line for line in report.lines if line.component == "idle"]
    assert [note.sentence for note in report.notes] == [
        "Power was withheld by the site's limit for 1 h 30 min: that is not idle time."
    ]


def test_spans_that_overlap_are_taken_off_once() -> None:
    assert withheld(("11:20", "12:00"), ("11:30", "11:40"), ("11:50", "12:10"), grace=0).idle_minutes == 40


def _guest_who_stays(*, notices: tuple[str, ...] = (), only_after_notice: bool = False) -> PricedSession:
    """Charges for an hour from noon, is done at 13:00 and stays until 14:00, with 10 minutes of grace."""
    definition = {
        "energy": [{"name": "all day", "price": "0.40"}],
        "idle": {"per_min": "0.10", "grace_min": 10, "only_after_notice": only_after_notice},
    }
    return parse_session(
        {
            "currency": "EUR",
            "timezone": "Europe/Amsterdam",
            "rate": definition,
            "notices": list(notices),
            "events": [
                {"t": "2026-03-10T12:00:00Z", "type": "start", "wh": 0},
                {"t": "2026-03-10T13:00:00Z", "type": "meter", "wh": 7000},
                {"t": "2026-03-10T13:00:00Z", "type": "status", "status": "SuspendedEV"},
                {"t": "2026-03-10T14:00:00Z", "type": "stop", "wh": 7000},
            ],
        }
    )


def _priced(known: PricedSession) -> PriceReport:
    return price(rate=known.rate, facts=known.facts, zone=known.zone)


def test_it_bills_idle_time_of_a_driver_who_could_not_be_notified_unless_the_rate_says_otherwise() -> None:
    report = _priced(_guest_who_stays())

    assert report.idle is not None
    assert (report.idle_minutes, report.idle.noticed_at) == (50, None)


def test_it_bills_no_idle_time_without_a_notice_where_the_rate_says_so() -> None:
    report = _priced(_guest_who_stays(only_after_notice=True))

    assert report.idle is not None
    assert (report.idle_minutes, report.idle.unnoticed) == (0, timedelta(minutes=50))
    assert [line.component for line in report.lines] == ["energy"]


def test_it_bills_from_a_late_notice_where_the_rate_says_so() -> None:
    report = _priced(_guest_who_stays(notices=["2026-03-10T13:30:00Z"], only_after_notice=True))

    assert report.idle is not None
    assert (report.idle_minutes, report.idle.unnoticed) == (30, timedelta(minutes=20))


def test_it_takes_a_notice_in_the_grace_for_the_whole_stretch() -> None:
    report = _priced(_guest_who_stays(notices=["2026-03-10T13:01:00Z"], only_after_notice=True))

    assert report.idle is not None
    assert (report.idle_minutes, report.idle.unnoticed) == (50, timedelta(0))
    assert report.idle.noticed_at == datetime(2026, 3, 10, 13, 1, tzinfo=UTC)


def test_it_foretells_when_the_fee_begins() -> None:
    known = _guest_who_stays()
    before = idle.forecast(
        known.facts, fee=known.rate.idle, zone=known.zone, now=datetime(2026, 3, 10, 13, 4, tzinfo=UTC)
    )

    assert before == idle.IdleForecast(
        since=datetime(2026, 3, 10, 13, 0, tzinfo=UTC), fee_from=datetime(2026, 3, 10, 13, 10, tzinfo=UTC)
    )
    assert (
        idle.forecast(known.facts, fee=known.rate.idle, zone=known.zone, now=datetime(2026, 3, 10, 12, 30, tzinfo=UTC))
        is None
    )


def test_it_foretells_that_the_fee_begins_after_the_free_hours() -> None:
    known = _guest_who_stays()
    night = tariff.parse_rate(
        {
            "energy": [{"name": "all day", "price": "0.40"}],
            "idle": {"per_min": "0.10", "grace_min": 10, "free_windows": [["14:00", "18:00"]]},
        },
        currency="EUR",
    )

    found = idle.forecast(known.facts, fee=night.idle, zone=known.zone, now=datetime(2026, 3, 10, 13, 4, tzinfo=UTC))

    assert found is not None
    assert found.fee_from == datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
