"""Limits for how often one address may do what costs us something."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from uuid import UUID

from django.http import HttpRequest

from authorization.people import rate_limit

_PAYMENTS: Final = "payments"
_PAYMENTS_IN_10_MINUTES: Final = 30
_OF_ONE_IN_AN_HOUR: Final = 10
_ASKED_AGAIN_AFTER_S: Final = 2
_UNKNOWN_STATIONS_A_MINUTE: Final = 30


def too_often(request: HttpRequest, subject: str, *, limit: int, within_s: int) -> bool:
    """Counts this attempt, and returns True for each one after `limit` within a span that begins with the first."""
    return rate_limit.too_often(subject, subject=_source(request), limit=limit, within_s=within_s)


def wait_s(request: HttpRequest, subject: str, *, limit: int, within_s: int) -> int:
    """Returns the seconds until this address may continue after `limit` times, for `Retry-After`; 0: now.

    Counts nothing.
    """
    source = _source(request)
    if rate_limit.read_count(subject, subject=source) < limit:
        return 0
    return rate_limit.wait_s(subject, subject=source, within_s=within_s)


def forgive(request: HttpRequest, subject: str) -> None:
    """Resets the count after a success: many guests may share one address."""
    rate_limit.forgive(subject, subject=_source(request))


def too_many_payments(request: HttpRequest, *, by: str = "") -> bool:
    """Counts a payment that is begun, by its source and by the session or driver that begins it (`by`).

    People with stolen cards try which of them work. A payment that succeeds is not counted.
    """
    if too_often(request, _PAYMENTS, limit=_PAYMENTS_IN_10_MINUTES, within_s=600):
        return True
    return bool(by) and rate_limit.too_often(_PAYMENTS, subject=by, limit=_OF_ONE_IN_AN_HOUR, within_s=3600)


def payment_succeeded(request: HttpRequest, *, by: str = "") -> None:
    forgive(request, _PAYMENTS)
    if by:
        rate_limit.forgive(_PAYMENTS, subject=by)


def too_many_unknown_stations(request: HttpRequest) -> bool:
    """Counts a Station ID that no charger has, typed or scanned."""
    return too_often(request, "unknown-stations", limit=_UNKNOWN_STATIONS_A_MINUTE, within_s=60)


def returned_lately(pk: UUID) -> bool:
    """Whether the return address of this row was opened a moment ago: the card processor is not asked again so soon."""
    return rate_limit.too_often("came-back", subject=str(pk), limit=1, within_s=_ASKED_AGAIN_AFTER_S)


def _source(request: HttpRequest) -> str:
    """Returns the client's address; for IPv6 its 64-bit network, which belongs to one customer (RFC 6177)."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return address
    return str(read.ipv4_mapped or IPv6Network((int(read), 64), strict=False))
