"""Live validations and fetches of token lists in the journal: `authorization` sends them, and knows no connections."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from authorization.roaming.realtime import ProviderExchange
from authorization.roaming.transport import envelope
from authorization.roaming.transport.authorization_header import TokenForm
from authorization.roaming.transport.routing import Party
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.calling import calls
from billing.roaming.exchange_journal import journal
from billing.roaming.exchange_journal.journal import Exchange


def record(exchange: ProviderExchange, *, now: datetime) -> RoamingExchange | None:
    """Stores the exchange if its provider is connected. Two or three statements; one without a connection."""
    connection = _find_connection(exchange.endpoint.to)
    if connection is None:
        return None
    answer, headers = exchange.answer, _decode(exchange.headers)
    read = envelope.read(answer.body) if answer is not None else None
    status = calls.read_status(read)
    return journal.write(
        Exchange(
            direction=journal.Direction.OUT,
            method=exchange.method,
            url=exchange.url,
            module="tokens",
            version=connection.version,
            request_id=headers.get("X-Request-ID", ""),
            correlation_id=headers.get("X-Correlation-ID", ""),
            headers=headers,
            token_form=TokenForm.BASE64 if exchange.endpoint.is_encoded else TokenForm.PLAIN,
            answer_headers=answer.headers if answer is not None else None,
            request=exchange.body,
            http_status=answer.status if answer is not None else None,
            ocpi_status=status,
            answer=answer.body if answer is not None else b"",
            failure=exchange.failure or calls.describe_failure(answer, read, status),
            took_ms=exchange.took_ms,
        ),
        connection,
        now=now,
    )


def _find_connection(party: Party) -> RoamingConnection | None:
    """Returns the connection by which the party is reached: its own, or that of the platform it is a role of."""
    role = {"country_code": party.country_code, "party_id": party.party_id}
    is_own = Q(msp__country_code=party.country_code, msp__party_id=party.party_id)
    rows = RoamingConnection.objects.filter(is_own | Q(roles__contains=[role]), registered_at__isnull=False)
    return rows.order_by("pk").first()


def _decode(headers: Mapping[bytes | str, bytes | str]) -> dict[str, str]:
    return {
        name if isinstance(name, str) else name.decode("latin-1"): value
        if isinstance(value, str)
        else value.decode("latin-1")
        for name, value in headers.items()
    }
