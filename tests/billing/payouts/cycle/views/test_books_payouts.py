"""The agents' page of all hosts' payouts: what waits for whom, with its next step."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import BankAccount, Payout, PayoutAgreement
from billing.payouts.cycle import approval, cycle, forecast
from chargers.models import Host, Property
from tests.kit.page_text import text_of
from tests.kit.payouts import Books
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
PAGE = "/books/payouts/"


def closed(host: Host, place: Property, world: World, **terms) -> Payout:
    books = Books(host=host, place=place, charger=world.charger)
    books.agree(cycle="manual", **terms)
    books.bank()
    books.sale(1190, tax=190, at=NOW - timedelta(days=3))
    found = cycle.close(books.scope, until=NOW, now=NOW)
    assert found is not None
    return found


@pytest.fixture
def waiting(world: World) -> Payout:
    return closed(world.host, world.charger.property, world, two_people_above_minor=100)


@pytest.fixture
def elsewhere(world: World) -> Payout:
    host = Host.objects.create(slug="bay", name="Bay Rooms", currency="USD", country="US")
    place = Property.objects.create(host=host, slug="bay-1", name="Bay 1", time_zone="UTC")
    return closed(host, place, world)


def test_it_is_for_agents_only(waiting, world, client_of):
    assert client_of(world.owner).get(PAGE).status_code == 404
    assert client_of(world.agent).get(PAGE).status_code == 200


def test_it_shows_what_waits_of_all_hosts_with_its_next_step(waiting, elsewhere, world, client_of):
    Payout.objects.filter(pk=elsewhere.pk).update(state="failed", failure="account_closed", failed_at=NOW)

    page = text_of(client_of(world.agent).get(PAGE))

    for part in (
        "Two people approve it: it is above the agreed limit.",
        "Bay Rooms",
        "It is paid again by itself to another bank account",
        "Waits for approval 1, $10.00",
        "Failed 1, $10.00",
    ):
        assert part in page
    only_bay = text_of(client_of(world.agent).get(PAGE, {"show": "failed", "host": elsewhere.host_id}))
    assert "Two people approve it" not in only_bay
    assert "Nothing here" in text_of(client_of(world.agent).get(PAGE, {"show": "held", "currency": "usd"}))
    assert client_of(world.agent).get(PAGE, {"show": "nonsense", "host": "x", "page": "9"}).status_code == 200


def test_an_agent_approves_and_releases_from_there(waiting, world, client_of):
    client = client_of(world.agent)
    act = f"/payouts/one/{waiting.pk}/act/"

    answer = client.post(act, {"act": "approve", "back": "books"})
    assert answer["Location"] == PAGE
    assert "A second person approves it, after agent@example.com." in text_of(client.get(PAGE))
    approval.hold(waiting, reason="Looks odd.", now=NOW)
    assert "It is held for review: Looks odd." in text_of(client.get(PAGE, {"show": "held"}))
    client.post(act, {"act": "release", "back": "books"})

    waiting.refresh_from_db()
    assert waiting.state == "calculated"


def test_the_forecast_says_what_is_carried_and_why_where_nothing_new_came(world, client_of):
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.sale(1190, tax=190, at=NOW - timedelta(days=3))
    carried = cycle.close(books.scope, until=NOW, now=NOW)
    assert carried is not None
    assert carried.state == "carried"

    told = forecast.facts(forecast.calculate(books.scope, now=NOW + timedelta(minutes=1)))

    assert told["pending"] == [
        {
            "why": "no_account",
            "sessions": 0,
            "amount_minor": 1000,
            "sentence": "$10.00 of earlier payouts waits for a confirmed bank account.",
        }
    ]
    assert "waits for a confirmed bank account" in text_of(client_of(world.owner).get("/payouts/sunset/"))


def test_it_lists_what_a_second_person_has_to_agree_to(world, client_of):
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(platform_fee_pct=5)
    made = books.agree(platform_fee_pct=6)
    PayoutAgreement.objects.filter(pk=made.pk).update(state="waiting")
    account = books.bank()
    BankAccount.objects.filter(pk=account.pk).update(
        state="unconfirmed", confirmed_by="", confirmed_at=None, usable_from=None
    )

    page = text_of(client_of(world.agent).get(PAGE))

    assert "Waits for a second person What Of Entered by Since Agreement, version 2 Sunset Stays" in page
    assert f"{account} Sunset Stays" in page
