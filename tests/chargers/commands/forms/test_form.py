"""What was filled in, as the wire has it."""

from datetime import UTC, datetime, timedelta, timezone

from chargers.commands.forms import form


def test_what_was_left_empty_is_left_out_and_zero_and_no_are_said():
    assert form.only_filled(a=None, b="", c={}, d=[], e=0, f=False, g="x") == {"e": 0, "f": False, "g": "x"}


def test_times_are_written_as_chargers_read_them():
    at = datetime(2026, 3, 10, 13, tzinfo=timezone(timedelta(hours=1)))

    assert form.only_filled(at=at, also=datetime(2026, 3, 10, tzinfo=UTC)) == {
        "at": "2026-03-10T12:00:00.000Z",
        "also": "2026-03-10T00:00:00.000Z",
    }


def test_an_outlet_of_2_x_is_named_and_the_whole_charger_is_not():
    assert form.evse(2) == {"evse": {"id": 2}}
    assert form.evse(None) == form.evse(0) == {}


def test_every_version_is_of_one_family():
    assert form.ONLY_16 | form.ONLY_2X == form.ALL
    assert not form.ONLY_16 & form.ONLY_2X
