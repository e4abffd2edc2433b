"""What the tests of backoffice.compression and backoffice.downloads share."""

import zlib
from typing import Any


def first_member(content: bytes) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content)


async def whole(response: Any) -> bytes:
    if not response.streaming:
        return bytes(response.content)
    return b"".join([piece async for piece in response.streaming_content])
