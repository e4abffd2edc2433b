"""Calls to addresses chosen by others: a partner's, an upstream's, a webhook's.

A name is looked up once, and the connection uses an address from that answer that is public or in
OUTBOUND_ALLOWED_NETWORKS. So a name that resolves differently a moment later (DNS rebinding) has no effect. Redirects
are not followed, and the whole call has one limit of time and one of bytes, so that a server that sends a byte a second
is treated like one that does not answer.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import httpcore
import idna
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_ANSWER_BYTES: Final = 64 * 1024
CONNECT_TIMEOUT_S: Final = 5.0
_READ_BYTES: Final = 16 * 1024
_one_at_a_time: Final = threading.Lock()
_QUOTED_ALREADY: Final = "%/:?=&;,+!$'()*@~[]"
_NOT_PUBLIC: Final = (
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),
    ipaddress.IPv6Network("fec0::/10"),
)
"""Addresses that `is_global` calls public in some versions of Python: protocol assignments (RFC 6890), abolished relays
of 6to4 (RFC 7526), and old site-local addresses.
"""
_WEB_PORTS: Final = frozenset((80, 443))
_FIRST_FREE_PORT: Final = 1024
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
_MAX_HOST: Final = 253
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_NO_HOST: Final = "This address has no valid host name. Write it as https://example.com/…"
_PRIVATE: Final = "This address is private: only public ones can be reached from here."
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class NoAnswerError(Exception):
    """No usable answer came back. The message follows a name: "answered with ...", "could not be reached ..."."""


class TimedOutError(NoAnswerError):
    """The time limit was reached."""


class ForbiddenAddressError(NoAnswerError):
    """The name resolves to a private address, or the port belongs to another service. Nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one call. `timeout_s` counts from the lookup of the name to the last byte."""

    timeout_s: float
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    most_bytes: int = MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer, whatever its status: a 500 is an answer, too."""

    status: int
    content_type: str
    location: str
    body: bytes
    link: str = ""
    retry_after: str = ""


def post(url: str, *, headers: Mapping[bytes | str, bytes | str], body: bytes, limits: Limits) -> Answer:
    """Sends a POST request and reads the whole answer. Raises NoAnswerError with the cause."""
    return _call("POST", url, headers=headers, body=body, limits=limits)


def get(url: str, *, headers: Mapping[bytes | str, bytes | str], limits: Limits) -> Answer:
    """Sends a GET request and reads the whole answer. Raises NoAnswerError with the cause."""
    return _call("GET", url, headers=headers, body=None, limits=limits)


def send(
    method: str, url: str, *, headers: Mapping[bytes | str, bytes | str], body: bytes | None, limits: Limits
) -> Answer:
    """Sends a request with any method, as OCPI partners need. Raises NoAnswerError with the cause."""
    return _call(method, url, headers=headers, body=body, limits=limits)


def _call(
    method: str, url: str, *, headers: Mapping[bytes | str, bytes | str], body: bytes | None, limits: Limits
) -> Answer:
    until = time.monotonic() + limits.timeout_s
    target = _target(url)
    backend = _GuardedPool(until=until, connect_timeout_s=limits.connect_timeout_s)
    pool = httpcore.ConnectionPool(ssl_context=_tls(target), network_backend=backend, retries=0)
    try:
        with pool, pool.stream(method, target, headers=headers, content=body) as response:
            return _read(response, most_bytes=limits.most_bytes)
    except (httpcore.TimeoutException, TimeoutError) as exc:
        raise TimedOutError(f"did not answer within {limits.timeout_s:.0f} s") from exc
    except httpcore.ConnectError as exc:
        raise NoAnswerError(f"could not be reached ({exc})") from exc
    except UnicodeEncodeError as exc:
        raise NoAnswerError("was not asked: a header has characters that cannot be sent") from exc
    except (httpcore.ProtocolError, httpcore.NetworkError) as exc:
        raise NoAnswerError("broke the connection off, or does not speak HTTP") from exc


def is_permitted(address: Address) -> bool:
    """Whether the address may be called: it is public, or in OUTBOUND_ALLOWED_NETWORKS."""
    plain_address = _unwrap_ipv4(address)
    if _is_permitted_by_name(plain_address):
        return True
    if any(plain_address in network for network in _NOT_PUBLIC if network.version == plain_address.version):
        return False
    return plain_address.is_global and not plain_address.is_multicast and not plain_address.is_reserved


def _is_permitted_by_name(plain_address: Address) -> bool:
    return any(
        plain_address in network
        for network in settings.OUTBOUND_ALLOWED_NETWORKS
        if network.version == plain_address.version
    )


def is_forbidden_literal(host: str) -> bool:
    """Whether the host is an address that may not be called. Names are checked when they are called, not here."""
    try:
        return not is_permitted(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return _is_forbidden_spelling(host)


def _is_forbidden_spelling(host: str) -> bool:
    """Whether it is a forbidden IPv4 address in another spelling: 2852039166, 0xa9fea9fe and 169.254.43518 are
    169.254.169.254.
    """
    try:
        return not is_permitted(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, UnicodeError):
        return False


def refusal(host: str, port: int | None) -> str:
    """Explains why the address can never be called, for the user who enters it; empty if it may be called.

    Names are looked up when they are called, not here.
    """
    if is_forbidden_literal(host.rstrip(".")):
        return _PRIVATE
    if not _is_host(host):
        return _NO_HOST
    if _is_open(port) or is_ours(host):
        return ""
    return f"Port {port} is reserved for another service. Use 443, or 1024 and above."


def is_ours(host: str) -> bool:
    """Whether the host is an address in OUTBOUND_ALLOWED_NETWORKS, where any port may be called, also without TLS."""
    try:
        return _is_permitted_by_name(_unwrap_ipv4(ipaddress.ip_address(host)))
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    """Whether it may be a name (RFC 1123 2.1, with underscores, or IDNA outside ASCII) or an address."""
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return False
    is_name = _HOST.fullmatch(name) is not None and len(name) <= _MAX_HOST
    return is_name and (_NUMBER.fullmatch(name.rstrip(".").rpartition(".")[2]) is None or _is_address(name))


def _is_address(host: str) -> bool:
    """Whether it is IPv4 in one of the spellings that the resolver reads."""
    try:
        return bool(socket.inet_aton(host))
    except OSError:
        return False


def _is_open(port: int | None) -> bool:
    """Whether the port may be called: the web's own ports and unprivileged ones.

    Below, mail, files and logins listen.
    """
    return port is None or port in _WEB_PORTS or port >= _FIRST_FREE_PORT


def resolve_permitted_addresses(host: str, port: int) -> list[Address]:
    """Returns the addresses of the name that may be called; blocks during the lookup. Raises NoAnswerError."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise NoAnswerError(f"could not be reached: there is no host {host!r}") from exc
    addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries))
    permitted = [address for address in addresses if is_permitted(address)]
    if not permitted:
        raise ForbiddenAddressError(
            f"was not called: {host} means {addresses[0]}, an address that is not public; "
            "OUTBOUND_ALLOWED_NETWORKS may permit it"
        )
    if not _is_open(port) and not all(_is_permitted_by_name(_unwrap_ipv4(address)) for address in permitted):
        raise ForbiddenAddressError(f"was not called: port {port} is reserved for another service")
    return permitted


def _target(url: str) -> str:
    """Returns the address in ASCII for the wire: the host by IDNA, the rest quoted (RFC 3987 3.1)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise NoAnswerError("has an address that cannot be read") from exc
    if parts.scheme not in {"http", "https"} or not host:
        raise NoAnswerError("has no address that begins with http:// or https://")
    if url.isascii():
        return url
    try:
        name = idna.encode(host, uts46=True).decode()
        path_and_query = (quote(part, safe=_QUOTED_ALREADY) for part in (parts.path, parts.query))
    except UnicodeError as exc:
        raise NoAnswerError(f"could not be reached: there is no host {host!r}") from exc
    return urlunsplit((parts.scheme, name if port is None else f"{name}:{port}", *path_and_query, ""))


def _read(response: httpcore.Response, *, most_bytes: int) -> Answer:
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > most_bytes:
            raise NoAnswerError(f"answered with more than {most_bytes // 1024} KiB")
    return Answer(
        status=response.status,
        content_type=_header(response, b"content-type"),
        location=_header(response, b"location"),
        link=_header(response, b"link"),
        retry_after=_header(response, b"retry-after"),
        body=bytes(body),
    )


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _unwrap_ipv4(address: Address) -> Address:
    """Returns the IPv4 address inside an IPv6 address, so that it is judged as that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _tls(url: str) -> ssl.SSLContext | None:
    """Returns one shared context: loading the authorities costs 30 ms, and hundreds of threads may call at once."""
    if urlsplit(url).scheme != "https":
        return None
    with _one_at_a_time:
        return _context()


@cache
def _context() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


class _GuardedPool(httpcore.NetworkBackend):
    """A connection pool that looks a name up once, connects to a permitted address of it, and ends everything at one
    deadline.
    """

    def __init__(self, *, until: float, connect_timeout_s: float) -> None:
        self._until = until
        self._connect_timeout_s = connect_timeout_s
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = NoAnswerError("could not be reached")
        for address in resolve_permitted_addresses(host, port):
            wait_s = min(self._connect_timeout_s, _get_remaining_s(self._until))
            try:
                stream = self._plain.connect_tcp(str(address), port, wait_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _DeadlineConnection(stream, until=self._until)
        raise failure


class _DeadlineConnection(httpcore.NetworkStream):
    """A connection whose reads all share one deadline."""

    def __init__(self, stream: httpcore.NetworkStream, *, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(min(max_bytes, _READ_BYTES), _get_remaining_s(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _get_remaining_s(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _get_remaining_s(self._until))
        return _DeadlineConnection(stream, until=self._until)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _get_remaining_s(until: float) -> float:
    remaining_s = until - time.monotonic()
    if remaining_s <= 0:
        raise TimeoutError
    return remaining_s
