"""Closes what is due of a host, prints each payout, and says on stderr why there is none."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.kit.payouts import Books


def test_the_command_says_that_nothing_was_ever_owed(world):
    out, err = StringIO(), StringIO()

    call_command("close_payouts", "--host", "sunset", stdout=out, stderr=err)

    assert (out.getvalue(), err.getvalue()) == ("", "Nothing is due: nothing was ever owed to Sunset Stays.\n")


@pytest.mark.django_db
def test_wrong_input_is_named():
    with pytest.raises(CommandError, match="No host has the slug"):
        call_command("close_payouts", "--host", "nobody")


def test_a_day_that_is_none_is_named_with_how_to_write_it(world):
    with pytest.raises(CommandError, match=r"--until: '31\.3\.2026' is no date\. Write it as 2026-03-31\."):
        call_command("close_payouts", "--host", "sunset", "--until", "31.3.2026")


def test_the_day_is_in_the_period_and_a_period_is_printed_again(world):
    known = Books(host=world.host, place=world.site, charger=world.charger)
    known.agree(cycle="manual")
    known.bank()
    known.sale(1190, tax=190, at=datetime(2026, 1, 10, 23, tzinfo=UTC))

    def closed(day: str) -> list[int]:
        out = StringIO()
        call_command("close_payouts", "--host", "sunset", "--until", day, stdout=out, stderr=StringIO())
        return [json.loads(line)["amount_minor"] for line in out.getvalue().splitlines()]

    assert closed("2026-01-09") == []
    assert closed("2026-01-10") == closed("2026-01-10") == [1000]
