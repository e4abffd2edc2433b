"""Charging profiles: limits of current or power over time (OCPP 1.6 5.16, OCPP 2.0.1 K01). Pure."""

from chargers.commands.forms.charging_profiles import periods


def test_it_reads_the_steps_of_a_limit():
    assert periods("0 16\n\n60 10,5\n") == [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 3600, "limit": 10.5}]
