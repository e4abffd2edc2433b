"""Messages to guests of bookings, through property systems that forward them."""

from datetime import datetime

from authorization.models import PmsConnection, Stay
from authorization.pms import access_tokens, connections
from authorization.pms.failures import Code, FailedError
from authorization.pms.systems import catalogue
from authorization.pms.systems.source import Source
from chargers.lib import secrets
from chargers.lib.secrets import UnreadableSecretError


def can_write(stay: Stay) -> bool:
    """Whether the booking's system forwards messages, and is not paused."""
    connection = stay.connection
    return connection is not None and connection.is_enabled and catalogue.ALL[connection.kind].messenger is not None


def send(stay: Stay, text: str, *, now: datetime) -> None:
    """Sends a message to a stay's guest. Over the network. Raises FailedError."""
    connection = stay.connection
    messenger = catalogue.ALL[connection.kind].messenger if connection is not None else None
    if connection is None or messenger is None:
        raise FailedError(Code.UNEXPECTED)
    messenger.send_message(source_of(connection, now=now), booking_key=stay.external_key, text=text)


def source_of(connection: PmsConnection, *, now: datetime) -> Source:
    """Returns the connection opened for one request. Raises FailedError."""
    try:
        return Source(
            url=secrets.decrypt(connection.url_encrypted),
            credentials=connections.credentials(connection),
            now=now,
            tokens=access_tokens.StoredTokens(connection.pk, now, catalogue.ALL[connection.kind].tokens_a_day),
        )
    except UnreadableSecretError as exc:
        raise FailedError(Code.UNREADABLE_SECRET) from exc
