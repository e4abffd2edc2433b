"""At a host's own domain its guest pages answer, and nothing of the portal or of another host does."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
import websockets
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import mail as mails
from billing.guest import own_domain
from billing.guest.urls import urlpatterns
from billing.models import Branding, OutgoingMail, Session
from billing.sessions.companions import links as companion_links
from billing.sessions.documents import label_files
from chargers.models import Charger, Property
from tests.kit import charging, guest_domains
from tests.kit import gateway as gateways
from tests.kit.guest_domains import NAME
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_domain(world: World):
    """A guest's browser at the host's own domain."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    guest_domains.use(world.host)
    yield Client(headers={"Host": NAME})
    cache.clear()


def of_another_host(world: World) -> Charger:
    lakeside = world.stranger.memberships.get().host
    site = Property.objects.create(host=lakeside, slug="lake", name="Lake", time_zone="UTC", access="guest")
    return make_charger(site, "LAKE1", station_id="LAKE001")


def test_its_stations_answer_and_those_of_others_do_not(world, at_domain):
    of_another_host(world)

    assert at_domain.get("/c/SUN001").status_code == 200
    assert at_domain.get("/c/LAKE001").status_code == 404
    assert Client().get("/c/LAKE001").status_code == 200, "at our own address all are served"
    assert at_domain.get("/")["Location"] == "/charge"
    assert at_domain.get("/charge?station_id=SUN001")["Location"] == "/c/SUN001"
    assert "LAKE001" not in at_domain.get("/charge?station_id=lake0o1").text.replace("lake0o1", "")
    assert "LAKE001" in Client().get("/charge?station_id=lake0o1").text


def test_its_sessions_and_receipts_answer_and_those_of_others_do_not(world, at_domain):
    session = charging.charge(world.charger)
    Session.objects.filter(pk=session.pk).update(secret="mine")
    assert at_domain.get("/s/mine/").status_code == 200

    lakeside = world.stranger.memberships.get().host
    Session.objects.filter(pk=session.pk).update(host=lakeside)
    for page in ("", "receipt/", "receipt.pdf", "rest/"):
        assert at_domain.get(f"/s/mine/{page}").status_code == 404
    assert at_domain.post("/s/mine/stop").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/chargers/", "/accounts/login/", "/admin/", "/admin/login/", "/api/v1/schema/", "/api/v1/chargers/",
        "/ocpi/versions", "/metrics", "/healthz", "/settings/", "/webhooks/stripe/", "/api/mcp", "/support/",
        "/nowhere", "/u/x/",
        "/guest-domains/ask?domain=charge.hotel.example", "/pictures/abc.jpg", "/brand/lakeside/colours.css",
    ],
)  # fmt: skip
def test_everything_else_is_not_there(at_domain, address):
    assert at_domain.get(address).status_code == 404
    assert at_domain.post(address).status_code == 404


def test_what_guests_need_beside_is_at_our_own_address(at_domain, settings):
    settings.PUBLIC_BASE_URL = "https://charging.example"

    for address in ("/help/c/SUN001/?topic=2", "/drive/", "/charge/lost", "/join/"):
        answer = at_domain.get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"https://charging.example{address}")
    assert at_domain.post("/drive/").status_code == 404


def test_a_person_who_is_logged_in_at_ours_is_nobody_there(world, at_domain, client_of):
    client = client_of(world.agent)

    assert client.get("/chargers/", headers={"Host": NAME}).status_code == 404


def test_forms_are_taken_from_there_and_cookies_stay_there(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    guest_domains.use(world.host)
    client = Client(enforce_csrf_checks=True, headers={"Host": f"{NAME}:8443"})
    page = client.get("/charge")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text).group(1)

    said = {"language": "nl", "next": "/charge", "csrfmiddlewaretoken": token}
    answer = client.post("/language", said, headers={"Origin": f"http://{NAME}:8443"})
    foreign = client.post("/language", said, headers={"Origin": "http://evil.example"})

    assert (answer.status_code, answer["Location"]) == (302, "/charge")
    assert foreign.status_code == 403
    assert client.cookies
    assert {cookie["domain"] for cookie in client.cookies.values()} == {""}


def test_a_companion_watches_there_and_nobody_elses(world, at_domain):
    session = charging.charge(world.charger)
    Session.objects.filter(pk=session.pk).update(state=Session.State.CHARGING)
    secret = companion_links.make(session, shows_cost=False, now=datetime.now(tz=UTC))
    assert at_domain.get(f"/with/{secret}/").status_code == 200

    Session.objects.filter(pk=session.pk).update(host=world.stranger.memberships.get().host)
    assert at_domain.get(f"/with/{secret}/").status_code == 404


def test_somebody_decided_about_every_page_of_guests():
    """A new page that names nothing of a host leads on to our own address until it is added to a list."""
    decided = {name.removeprefix("guest:") for name in {*own_domain.OF_EVERY_HOST, *own_domain.BY_NAME}}
    of_station_or_session = ("c/<str:station_id>", "s/<str:secret>/")
    left = {page.name for page in urlpatterns if not str(page.pattern).startswith(of_station_or_session)} - decided

    assert left == {"lost", "join-enter", "join"}


@pytest.mark.parametrize(
    "name", ["evil.example", "charge.hotel.example.evil.example", "hotel.example", "x.charge.hotel.example"]
)
def test_a_name_that_is_nobodys_is_refused(at_domain, name):
    assert Client(headers={"Host": name}).get("/c/SUN001").status_code == 400


@pytest.mark.parametrize("spelled", ["CHARGE.Hotel.example", f"{NAME}:443"])
def test_the_name_may_be_spelled_as_browsers_do(at_domain, spelled):
    assert Client(headers={"Host": spelled}).get("/c/SUN001").status_code == 200


def test_labels_and_mails_name_it_and_ours_again_after_it_is_removed(world, at_domain, settings):
    settings.PUBLIC_BASE_URL = "https://charging.example"
    session = charging.charge(world.charger)
    labels = [label.url for label in label_files.of_charger(world.charger, with_connectors=True)]
    assert labels == [f"https://{NAME}/c/SUN001", f"https://{NAME}/c/SUN001/1"]

    sent = OutgoingMail(session=session, subject="Idle", text="Idle.", address="a@example.com", pk=1)
    mails.send(sent)
    assert f"https://{NAME}/s/{session.secret}/" in mail.outbox[-1].body

    type(world.host).objects.get(pk=world.host.pk).guest_domains.update(removed_at=datetime.now(tz=UTC))
    cache.clear()
    assert label_files.of_charger(world.charger, with_connectors=False)[0].url == "https://charging.example/c/SUN001"
    mails.send(sent)
    assert f"https://charging.example/s/{session.secret}/" in mail.outbox[-1].body


def test_links_of_a_former_domain_lead_on_to_the_same_page(world, settings):
    settings.PUBLIC_BASE_URL = "https://charging.example"
    guest_domains.use(world.host, is_former=True)
    client = Client(headers={"Host": NAME})

    answer = client.get("/c/SUN001/1?x=1")

    assert (answer.status_code, answer["Location"]) == (302, "https://charging.example/c/SUN001/1?x=1")
    assert client.post("/s/secret/stop").status_code == 308


def test_its_own_look_is_there_and_a_second_request_asks_the_database_nothing_more(
    world, at_domain, django_assert_max_num_queries
):
    Branding.objects.create(host=world.host, colour="#006633", changed_at=datetime.now(tz=UTC))
    assert at_domain.get("/brand/sunset/colours.css").status_code == 200
    ours = Client()
    ours.get("/c/SUN001")

    with CaptureQueriesContext(connection) as at_ours:
        Client().get("/c/SUN001")
    with django_assert_max_num_queries(len(at_ours) + 1):
        Client(headers={"Host": NAME}).get("/c/SUN001")


@pytest.mark.django_db(transaction=True)
def test_no_charger_connects_there(world):
    guest_domains.use(world.host)

    async def status(gateway: gateways.Gateway, host: str) -> int:
        try:
            address = f"ws://{host}:{gateway.port}/ocpp/CP1"
            async with websockets.connect(address, host="127.0.0.1", subprotocols=["ocpp1.6"], proxy=None):
                return 101
        except websockets.InvalidStatus as exc:
            return exc.response.status_code

    with gateways.running() as gateway:
        assert asyncio.run(status(gateway, NAME)) == 404
        assert asyncio.run(status(gateway, "ocpp.example")) == 401, "a charger without a password, at a name of ours"
    cache.clear()
