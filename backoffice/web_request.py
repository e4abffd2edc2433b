"""Limits daphne's HTTP requests: the size of the body, and the time for all of it.

Daphne reads a whole request before the application is called. Without limits, anonymous callers could fill the disk, or
hold connections open forever by sending a byte now and then.
"""

import json
from typing import Any, Final

from daphne.http_protocol import WebRequest

ANONYMOUS_BYTES: Final = 1024 * 1024
MAX_BYTES: Final = 16 * 1024 * 1024 + 64 * 1024
UPLOAD_BYTES: Final = 64 * 1024 * 1024 + 64 * 1024
_API: Final = b"/api/"
_UPLOADS: Final = b"/u/"
HEADERS_WITHIN_S: Final = 20.0
SLOWEST_BYTES_A_SECOND: Final = 20 * 1024
"""About the speed of a charger on a weak mobile line; slower callers are not served."""
_TOO_LARGE: Final = b"413 Content Too Large"
_TOO_SLOW: Final = b"408 Request Timeout"


class Request(WebRequest):  # type: ignore[misc]
    """Responds with 413 before a large body is stored, and with 408 when it takes too long to arrive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._left = ANONYMOUS_BYTES
        self._is_ended = False
        self._deadline = self._ends_in(HEADERS_WITHIN_S)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - twisted's name
        """Called when all headers have arrived, but nothing of the body."""
        super().gotLength(length)
        self._left = self._most_bytes()
        if length is not None and length > self._left:
            self._end(_TOO_LARGE)
            return
        self._deadline.reset(HEADERS_WITHIN_S + (length or self._left) / SLOWEST_BYTES_A_SECOND)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - twisted's name
        self._left -= len(data)
        if self._left < 0:
            self._end(_TOO_LARGE)
        if not self._is_ended:
            super().handleContentChunk(data)

    def process(self) -> Any:
        self._stop_waiting()
        return None if self._is_ended else super().process()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - twisted's name
        self._stop_waiting()
        super().connectionLost(reason)

    def _most_bytes(self) -> int:
        """Returns the limit according to the headers. With a cookie or a key, the page itself checks the size."""
        if bytes(self.channel._path).startswith(_UPLOADS):
            return UPLOAD_BYTES
        is_known = self.requestHeaders.hasHeader(b"cookie") or self.requestHeaders.hasHeader(b"authorization")
        return MAX_BYTES if is_known else ANONYMOUS_BYTES

    def _render_problem(self, status: bytes) -> bytes:
        """Returns the response's headers and body: a problem document (RFC 9457) for API callers, else nothing."""
        if not bytes(getattr(self.channel, "_path", b"")).startswith(_API):
            return b"content-length: 0\r\n\r\n"
        code, _, title = status.decode().partition(" ")
        problem = {"type": "about:blank", "title": title, "status": int(code), "detail": self._sentence(status)}
        body = json.dumps(problem).encode()
        return b"content-type: application/problem+json\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    def _sentence(self, status: bytes) -> str:
        if status == _TOO_SLOW:
            return "The request did not come to an end in time: send it again."
        size_limit = f"{self._most_bytes() // 2**20} MiB"
        return (
            f"The body is too large: send at most {size_limit} at once, and a key with it where it is more than 1 MiB."
        )

    def _ends_in(self, seconds: float) -> Any:
        from twisted.internet import reactor  # noqa: PLC0415 - installed by the launcher, before anybody asks for it

        clock: Any = reactor
        return clock.callLater(seconds, self._end, _TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._deadline.active():
            self._deadline.cancel()

    def _end(self, status: bytes) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        self._stop_waiting()
        transport = self.channel.transport
        transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n" + self._render_problem(status))
        transport.loseConnection()
