"""Compresses each response as one gzip member, because browsers, curl and httpx read no more than one."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Final, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware import gzip

_LEVEL: Final = 6
_GZIP: Final = zlib.MAX_WBITS | 16
"""zlib's parameter for a gzip member with header and checksum (RFC 1952)."""


class CompressionMiddleware(gzip.GZipMiddleware):
    """Replaces Django 5.2's middleware, which makes a member of every streamed piece under ASGI.

    Readers stop after the first member.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Works like Django's, with one member for all pieces."""
        pieces = _find_async_stream(response)
        answer = super().process_response(request, cast("Any", response))
        if pieces is not None and answer.get("Content-Encoding") == "gzip":
            cast("StreamingHttpResponse", answer).streaming_content = _compress_stream(pieces)
        return answer


def _find_async_stream(response: HttpResponseBase) -> AsyncIterable[bytes] | None:
    """Returns the pieces that must be compressed here; None if Django itself makes one member of all."""
    if not isinstance(response, StreamingHttpResponse) or response.has_header("Content-Encoding"):
        return None
    return cast("AsyncIterable[bytes]", response.streaming_content) if response.is_async else None


async def _compress_stream(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        if ready := packed.compress(piece):
            yield ready
    yield packed.flush()
