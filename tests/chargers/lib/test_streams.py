"""Downloads that are written while they are sent."""

from collections.abc import Iterator

from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from chargers.lib import streams


def pieces(made: list[int]) -> Iterator[bytes]:
    for number in range(3):
        made.append(number)
        yield b"%d;" % number


def test_a_piece_is_made_when_it_is_sent():
    made: list[int] = []
    response = streams.build_download(RequestFactory().get("/"), pieces(made), name="a.csv", content_type="text/csv")
    content = iter(response.streaming_content)

    assert made == []
    assert next(content) == b"0;"
    assert made == [0]
    assert b"".join(content) == b"1;2;"
    assert response["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert response["Content-Type"] == "text/csv"


def test_under_asgi_it_sends_the_same():
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": []}, None)
    response = streams.build_download(request, pieces([]), name="a.csv", content_type="text/csv")

    async def read() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    assert async_to_sync(read)() == b"0;1;2;"
