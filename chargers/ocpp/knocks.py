"""Failures that happen before a handshake reaches a consumer, noted from a thread of the gateway."""

import logging
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError, connection

from chargers.ocpp import door

logger = logging.getLogger(__name__)


def bad_tls(*, source: str, sentence: str) -> None:
    """Encryption failed: at most one row a minute for each address. Never raises."""
    connection.close_if_unusable_or_obsolete()
    try:
        door.record_bad_tls(source=source, sentence=sentence, now=datetime.now(tz=UTC))
    except (OperationalError, InterfaceError):
        logger.warning("PostgreSQL is away: failed encryption from %s was not noted", source)
        connection.close()
