"""A handshake as received: charger id, source address, TLS, client certificate, and the proxies in between.

Pure. Proxy headers (the client's address, scheme and certificate) count only if the socket's peer is one of
TRUSTED_PROXIES, because anybody can write a header.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from chargers.handshake import trusted_proxies
from chargers.handshake.trusted_proxies import Network

CERTIFICATE_HEADERS = (b"x-forwarded-client-cert", b"x-ssl-client-cert", b"x-client-cert")
_XFCC_CERT = re.compile(rb'(?:^|[;,])\s*cert="?([^";,]+)"?', re.IGNORECASE)
_PEM_BEGIN, _PEM_END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_LONGEST_HEADER = 16384


@dataclass(frozen=True, slots=True)
class Handshake:
    """A handshake: the id in the path, the headers in lower case, the offered OCPP versions, and the channel.

    `certificate` is the client certificate in DER whose key the peer has proved to hold (to us, or to a trusted proxy);
    `untrusted_header` names an ignored certificate header from another source.
    """

    presented_id: str
    headers: Mapping[bytes, bytes]
    subprotocols: Sequence[str]
    source: str
    with_tls: bool = False
    certificate: bytes | None = field(default=None, repr=False)
    untrusted_header: str = ""


def handshake_of(scope: Mapping[str, Any], *, trusted: Sequence[Network]) -> Handshake:
    """Reads an ASGI scope; `extensions.tls` (ASGI TLS extension) describes TLS at our own endpoint."""
    headers = dict(scope["headers"])
    peer = source_of(scope.get("client"))
    tls = scope.get("extensions", {}).get("tls")
    chain = tls["client_cert_chain"] if tls else []
    with_tls, certificate, source, untrusted = tls is not None, der_of(chain[0].encode()) if chain else None, peer, ""
    if trusted_proxies.is_among(peer, trusted):
        forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        source = trusted_proxies.client_address(peer, forwarded_for=forwarded_for, trusted=trusted)
        with_tls = with_tls or headers.get(b"x-forwarded-proto", b"").strip().lower() in {b"https", b"wss"}
        certificate = certificate or _forwarded_certificate(headers)
    else:
        untrusted = next((name.decode() for name in CERTIFICATE_HEADERS if headers.get(name)), "")
    return Handshake(
        presented_id=id_in(scope["path"]),
        headers=headers,
        subprotocols=scope.get("subprotocols", ()),
        source=source,
        with_tls=with_tls,
        certificate=certificate,
        untrusted_header=untrusted,
    )


def source_of(client: Sequence[object] | None) -> str:
    """Returns the client's address of an ASGI scope."""
    return str(client[0]) if client else "unknown"


def id_in(path: str) -> str:
    """Returns the charger's id: the last part of an ASGI scope's path, which is already percent-decoded."""
    return path.rstrip("/").rpartition("/")[2]


def der_of(value: bytes) -> bytes | None:
    """Parses a certificate as proxies write it: PEM, escaped PEM, PEM on one line, or DER in base64; None for anything
    else.

    nginx sends $ssl_client_escaped_cert, Caddy {http.request.tls.client.certificate_der_base64}, Envoy the `Cert` of
    X-Forwarded-Client-Cert.
    """
    text = unquote_to_bytes(value) if b"%" in value else value
    begin, end = text.find(_PEM_BEGIN), text.find(_PEM_END)
    body = text[begin + len(_PEM_BEGIN) : end] if 0 <= begin < end else text
    try:
        return base64.b64decode(re.sub(rb"\s+", b"", body), validate=True) or None
    except binascii.Error:
        return None


def _forwarded_certificate(headers: Mapping[bytes, bytes]) -> bytes | None:
    """Returns the client's certificate from the trusted proxy; in a chain of proxies, the last hop's."""
    for name in CERTIFICATE_HEADERS:
        value = headers.get(name, b"")[:_LONGEST_HEADER]
        elements = _XFCC_CERT.findall(value)
        certificate = der_of(elements[-1] if elements else value) if value else None
        if certificate:
            return certificate
    return None
