"""What a charger reported, and the cause that follows."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.charts.power_curve import PowerReading, Span
from support.diagnosis import causes
from support.diagnosis.causes import Cause, Certainty, ChargeFacts, Clue, ReportedStatus

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def powers(*watts: int) -> tuple[PowerReading, ...]:
    """One reading a minute."""
    return tuple(PowerReading(at(number), power) for number, power in enumerate(watts))


def status(minutes: float, word: str, code: str = "") -> ReportedStatus:
    return ReportedStatus(at=at(minutes), status=word, error_code=code)


def likeliest(**known):
    found = causes.find_causes(ChargeFacts(**({"now": at(30), "started_at": START} | known)))
    return (found[0].cause, found[0].certainty) if found else None


def test_a_car_that_charges_has_no_cause():
    assert likeliest(now=at(3), readings=powers(7000, 7000, 7000, 7000), statuses=(status(0, "Charging"),)) is None


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("GroundFault", Cause.CHARGER_FAULT),
        ("OvercurrentFault", Cause.CHARGER_FAULT),
        ("PowerLoss", Cause.POWER_LOST),
        ("DeAuthorized", Cause.AUTHORIZATION_LOST),
        ("EmergencyStop", Cause.EMERGENCY_STOP),
        ("Reboot", Cause.RESTARTED),
        ("StoppedByEV", Cause.CAR_STOPPED),
        ("EVDisconnected", Cause.UNPLUGGED),
        ("Local", Cause.STOPPED_BY_PERSON),
        ("TimeLimitReached", Cause.LIMIT_REACHED),
    ],
)
def test_the_reason_of_the_stop_is_certain(reason, cause):
    assert likeliest(stopped_at=at(20), stop_reason=reason) == (cause, Certainty.CERTAIN)


def test_a_car_that_took_less_and_less_was_full_when_it_stopped():
    readings = powers(11000, 11000, 8000, 5000, 3000)

    assert likeliest(stopped_at=at(5), stop_reason="StoppedByEV", readings=readings)[0] is Cause.CAR_FULL


def test_a_plug_that_comes_loose_again_and_again_is_the_cable():
    assert likeliest(stopped_at=at(2), stop_reason="EVDisconnected", short_ones=3) == (Cause.CABLE, Certainty.CERTAIN)


@pytest.mark.parametrize(
    "changes",
    [
        {"statuses": (status(1, "Charging"), status(2, "SuspendedEV"))},
        {"statuses": (status(1, "Charging"), status(2, "Finishing"))},
        {"energy_wh": 900},
    ],
    ids=["paused", "finished", "energy flowed"],
)
def test_a_plug_that_was_pulled_after_the_car_was_done_is_no_cable_fault(changes):
    facts = {"started_at": START, "stopped_at": at(3), "stop_reason": "EVDisconnected", "short_ones": 3, **changes}
    findings = causes.find_causes(ChargeFacts(now=at(30), **facts))
    assert [(finding.cause, finding.certainty) for finding in findings] == [(Cause.UNPLUGGED, Certainty.CERTAIN)]


def test_a_loose_plug_is_named_as_the_only_certain_cause():
    facts = ChargeFacts(now=at(30), started_at=START, stopped_at=at(2), stop_reason="EVDisconnected", short_ones=3)
    assert [finding.cause for finding in causes.find_causes(facts)] == [Cause.CABLE]


def test_a_fault_around_the_end_counts_whatever_the_reason():
    found = causes.find_causes(
        ChargeFacts(
            now=at(30),
            started_at=START,
            stopped_at=at(20),
            stop_reason="Other",
            statuses=(status(20, "Faulted", "ConnectorLockFailure"),),
        )
    )

    assert [(one.cause, one.certainty) for one in found] == [(Cause.CABLE, Certainty.LIKELY)]
    assert found[0].evidence[0].values["code"] == "ConnectorLockFailure"


def test_an_old_fault_is_not_the_cause_of_a_stop():
    assert likeliest(stopped_at=at(20), stop_reason="Other", statuses=(status(5, "Faulted", "GroundFailure"),)) is None


def test_the_battery_is_full_by_its_state_of_charge():
    known = {"soc_pct": 92, "readings": powers(7000, 0), "statuses": (status(1, "SuspendedEV"),)}

    assert likeliest(**known) == (Cause.CAR_FULL, Certainty.LIKELY)


def test_a_car_that_never_took_anything_and_suspends_is_paused():
    assert likeliest(statuses=(status(1, "SuspendedEV"),)) == (Cause.CAR_PAUSED, Certainty.LIKELY)


def test_our_own_limit_is_certain_and_names_no_other():
    known = {"withheld": (Span(at(10), at(30)),), "statuses": (status(10, "SuspendedEVSE"),), "readings": powers(7000)}

    assert likeliest(**known) == (Cause.OUR_LIMIT, Certainty.CERTAIN)
    assert len(causes.find_causes(ChargeFacts(now=at(30), started_at=START, **known))) == 1


def test_a_charger_that_suspends_without_our_limit_has_a_limit_of_its_own():
    assert likeliest(statuses=(status(1, "SuspendedEVSE"),)) == (Cause.LIMIT_ELSEWHERE, Certainty.LIKELY)


def test_without_contact_nothing_is_claimed_about_the_car():
    known = {"is_online": False, "readings": powers(7000), "statuses": (status(0, "Charging"),)}
    found = causes.find_causes(ChargeFacts(now=at(30), started_at=START, **known))

    assert [one.cause for one in found] == [Cause.NETWORK, Cause.POWER_LOST]
    assert [one.clue for one in found[0].evidence] == [Clue.OFFLINE, Clue.SILENT]


def test_a_start_without_any_energy_may_be_the_plug_or_the_car():
    found = causes.find_causes(ChargeFacts(now=at(10), started_at=START, statuses=(status(0, "Preparing"),)))

    assert {one.cause for one in found} == {Cause.CABLE, Cause.CAR_PAUSED}
    assert {one.certainty for one in found} == {Certainty.POSSIBLE}


def test_a_present_fault_beats_what_else_is_seen():
    known = {"statuses": (status(1, "SuspendedEV"), status(2, "Faulted", "HighTemperature"))}

    assert likeliest(**known) == (Cause.CHARGER_FAULT, Certainty.CERTAIN)


def test_a_car_that_pauses_and_goes_on_all_the_time_is_named():
    words = ("Charging", "SuspendedEV") * 3
    statuses = tuple(status(number, word) for number, word in enumerate(words))

    found = causes.find_causes(
        ChargeFacts(now=at(6), started_at=START, readings=powers(7000, 0, 7000), statuses=statuses)
    )

    assert Clue.FLAPPED in {clue.clue for one in found for clue in one.evidence}


def test_an_end_that_never_came_is_a_lost_contact():
    assert likeliest(is_never_stopped=True, is_online=False, readings=powers(7000))[0] is Cause.NETWORK


def test_no_end_is_missed_of_a_refused_start_that_charged_nothing():
    facts = ChargeFacts(now=at(30), started_at=START, is_never_stopped=True, is_refused=True)

    assert not causes.find_causes(facts)


def test_who_has_not_plugged_in_is_asked_to():
    assert likeliest(started_at=None, statuses=(status(0, "Available"),)) == (Cause.NOT_PLUGGED_IN, Certainty.CERTAIN)


def test_every_reason_of_ocpp_has_a_meaning():
    known = {"Other", "SOCLimitReached", "Remote", "MasterPass", "UnlockCommand", "Timeout", "PowerQuality"}

    assert known - {"Other"} <= causes._REASONS.keys()


def test_a_charger_that_we_restarted_a_moment_ago_is_not_said_to_have_lost_its_network():
    lost = {"started_at": None, "is_online": False, "offline_since": at(29), "reset_sent_at": at(28)}

    found = causes.find_causes(ChargeFacts(now=at(30), **lost))

    assert [(one.cause, one.certainty) for one in found] == [(Cause.RESTARTING, Certainty.CERTAIN)]
    never_stopped = ChargeFacts(now=at(30), **lost | {"started_at": START, "is_never_stopped": True})
    assert [one.cause for one in causes.find_causes(never_stopped)] == [Cause.RESTARTING]
