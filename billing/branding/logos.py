"""Logos: whatever picture was uploaded becomes a small PNG of our own encoding, so that nothing else in it is kept."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

MOST_BYTES: Final = 2 * 1024 * 1024
_MOST_PIXELS: Final = 20_000_000
_BOX: Final = (480, 160)
"""Three times the size at which pages show it, for dense screens and paper."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")


class LogoError(Exception):
    """The text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG, its size in pixels, and a hash of its bytes."""

    png: bytes
    width: int
    height: int

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.png).hexdigest()[:12]


def read(content: bytes) -> Logo:
    """Raises LogoError for what is no picture, or too large a one."""
    if len(content) > MOST_BYTES:
        raise LogoError("The file is larger than 2 MB: upload a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise LogoError("The picture has more than 20 million pixels: upload a smaller one.")
                small = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as exc:
        raise LogoError("This is no picture that can be read: upload a PNG, JPEG, WebP or GIF.") from exc
    small.thumbnail(_BOX)
    out = io.BytesIO()
    small.save(out, format="PNG", optimize=True)
    return Logo(out.getvalue(), small.width, small.height)
