"""The launcher as chargers meet it: a real daphne process and sockets of our own."""

import signal
import socket
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import ClientConnection, connect

from backoffice.launcher import MAX_MESSAGE_BYTES
from tests.kit.launched import Launched, launch, raw


def closing_code(link: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        link.recv(timeout=10)
    return closed.value.rcvd.code if closed.value.rcvd else None


def test_it_denies_with_401_before_the_upgrade(launched: Launched):
    status, headers, body = raw(launched, "/unauthorized")

    assert status == "HTTP/1.1 401 Unauthorized"
    assert headers["www-authenticate"] == 'Basic realm="OCPP"'
    assert (headers["content-length"], body) == ("15", b"Use HTTP Basic.")
    assert "upgrade" not in headers
    assert "sec-websocket-accept" not in headers


def test_it_denies_with_403_when_the_application_says_no_more_than_that(launched: Launched):
    status, _, _ = raw(launched, "/closed")

    assert status.startswith("HTTP/1.1 403")


def test_it_stays_well_when_one_handshake_is_denied_after_the_other(launched: Launched):
    statuses = {raw(launched, "/unauthorized")[0] for _ in range(50)}

    assert statuses == {"HTTP/1.1 401 Unauthorized"}
    with connect(launched.url("/echo")) as link:
        link.send("still there")
        assert link.recv(timeout=10) == "still there"


def test_it_serves_pages_on_the_same_port(launched: Launched):
    with closing(socket.create_connection(("127.0.0.1", launched.port), timeout=20)) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: link.recv(65536), b""))

    assert received.startswith(b"HTTP/1.1 200 OK")
    assert b"a page" in received


def test_it_agrees_on_the_subprotocol_that_the_application_picks(launched: Launched):
    with connect(launched.url("/echo"), subprotocols=["ocpp2.0.1", "ocpp1.6"]) as link:  # type: ignore[list-item]
        assert link.subprotocol == "ocpp2.0.1"


def test_it_takes_a_message_of_4_mib_and_closes_with_1009_for_more(launched: Launched):
    with connect(launched.url("/echo"), max_size=None) as link:
        link.send("x" * MAX_MESSAGE_BYTES)
        assert link.recv(timeout=20) == "x" * MAX_MESSAGE_BYTES

        link.send("x" * (MAX_MESSAGE_BYTES + 1))
        assert closing_code(link) == 1009


def test_it_closes_with_1009_when_fragments_find_no_end(launched: Launched):
    with connect(launched.url("/echo")) as link:
        with suppress(ConnectionClosed):
            link.send("x" * 65536 for _ in range(MAX_MESSAGE_BYTES // 65536 + 1))
        assert closing_code(link) == 1009


def test_it_agrees_to_compression_and_counts_what_is_unpacked(launched: Launched):
    with connect(launched.url("/echo"), compression="deflate", max_size=None) as link:
        assert link.response is not None
        assert link.response.headers["sec-websocket-extensions"].startswith("permessage-deflate")
        for text in ("x", "y" * MAX_MESSAGE_BYTES, '[2,"1","Heartbeat",{}]'):
            link.send(text)
            assert link.recv(timeout=20) == text

        with suppress(ConnectionClosed):
            link.send("z" * (MAX_MESSAGE_BYTES + 1))
        assert closing_code(link) == 1009


def test_it_agrees_to_the_smallest_window_that_is_asked_for(launched: Launched):
    small = ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9)
    with connect(launched.url("/echo"), compression=None, extensions=[small]) as link:
        link.send("a" * 5000)
        assert link.recv(timeout=20) == "a" * 5000


def test_it_lets_input_wait_in_the_network_when_a_consumer_is_busy(launched: Launched):
    with connect(launched.url("/busy"), close_timeout=0.1) as link:
        plug = link.socket
        plug.settimeout(2)
        frame = bytes([0x81, 0xFF]) + (200_000).to_bytes(8, "big") + bytes(4) + b"x" * 200_000
        with suppress(TimeoutError):
            for taken in range(500):  # noqa: B007 - how far it came
                plug.sendall(frame)

    assert taken < 200


def test_it_keeps_a_connection_that_is_older_than_a_day():
    with launch() as launched, connect(launched.url("/echo")) as link:
        link.send("a day passes")
        assert link.recv(timeout=10) == "a day passes"

        time.sleep(4.5)  # daphne looks at the age of its connections every 2 s

        link.send("still there")
        assert link.recv(timeout=10) == "still there"


def test_it_says_goodbye_with_1001_and_lets_consumers_finish(tmp_path: Path):
    done = tmp_path / "done"
    with launch(DONE_FILE=str(done)) as launched, connect(launched.url("/echo")) as link:
        link.send("hello")
        assert link.recv(timeout=10) == "hello"

        launched.process.send_signal(signal.SIGTERM)

        assert closing_code(link) == 1001
        assert launched.process.wait(timeout=10) == 0
    assert done.read_text() == "closed with 1001"
