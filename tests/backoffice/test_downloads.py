"""Downloads as browsers, curl and httpx read them: of a compressed answer the first gzip member only."""

import hashlib
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.test import AsyncClient, AsyncRequestFactory

from backoffice.compression import Compressed
from chargers.lib import streams
from tests.kit.portal_pages import NOW, addresses
from tests.kit.world import World

__all__ = ["addresses"]


def first_member(content: bytes) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content)


async def whole(response: Any) -> bytes:
    if not response.streaming:
        return bytes(response.content)
    return b"".join([piece async for piece in response.streaming_content])


async def get(client: AsyncClient, address: str, **headers: str) -> tuple[Any, bytes]:
    response = await client.get(address, headers=headers)
    return response, await whole(response)


@pytest.mark.long
def test_every_download_is_whole_for_who_reads_the_first_member(world: World, addresses: dict[str, str]):
    client = AsyncClient()
    client.force_login(world.owner)
    seen = []
    with time_machine.travel(NOW, tick=False):
        for route, address in addresses.items():
            response, packed = async_to_sync(get)(client, address, **{"Accept-Encoding": "gzip"})
            if "attachment" not in response.get("Content-Disposition", ""):
                continue
            seen.append(route)
            _, plain = async_to_sync(get)(client, address)
            read = first_member(packed) if response.get("Content-Encoding") == "gzip" else packed
            assert _without_times(read) == _without_times(plain), route
    assert len(seen) >= 12, seen
    assert any(route.endswith("sessions.csv") for route in seen), seen


def _without_times(content: bytes) -> bytes:
    """A PDF has the moment at which it was made and an id of its own."""
    return re.sub(rb"/ID \[.*?\]|/(Creation|Mod)Date \(.*?\)", b"", content) if content[:4] == b"%PDF" else content


def _large() -> Iterator[bytes]:
    for number in range(5):
        yield hashlib.sha512(bytes([number])).digest() * (1 << 14)


@pytest.mark.pure
def test_a_file_of_several_mebibytes_is_whole_in_the_first_member():
    async def answer() -> bytes:
        request = AsyncRequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
        response = streams.streamed(request, _large(), name="large.csv", content_type="text/csv")
        sent = Compressed(lambda _: response).process_response(request, response)
        assert sent["Content-Encoding"] == "gzip"
        return await whole(sent)

    assert hashlib.sha256(first_member(async_to_sync(answer)())).digest() == hashlib.sha256(b"".join(_large())).digest()
