"""The guests' pages as an app: a manifest by brand, a worker that keeps nobody's page, the way to one's session."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from billing.models import Branding, Session
from chargers.models import Connector
from tests.kit.bookings import now as at
from tests.kit.guest import guest, pay, station
from tests.kit.running import now, running
from tests.kit.waiting_list import ask

__all__ = ["guest", "now", "running", "station"]


def manifest_of(page: bytes) -> dict:
    address = re.search(r'<link rel="manifest" href="([^"]+)"', page.decode())[1]
    answer = Client().get(address)
    assert answer.headers["Content-Type"] == "application/manifest+json"
    return json.loads(answer.content)


def test_a_session_can_be_installed_under_its_hosts_name_and_colour(world, running, now):
    Branding.objects.create(host=world.host, colour="#7a1f5c", changed_at=now)

    manifest = manifest_of(Client().get(f"/s/{running.secret}/").content)

    assert (manifest["name"], manifest["theme_color"]) == (world.host.name, "#7a1f5c")
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == ("standalone", "/s/", "/")
    assert running.secret not in json.dumps(manifest)


def test_a_page_of_no_host_has_our_own_name_in_the_readers_language(db):
    page = Client(headers={"accept-language": "fr"}).get("/charge").content

    assert manifest_of(page)["name"] == "EV charging"
    french = Client(headers={"accept-language": "fr"}).get("/app.webmanifest").json()
    assert (french["name"], french["lang"]) == ("Recharge électrique", "fr")


def test_its_icons_are_as_large_as_it_says(db):
    icons = Client().get("/app.webmanifest").json()["icons"]

    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        if icon["sizes"] != "any":
            file = Path(finders.find(icon["src"].removeprefix("/static/")))
            with Image.open(file) as picture:
                assert "x".join(map(str, picture.size)) == icon["sizes"]


def test_the_worker_keeps_only_the_page_without_a_connection_and_static_files(db):
    answer = Client().get("/s/worker.js")

    code = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer.headers
    of_cache, _, of_messages = code.partition('addEventListener("push"')
    assert "cache" not in of_messages
    kept = re.findall(r'"(/[^"]+)"', of_cache)
    assert [address for address in kept if not address.startswith("/static/")] == ["/s/offline"]
    for address in kept:
        file = Client().get(address)
        assert (address, file.status_code) == (address, 200)
        file.close()


def test_the_page_without_a_connection_is_nobodys(guest, station):
    page = guest.get("/s/offline")
    german = Client(headers={"accept-language": "de"}).get("/s/offline").content.decode()

    assert page.cookies == {}
    assert "csrf" not in page.content.decode()
    assert "Das Laden geht weiter" in german
    assert guest.get("/s/worker.js").content != Client(headers={"accept-language": "de"}).get("/s/worker.js").content


def test_the_app_opens_at_the_session_of_this_browser(world, guest, station):
    assert guest.get("/s/").url == "/charge"
    pay(guest, station)
    session = Session.objects.get()

    assert guest.get("/s/").url == f"/s/{session.secret}/"
    assert Client().get("/s/").url == "/charge"
    stopped = {"state": "failed", "stopped_at": at() - timedelta(hours=7)}
    Session.objects.filter(pk=session.pk).update(**stopped)
    assert guest.get("/s/").url == "/charge"


def test_the_app_opens_at_the_place_on_the_waiting_list(world, guest, station):
    Connector.objects.update(status="Charging", status_at=at())
    place = ask(guest).url

    assert guest.get("/s/").url == place


@pytest.mark.parametrize("path", ["/s/", "/s/worker.js", "/s/offline", "/app.webmanifest"])
def test_they_take_no_post(db, path):
    assert Client().post(path).status_code == 405
