"""What the price engine says: amounts with their quantity, unit price, exact value and reason, and the inputs."""

from datetime import UTC, datetime
from decimal import Decimal

from billing.engine.reports.report import NoteCode, Unit
from tests.kit.rating_sessions import energies, priced, rate, start, stop

PEAK = {"name": "peak", "from": "17:00", "to": "21:00", "price": "0.60"}
REST = {"name": "rest", "price": "0.30"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


def test_it_takes_the_connection_fee_once_and_energy_by_the_kwh() -> None:
    report = priced(*TWENTY_KWH)

    connection, energy = report.lines
    assert (connection.quantity, connection.unit, connection.unit_price) == (1, Unit.SESSION, Decimal("0.50"))
    assert (energy.quantity, energy.unit, energy.unit_price) == (Decimal("20.000"), Unit.KWH, Decimal("0.35"))
    assert (energy.exact, energy.amount_minor) == (700, 700)
    assert "20.000 kWh flowed from 2026-03-10 14:00 to 2026-03-10 16:00" in energy.reason
    assert (report.subtotal_minor, report.total_minor, report.notes) == (750, 750, ())


def test_it_puts_the_price_boundary_where_our_clock_has_it() -> None:
    events = (start("16:30"), stop("17:30", 6000))
    definition = rate(energy=[PEAK, REST])

    corrected = priced(*events, rate=definition, charger_clock_offset_s=1200)
    unusable = priced(*events, rate=definition, charger_clock_offset_s=100_000)

    assert energies(corrected) == [("rest", 5000), ("peak", 1000)]
    assert [note.code for note in corrected.notes] == [NoteCode.CLOCK_CORRECTED]
    assert corrected.inputs.started_at == datetime(2026, 3, 10, 16, 10, tzinfo=UTC)
    assert energies(unusable) == [("rest", 3000), ("peak", 3000)]
    assert [note.code for note in unusable.notes] == [NoteCode.CLOCK_UNUSABLE]
