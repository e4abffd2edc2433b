"""Redis gone or hung: pages, the API and chargers go on, and nobody waits for long."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client

from authorization.people import rate_limit
from backoffice import embedded
from chargers.commands import queue
from tests.kit import gateway as gateways
from tests.kit.callers import Api, make_key
from tests.kit.gateway import Device
from tests.kit.world import PASSWORD, World

GIVES_UP_S = 30
"""Long past every patience with Redis: what takes longer waits for ever."""


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A Redis of its own with its process, which the test stops by SIGSTOP."""
    folder = Path(tmp_path_factory.mktemp("r"))
    servers = embedded.Servers(folder)
    servers.start(postgres=False)
    pid = servers.processes()["redis"].pid
    try:
        yield servers.redis_url, pid
    finally:
        os.kill(pid, signal.SIGCONT)
        servers.stop()


@pytest.fixture(params=["gone", "hung"])
def away(request: pytest.FixtureRequest, db: None, settings: Any, silent: str) -> None:
    location = silent if request.param == "hung" else "redis://127.0.0.1:1/0"
    Client().get("/accounts/login/")  # the first page of a process loads the code of all pages
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": location}}


@pytest.mark.django_db
@pytest.mark.usefixtures("away")
class TestPages:
    def test_it_logs_people_in(self, world: World):
        assert _soon(lambda: Client().get("/accounts/login/")).status_code == 200

        client, typed = Client(), {"login": world.owner.email, "password": PASSWORD}
        wrong = _soon(lambda: client.post("/accounts/login/", typed | {"password": "wrong"}))
        right = _soon(lambda: client.post("/accounts/login/", typed))

        assert (wrong.status_code, right.status_code) == (200, 302)
        assert client.get("/chargers/").status_code == 200

    def test_it_answers_the_api(self, world: World):
        api = Api(make_key(world.host))

        assert _soon(lambda: api.get("chargers/")).status_code == 200
        assert _soon(lambda: api.post("chargers/CP1/decide/", {"uid": "04A1B2C3D4"})).json()["verdict"] == "accepted"

    def test_it_sends_drivers_their_link(self, world: World):
        assert _soon(lambda: Client().post("/drive/link", {"email": "kim@example.com"})).status_code == 200

    def test_it_says_that_a_station_is_unknown(self, world: World):
        assert _soon(lambda: Client().get("/charge", {"station_id": "NOPE9"})).status_code == 404

    def test_it_goes_on_counting_in_this_process(self):
        counted = [rate_limit.too_often("tries", subject="a", limit=2, within_s=60) for _ in range(3)]
        rate_limit.reset("tries", subject="a")

        assert counted == [False, False, True]
        assert rate_limit.too_often("tries", subject="a", limit=2, within_s=60) is False


@pytest.mark.django_db
def test_it_stores_a_command_while_redis_is_hung(charger: Any, settings: Any, silent: str):
    settings.CHANNEL_LAYERS = {
        "default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [silent], "prefix": "hung"}}
    }
    wish = queue.CommandRequest("ClearCache", {}, "system")

    made = _soon(lambda: queue.request(charger, wish, now=datetime.now(tz=UTC)))

    assert made.action == "ClearCache"


@pytest.mark.django_db(transaction=True)
def test_it_serves_chargers_while_redis_is_hung(charger: Any, stopped: tuple[str, int]):
    redis_url, pid = stopped

    async def story(gateway: gateways.Gateway) -> dict[str, Any]:
        os.kill(pid, signal.SIGSTOP)
        async with await Device.connect(gateway, "CP1") as device:
            return await device.call("Authorize", {"idTag": "04FFEE0099"})

    with gateways.running(redis_url=redis_url) as gateway:
        answer = asyncio.run(story(gateway))
        page = gateways_page(gateway, "/charge?station_id=NOPE9")
        os.kill(pid, signal.SIGCONT)

    assert answer["idTagInfo"]["status"] == "Invalid"
    assert page == 404


def gateways_page(gateway: gateways.Gateway, path: str) -> int:
    """The status of a page of the same process."""
    return _soon(lambda: httpx.get(f"http://127.0.0.1:{gateway.port}{path}", timeout=10)).status_code


def _soon(act: Callable[[], Any]) -> Any:
    """The result, unless this process waits for a Redis that never answers: then the alarm ends it."""
    signal.signal(signal.SIGALRM, _waited)
    signal.alarm(GIVES_UP_S)
    try:
        return act()
    finally:
        signal.alarm(0)


def _waited(number: int, frame: object) -> None:
    raise TimeoutError("Somebody waits for Redis.")
