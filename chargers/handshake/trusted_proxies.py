"""Trusts client headers only from our reverse proxies (TRUSTED_PROXIES). Pure.

Shared by charger handshakes, rate limits and logs, because anybody can write a header.
"""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(peer: str, *, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Returns the client's address: the socket's peer, or the address in a trusted proxy's X-Forwarded-For."""
    if not is_among(peer, trusted):
        return peer
    return _nearest_stranger(forwarded_for, trusted) or peer


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; an IPv4-mapped IPv6 address counts as IPv4."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped else parsed
    return any(plain in network for network in networks)


def _nearest_stranger(forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Returns the nearest address that is not one of our proxies: everything left of it may be forged."""
    hops = [hop.strip() for hop in forwarded_for.split(",")]
    for hop in reversed(hops):
        if not _is_address(hop):
            return ""
        if not is_among(hop, trusted):
            return hop
    return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
