"""Connecting to a back office: to a permitted address only, with its credentials, in the charger's OCPP version."""

import asyncio
import base64
import contextlib
import socket
import ssl
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.http11 import Response

from chargers.lib import outbound
from chargers.protocol.frames import Version
from chargers.upstreams.plan import UpstreamFacts

MAX_BYTES = 256 * 1024
_CONNECT_S = 5.0
_HANDSHAKE_S = 10.0
_PING_EVERY_S, _PONG_WITHIN_S = 30.0, 20.0
# Used for looking up names and loading certificates, so that the loop's own threads stay free for admitting chargers.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="dial")


class FailedError(Exception):
    """The connection failed; the message follows the back office's name: "refused the password (401)"."""


async def probe(facts: UpstreamFacts, *, version: Version) -> None:
    """Opens a connection as `dial` does, and closes it. Raises FailedError."""
    socket = await dial(facts, version=version)
    await socket.close()


async def dial(facts: UpstreamFacts, *, version: Version) -> ClientConnection:
    """Opens a websocket to the back office as this charger. Raises FailedError with the cause as a phrase."""
    subprotocol = f"ocpp{version}"
    if facts.fault:
        raise FailedError(f"cannot be connected to: {facts.fault}")
    if facts.subprotocol and facts.subprotocol != subprotocol:
        raise FailedError(f"is set up for {facts.subprotocol}, and this charger speaks {subprotocol}")
    parts = urlsplit(facts.url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise FailedError("has no address that begins with ws:// or wss://")
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    plain = await _open_tcp_connection(parts.hostname, port)
    try:
        return await _open_websocket(facts, plain, host=parts.hostname, subprotocol=subprotocol)
    except BaseException:
        plain.close()
        raise


async def _open_tcp_connection(host: str, port: int) -> socket.socket:
    """Opens a TCP connection to a permitted address of the name."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_CONNECT_S):  # not wait_for, which may swallow the cancellation
            addresses = await loop.run_in_executor(_threads, outbound.resolve_permitted_addresses, host, port)
    except outbound.NoAnswerError as exc:
        raise FailedError(str(exc)) from exc
    except TimeoutError as exc:
        raise FailedError(f"could not be reached: {host} was not found within {_CONNECT_S:.0f} s") from exc
    cause = ""
    for address in addresses[:3]:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.setblocking(False)
        try:
            async with asyncio.timeout(_CONNECT_S):
                await loop.sock_connect(plain, (str(address), port))
        except TimeoutError:
            plain.close()
            cause = f"no connection within {_CONNECT_S:.0f} s"
        except OSError as exc:
            plain.close()
            cause = exc.strerror or str(exc)
        except BaseException:
            plain.close()
            raise
        else:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plain
    raise FailedError(f"could not be reached ({cause})")


async def _open_websocket(
    facts: UpstreamFacts, plain: socket.socket, *, host: str, subprotocol: str
) -> ClientConnection:
    with_tls = facts.url.startswith("wss:")
    headers = {}
    if facts.username or facts.password:
        pair = f"{facts.username or facts.identity}:{facts.password}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    try:
        context = await asyncio.get_running_loop().run_in_executor(_threads, _tls, facts) if with_tls else None
        connection = await connect(
            facts.address,
            sock=plain,
            ssl=context,
            server_hostname=host if with_tls else None,
            subprotocols=[websockets.Subprotocol(subprotocol)],
            additional_headers=headers,
            compression=None,
            max_size=MAX_BYTES,
            open_timeout=_HANDSHAKE_S,
            close_timeout=2,
            ping_interval=_PING_EVERY_S,
            ping_timeout=_PONG_WITHIN_S,
            proxy=None,
        )
    except (OSError, websockets.WebSocketException, ValueError, EOFError) as exc:
        raise FailedError(_cause(exc, subprotocol=subprotocol)) from exc
    if connection.subprotocol != subprotocol:
        with contextlib.suppress(Exception):
            await connection.close(1002)
        raise FailedError(f"does not speak {subprotocol}: it agreed to no OCPP version")
    return connection


def _cause(exc: Exception, *, subprotocol: str) -> str:
    """Returns why the handshake failed, phrased to follow a name."""
    match exc:
        case websockets.InvalidStatus():
            return _describe_http_refusal(exc.response)
        case websockets.NegotiationError():
            return f"does not speak {subprotocol}: it chose another OCPP version"
        case ssl.SSLCertVerificationError():
            return f"shows a certificate that cannot be trusted: {exc.verify_message}"
        case ssl.SSLError():
            return f"and we could not agree on encryption ({exc.reason or 'broken off'})"
        case TimeoutError():
            return f"did not answer the handshake within {_HANDSHAKE_S:.0f} s"
        case ValueError() if "redirect" in str(exc):
            return "sends us to another address, and redirects are not followed"
        case ValueError():
            return f"cannot be connected to: {exc}"
        case websockets.InvalidHandshake() | websockets.InvalidMessage():
            return "does not answer like a websocket"
        case _:
            return "broke the connection off during the handshake"


def _describe_http_refusal(response: Response) -> str:
    status = response.status_code
    match status:
        case 401 | 403:
            return f"refused the user name or password ({status})"
        case 404:
            return "does not know this charger, or the address is wrong (404)"
        case _ if 300 <= status < 400:
            return f"sends us to another address ({status}), and redirects are not followed"
        case _:
            return f"refused the connection with HTTP {status}"


def _tls(facts: UpstreamFacts) -> ssl.SSLContext:
    """Makes the TLS context. Raises ssl.SSLError or ValueError if certificate, key or authority cannot be used."""
    if not facts.authority and not facts.certificate:
        return _usual()
    context = ssl.create_default_context(cadata=facts.authority or None)
    if facts.certificate:
        with tempfile.TemporaryDirectory(prefix="upstream-") as folder:
            file = Path(folder) / "client.pem"
            file.touch(mode=0o600)
            file.write_text(f"{facts.certificate.strip()}\n{facts.key.strip()}\n")
            context.load_cert_chain(file)
    return context


@cache
def _usual() -> ssl.SSLContext:
    return ssl.create_default_context()
