"""Records failures that happen before a handshake reaches a consumer, from a thread of the gateway."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.db import InterfaceError, OperationalError, connection

from chargers.handshake import admission
from chargers.handshake.request import Handshake

logger = logging.getLogger(__name__)


def bad_tls(*, source: str, sentence: str) -> None:
    """Records failed encryption: at most one row a minute for each address. Never raises."""
    _record_failure(partial(admission.record_bad_tls, source=source, sentence=sentence), source=source)


def wrong_address(handshake: Handshake, *, path: str) -> None:
    """Records a websocket with an unknown path: at most one row a minute for each name and address. Never raises."""
    _record_failure(partial(admission.record_wrong_address, handshake, path=path), source=handshake.source)


def _record_failure(record: Callable[..., None], *, source: str) -> None:
    connection.close_if_unusable_or_obsolete()
    try:
        record(now=datetime.now(tz=UTC))
    except (OperationalError, InterfaceError):
        logger.warning("PostgreSQL is away: a failed handshake from %s was not noted", source)
        connection.close()
