"""The map of chargers: what it shows to whom, with which filter; in a browser, and in one that cannot draw it."""

import base64
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chargers.models import Property
from tests.kit import axe, browser
from tests.kit import gateway as gateways
from tests.kit.journeys import log_in
from tests.kit.world import World, make_charger

DATA = "/chargers/map/data/"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def mapped(world: World) -> World:
    """Three properties: two neighbours in New York, one of them without a charger, and one in Lisbon."""
    Property.objects.filter(pk=world.site.pk).update(latitude="40.71", longitude="-74.00")
    Property.objects.create(
        host=world.host, slug="near", name="Near", time_zone="UTC", latitude="41.2", longitude="-74.6"
    )
    far = Property.objects.create(
        host=world.host, slug="far", name="Far away", time_zone="UTC", latitude="38.72", longitude="-9.14"
    )
    for number in range(10):
        make_charger(far, f"FAR{number}", station_id=f"FAR{number:03}")
    world.charger.connection_id = uuid.uuid4()
    world.charger.registration = "accepted"
    world.charger.save()
    world.charger.evses.get().connectors.update(status="Available")
    return world


def sites(client, query=""):
    return {site["name"]: site for site in client.get(f"{DATA}?{query}").json()["sites"]}


def test_it_has_each_property_with_its_chargers_by_state(mapped, client_of):
    data = sites(client_of(mapped.owner))

    assert data["Sunset 1"]["at"] == [-74.0, 40.71]
    assert data["Sunset 1"]["chargers"] == [["SUN001", "CP1", "ok"]]
    assert data["Far away"]["counts"] == {"unknown": 10}


def test_it_keeps_the_filter_of_the_list_and_shows_no_other_property(mapped, client_of):
    client = client_of(mapped.owner)

    assert set(sites(client, "state=available")) == {"Sunset 1"}
    assert set(sites(client, "q=FAR00")) == {"Far away"}
    page = client.get("/chargers/map/?state=available").text
    assert 'data-points="/chargers/map/data/?state=available"' in page
    assert 'href="/chargers/?state=available">List</a>' in page
    assert "Far away</text>" not in page


def test_another_host_sees_none_of_it_a_teammate_and_an_agent_do(mapped, client_of):
    assert sites(client_of(mapped.stranger)) == {}
    assert len(sites(client_of(mapped.teammate))) == 3


def test_what_did_not_change_is_not_sent_again(mapped, client_of):
    client = client_of(mapped.owner)
    first = client.get(DATA)

    again = client.get(DATA, headers={"If-None-Match": first["ETag"]})
    mapped.charger.evses.get().connectors.update(status="Faulted")

    assert (again.status_code, again.content) == (304, b"")
    assert client.get(DATA, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_its_queries_do_not_grow_with_the_chargers(mapped, client_of, django_assert_max_num_queries):
    client = client_of(mapped.owner)
    with django_assert_max_num_queries(16):
        client.get(DATA)


def test_chargers_without_coordinates_are_counted_and_an_empty_map_says_what_to_do(world, client_of):
    client = client_of(world.owner)
    assert "Nothing is on the map yet" in client.get("/chargers/map/").text
    assert "No charger matches" in client.get("/chargers/map/?q=nowhere").text

    place = Property.objects.create(host=world.host, slug="b", name="B", time_zone="UTC", latitude="1", longitude="1")
    make_charger(place, "CP2", station_id="B1")
    assert "1 of 2 chargers</a> stands at properties without coordinates" in client.get("/chargers/map/").text


def test_only_pages_with_a_map_load_it_and_may_ask_for_tiles(mapped, client_of, settings):
    client = client_of(mapped.owner)
    assert "connect-src" not in client.get("/chargers/map/")["Content-Security-Policy"]

    settings.MAP_TILES_URL = "https://tiles.example:8443/{z}/{x}/{y}.png?key=1"
    for address in ("/chargers/map/", "/properties/", "/properties/sunset-1/"):
        page = client.get(address)
        policy = page["Content-Security-Policy"]
        assert "connect-src 'self' https://tiles.example:8443; " in policy
        assert "img-src 'self' data: https://tiles.example:8443; " in policy
        assert "/static/map." in page.text
    for address in ("/chargers/", "/chargers/CP1/", "/"):
        page = client.get(address)
        assert "tiles.example" not in page["Content-Security-Policy"]
        assert "/static/map." not in page.text


@pytest.fixture
def tiles() -> Iterator[tuple[str, list[str]]]:
    """A server of tiles: its address, and what it was asked for."""
    asked: list[str] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base(transactional_db: None, mapped: World) -> Iterator[str]:
    mapped.charger.connection_id, mapped.charger.disconnected_at = None, datetime.now(tz=UTC)
    mapped.charger.save()
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (375, True)])
def test_properties_come_apart_and_say_their_chargers_by_keyboard(chromium, base, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        log_in(page, base)
        page.goto(f"{base}/chargers/map/")
        cluster = page.get_by_role("button", name="2 properties: 1 offline or faulted")
        cluster.wait_for()
        assert not page.locator(".site-map").is_visible()
        assert browser.fits(page)

        cluster.focus()
        page.keyboard.press("Enter")
        single = page.get_by_role("button", name="Sunset 1: 1 offline or faulted")
        single.wait_for()
        single.focus()
        page.keyboard.press("Enter")
        link = page.locator(".map-card").get_by_role("link", name="SUN001")
        link.wait_for()
        assert "Offline or faulted" in page.locator(".map-card").inner_text()
        assert page.evaluate("document.activeElement.closest('.map-card') !== null")

        page.keyboard.press("Escape")
        assert link.count() == 0
        assert page.evaluate("document.activeElement.classList.contains('map-pin')")
        page.keyboard.press("Enter")
        link.click()
        page.wait_for_url(f"{base}/chargers/CP1/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_serious_on_the_live_map(chromium, base):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    context.add_init_script(axe.AXE)
    page = context.new_page()
    log_in(page, base)
    page.goto(f"{base}/chargers/map/")
    page.get_by_role("button", name="Far away: 10 not known yet").click()
    page.locator(".map-card").wait_for()

    found = axe.faults(page)
    context.close()

    assert found == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lacks", ["WebGL", "the library", "scripts"])
def test_the_drawing_stays_where_the_map_cannot_be_shown(chromium, base, lacks):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=lacks != "scripts")
    page = context.new_page()
    if lacks == "WebGL":
        context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    if lacks == "the library":
        page.route("**/maplibre-gl.*.js", lambda route: route.abort())
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    log_in(page, base)
    page.goto(f"{base}/chargers/map/")
    page.wait_for_load_state("networkidle")

    pin = page.locator(".site-map a").filter(has_text="Far away")
    assert pin.is_visible()
    assert page.locator(".map-pin").count() == 0
    assert any("maplibre-gl." in url for url in loaded) == (lacks == "the library")
    pin.locator("text").click()
    page.wait_for_url(f"{base}/properties/far/")
    context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_tiles_of_the_operator_are_shown_and_credited_and_nobody_else_is_asked(
    chromium, transactional_db, mapped, tiles
):
    address, asked = tiles
    more = {"MAP_TILES_URL": address + "/{z}/{x}/{y}.png", "MAP_TILES_ATTRIBUTION": "© <b>Us</b>"}
    with gateways.running(more=more) as gateway, browser.page(chromium, width=1280) as page:
        base = gateway.url.replace("ws://", "http://").removesuffix("/ocpp")
        requested = []
        page.on("request", lambda request: requested.append(request.url))
        log_in(page, base)
        page.goto(f"{base}/properties/sunset-1/")
        page.locator(".map-pin").wait_for()
        page.wait_for_load_state("networkidle")

        assert page.locator(".maplibregl-ctrl-attrib").inner_text() == "© <b>Us</b> · Natural Earth"
    assert any(path.startswith("/16/") and path.endswith(".png") for path in asked)
    assert {url for url in requested if not url.startswith((base, address, "blob:", "data:"))} == set()
