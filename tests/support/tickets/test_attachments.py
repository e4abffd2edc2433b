"""Files of tickets: known by their bytes, limited, kept as they are and never shown."""

import io
import stat

import pytest
from PIL import Image

from support.tickets import attachments
from support.tickets.attachments import AttachmentError
from tests.kit.tickets import MONDAY, opened


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, format=kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kept", "media_type"),
    [
        ("error.png", picture("PNG"), "error.png", "image/png"),
        ("error.exe", picture("JPEG"), "error.jpg", "image/jpeg"),
        ("../../etc/passwd.webp", picture("WEBP"), "passwd.webp", "image/webp"),
        ("a.gif", picture("GIF"), "a.gif", "image/gif"),
        ('x"\r\nSet-Cookie: a.pdf', b"%PDF-1.7 ...", "x_Set-Cookie_a.pdf", "application/pdf"),
        ("log.html", b"14:02 Faulted\n14:03 Available\n", "log.txt", "text/plain"),
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic....", "IMG_1.heic", "image/heic"),
    ],
)
def test_a_file_has_the_type_of_its_bytes(name: str, content: bytes, kept: str, media_type: str):
    file = attachments.check(name, content)

    assert (file.name, file.media_type) == (kept, media_type)


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"PK\x03\x04 a zip",
        b"<html><script>alert(1)</script></html>",
        b'\n <svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "\ufeff<?xml version='1.0'?>".encode(),
        b"#!/bin/sh\nrm -rf /",
        b"\x7fELF",
        b"",
        b"\xff\xfe\x00 binary",
        b"%PDF-" + b"x" * (10 * 1024 * 1024),
    ],
)
def test_it_takes_no_other_file(content: bytes):
    with pytest.raises(AttachmentError):
        attachments.check("photo.png", content)


def test_it_stops_reading_at_the_limit():
    read = []

    def endless():
        while True:
            read.append(1)
            yield b"x" * 1024 * 1024

    with pytest.raises(AttachmentError, match="10 MB"):
        attachments.read(endless())

    assert len(read) == 11


@pytest.mark.django_db
def test_it_keeps_the_bytes_as_they_came(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    ticket = opened()
    content = picture("PNG")

    row = attachments.keep(ticket, attachments.check("a.png", content), message=None, now=MONDAY)

    assert attachments.path(row.pk).read_bytes() == content
    assert [place.name for place in (tmp_path / "attachments").iterdir()] == [row.pk.hex]
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "attachments", attachments.path(row.pk))]
    assert modes == [0o700, 0o600], "no other user of the machine reads it"


@pytest.mark.django_db
def test_a_ticket_takes_fifty_files(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    ticket, file = opened(), attachments.check("a.txt", b"hello")
    for _ in range(50):
        attachments.keep(ticket, file, message=None, now=MONDAY)

    with pytest.raises(AttachmentError, match="too many files"):
        attachments.keep(ticket, file, message=None, now=MONDAY)
