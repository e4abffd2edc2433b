"""Answers sent compressed, each as one gzip member, which is all that browsers, curl and httpx read."""

import hashlib
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncRequestFactory

from backoffice.compression import CompressionMiddleware
from chargers.lib import streams
from tests.kit.downloads import first_member, whole


def _large() -> Iterator[bytes]:
    for number in range(5):
        yield hashlib.sha512(bytes([number])).digest() * (1 << 14)


@pytest.mark.pure
def test_a_file_of_several_mebibytes_is_whole_in_the_first_member():
    async def answer() -> bytes:
        request = AsyncRequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
        response = streams.build_download(request, _large(), name="large.csv", content_type="text/csv")
        sent = CompressionMiddleware(lambda _: response).process_response(request, response)
        assert sent["Content-Encoding"] == "gzip"
        return await whole(sent)

    assert hashlib.sha256(first_member(async_to_sync(answer)())).digest() == hashlib.sha256(b"".join(_large())).digest()
