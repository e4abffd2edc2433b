"""Handshakes, second connections and what must never bring a gateway down."""

import asyncio
import base64
import contextlib
import json
import signal
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import websockets
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis import Redis

from chargers.fleet import presence
from chargers.gateway.consumer import HEARD_EVERY_S
from chargers.handshake import admission, explanations
from chargers.handshake.request import Handshake
from chargers.journal import messages
from chargers.models import Charger, FailedHandshake, Message
from chargers.security import keys
from tests.chargers.conftest import make_charger
from tests.kit import gateway as gateways
from tests.kit.commands import obey, order
from tests.kit.gateway import Device, looking
from tests.kit.launched import Launched, raw
from tests.kit.waiting import until


def refused(gateway, charger_id, **options):
    async def story():
        with pytest.raises(websockets.InvalidStatus) as caught:
            await Device.connect(gateway, charger_id, **options)
        return caught.value.response

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"password": "wrong"}, "wrong_password"),
        ({"password": None}, "no_credentials"),
        ({"user": "CP2"}, "wrong_user"),
        ({"password": ""}, "wrong_password"),
    ],
)
def test_it_says_401_before_the_upgrade(gateway, charger, options, reason):
    response = refused(gateway, "CP1", **options)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
    failed = FailedHandshake.objects.get()
    assert (failed.charger_id, failed.presented_id, failed.reason) == (charger.pk, "CP1", reason)
    assert "secret" not in failed.detail


@pytest.mark.parametrize("charger_id", ["NOBODY", "CP1" * 40, "CP1\x00", "ü", "CP1%2F", "' OR 1=1"])
def test_it_answers_an_id_that_nobody_has_as_a_wrong_password(gateway, charger, charger_id):
    known = refused(gateway, "CP1", password="wrong")
    FailedHandshake.objects.all().delete()

    response = refused(gateway, charger_id)

    assert (response.status_code, response.body) == (known.status_code, known.body)
    assert response.status_code == 401
    assert FailedHandshake.objects.get().reason == "unknown_charger"


@pytest.mark.parametrize(
    ("charger_id", "credentials", "status"),
    [
        ("CP1", "CP1:wrong", "401 Unauthorized"),
        ("CP1", "", "401 Unauthorized"),
        ("NOBODY", "NOBODY:x", "401 Unauthorized"),
    ],
)
def test_it_answers_in_plain_http_before_any_upgrade(gateway, charger, charger_id, credentials, status):
    more = "Sec-WebSocket-Protocol: ocpp1.6\r\n"
    if credentials:
        more += f"Authorization: Basic {base64.b64encode(credentials.encode()).decode()}\r\n"

    line, headers, body = raw(Launched(gateway.process, gateway.port), f"/ocpp/{charger_id}", more)

    assert line == f"HTTP/1.1 {status}"
    assert headers.get("www-authenticate", "").startswith("Basic realm=") is status.startswith("401")
    assert "upgrade" not in headers
    assert int(headers["content-length"]) == len(body) > 0


def test_it_says_404_to_any_other_address(gateway):
    async def story():
        with pytest.raises(websockets.InvalidStatus) as caught:
            await websockets.connect(f"ws://127.0.0.1:{gateway.port}/elsewhere", proxy=None)
        return caught.value.response

    assert asyncio.run(story()).status_code == 404


def test_it_notes_a_charger_at_a_wrong_address(gateway, charger):
    async def story():
        for path in ("CP1", "ocpp/1.6/CP1", "ocpp/16/CP1\x00"):
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(f"ws://127.0.0.1:{gateway.port}/{quote(path)}", proxy=None)

    asyncio.run(story())

    rows = FailedHandshake.objects.order_by("pk")
    assert [(row.charger_id, row.presented_id, row.reason) for row in rows] == [
        (charger.pk, "CP1", "wrong_address"),
        (None, "CP1\ufffd", "wrong_address"),
    ]


def test_it_limits_wrong_tries_by_their_source_and_lets_the_right_password_in(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1"):
            pass
        statuses = []
        for _ in range(40):
            with pytest.raises(websockets.InvalidStatus) as caught:
                await Device.connect(gateway, "CP1", password="wrong")
            statuses.append(caught.value.response.status_code)
        async with await Device.connect(gateway, "CP1") as device:
            assert "currentTime" in await device.call("Heartbeat", {})
        return statuses

    statuses = asyncio.run(story())

    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert FailedHandshake.objects.filter(reason="wrong_password").count() == 1


def test_the_right_password_does_not_pass_after_many_wrong_ones_from_elsewhere(gateway, charger, other_charger):
    """And another charger behind the same address is not held up."""

    async def story():
        for n in range(25):
            with pytest.raises(websockets.InvalidStatus):
                await Device.connect(gateway, "CP1", password=f"guess {n}")
        with pytest.raises(websockets.InvalidStatus) as caught:
            await Device.connect(gateway, "CP1")
        async with await Device.connect(gateway, "CP2") as device:
            await device.call("Heartbeat", {})
        return caught.value.response.status_code

    assert asyncio.run(story()) == 429


@pytest.mark.django_db
def test_ids_that_nobody_has_fill_no_table():
    cache.clear()
    for n in range(130):
        headers = {b"authorization": b"Basic " + base64.b64encode(f"X{n}:x".encode())}
        admission.admit(Handshake(f"X{n}", headers, ("ocpp1.6",), source="203.0.113.9"), now=datetime.now(tz=UTC))

    assert FailedHandshake.objects.count() == 100


@pytest.mark.parametrize(("version", "reason"), [(None, "no_subprotocol"), ("9.9", "unknown_subprotocol")])
def test_it_authenticates_first_and_then_closes_where_no_known_version_is_offered(gateway, charger, version, reason):
    assert refused(gateway, "CP1", version=version, password="wrong").status_code == 401

    async def story():
        device = await Device.connect(gateway, "CP1", version=version)
        assert device.ws.subprotocol is None
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await device.receive()
        return caught.value.rcvd.code

    assert asyncio.run(story()) == 1002
    assert FailedHandshake.objects.filter(reason=reason).count() == 1
    assert not Charger.objects.get().is_online()


def test_it_takes_the_chargers_first_offer_that_it_knows(gateway, charger):
    async def story():
        token = base64.b64encode(b"CP1:secret-password-1").decode()
        async with websockets.connect(
            f"{gateway.url}/CP1",
            subprotocols=["ocpp2.0", "ocpp2.0.1", "ocpp1.6"],
            additional_headers={"Authorization": f"Basic {token}"},
            proxy=None,
        ) as ws:
            return ws.subprotocol

    assert asyncio.run(story()) == "ocpp2.0.1"


def test_it_knows_who_is_online(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            assert (await looking(Charger.objects.get)).is_online()
        await until(lambda: not Charger.objects.get().is_online())

    asyncio.run(story())

    assert Charger.objects.get().disconnected_at


def test_its_newest_connection_wins(gateway, charger):
    async def story():
        old = await Device.connect(gateway, "CP1")
        await old.call("Heartbeat", {})
        async with await Device.connect(gateway, "CP1") as new:
            assert "currentTime" in await new.call("Heartbeat", {})
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await old.receive()
            assert caught.value.rcvd.code == 4001
            await asyncio.sleep(0.3)
            assert (await looking(Charger.objects.get)).is_online()
            assert "currentTime" in await new.call("Heartbeat", {})

    asyncio.run(story())


def end_other_sessions():
    """As a restart of PostgreSQL does: what is connected to this database learns it when it next asks something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def test_it_lets_a_charger_in_after_postgresql_was_restarted(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
        await looking(end_other_sessions)
        for _ in range(5):
            async with await Device.connect(gateway, "CP1") as device:
                assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())
    connection.close()  # this one ended too


def open_to_redis():
    with Redis.from_url(settings.REDIS_URL) as redis:
        return len(redis.client_list())


def test_a_crowd_that_connects_at_once_leaves_few_connections_to_redis(gateway, charger, site):
    """A charger's arrival counts in a limit, and a connection that was used for it stays open."""
    for n in range(10, 50):
        one = make_charger(site, f"CP{n}")
        keys.set_generated(one, "secret-password-1")
        one.save()

    async def story():
        before = await looking(open_to_redis)
        crowd = await asyncio.gather(*(Device.connect(gateway, f"CP{n}") for n in range(10, 50)))
        for device in crowd:
            await device.call("Heartbeat", {})
        await asyncio.sleep(1)
        after = await looking(open_to_redis)
        for device in crowd:
            await device.ws.close()
        return after - before

    assert asyncio.run(story()) <= 10


def test_it_says_goodbye_with_1001_and_leaves_nobody_online(gateway, charger):
    async def story(other):
        device = await Device.connect(other, "CP1")
        await device.call("Heartbeat", {})
        other.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(device.ws.wait_closed(), 5)
        return device.ws.close_code

    with gateways.running() as other:
        assert asyncio.run(story(other)) == 1001

    assert not Charger.objects.get().is_online()


def test_it_lets_a_charger_back_in_whose_first_socket_is_half_open(gateway, charger):
    async def story():
        old = await Device.connect(gateway, "CP1")
        old.ws.transport.pause_reading()
        async with await Device.connect(gateway, "CP1") as new:
            assert "currentTime" in await new.call("Heartbeat", {})
        old.ws.transport.abort()

    asyncio.run(story())


def test_it_closes_with_1008_on_a_charger_that_floods_and_names_it_on_its_connection_page(gateway, charger):
    """700 calls a second of one charger slowed down all others, and went on for ever."""

    async def story():
        device = await Device.connect(gateway, "CP1")

        async def read() -> None:
            async for _answer in device.ws:
                pass

        reading = asyncio.create_task(read())
        with contextlib.suppress(websockets.ConnectionClosed):
            for number in range(20_000):
                await device.ws.send(f'[2,"{number}","Heartbeat",{{}}]')
        with contextlib.suppress(websockets.ConnectionClosed):
            await reading
        await device.ws.wait_closed()
        return device.ws.close_code

    assert asyncio.run(story()) == 1008
    assert Message.objects.count() < 5000
    wait_until(lambda: FailedHandshake.objects.filter(charger=charger, reason="flooded").exists())
    (shown,) = explanations.of_charger(charger, since=datetime.now(tz=UTC) - timedelta(hours=1))
    assert shown.title == "It sent too many messages"


@pytest.mark.parametrize("how", ["one frame", "fragments"])
def test_it_closes_with_1009_on_a_frame_that_is_too_large(gateway, charger, how):
    async def story():
        device = await Device.connect(gateway, "CP1")
        # The last fragment is the one too many: bytes left unread would reset the connection, and lose the close frame.
        size = 5_000_000 if how == "one frame" else 4 * 2**20
        big = json.dumps([2, "1", "DataTransfer", {"vendorId": "x", "data": "y" * size}])
        parts = big if how == "one frame" else (big[n : n + 10_000] for n in range(0, len(big), 10_000))
        with contextlib.suppress(websockets.ConnectionClosed):
            await device.ws.send(parts)
        await device.ws.wait_closed()
        return device.ws.close_code

    assert asyncio.run(story()) == 1009
    assert not Message.objects.exists()
    wait_until(lambda: FailedHandshake.objects.filter(charger=charger, reason="too_large").exists())


def test_it_asks_a_station_for_less_after_its_inventory_was_too_large(gateway, charger):
    """Whole inventory, then the settings, then the summary; never the same for ever."""

    class Station(Device):
        tells_settings = True

    async def story():
        asked = []
        for _ in range(3):
            device = await Station.connect(gateway, "CP1", version="2.0.1")
            boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
            await device.call("BootNotification", boot)
            order = await device.receive()
            asked.append((order[2], order[3].get("reportBase")))
            with contextlib.suppress(websockets.ConnectionClosed):
                await device.ws.send(json.dumps([2, "1", "NotifyReport", {"reportData": ["x" * 5_000_000]}]))
            await device.ws.wait_closed()
            count = len(asked)
            await looking(lambda n=count: wait_until(lambda: FailedHandshake.objects.count() == n))
        return asked

    assert asyncio.run(story()) == [
        ("GetBaseReport", "FullInventory"),
        ("GetBaseReport", "ConfigurationInventory"),
        ("GetBaseReport", "SummaryInventory"),
    ]


def test_it_takes_an_inventory_of_400_kib_in_one_frame(gateway, charger):
    variables = [
        {
            "component": {"name": f"Component{number}"},
            "variable": {"name": "Setting"},
            "variableAttribute": [{"value": "x" * 900}],
        }
        for number in range(400)
    ]

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            report = {"requestId": 1, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "reportData": variables}
            assert await device.call("NotifyReport", report) == {}

    asyncio.run(story())

    assert charger.variables.count() == 400


def wait_until(is_so, *, within_s=20):
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(0.05)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_it_answers_a_call_whose_id_is_half_a_surrogate_pair_and_shows_it(gateway, charger, version):
    hurt = '[2,"\\ud800","DataTransfer",{"key":"AuthorizationKey","value":"hidden-1","data":"\\udfff"}]'

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.send('[2,"\\ud800","Heartbeat",{}]')
            answer = await device.receive()
            await device.send(hurt)
            return answer, await device.receive()

    answers = asyncio.run(story())

    assert [(answer[0], answer[1]) for answer in answers] == [(4, "\ud800"), (4, "\ud800")]
    plain, secret = Message.objects.order_by("id")
    assert (plain.message_id, plain.request) == ("\ufffd", '[2,"\\ud800","Heartbeat",{}]')
    assert plain.fault == "The frame holds half of a surrogate pair: write whole characters."
    assert "hidden-1" not in secret.request
    assert "\\udfff" in secret.request
    assert "\\ud800" in messages.format_frame(plain.request)
    assert "\\ud800" in messages.format_frame(plain.answer)


def test_it_survives_frames_made_to_hurt(gateway, charger):
    bad = [
        "",
        "[",
        "[" * 100_000,
        '[2,"1","Heartbeat",' + '{"a":' * 5000,
        '[2,"1","Heartbeat",{"a":1e400}]',
        '[2,"1","Heartbeat",{"a":NaN}]',
        '[2,"1","Heartbeat",{"a":"\\ud800"}]',
        '[2,"1","Heartbeat",{"a":1,"a":2}]',
        '[2,"1","Heartbeat",{"a":' + "9" * 10_000 + "}]",
        json.dumps([2, "x" * 5000, "Heartbeat", {}]),
        json.dumps([2, "1", "x" * 5000, {}]),
        '[2,"1","DataTransfer",{"vendorId":"x","data":' + "[" * 60 + "]" * 60 + "}]",
        '[2,"1","MeterValues",{"connectorId":1e300,"meterValue":{}}]',
        '[2,"1","StatusNotification",{"connectorId":99999999999,"status":"Available","errorCode":"NoError"}]',
        '[2,"1","StopTransaction",{"transactionId":1e30,"meterStop":1e30,"timestamp":"x"}]',
    ]

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for text in bad:
                await device.send(text)
            await device.ws.send(b"\xff\xfe\x00binary")
            await device.send('[2,"alive","Heartbeat",{}]')
            while (await device.receive())[1] != "alive":
                pass

    asyncio.run(story())

    assert Message.objects.count() == len(bad) + 2
    assert not Message.objects.filter(verdict="InternalError").exists()


def test_a_charger_that_was_silent_and_speaks_again_is_online_without_a_new_connection(gateway, charger):
    silent_since = datetime.now(tz=UTC) - timedelta(minutes=21)

    def falls_silent():
        Charger.objects.update(last_message_at=silent_since)
        return presence.disconnect_silent(now=datetime.now(tz=UTC), silent_for=timedelta(minutes=20))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            before = await looking(Charger.objects.get)
            assert await looking(falls_silent) == 1
            await looking(lambda: order("RemoteStopTransaction", {"transactionId": 7}))
            deadline = time.monotonic() + HEARD_EVERY_S + 10
            while not (after := await looking(Charger.objects.get)).is_online():
                assert time.monotonic() < deadline, "its frames proved nothing"
                await device.call("Heartbeat", {})
                await asyncio.sleep(0.5)
            frame = await obey(device, lambda message_id: [3, message_id, {"status": "Accepted"}])
            assert frame[2:] == ["RemoteStopTransaction", {"transactionId": 7}], "asked for while it seemed away"
            assert (after.connection_id, after.disconnected_at) == (before.connection_id, None)
            await looking(lambda: order("ClearCache"))
            assert (await device.receive())[2] == "ClearCache"
        await until(lambda: not Charger.objects.get().is_online())

    asyncio.run(story())
