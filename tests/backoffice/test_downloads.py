"""Downloads as browsers, curl and httpx read them: of a compressed answer the first gzip member only."""

import re
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from tests.kit.downloads import first_member, whole
from tests.kit.portal_pages import NOW, addresses
from tests.kit.world import World

__all__ = ["addresses"]


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
