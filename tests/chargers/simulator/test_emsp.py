"""The demo's mobility provider as an OCPI partner."""

from typing import Any

import pytest

from chargers.simulator.emsp import VERSIONS_PATH, Emsp, Reply

BASE = "http://emsp.test"
LOCATION = "/ocpi/emsp/2.2.1/locations/US/SUN/1"


def data_of(reply: Reply | None) -> Any:
    assert reply is not None
    assert reply.status == 200
    return reply.data


def test_its_versions_lead_to_its_endpoints():
    emsp = Emsp()
    [version] = data_of(emsp.reply("GET", VERSIONS_PATH, None, base=BASE))
    details = data_of(emsp.reply("GET", version["url"].removeprefix(BASE), None, base=BASE))

    roles = {endpoint["identifier"]: endpoint["role"] for endpoint in details["endpoints"]}
    assert (roles["tokens"], roles["locations"], roles["cdrs"]) == ("SENDER", "RECEIVER", "RECEIVER")
    assert all(endpoint["url"].startswith(BASE) for endpoint in details["endpoints"])


def test_it_gives_its_credentials_and_takes_them_back():
    emsp = Emsp()

    assert data_of(emsp.reply("POST", "/ocpi/emsp/2.2.1/credentials", {}, base=BASE))["url"] == BASE + VERSIONS_PATH
    assert data_of(emsp.reply("DELETE", "/ocpi/emsp/2.2.1/credentials", None, base=BASE)) is None


def test_what_is_put_can_be_changed_read_and_deleted():
    emsp = Emsp()

    def status(method: str, body: Any = None) -> int:
        reply = emsp.reply(method, LOCATION, body, base=BASE)
        assert reply is not None
        return reply.status

    assert status("GET") == 404
    assert status("PUT", {"id": "1", "name": "Sunset"}) == 201
    assert status("PUT", {"id": "1", "name": "Sunset 1"}) == 200
    assert status("PATCH", {"city": "Ocean City"}) == 200
    assert data_of(emsp.reply("GET", LOCATION, None, base=BASE)) == {
        "id": "1", "name": "Sunset 1", "city": "Ocean City",
    }  # fmt: skip
    assert status("DELETE") == 200
    assert status("DELETE") == 404


def test_a_change_of_what_it_does_not_have_is_kept():
    emsp = Emsp()
    emsp.reply("PATCH", LOCATION, {"city": "Ocean City"}, base=BASE)

    assert emsp.objects == {LOCATION: {"city": "Ocean City"}}


def test_a_cdr_says_where_it_is_stored():
    emsp = Emsp()
    reply = emsp.reply("POST", "/ocpi/emsp/2.2.1/cdrs", {"id": "C1"}, base=BASE)

    assert reply == Reply(201, location=f"{BASE}/ocpi/emsp/2.2.1/cdrs/C1")
    assert data_of(emsp.reply("GET", "/ocpi/emsp/2.2.1/cdrs/C1", None, base=BASE)) == {"id": "C1"}


@pytest.mark.parametrize("path", ["/ocpi/emsp/2.2.1/tokens", "/elsewhere", "/"])
def test_other_addresses_are_none_of_its(path: str):
    assert Emsp().reply("GET", path, None, base=BASE) is None
