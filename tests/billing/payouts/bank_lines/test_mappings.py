"""How the columns of a bank's CSV are read: remembered by its header, and asked for where the file leaves it open."""

import pytest

from billing.models import (
    BankLine,
    BankMapping,
)
from tests.kit.bank_lines_pages import known, text_of, upload

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def test_what_a_csv_leaves_open_is_asked_once_and_remembered(known, world, client_of):
    client = client_of(world.agent)
    first = b"Date,Amount,Currency\n03/04/2026,-12.50,EUR\n"

    asked = text_of(upload(client, first))
    done = text_of(upload(client, first, **{"map-date_order": "dmy"}))
    again = text_of(upload(client, b"Date,Amount,Currency\n05/04/2026,-13.00,EUR\n"))

    assert "written day first or month first?" in asked
    assert "1 new line," in done
    assert "1 new line," in again
    assert sorted(str(one.booked_on) for one in BankLine.objects.all()) == ["2026-04-03", "2026-04-05"]
    assert BankMapping.objects.get().chosen_by == "user:agent@example.com"


def test_a_file_without_a_header_is_asked_about_and_keeps_its_first_line(known, world, client_of):
    client = client_of(world.agent)
    rows = b"2026-11-20,Coffee,-4.50\n2026-11-21,Rent,-900.00\n"

    asked = text_of(upload(client, rows))
    upload(client, rows, **{"map-booked_on": "Column 1", "map-amount": "Column 3", "map-fixed_currency": "EUR"})

    assert "Column 1 is “2026-11-20”" in asked
    assert "Column 3 is “-4.50”" in asked
    found = [(one.amount_minor, one.text) for one in BankLine.objects.order_by("booked_on")]
    assert found == [(-450, "Coffee"), (-90000, "Rent")]
