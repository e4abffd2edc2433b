"""Requests over HTTP end: with 413 before a large body is kept, with 408 when they never come to an end."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.kit.launched import Launched, launch

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def launched() -> Iterator[Launched]:
    with launch() as running:
        yield running


def answer(launched: Launched, head: str, *, body: bytes = b"", within_s: float = 10) -> str:
    """The status line; empty where the server just closed."""
    with closing(socket.create_connection(("127.0.0.1", launched.port), timeout=within_s)) as link:
        link.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        try:
            link.sendall(body)
            return link.recv(4096).split(b"\r\n")[0].decode()
        except (BrokenPipeError, ConnectionResetError):
            return ""


@pytest.mark.parametrize(
    ("head", "is_too_large"),
    [
        (f"POST /c/X HTTP/1.1\nHost: x\nContent-Length: {2 * MIB}", True),
        (f"POST /c/X HTTP/1.1\nHost: x\nCookie: sessionid=1\nContent-Length: {17 * MIB}", True),
        (f"PUT /u/secret/ HTTP/1.1\nHost: x\nContent-Length: {65 * MIB}", True),
        ("POST /c/X HTTP/1.1\nHost: x\nContent-Length: 0", False),
    ],
)
def test_it_refuses_a_large_body_before_any_of_it_came(launched, head, is_too_large):
    assert (answer(launched, head) == "HTTP/1.1 413 Content Too Large") is is_too_large


def test_it_refuses_a_large_body_that_does_not_say_its_length(launched):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    status = answer(launched, "POST /c/X HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", body=chunk * 20)

    assert status in {"HTTP/1.1 413 Content Too Large", ""}


def test_it_takes_a_body_of_a_known_caller(launched):
    head = f"POST /c/X HTTP/1.1\nHost: x\nCookie: sessionid=1\nContent-Length: {2 * MIB}"

    assert "413" not in answer(launched, head, body=b"x" * (2 * MIB))


def test_it_ends_a_request_whose_headers_never_end(launched):
    with closing(socket.create_connection(("127.0.0.1", launched.port), timeout=40)) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

        assert link.recv(4096).startswith(b"HTTP/1.1 408 Request Timeout")


def test_a_body_that_is_too_large_for_the_api_is_answered_by_a_problem_document(launched):
    head = f"POST /api/v1/tokens/ HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key x\r\nContent-Length: {17 * MIB}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", launched.port), timeout=10)) as link:
        link.sendall(head.encode())
        with link.makefile("rb") as answered:
            headers, _, body = answered.read().partition(b"\r\n\r\n")

    assert headers.startswith(b"HTTP/1.1 413 Content Too Large")
    assert b"content-type: application/problem+json" in headers
    problem = json.loads(body)
    assert (problem["status"], problem["title"]) == (413, "Content Too Large")
    assert problem["detail"].startswith("The body is too large: send at most 16 MiB at once")
