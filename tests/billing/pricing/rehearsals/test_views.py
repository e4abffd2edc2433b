"""The rehearsal of a rate, as a page and as an API."""

import re
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from billing.models import Rate, Rehearsal
from billing.pricing.rehearsals import rehearsals
from chargers.models import Property
from tests.kit.charging import YESTERDAY
from tests.kit.rates_pages import billed

__all__ = ["billed"]

MONTH = f"{YESTERDAY:%Y-%m}"
DEARER = {"name": "Plain", "energy.0.name": "all day", "energy.0.price": "0.50", "connection_fee": "1.00"}


def address() -> str:
    return f"/rates/{Rate.objects.get().pk}/rehearsal/"


def test_a_manager_rehearses_a_draft_on_real_sessions(billed, client_of):
    answer = client_of(billed.owner).post(address(), DEARER | {"month": MONTH}, follow=True).content.decode()

    assert "$2.00 more" in answer
    assert "$9.00" in answer
    assert "$11.00" in answer
    assert "By the draft" in answer
    assert f"/sessions/{billed.charger.sessions.get().pk}/" in answer
    assert AuditEntry.objects.get().verb == "rate.rehearsed"


def test_it_rehearses_a_version_and_says_that_nothing_changes(billed, client_of):
    answer = client_of(billed.owner).post(address(), {"version": "1", "month": MONTH}, follow=True).content.decode()
    assert "The same in" in answer
    assert "By version 1" in answer


@pytest.mark.parametrize(
    ("posted", "told"),
    [
        ({"version": "9"}, "There is no such version."),
        ({"version": "1", "month": "May"}, "Choose a month such as 2026-05."),
        ({"version": "1", "month": "2999-01"}, "Choose a month such as 2026-05."),
        ({"energy.0.name": "x", "energy.0.price": "-1"}, "The draft cannot be rehearsed yet"),
        ({}, "it has no price for energy"),
    ],
)
def test_it_says_what_cannot_be_rehearsed(billed, client_of, posted, told):
    assert told in client_of(billed.owner).post(address(), posted, follow=True).content.decode()
    assert not Rehearsal.objects.exists()


def test_the_editor_rehearses_its_draft_on_this_month_too(billed, client_of):
    client = client_of(billed.owner)
    editor = client.get(f"/rates/{Rate.objects.get().pk}/").content.decode()
    this_month = re.search(r'name="month" value="(\d{4}-\d\d)">Rehearse on this month', editor)[1]

    client.post(address(), DEARER | {"month": this_month})

    assert f"{Rehearsal.objects.get().month:%Y-%m}" == this_month == f"{datetime.now(tz=UTC):%Y-%m}"


def test_a_month_without_sessions_says_so_instead_of_zeros(billed, client_of):
    answer = client_of(billed.owner).post(address(), {"version": "1", "month": "2020-01"}, follow=True).content.decode()

    assert "Nothing to compare in January 2020" in answer
    assert "0 dearer" not in answer


def test_it_shows_how_far_a_large_month_is(billed, client_of, monkeypatch):
    monkeypatch.setattr(rehearsals, "AT_ONCE", 0)
    client = client_of(billed.owner)

    waiting = client.post(address(), {"version": "1", "month": MONTH}, follow=True).content.decode()
    rehearsals.run_waiting(now=datetime.now(tz=UTC))
    done = client.get(address(), headers={"HX-Request": "true"}).content.decode()

    assert "0 of 1 sessions are priced again." in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "The same in" in done
    assert "hx-trigger" not in done


def test_it_has_a_first_page(billed, client_of):
    assert "No rehearsal yet" in client_of(billed.owner).get(address()).content.decode()


@pytest.mark.parametrize(
    ("who", "sees", "begins"), [("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 302)]
)
def test_others_see_it_by_their_role(billed, client_of, who, sees, begins):
    client = client_of(getattr(billed, who))
    assert client.get(address()).status_code == sees
    assert client.post(address(), {"version": "1", "month": MONTH}).status_code == begins
    assert client.get("/rates/999999/rehearsal/").status_code == 404


def test_it_rehearses_the_sessions_of_one_property(billed, client_of):
    other = Property.objects.create(host=billed.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    client = client_of(billed.owner)

    here = client.post(address(), DEARER | {"month": MONTH, "property": "sunset-1"}, follow=True).content.decode()
    there = client.post(address(), DEARER | {"month": MONTH, "property": other.slug}, follow=True).content.decode()
    strange = client.post(address(), DEARER | {"month": MONTH, "property": "lakeside-1"}, follow=True).content.decode()

    assert "$2.00 more" in here
    assert "at Sunset 1</h2>" in here
    assert "Nothing to compare in" in there
    assert "at Sunset 2</h2>" in there
    assert "Choose one of the host&#x27;s own properties" in strange
    assert [one.property for one in Rehearsal.objects.order_by("pk")] == [billed.site, other]
    assert AuditEntry.objects.order_by("pk")[0].after["property"] == "sunset-1"
