"""Downloads that are generated while they are sent, so that memory use stays constant."""

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def build_download(
    request: HttpRequest, pieces: Iterable[bytes], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """Returns a download.

    Under ASGI each piece is made in the thread of the view, and the server waits for it there.
    """
    some = iter(pieces)
    content = _iterate_async(some) if isinstance(request, ASGIRequest) else some
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _iterate_async(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await sync_to_async(_next_piece)(pieces)) is not None:
        yield piece


def _next_piece(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
