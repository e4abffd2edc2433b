"""The ASGI application: pages over HTTP, chargers over websockets."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
http = get_asgi_application()

import backoffice.urls  # noqa: E402, F401 - all pages' code, before anybody asks: Django would load it for the first guest
from billing.branding import domain_names, domains  # noqa: E402
from chargers.gateway.routing import websocket_urlpatterns  # noqa: E402 - needs the apps that the line above loads
from chargers.handshake import failures  # noqa: E402

PAGES_AT_ONCE = 16
"""Fewer than the database pool's connections, so that requests wait here and never for a connection in vain."""


_ASKED_BY_MACHINES = frozenset({"/healthz", "/readyz", "/metrics"})


def in_turn(app: ASGIHandler, *, at_once: int) -> Callable[..., Awaitable[None]]:
    """Limits how many requests run at once, so that a crowd slows pages down but does not exhaust the database.

    Health checks are not limited, because they matter most when nothing else responds.
    """
    turns = asyncio.Semaphore(at_once)

    async def served(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope.get("path") in _ASKED_BY_MACHINES:
            await app(scope, receive, send)
            return
        async with turns:
            await app(scope, receive, send)

    return served


def at_ours_alone(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Chargers connect at our own names: at a host's domain of guest pages there is nothing for them, a 404."""

    async def served(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raw = next((value for name, value in scope.get("headers", []) if name == b"host"), b"")
        name = domain_names.of_header(raw.decode("latin-1"))
        if not name or domains.is_ours(name) or await sync_to_async(domains.answering)(name) is None:
            await app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"No charger connects at this name."})

    return served


application = ProtocolTypeRouter(
    {
        "http": in_turn(http, at_once=PAGES_AT_ONCE),
        "websocket": at_ours_alone(URLRouter(websocket_urlpatterns)),
    }
)


def bad_tls(*, source: str, sentence: str) -> None:
    """Records a failed TLS handshake on the encrypted port. Called by the launcher; runs in a thread."""
    failures.bad_tls(source=source, sentence=sentence)
