"""Uploads are decoded as pictures of the allowed formats only, and within their limits."""

import io

import pytest
from PIL import Image

from chargers.lib import images
from chargers.lib.images import ImageError, Limits, TooManyBytesError, TooManyPixelsError
from tests.kit.label_photos import bomb

LIMITS = Limits(megabytes=1, megapixels=1, formats=("PNG", "JPEG"))


def picture(width: int, height: int, format_: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, format=format_)
    return out.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_a_picture_is_opened(format_: str):
    with images.open_upload(picture(20, 10, format_), LIMITS) as opened:
        assert (opened.format, opened.size) == (format_, (20, 10))


def test_a_picture_of_exactly_the_most_pixels_is_taken_and_one_row_more_is_not():
    with images.open_upload(picture(1000, 1000), LIMITS) as opened:
        assert opened.size == (1000, 1000)
    with (
        pytest.raises(TooManyPixelsError, match="more than 1 million pixels"),
        images.open_upload(picture(1000, 1001), LIMITS),
    ):
        pass


@pytest.mark.parametrize("side", [14_000, 200_000])
def test_a_bomb_is_refused_for_its_pixels_and_not_as_no_picture(side: int):
    """Pillow refuses the larger one itself."""
    with (
        pytest.raises(TooManyPixelsError, match="more than 1 million pixels"),
        images.open_upload(bomb(side, side), LIMITS),
    ):
        pass


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture(20, 10, "GIF"), picture(20, 10)[:20]],
    ids=["empty", "text", "another format", "cut short"],
)
def test_what_is_no_picture_is_refused_with_what_would_be(content: bytes):
    with pytest.raises(ImageError, match="upload a PNG or JPEG"), images.open_upload(content, LIMITS):
        pass


def test_a_picture_that_is_cut_short_is_refused_where_it_is_decoded():
    content = picture(400, 400, "JPEG")[:-2000]

    with pytest.raises(ImageError, match="no picture"), images.open_upload(content, LIMITS) as opened:
        opened.load()


def test_a_file_that_is_too_large_is_not_even_looked_at():
    with (
        pytest.raises(TooManyBytesError, match="larger than 1 MB"),
        images.open_upload(b"x" * (LIMITS.most_bytes + 1), LIMITS),
    ):
        pass


def test_what_is_encoded_can_be_opened_again():
    content = images.encode(Image.new("RGB", (5, 6)), format="PNG")

    with images.open_upload(content, LIMITS) as opened:
        assert opened.size == (5, 6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_picture_becomes_opaque(mode: str):
    opaque = images.add_white_background(Image.new(mode, (2, 2)))

    assert (opaque.mode, opaque.size) == ("RGB", (2, 2))


def test_what_is_transparent_becomes_white():
    assert images.add_white_background(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
