"""The launcher's encrypted port: TLS 1.2 and later, with client certificates requested and reported to the application.

A client certificate is proved (its presenter holds its key) but not verified here, so that a foreign or expired one
reaches the websocket handshake, which refuses it with a reason instead of a broken connection. Failures of TLS itself
are reported to `on_failure`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto
from twisted.internet import defer
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory

OnFailure = Callable[[str, str], None]
"""Called with the peer's address and one sentence."""

_VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
_WORDS = (
    ("http request", "It spoke plain HTTP on the encrypted port: use wss:// instead of ws://."),
    ("unknown ca", "It does not know the authority that signed our certificate."),
    ("certificate unknown", "It did not accept our certificate."),
    ("bad certificate", "It did not accept our certificate."),
    ("certificate expired", "It takes our certificate for expired: is its clock right?"),
    ("unsupported protocol", "It offers no TLS version from 1.2 on."),
    ("version too low", "It offers no TLS version from 1.2 on."),
    ("no shared cipher", "It offers no cipher that is safe."),
    ("wrong version number", "It did not speak TLS on the encrypted port."),
    ("unknown protocol", "It did not speak TLS on the encrypted port."),
    ("packet length too long", "It did not speak TLS on the encrypted port."),
    ("record layer", "It did not speak TLS on the encrypted port."),
    ("unexpected message", "It did not speak TLS on the encrypted port."),
)


class UnusableCertificateError(Exception):
    """The certificate or key of the encrypted port cannot be used; the message names the file."""


class _Context:
    """The context factory that Twisted calls; it returns the same OpenSSL context for every connection."""

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def getContext(self) -> SSL.Context:  # noqa: N802 - Twisted's name
        return self._context


class _Transport(BufferingTLSTransport):
    """Reports why the TLS handshake failed; a peer that disconnects without sending anything did not fail."""

    _has_spoken = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._has_spoken = True
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _tlsShutdownFinished(self, reason: Any) -> None:  # noqa: N802 - Twisted's name
        failed = reason is not None and not self._handshakeDone and self._has_spoken
        if failed and isinstance(reason.value, SSL.Error):
            transport: Any = self.transport
            factory: Any = self.factory
            factory.on_failure(str(getattr(transport.getPeer(), "host", "unknown")), sentence_of(reason.value))
        super()._tlsShutdownFinished(reason)  # type: ignore[no-untyped-call]


class _Factory(TLSMemoryBIOFactory):
    protocol = _Transport
    noisy = False
    on_failure: OnFailure


class Endpoint:
    """A listening endpoint with TLS over another one."""

    def __init__(self, inner: Any, context: SSL.Context, *, on_failure: OnFailure) -> None:
        self._inner = inner
        self._context = context
        self._on_failure = on_failure

    def listen(self, factory: Any) -> "defer.Deferred[Any]":
        context: Any = _Context(self._context)
        wrapped = _Factory(context, False, factory)
        wrapped.on_failure = self._on_failure
        listening: defer.Deferred[Any] = self._inner.listen(wrapped)
        return listening


def context_of(certificate: Path, key: Path) -> SSL.Context:
    """Builds the context.

    Raises UnusableCertificateError. The certificate's file holds the chain, the server's own first.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # a resumed session would skip the client certificate
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    try:
        context.use_certificate_chain_file(str(certificate))
    except SSL.Error as exc:
        raise UnusableCertificateError(f"{certificate} cannot be read as a certificate in PEM.") from exc
    try:
        context.use_privatekey_file(str(key))
        context.check_privatekey()
    except SSL.Error as exc:
        raise UnusableCertificateError(f"{key} is not the private key of {certificate}.") from exc
    return context


def scope_of(transport: Any) -> dict[str, Any] | None:
    """Returns the ASGI TLS extension of a connection; None without TLS."""
    if not issubclass(type(transport), BufferingTLSTransport):
        return None
    certificate = transport.getPeerCertificate()
    pem = crypto.dump_certificate(crypto.FILETYPE_PEM, certificate).decode() if certificate else None
    handle = transport.getHandle()
    return {
        "server_cert": None,
        "client_cert_chain": [pem] if pem else [],
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(handle.get_protocol_version_name()),
        "cipher_suite": None,
    }


def sentence_of(error: SSL.Error) -> str:
    """Translates OpenSSL's reasons into a sentence."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    text = "; ".join(str(entry[2]) for entry in entries if len(entry) > 2 and entry[2]) or "no reason given"
    if isinstance(error, SSL.SysCallError):
        return "It hung up in the middle: so do many who do not know the authority that signed our certificate."
    explanation = next((words for sign, words in _WORDS if sign in text.lower()), "")
    return explanation or f"Encryption could not be agreed on: {text}."
