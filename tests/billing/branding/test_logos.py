"""Whatever picture is uploaded becomes a small PNG of ours, and what is none is refused."""

import io

import pytest
from PIL import Image, PngImagePlugin

from billing.branding import logos
from chargers.lib.images import ImageError


def picture(*, size=(1200, 300), kind="PNG", **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0b5cad").save(out, format=kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_it_becomes_a_small_png(kind):
    logo = logos.read(picture(kind=kind))

    assert logo.png.startswith(b"\x89PNG")
    assert (logo.width, logo.height) == (480, 120)
    assert len(logo.hash) == 12


def test_nothing_else_of_the_file_is_kept():
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "<script>alert(1)</script>")

    logo = logos.read(picture(pnginfo=info) + b"<?php trailing ?>")

    assert b"script" not in logo.png
    assert b"php" not in logo.png


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(ImageError, match="no picture that can be read"):
        logos.read(content)


def test_half_a_picture_is_refused():
    with pytest.raises(ImageError, match="no picture"):
        logos.read(picture()[:200])


def test_a_large_file_and_a_large_picture_are_refused():
    with pytest.raises(ImageError, match="larger than 2 MB"):
        logos.read(b"\0" * (2 * 1024 * 1024 + 1))
    with pytest.raises(ImageError, match="20 million pixels"):
        logos.read(picture(size=(5000, 4001)))
