"""Trusts client headers only from reverse proxies of ours (TRUSTED_PROXIES). Pure.

Shared by charger handshakes, rate limits and logs: anybody can write a header.
"""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(peer: str, *, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The client's address: the socket's own peer, or what a trusted proxy says of it in X-Forwarded-For."""
    if not is_among(peer, trusted):
        return peer
    return _nearest_stranger(forwarded_for, trusted) or peer


def is_among(address: str, networks: Sequence[Network]) -> bool:
    """True if the address is in one of the networks; an IPv4 address in IPv6 clothes counts as itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped else parsed
    return any(plain in network for network in networks)


def _nearest_stranger(forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not a proxy of ours: anything left of it may be forged."""
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
