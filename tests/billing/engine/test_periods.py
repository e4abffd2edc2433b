"""A session cut into the spans that have one energy price each, with the energy that flowed in them."""

from billing.engine.rate.tariff import Component
from tests.kit.rating_sessions import energies, meter, priced, rate, start, stop

PEAK = {"name": "peak", "from": "17:00", "to": "21:00", "price": "0.60"}
REST = {"name": "rest", "price": "0.30"}


def test_it_splits_energy_at_the_local_boundary() -> None:
    report = priced(
        start("20:15"),
        meter("20:45", 3000),
        meter("21:15", 8000),
        stop("21:45", 12_200),
        rate=rate(energy=[PEAK, REST]),
        timezone="America/New_York",
    )

    assert energies(report) == [("rest", 5500), ("peak", 6700)]
    assert all(line.is_estimated for line in report.lines if line.component is Component.ENERGY)
    assert "split at 2026-03-10 17:00" in report.lines[1].reason
    assert report.inputs.estimated_splits[0].energy_between_wh == 5000


def test_it_calls_a_split_measured_when_the_readings_are_near() -> None:
    report = priced(
        start("16:00"),
        meter("16:55", 5000),
        meter("17:10", 8000),
        stop("18:00", 9000),
        rate=rate(energy=[PEAK, REST]),
    )

    assert energies(report) == [("rest", 6000), ("peak", 3000)]
    assert report.inputs.estimated_splits == ()


def test_energy_flowed_until_the_register_last_rose_and_not_until_the_stop() -> None:
    report = priced(start("07:54"), meter("08:34", 6000), meter("08:49", 6000), stop("09:04", 6000))
    [energy] = [line for line in report.lines if line.component is Component.ENERGY]
    assert "6.000 kWh flowed from 2026-03-10 07:54 to 2026-03-10 08:34" in energy.reason
