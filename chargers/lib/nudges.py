"""Hints over Redis to gateways and workers: they speed things up, may be lost, and nothing waits for them."""

import asyncio
import logging
from typing import Any, Final

from asgiref.sync import async_to_sync
from celery import current_app
from channels.layers import get_channel_layer
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

GATEWAYS: Final = "gateways"
"""The channel-layer group of all gateway processes."""
_TIMEOUT_S: Final = 1.0
_AWAY: Final = (OperationalError, RedisError, OSError)  # asyncio's TimeoutError is an OSError
_logger = logging.getLogger(__name__)


def to_gateways(*messages: dict[str, Any]) -> None:
    """Sends the messages to all gateways within a second in total; a lost one is replaced by their own poll."""
    try:
        async_to_sync(_send)(messages)
    except _AWAY:
        _logger.warning(
            "Redis did not answer within %s s: what was asked waits for the gateways' next look", _TIMEOUT_S
        )


async def send_to_gateways(message: dict[str, Any]) -> None:
    """Sends one message to all gateways within an event loop."""
    try:
        await _send((message,))
    except _AWAY:
        _logger.warning("Redis did not answer within %s s: a gateway finds it by its own look", _TIMEOUT_S)


def to_worker(task: str) -> None:
    """Has a worker run a periodic task now; beat runs it anyway. Takes at most about two seconds."""
    options = dict(current_app.conf.broker_transport_options)
    options |= {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S}
    try:
        with current_app.connection(transport_options=options) as connection:
            current_app.send_task(task, connection=connection, retry=False)
    except _AWAY:
        _logger.warning("Redis is away: %s waits for beat", task)


async def _send(messages: tuple[dict[str, Any], ...]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    async with asyncio.timeout(_TIMEOUT_S):
        for message in messages:
            await layer.group_send(GATEWAYS, message)
