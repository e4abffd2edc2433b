"""Sums the days that are over, compares them with their rows, and makes them again."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from billing.models import DayOfSessions
from tests.kit import charging


@pytest.fixture
def charged(world):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    charging.charge(world.charger, at=charging.YESTERDAY - timedelta(days=2))  # its day is over, in every zone
    return world


def test_it_sums_the_days_that_are_over_and_finds_them_right(charged, capsys):
    call_command("day_sums")
    assert capsys.readouterr().out == "Every day that is over is summed.\n"

    call_command("day_sums", "--check")

    assert capsys.readouterr().out == "Every sum is what its rows come to.\n"
    assert DayOfSessions.objects.filter(sessions=1).exists()


def test_a_sum_that_is_wrong_is_named_with_its_host_and_made_again(charged, capsys):
    call_command("day_sums")
    DayOfSessions.objects.update(total_minor=1)
    capsys.readouterr()

    with pytest.raises(SystemExit) as ended:
        call_command("day_sums", "--check")

    printed, advice = capsys.readouterr()
    assert ended.value.code == 1
    assert "sessions of Sunset Stays differ from their sum" in printed
    assert "--rebuild" in advice
    call_command("day_sums", "--rebuild")
    call_command("day_sums", "--check")
    assert "Every sum is what its rows come to." in capsys.readouterr().out
