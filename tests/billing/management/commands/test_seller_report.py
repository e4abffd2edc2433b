"""Prints the seller report of a year, and names on stderr what a seller lacks."""

import pytest
from django.core.management import CommandError, call_command

from tests.kit.seller_report import dutch, thresholds

__all__ = ["dutch", "thresholds"]
pytestmark = pytest.mark.django_db


def test_a_year_that_cannot_be_is_refused():
    with pytest.raises(CommandError):
        call_command("seller_report", "20")


def test_it_prints_the_sellers_of_the_country_and_names_on_stderr_what_they_lack(dutch, capsys):
    call_command("seller_report", "2026", "--country", "NL")
    printed, lacks = capsys.readouterr()

    assert printed.count("\n") == 2, "a head and one seller"
    assert lacks.startswith("amstel (EUR) lacks ")
    call_command("seller_report", "2026", "--country", "US")
    assert capsys.readouterr().err == ""
