"""Settings > Property systems: connected, mapped, read, paused and removed; and the events that systems send."""

import base64
import hashlib
import hmac
import html
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import ApiKey, PmsConnection, Stay
from authorization.pms import connections, hours, sync
from authorization.pms.connections import ConnectionSettings
from authorization.pms.systems import catalogue
from backoffice.portal.attention import connection_causes
from backoffice.portal.attention.cause import Kind
from chargers.models import Unit
from tests.kit.connected_systems import CREDENTIALS
from tests.kit.property_systems import airbnb, reserved, standing
from tests.kit.world import World

PAGE = "/settings/property-systems/sunset/"
NOW = datetime.now(tz=UTC)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as found:
        found.calendar = airbnb(
            reserved("HMAAA11111", f"{NOW + timedelta(days=3):%Y%m%d}", f"{NOW + timedelta(days=5):%Y%m%d}")
        )
        yield found


@pytest.fixture
def flat(world: World) -> Unit:
    return Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")


@pytest.fixture
def calendar(world: World, systems, client_of) -> PmsConnection:
    address = f"{systems.url}/calendar.ics?s=secret-of-the-feed"
    client_of(world.owner).post(f"{PAGE}add/ical/", {"name": "Airbnb 2B", "url": address})
    return PmsConnection.objects.get()


def at(connection: PmsConnection) -> str:
    return f"/settings/property-systems/connection/{connection.key}/"


def test_a_calendar_is_connected_mapped_and_read(world: World, flat, calendar, systems, client_of):
    client, listing = client_of(world.owner), calendar.listings.get()
    assert connections.due(now=datetime.now(tz=UTC)) == [calendar.pk]

    sync.run(calendar.pk, now=NOW)
    page = text_of(client.get(at(calendar)))
    assert ("secret-of-the-feed" in page, "127.0.0.1" in page) == (False, True)
    assert [(one.kind, one.detail) for one in connection_causes.listings(world.owner)] == [
        (Kind.LISTING, "1 booking waits")
    ]
    client.post(at(calendar), {"do": "map", f"listing-{listing.pk}": "sunset-1/2b"})
    sync.run(calendar.pk, now=NOW)

    stay = Stay.objects.get()
    assert (stay.reference, stay.unit) == ("HMAAA11111", flat)
    assert "from Airbnb 2B" in text_of(client.get("/authorization/stays/"))
    assert list(connection_causes.listings(world.owner)) == []


def test_a_stay_of_a_system_is_changed_there_and_gets_its_card_here(world: World, flat, calendar, client_of):
    client = client_of(world.owner)
    connections.map_listing(calendar.listings.get(), connections.target(world.host, "sunset-1/2b"), now=NOW)
    sync.run(calendar.pk, now=NOW)
    stay = Stay.objects.get()
    page = f"/authorization/stays/{stay.pk}/"

    refused = text_of(client.post(f"{page}end/", follow=True))
    assert "This stay comes from Airbnb 2B (iCal calendar): change it there." in refused
    said = {"place": "sunset-1/", "guest_name": "x", "arrives": "2030-07-01T12:00", "departs": "2030-07-02T12:00"}
    client.post(page, said)
    client.post(f"{page}card/", {"uid": "04:ff:ee:00:42"})

    stay.refresh_from_db()
    assert (stay.cancelled_at, stay.guest_name, stay.token.canonical_uid) == (None, "", "04FFEE0042")
    sync.run(calendar.pk, now=NOW + timedelta(minutes=20))
    stay.refresh_from_db()
    assert stay.token.canonical_uid == "04FFEE0042"


def test_a_failure_says_what_failed_whose_move_it_is_and_since_when(world: World, calendar, systems, client_of):
    systems.calendar = b"<html>Log in</html>"
    sync.run(calendar.pk, now=NOW)

    page = text_of(client_of(world.owner).get(at(calendar)))
    assert "What came is no calendar but a web page." in page
    assert "The host can put this right." in page
    assert [one.detail for one in connection_causes.property_systems(world.owner)] == [
        "What came is no calendar but a web page."
    ]
    assert list(connection_causes.property_systems(world.stranger)) == []


def test_it_is_paused_goes_on_and_is_removed(world: World, flat, calendar, client_of):
    client = client_of(world.owner)
    connections.map_listing(calendar.listings.get(), connections.target(world.host, "sunset-1/2b"), now=NOW)
    sync.run(calendar.pk, now=NOW)

    assert "Nothing" not in text_of(client.post(at(calendar), {"do": "pause"}, follow=True))
    assert "It is paused: let it go on first." in text_of(client.post(at(calendar), {"do": "sync"}, follow=True))
    client.post(at(calendar), {"do": "go-on"})
    assert "It is read within seconds" in text_of(client.post(at(calendar), {"do": "sync"}, follow=True))
    gone = text_of(client.post(at(calendar), {"do": "remove"}, follow=True))
    assert "Airbnb 2B is removed. 1 stay to come was cancelled." in gone
    assert Stay.objects.get().cancelled_at is not None


@pytest.mark.parametrize("kind", catalogue.ALL)
def test_each_system_can_be_chosen_and_asks_for_its_credentials(world: World, client_of, kind: str):
    client, system = client_of(world.owner), catalogue.ALL[kind]

    listed, page = text_of(client.get(PAGE)), text_of(client.get(f"{PAGE}add/{kind}/"))

    assert system.means in html.unescape(listed)
    assert all(credential.label in page for credential in system.credentials)


def test_wrong_input_is_explained_beside_its_field(world: World, client_of):
    client = client_of(world.owner)

    answer = client.post(f"{PAGE}add/ical/", {"name": "x", "url": "http://feeds.example.com/1.ics"})
    assert "The address must begin with https://" in text_of(answer)
    assert client.get(f"{PAGE}add/opera/").status_code == 404
    client.post(PAGE, {"sunset-1-check_in": "late", "sunset-1-check_out": "10:00"})
    assert hours.of_property(world.site).check_in.hour == 15
    client.post(PAGE, {"sunset-1-check_in": "16:00", "sunset-1-check_out": "10:00"})
    assert (hours.of_property(world.site).check_in.hour, hours.of_property(world.site).check_out.hour) == (16, 10)


@pytest.mark.parametrize("url", ["https://10.0.0.5/x.ics", "https://192.0.0.8/x.ics", "https://167772165/x.ics"])
def test_a_private_address_is_refused_at_once(world: World, client_of, settings, url: str):
    """The form said “is connected”, and only the first reading that it was not called."""
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    answer = client_of(world.owner).post(f"{PAGE}add/ical/", {"name": "x", "url": url})

    assert "This address is private" in text_of(answer)
    assert not PmsConnection.objects.exists()


def connect(world: World, kind: str) -> PmsConnection:
    wanted = ConnectionSettings(name=kind, kind=kind, credentials={**CREDENTIALS[kind], "webhook_secret": _SECRET})
    made = connections.add(world.host, wanted, now=NOW)
    PmsConnection.objects.update(next_due_at=NOW + timedelta(hours=1))
    return made


_KEY = b"a secret of theirs"
_SECRET = f"whsec_{base64.b64encode(_KEY).decode()}"
BODY = b'{"event": "reservation.updated.v2"}'


def guesty_headers(*, ago: timedelta = timedelta()) -> dict[str, str]:
    stamp = str(int((datetime.now(tz=UTC) - ago).timestamp()))
    digest = hmac.new(_KEY, f"msg_1.{stamp}.".encode() + BODY, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": signature}


@pytest.mark.parametrize("path", ["pms", "guesty"])
def test_a_signed_event_of_guesty_asks_for_a_reading(world: World, path: str):
    """At the address of all systems, and at the one that was given out before."""
    connection = connect(world, "guesty")
    address = f"/webhooks/{path}/{connection.webhook_key}/"

    def send(headers: dict[str, str]) -> int:
        return Client().post(address, BODY, content_type="application/json", headers=headers).status_code

    assert send({}) == 401
    assert send(guesty_headers(ago=timedelta(minutes=6))) == 401
    assert connections.due(now=datetime.now(tz=UTC)) == []
    assert send(guesty_headers()) == 204
    assert connections.due(now=datetime.now(tz=UTC)) == [connection.pk]
    assert Client().post(f"/webhooks/{path}/guess/", BODY, content_type="application/json").status_code == 404


def test_events_come_to_the_address_that_the_page_shows(world: World, client_of):
    connection = connect(world, "guesty")

    assert f"/webhooks/pms/{connection.webhook_key}/" in text_of(
        client_of(world.owner).get(f"/settings/property-systems/connection/{connection.key}/")
    )


@pytest.mark.parametrize(("kind", "path"), [("track", "pms"), ("guesty", "hospitable")])
def test_an_event_for_a_system_without_events_or_at_another_systems_address_is_not_there(
    world: World, kind: str, path: str
):
    wanted = ConnectionSettings(name=kind, kind=kind, url="https://books.example.com", credentials=CREDENTIALS[kind])
    connection = connections.add(world.host, wanted, now=NOW)

    answer = Client().post(f"/webhooks/{path}/{connection.webhook_key}/", BODY, content_type="application/json")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["pms", "hospitable"])
def test_an_event_of_hospitable_is_signed_in_hex(world: World, path: str):
    connection = connect(world, "hospitable")
    address = f"/webhooks/{path}/{connection.webhook_key}/"
    good = hmac.new(_SECRET.encode(), BODY, hashlib.sha256).hexdigest()

    def send(signature: str) -> int:
        headers = {"Signature": signature}
        return Client().post(address, BODY, content_type="application/json", headers=headers).status_code

    assert (send("0" * 64), send(good)) == (401, 204)
    assert connections.due(now=datetime.now(tz=UTC)) == [connection.pk]


def test_the_api_does_what_the_page_does(world: World, flat, systems, client_of):
    _, key = ApiKey.objects.create_key(name="x", host=world.host)
    client = Client(headers={"Authorization": f"Api-Key {key}"})
    made = client.post(
        "/api/v1/pms-connections/",
        {"name": "Airbnb 2B", "kind": "ical", "url": f"{systems.url}/calendar.ics"},
        content_type="application/json",
    ).json()
    [listing] = client.get("/api/v1/pms-listings/?mapped=false").json()["results"]
    client.patch(
        f"/api/v1/pms-listings/{listing['id']}/",
        {"property": "sunset-1", "unit": "2b"},
        content_type="application/json",
    )
    sync.run(PmsConnection.objects.get().pk, now=NOW)

    [stay] = client.get("/api/v1/stays/").json()["results"]
    assert (stay["reference"], stay["pms_connection"], stay["state"]) == ("HMAAA11111", made["key"], "coming")
    json = {"content_type": "application/json"}
    assert client.post(f"/api/v1/stays/{stay['id']}/end/", **json).status_code == 409
    assert client.post(f"/api/v1/pms-connections/{made['key']}/sync/", **json).status_code == 202
    assert client.delete(f"/api/v1/pms-connections/{made['key']}/").status_code == 204
