"""The agents' first page, the search for everything, and the second factor at every door."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import MobilityProvider, User
from billing.models import Payout
from chargers.models import Charger, Connector
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import charge, client, enrolled, log_in, queries, shown
from tests.kit.payouts import Books
from tests.kit.tickets import opened
from tests.kit.world import World, make_charger

__all__ = ["client", "enrolled"]


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def busy(world: World) -> None:
    """A late ticket, two chargers of one firmware with one fault, an open breaker, a complaint."""
    opened(topic=1, now=now() - timedelta(days=3), facts=Facts(host=world.host, charger=world.charger))
    make_charger(world.site, "CP2", station_id="SUN002")
    facts = {"vendor": "Acme", "model": "X1", "firmware_version": "1.4.2"}
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now(), **facts)
    Connector.objects.update(status="Faulted", error_code="GroundFailure", status_at=now())
    MobilityProvider.objects.create(
        country_code="NL", party_id="EMS", name="Example eMSP", breaker_opened_at=now() - timedelta(minutes=5)
    )
    charging.assign(charging.make_rate(world.host), world.site, "member")
    charging.complaint(charging.charge(world.charger))


def test_it_shows_what_waits_and_where_it_is_done(client: Client, world: World, busy: None):
    found = shown(client, "/admin/")

    assert "■ 1 late" in found
    assert "2 × GroundFailure" in found
    assert "2 × Acme X1 1.4.2" in found
    assert "2 × Sunset 1" in found
    assert "Example eMSP" in found
    assert "1 guest says something is wrong" in found
    assert f"/admin/support/ticket/{Ticket.objects.get().pk}/change/" in found


def test_a_quiet_day_says_so(client: Client, world: World):
    found = shown(client, "/admin/")

    assert "Nothing is due." in found
    assert "No charger is in trouble." in found
    assert "Every provider answers." in found


def test_its_number_of_queries_does_not_grow(client: Client, world: World, busy: None):
    before = queries(client, "/admin/")
    for number in range(3, 8):
        make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
        opened(topic=1, now=now() - timedelta(days=3), facts=Facts(host=world.host, charger=world.charger))
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now())
    Connector.objects.update(status="Faulted", error_code="GroundFailure", status_at=now())

    assert queries(client, "/admin/") == before


def test_one_search_finds_every_kind_of_key(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")
    ticket = opened(now=now(), email="kim@example.com")
    payout = Payout.objects.create(
        id=uuid.uuid4(),
        host=world.host,
        currency="USD",
        number=12,
        agreement=Books(world.host, world.site, world.charger).agree(),
        begins_at=now() - timedelta(days=7),
        ends_at=now(),
        time_zone="UTC",
        way="file",
        created_at=now(),
    )
    for term, page in {
        ticket.label: f"support/ticket/{ticket.pk}",
        "SUN001": f"chargers/charger/{world.charger.pk}",
        str(charged.session.pk): f"billing/session/{charged.session.pk}",
        charged.receipt.label: f"billing/receipt/{charged.receipt.pk}",
        "4242": f"billing/hold/{charged.hold.pk}",
        "04:a1:b2:c3:d4": f"authorization/token/{world.member.pk}",
        payout.label: f"billing/payout/{payout.pk}",
    }.items():
        assert f"/admin/{page}/" in shown(client, f"/admin/?q={term}"), term


DOORS = ["/admin/", "/chargers/", "/sessions/", "/support/", "/drive/", "/drive/account/", "/people/", "/settings/"]


@pytest.mark.parametrize("door", DOORS)
def test_a_session_without_the_second_factor_opens_no_door_to_an_agent(enrolled: User, door: str):
    """The portal, the admin and drivers' pages, however the session was opened."""
    client = Client()
    client.force_login(enrolled, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get(door)

    assert response.status_code == 302, door
    assert any(page in response.headers["Location"] for page in ("/accounts/2fa/", "/admin/login/"))
    assert log_in(enrolled, with_code=True).get(door).status_code in {200, 404}


def test_the_api_takes_no_session_of_an_agent_at_all_without_it(enrolled: User):
    client = Client()
    client.force_login(enrolled, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/api/v1/chargers/").status_code in {302, 401, 403}
    assert client.post("/api/v1/chargers/CP1/commands/", {}, "application/json").status_code in {302, 401, 403}


def test_a_ticket_s_number_finds_the_ticket_first(client: Client, world: World):
    ticket = opened(now=now())
    client.post(f"/admin/support/ticket/{ticket.pk}/change/", {"do": "move", "state": "solved"})

    page = shown(client, f"/admin/?q={ticket.label.lower()}")
    kinds = re.findall(r'<section class="desk-kind">\s*<h2>([^<]*)', page)

    assert kinds[0] == "Tickets"
    assert len(kinds) > 1, "its audit entries are found too"
