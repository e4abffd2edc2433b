"""Writes exchanges and finds them. Stored bodies contain no tokens and have a maximum length."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from billing.models import RoamingConnection, RoamingExchange
from chargers.lib import ids
from chargers.text import storable

Direction = RoamingExchange.Direction
MAX_CHARACTERS: Final = 20_000
"""Maximum length of a stored body: pages of a thousand objects are cut."""
_HIDDEN: Final = "••••"
_SECRET_FIELD: Final = re.compile(r'("token"\s*:\s*")((?:[^"\\]|\\.)*)("|\Z)')
_SECRET_MODULES: Final = ("credentials", "")
"""Where tokens may stand: also at addresses that are no module's, where a partner may have missed ours."""
_KEPT_HEADERS: Final = ("content-type",)
_KEPT_ANSWER_HEADERS: Final = (
    *_KEPT_HEADERS, "link", "location", "retry-after", "x-correlation-id", "x-limit", "x-request-id", "x-total-count",
)  # fmt: skip
"""The ids of a request have columns of their own."""
_DELETED_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as transmitted.

    `headers` are those of the request; `token_form` says how its Authorization header showed the token, such as
    `base64`. `answer_headers`: None without an answer.
    """

    direction: RoamingExchange.Direction
    method: str
    url: str
    module: str = ""
    version: str = ""
    request_id: str = ""
    correlation_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    token_form: str = ""
    answer_headers: Mapping[str, str] | None = None
    request: bytes = b""
    http_status: int | None = None
    ocpi_status: int | None = None
    answer: bytes = b""
    failure: str = ""
    took_ms: int = 0
    repeats: UUID | None = None


def write(exchange: Exchange, connection: RoamingConnection | None, *, now: datetime) -> RoamingExchange:
    """Stores the exchange. With a connection there are two statements: its last contact is updated, too."""
    row = RoamingExchange.objects.create(
        id=ids.generate(now=now),
        connection=connection,
        direction=exchange.direction,
        module=exchange.module[:40],
        version=exchange.version[:10],
        method=exchange.method[:10],
        url=storable.text(exchange.url)[:2000],
        request_id=exchange.request_id[:100],
        correlation_id=exchange.correlation_id[:100],
        headers=_keep(exchange.headers, _KEPT_HEADERS) | _describe_token(exchange.token_form),
        answer_headers=(
            None if exchange.answer_headers is None else _keep(exchange.answer_headers, _KEPT_ANSWER_HEADERS)
        ),
        request=text(exchange.request, module=exchange.module),
        http_status=exchange.http_status,
        ocpi_status=exchange.ocpi_status,
        answer=text(exchange.answer, module=exchange.module),
        failure=storable.text(exchange.failure)[:500],
        took_ms=max(exchange.took_ms, 0),
        repeats=exchange.repeats,
        at=now,
    )
    if connection is not None:
        is_in = exchange.direction == Direction.IN
        contact_times = {"last_in_at": now} if is_in else {"last_out_at": now} if exchange.http_status else {}
        if contact_times:
            RoamingConnection.objects.filter(pk=connection.pk).update(**contact_times)
    return row


def _keep(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Returns the headers that tell something, and no token."""
    return {
        name: storable.text(value)[:500]
        for name, value in headers.items()
        if name.lower() in names or name.lower().startswith("ocpi-")
    }


def _describe_token(token_form: str) -> dict[str, str]:
    return {"Authorization": f"Token {_HIDDEN} ({token_form})"} if token_form else {}


def text(body: bytes, *, module: str) -> str:
    """Returns a body to be stored: without tokens of credentials, and cut with a note."""
    full_text = storable.text(body.decode(errors="replace"))
    masked = _SECRET_FIELD.sub(rf"\g<1>{_HIDDEN}\g<3>", full_text) if module in _SECRET_MODULES else full_text
    if len(masked) <= MAX_CHARACTERS:
        return masked
    return f"{masked[:MAX_CHARACTERS]}… ({len(masked) - MAX_CHARACTERS:,} characters more)"


def format_body(body: str) -> str:
    """Returns the body indented if it is JSON."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def search(rows: QuerySet[RoamingExchange], query: str) -> QuerySet[RoamingExchange]:
    """Finds exchanges by X-Request-ID or X-Correlation-ID exactly, or by a part of the URL."""
    sought = query.strip()
    if not sought:
        return rows
    return rows.filter(Q(request_id__iexact=sought) | Q(correlation_id__iexact=sought) | Q(url__icontains=sought))


def prune(*, now: datetime) -> int:
    """Deletes exchanges older than chargers' messages, in batches that delay nobody."""
    before = ids.floor(now - timedelta(days=settings.MESSAGE_RETENTION_DAYS))
    old = RoamingExchange.objects.filter(id__lt=before).order_by("id").values("id")[:_DELETED_AT_ONCE]
    return RoamingExchange.objects.filter(id__in=list(old.values_list("id", flat=True))).delete()[0]
