"""The filters of the portal's list of sessions."""

from datetime import UTC, datetime

import pytest

from billing.models import Session
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.lifecycle_pages import listed, priced

__all__ = ["priced"]


def test_a_day_is_the_propertys_day(priced, client_of):
    """23:30 UTC is half past midnight of the next day in Amsterdam's winter."""
    late = datetime(2026, 1, 14, 23, 30, tzinfo=UTC)
    session = charging.charge(priced.charger, at=YESTERDAY)
    Session.objects.filter(pk=session.pk).update(started_at=late)
    client = client_of(priced.owner)

    assert listed(client, since="2026-01-15", until="2026-01-15") == [str(session.pk)]
    assert listed(client, since="2026-01-14", until="2026-01-14") == []
    assert listed(client, since="2026-01-16") == []
    assert listed(client, until="2026-01-14") == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_no_error(priced, client_of, day):
    charging.charge(priced.charger)

    assert client_of(priced.owner).get("/sessions/", {"since": day, "until": day}).status_code == 200


def test_a_date_that_is_none_is_named(priced, client_of):
    text = client_of(priced.owner).get("/sessions/", {"since": "soon"}).content.decode()

    assert "From: Enter a valid date." in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "soon"}, "From: Enter a valid date."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "To: The end is before the start, 1 February 2026"),
        ({"state": "nonsense"}, "State: Select a valid choice."),
    ],
)
def test_the_csv_of_a_filter_that_makes_no_sense_is_refused(priced, client_of, query, sentence):
    charging.charge(priced.charger, at=YESTERDAY)

    response = client_of(priced.owner).get("/sessions/sessions.csv", query)

    assert response.status_code == 400
    assert response.content.decode().startswith(sentence)


def test_days_in_the_wrong_order_are_named_at_the_field_and_list_nothing(priced, client_of):
    charging.charge(priced.charger, at=YESTERDAY)
    client, query = client_of(priced.owner), {"since": "2026-02-01", "until": "2026-01-01"}

    page = client.get("/sessions/", query).content.decode()

    field = page[page.index('id="id_until"') :]
    assert "The end is before the start, 1 February 2026." in field[: field.index("</div>")]
    assert listed(client, **query) == []
