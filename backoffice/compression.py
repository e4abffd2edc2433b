"""Answers sent compressed, each as one gzip member, which is all that browsers, curl and httpx read."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Final, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware import gzip

_LEVEL: Final = 6
_GZIP: Final = zlib.MAX_WBITS | 16
"""What zlib calls a gzip member with its header and check sum (RFC 1952)."""


class Compressed(gzip.GZipMiddleware):
    """Django 5.2 makes a member of every piece that is streamed under ASGI: readers stop after the first."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """As Django does, with one member for all pieces."""
        pieces = _pieces(response)
        answer = super().process_response(request, cast("Any", response))
        if pieces is not None and answer.get("Content-Encoding") == "gzip":
            cast("StreamingHttpResponse", answer).streaming_content = _one_member(pieces)
        return answer


def _pieces(response: HttpResponseBase) -> AsyncIterable[bytes] | None:
    """What is still to be compressed piece by piece; None where Django itself makes one member of all."""
    if not isinstance(response, StreamingHttpResponse) or response.has_header("Content-Encoding"):
        return None
    return cast("AsyncIterable[bytes]", response.streaming_content) if response.is_async else None


async def _one_member(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        if ready := packed.compress(piece):
            yield ready
    yield packed.flush()
