"""The docket of a partner, compiled from the newest exchanges of its journal."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.docket import entries
from billing.roaming.docket import facts as reading
from billing.roaming.docket.entries import Entry, Wrong
from billing.roaming.docket.facts import Body, Facts
from billing.roaming.partners import connections
from billing.roaming.versions import catalogue as versions

MAX_EXCHANGES: Final = 1000
"""How many of the newest exchanges are examined: what a page can do in about a second."""
_MODULES: Final = frozenset(("locations", "tariffs", "sessions", "cdrs", "tokens", "commands"))
_TWO: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """What deviates in the newest exchanges. `cut`: exchanges of which a body was too long to be stored whole."""

    entries: list[Entry]
    examined: int
    cut: int
    since: datetime | None

    def list_by(self, wrong: Wrong) -> list[Entry]:
        return [entry for entry in self.entries if entry.wrong == wrong]


def compile_docket(connection: RoamingConnection) -> Docket:
    """Returns the docket. Two queries, and up to MAX_EXCHANGES bodies that are read."""
    rows = list(connection.exchanges.order_by("-id")[:MAX_EXCHANGES])
    exchanges = list(read_exchanges(reversed(rows), connection))
    return Docket(
        entries=entries.group(exchanges),
        examined=len(exchanges),
        cut=sum(facts.request.is_cut or facts.answer.is_cut for facts in exchanges),
        since=exchanges[0].at if exchanges else None,
    )


def examine_exchange(exchange: RoamingExchange) -> list[Entry]:
    """Returns what deviates in one exchange of a partner, which others do not need to show."""
    if exchange.connection is None:
        return []
    return entries.group(list(read_exchanges([exchange], exchange.connection)))


def read_exchanges(rows: Iterable[RoamingExchange], connection: RoamingConnection) -> Iterator[Facts]:
    """Yields the exchanges of a partner as facts."""
    partner_parties = [connections.partner_party(connection), *connections.parties(connection)]
    our_parties = [connections.party_of(host) for host in connections.hosts(connection)]
    roles = {(role.get("role"), role.get("country_code"), role.get("party_id")) for role in connection.roles}
    for row in rows:
        yield _read_exchange(
            row,
            partner_parties=frozenset(map(str, partner_parties)),
            our_parties=frozenset(map(str, our_parties)),
            is_hub=connection.is_hub,
            needs_routing=connection.is_hub or len(roles) >= _TWO or len(our_parties) >= _TWO,
        )


def _read_exchange(
    row: RoamingExchange,
    *,
    partner_parties: frozenset[str],
    our_parties: frozenset[str],
    is_hub: bool,
    needs_routing: bool,
) -> Facts:
    is_incoming = row.direction == RoamingExchange.Direction.IN
    answer = reading.read_body(row.answer)
    has_headers = row.answer_headers is not None
    module = row.module or (_name_part(row.url, _MODULES) if is_incoming else "")
    return Facts(
        id=row.pk,
        at=row.at,
        is_incoming=is_incoming,
        method=row.method,
        url=row.url,
        module=module,
        is_unadvertised=is_incoming and not row.module,
        version=_find_version(row, answer),
        request_headers=reading.read_headers(row.headers) if has_headers else None,
        answer_headers=reading.read_headers(row.answer_headers),
        request=reading.read_body(row.request),
        answer=answer,
        http_status=row.http_status,
        ocpi_status=row.ocpi_status,
        failure=row.failure,
        took_ms=row.took_ms,
        request_id=row.request_id,
        correlation_id=row.correlation_id,
        partner_parties=partner_parties,
        our_parties=our_parties,
        is_hub=is_hub,
        needs_routing=needs_routing,
    )


def _find_version(row: RoamingExchange, answer: Body) -> str:
    """Returns the version by which the exchange is judged: of version details the one that they are about.

    The list of versions is the same for all of them.
    """
    is_incoming = row.direction == RoamingExchange.Direction.IN
    if row.module != "versions" or is_incoming:
        return row.version or (_name_part(row.url, versions.ALL) if is_incoming else "")
    data = answer.value.get("data") if isinstance(answer.value, Mapping) else None
    details = data[0] if isinstance(data, list) and len(data) == 1 else data
    return str(details.get("version", "")) if isinstance(details, Mapping) and "endpoints" in details else ""


def _name_part(url: str, names: Container[str]) -> str:
    """Returns the first part of our address that is one of these names; empty if none is."""
    return next((part for part in urlsplit(url).path.split("/") if part in names), "")
