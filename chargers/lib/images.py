"""Decodes pictures uploaded by users, without trusting them."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

_NAMES: Final = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "GIF": "GIF"}
_UNREADABLE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError)


class ImageError(Exception):
    """The picture is refused; the message is the reason and what to do."""


class TooManyBytesError(ImageError):
    """The file is larger than its limit."""


class TooManyPixelsError(ImageError):
    """The picture has more pixels than its limit; nothing of it was decoded."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`formats` are Pillow's names: PNG, JPEG, WEBP, GIF."""

    megabytes: int
    megapixels: int
    formats: tuple[str, ...]

    @property
    def most_bytes(self) -> int:
        return self.megabytes * 1024 * 1024


@contextmanager
def open_upload(content: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Opens an uploaded picture, to be decoded inside the block.

    Raises ImageError if it is not a picture, or too large (TooManyBytesError, TooManyPixelsError).
    """
    if len(content) > limits.most_bytes:
        raise TooManyBytesError(f"The file is larger than {limits.megabytes} MB: upload a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=limits.formats) as picture:
                if picture.width * picture.height > limits.megapixels * 1_000_000:
                    raise _too_many_pixels(limits)
                yield picture
    except Image.DecompressionBombError as exc:  # Pillow's own limit, far above ours
        raise _too_many_pixels(limits) from exc
    except _UNREADABLE as exc:
        *names, last = (_NAMES[format_] for format_ in limits.formats)
        readable = f"{', '.join(names)} or {last}"
        raise ImageError(f"This is no picture that can be read: upload a {readable}.") from exc


def _too_many_pixels(limits: Limits) -> TooManyPixelsError:
    return TooManyPixelsError(f"The picture has more than {limits.megapixels} million pixels: upload a smaller one.")


def encode(picture: Image.Image, **options: object) -> bytes:
    """Returns a picture's bytes as written by Pillow's `save`."""
    buffer = io.BytesIO()
    picture.save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def add_white_background(picture: Image.Image) -> Image.Image:
    """Returns the picture in RGB, with white where it is transparent."""
    if picture.mode in {"RGB", "L"}:
        return picture.convert("RGB")
    canvas = Image.new("RGBA", picture.size, "white")
    canvas.alpha_composite(picture.convert("RGBA"))
    return canvas.convert("RGB")
