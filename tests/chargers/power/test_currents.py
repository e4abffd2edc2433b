"""What a car draws, out of the samples that chargers send."""

from decimal import Decimal

import pytest

from chargers.power import currents
from chargers.power.currents import DrawnCurrent


def amps(value, phase=None, **fields):
    return {"value": value, "measurand": "Current.Import"} | ({"phase": phase} if phase else {}) | fields


def drawn(*samples, power_w=None, wired=3):
    return currents.find_drawn_current(samples, power_w=power_w, voltage_v=230, wired_phases=wired)


@pytest.mark.parametrize(
    ("told", "phases"),
    [((15.9, 0, 0), 1), ((15.9, 15.8, 0.1), 2), ((15.9, 15.8, 15.7), 3), ((0, 0, 0), None), ((15.9, 1, 0), None)],
)
def test_it_sees_on_how_many_phases_a_car_charges(told, phases):
    found = drawn(*(amps(str(value), f"L{number}") for number, value in enumerate(told, start=1)))
    assert found == DrawnCurrent(Decimal(str(max(told))), phases)


def test_it_does_not_guess_phases_from_one_of_them():
    assert drawn(amps("15.9", "L1")) == DrawnCurrent(Decimal("15.9"), None)


def test_a_car_on_another_phase_than_the_first_is_not_taken_for_one_on_the_first():
    assert drawn(amps("0", "L1"), amps("16", "L2"), amps("0", "L3")) == DrawnCurrent(Decimal(16), None)


def test_it_takes_power_by_phase_where_no_current_is_told():
    power = [{"value": "3.68", "unit": "kW", "measurand": "Power.Active.Import", "phase": f"L{n}-N"} for n in (1, 2, 3)]
    assert drawn(*power) == DrawnCurrent(Decimal(16), 3)


def test_it_spreads_the_whole_power_over_the_wired_phases():
    assert drawn(power_w=11040) == DrawnCurrent(Decimal(16), None)
    assert drawn(power_w=7360, wired=1) == DrawnCurrent(Decimal(32), None)


def test_it_reads_the_multiplier_of_newer_versions():
    milli = amps(15900, unitOfMeasure={"unit": "A", "multiplier": -3})
    assert drawn(milli) == DrawnCurrent(Decimal("15.900"), None)


@pytest.mark.parametrize("value", ["", "NaN", "-3", "abc", None, "1e99"])
def test_it_knows_nothing_from_nonsense(value):
    assert drawn(amps(value)) is None
