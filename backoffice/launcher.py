"""Starts daphne with what chargers need: `python -m backoffice.launcher --host 127.0.0.1 --port 8000`.

Daphne by itself denies a handshake only with 403, closes every websocket after a day, takes messages of 1 MiB and
queues input without limit. Here a handshake may be denied with any status and headers (the ASGI extension
`websocket.http.response`), connections last as long as they answer pings, a message of more than 4 MiB closes with
1009, input waits in the network when a consumer is busy, and SIGTERM closes with 1001. An HTTP request ends with 413
before a large body is stored, and with 408 when it takes too long to arrive. With `--tls-port`, a certificate and its
key it also listens encrypted and asks for client certificates; the application learns of them by the ASGI extension
`tls`.
"""

import argparse
import asyncio
import gc
import os
import socket
import sys
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""A station's whole inventory in one frame has been seen with 330 KiB; only admitted chargers can send one."""
TOO_LARGE = 1009
_COMPRESSION_WINDOW_BITS = 9
_COMPRESSION_MEM_LEVEL = 2
_BACKLOG = 4096
_INBOX_HIGH = 64
_INBOX_LOW = 16
_INBOX_CHARACTERS = 2 * MAX_MESSAGE_BYTES
_DRAIN_S = 10.0
_SWITCH_INTERVAL_S = 0.0005
_TLS = "tls:"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept  # noqa: E402
from daphne.server import Server  # noqa: E402 - daphne installs the reactor, before anything else imports it
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol  # noqa: E402
from twisted.internet import defer  # noqa: E402
from twisted.internet.endpoints import (  # noqa: E402
    AdoptedStreamServerEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
)

from backoffice import tls, web_request  # noqa: E402 - after the reactor


class _Inbox(asyncio.Queue[dict[str, Any]]):
    """The frames that wait for one consumer; a full one stops reading from the socket."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol
        self._paused = False
        self._characters = 0

    def put_nowait(self, item: dict[str, Any]) -> None:
        super().put_nowait(item)
        self._characters += _characters(item)
        is_full = self.qsize() >= _INBOX_HIGH or self._characters >= _INBOX_CHARACTERS
        if not self._paused and is_full and hasattr(self._protocol, "application_queue"):
            self._paused = True
            self._protocol.transport.pauseProducing()

    async def get(self) -> dict[str, Any]:
        item = await super().get()
        self._characters -= _characters(item)
        if self._paused and self.qsize() <= _INBOX_LOW and self._characters < _INBOX_CHARACTERS:
            self._paused = False
            self._protocol.transport.resumeProducing()
        return item


def _characters(item: dict[str, Any]) -> int:
    return len(item.get("text") or item.get("bytes") or "")


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """A websocket that the application may deny with its own status and headers."""

    def handle_reply(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.http.response.start":
                self._denial = message
            case "websocket.http.response.body":
                if hasattr(self, "handshake_deferred"):
                    self._deny(message.get("body", b""))
            case _:
                super().handle_reply(message)

    def sendClose(self, code: int | None = None, reason: str | None = None) -> None:  # noqa: N802 - autobahn's name
        """Closes with any code.

        Autobahn allows applications only 1000 and 3000 to 4999; a server needs 1001 and 1002 too.
        """
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode()[:123] if reason else None)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803 - autobahn's
        """Sends the application 1009 for an oversized message, whatever close code the peer sends."""
        if self.wasMaxMessagePayloadSizeExceeded or self.wasMaxFramePayloadSizeExceeded:
            code = TOO_LARGE
        super().onClose(wasClean, code, reason)

    def _deny(self, body: bytes) -> None:
        status = int(self._denial["status"])
        headers = [(b"content-type", b"text/plain; charset=utf-8"), *self._denial.get("headers", [])]
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in headers]
        lines += [b"content-length: " + str(len(body)).encode(), b"connection: close", b"", body]
        del self.handshake_deferred  # never answered before: the response is written here
        self.sendData(b"\r\n".join(lines))
        self.dropConnection(abort=False)
        self.server.protocol_disconnected(self)


class _Factory(WebSocketFactory):  # type: ignore[misc]
    protocol = Protocol

    def setProtocolOptions(self, **options: Any) -> None:  # noqa: N802 - autobahn's name
        """Sends the reason for closing (1007, 1009) instead of only dropping the connection; accepts compression."""
        super().setProtocolOptions(failByDrop=False, perMessageCompressionAccept=_compression, **options)


def _compression(offers: list[Any]) -> PerMessageDeflateOfferAccept | None:
    """Accepts permessage-deflate (RFC 7692) with small windows, so that an idle connection uses little memory.

    A message's unpacked size counts, and a larger one closes with 1009 before it is fully unpacked.
    """
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(  # type: ignore[no-untyped-call]
                offer,
                request_no_context_takeover=offer.accept_no_context_takeover,
                request_max_window_bits=_COMPRESSION_WINDOW_BITS if offer.accept_max_window_bits else 0,
                no_context_takeover=True,
                window_bits=min(_COMPRESSION_WINDOW_BITS, offer.request_max_window_bits or _COMPRESSION_WINDOW_BITS),
                mem_level=_COMPRESSION_MEM_LEVEL,
                max_message_size=MAX_MESSAGE_BYTES,
            )
    return None


class Gateway(Server):  # type: ignore[misc]
    """Daphne's server with bounded inboxes, our protocol and a clean shutdown."""

    tls_context: Any = None
    on_bad_tls: Any = None

    def run(self) -> None:
        import daphne.http_protocol  # noqa: PLC0415
        import daphne.server  # noqa: PLC0415

        daphne.server.WebSocketFactory = _Factory
        daphne.http_protocol.WebRequest = web_request.Request
        daphne.server.serverFromString = self.endpoint
        super().run()

    def endpoint(self, reactor: Any, description: str) -> Any:
        """Returns the endpoint for `fd:N` or `HOST:PORT`, either with `tls:` before it."""
        if not description.startswith(_TLS):
            return _endpoint(reactor, description)
        plain = _endpoint(reactor, description.removeprefix(_TLS))
        return tls.Endpoint(plain, self.tls_context, on_failure=self._tls_failed)

    def _tls_failed(self, source: str, sentence: str) -> None:
        """Reports the failure in a thread, because the observer may query a database."""
        if self.on_bad_tls is not None:
            asyncio.get_running_loop().run_in_executor(None, partial(self.on_bad_tls, source=source, sentence=sentence))

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] != "websocket":
            return super().create_application(protocol, scope)
        inbox = _Inbox(protocol)
        scope["asgi"] = {"version": "3.0"}
        scope["extensions"] = {"websocket.http.response": {}}
        if secured := tls.scope_of(protocol.transport):
            scope["extensions"]["tls"] = secured
        application = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    def kill_all_applications(self) -> Any:
        """Closes every websocket with 1001 (going away), lets the consumers finish, then ends the rest."""
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        for protocol in self.connections:
            if isinstance(protocol, Protocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendClose(code=1001)
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details and not details["application_instance"].done()
        ]
        if running:
            _, late = await asyncio.wait(running, timeout=_DRAIN_S)
            for application in late:
                application.cancel()


def main(arguments: list[str] | None = None) -> None:
    """Serves until SIGINT or SIGTERM. `--fd N` takes over a listening socket instead of host and port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="a listening socket that the supervisor opened")
    parser.add_argument("--tls-port", type=int, help="a second, encrypted port")
    parser.add_argument("--tls-fd", type=int, help="like --fd, for the encrypted port")
    parser.add_argument("--tls-certificate", type=Path, help="PEM: the server's certificate and its chain")
    parser.add_argument("--tls-key", type=Path, help="PEM: its private key")
    parser.add_argument("--application", default="backoffice.asgi:application")
    options = parser.parse_args(arguments)
    endpoints = _endpoints(options)
    context = _tls_context(parser, options) if len(endpoints) > 1 else None
    module, application = _application(options.application)
    # The loaded code stays in memory: collecting garbage among it every few frames cost more than reading the frames.
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 20)
    # The journal's thread needs the interpreter after every answer of PostgreSQL; with the default of 5 ms per turn,
    # each commit would wait for several turns of the event loop.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gateway = Gateway(
        application,
        endpoints=endpoints,
        websocket_timeout=-1,
        websocket_max_message_size=MAX_MESSAGE_BYTES,
        websocket_max_frame_size=MAX_MESSAGE_BYTES,
        websocket_handshake_timeout=20,
        request_buffer_size=65536,
        ping_interval=30,
        ping_timeout=30,
        application_close_timeout=30,
        verbosity=1,
        server_name="backoffice",
    )
    gateway.tls_context, gateway.on_bad_tls = context, getattr(module, "bad_tls", None)
    gateway.run()


def _endpoints(options: argparse.Namespace) -> list[str]:
    endpoints = [f"fd:{options.fd}" if options.fd is not None else f"{options.host}:{options.port}"]
    if options.tls_fd is not None:
        endpoints.append(f"{_TLS}fd:{options.tls_fd}")
    elif options.tls_port is not None:
        endpoints.append(f"{_TLS}{options.host}:{options.tls_port}")
    return endpoints


def _tls_context(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Any:
    """Returns the TLS context. Exits with one sentence if the files cannot be used."""
    if options.tls_certificate is None or options.tls_key is None:
        parser.error("An encrypted port needs --tls-certificate and --tls-key.")
    try:
        return tls.context_of(options.tls_certificate, options.tls_key)
    except tls.UnusableCertificateError as exc:
        parser.error(str(exc))


def _endpoint(reactor: Any, description: str) -> Any:
    """Returns the listening endpoint for `fd:N` (a socket that the supervisor opened) or `HOST:PORT`."""
    host, _, port = description.rpartition(":")
    if host == "fd":
        with socket.socket(fileno=os.dup(int(port))) as listener:
            return AdoptedStreamServerEndpoint(  # type: ignore[no-untyped-call]
                reactor, os.dup(int(port)), listener.family
            )
    kind = TCP6ServerEndpoint if ":" in host else TCP4ServerEndpoint
    return kind(reactor, int(port), backlog=_BACKLOG, interface=host)


def _application(dotted: str) -> tuple[ModuleType, Any]:
    from importlib import import_module  # noqa: PLC0415

    name, _, attribute = dotted.partition(":")
    module = import_module(name)
    return module, getattr(module, attribute)


if __name__ == "__main__":
    sys.path.insert(0, "")
    # Every page runs in its own thread: without a pool each would open a connection, and a crowd would open too many.
    os.environ.setdefault("DATABASE_POOL", "24")
    main()
