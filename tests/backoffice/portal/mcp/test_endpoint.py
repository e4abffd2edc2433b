"""The endpoint of assistants: the protocol's official client on a live server, and callers that mean no good."""

import asyncio
from typing import Any

import httpx2
import pytest
from mcp import Client as Assistant
from mcp.client.streamable_http import streamable_http_client

from tests.kit.callers import make_key
from tests.kit.world import World, tap

NAMES = {
    "find", "charger_state", "decisions", "why_refused", "session", "payout_explained", "attention", "rates_of",
}  # fmt: skip


async def conversation(url: str, key: str, mode: str) -> tuple[str, set[str], Any, Any]:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Assistant(transport, mode=mode) as assistant:
            listed = await assistant.list_tools()
            refused = await assistant.call_tool("why_refused", {"uid": "DE:AD:BE:EF"})
            absent = await assistant.call_tool("charger_state", {"charger": "CP-OF-NOBODY"})
            return assistant.protocol_version, {tool.name for tool in listed.tools}, refused, absent


@pytest.mark.enable_socket
@pytest.mark.django_db(transaction=True)
def test_the_official_client_asks_why_a_card_was_refused(live_server: Any, world: World):
    """Also one that first asks for the revision without a handshake, which is not spoken here."""
    tap(world.charger, "DEADBEEF")
    key = make_key(world.host)

    for mode in ("auto", "legacy"):
        version, names, refused, absent = asyncio.run(conversation(f"{live_server.url}/api/mcp/", key, mode))

        assert (version, names) == ("2025-11-25", NAMES)
        explained = refused.structured_content["explanation"]
        assert (refused.is_error, explained["code"]) == (False, "token_unknown")
        assert explained["meaning"]
        assert explained["next"][0]["text"]
        assert absent.is_error
