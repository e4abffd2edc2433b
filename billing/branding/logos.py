"""Logos: an uploaded picture is encoded again as a small PNG, so that nothing else in the file is stored."""

import hashlib
from dataclasses import dataclass
from typing import Final

from chargers.lib import images

LIMITS: Final = images.Limits(megabytes=2, megapixels=20, formats=("PNG", "JPEG", "WEBP", "GIF"))
_BOX: Final = (480, 160)
"""Three times the display size, for dense screens and paper."""


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
    """Reads a picture. Raises ImageError if it is not a picture, or too large."""
    with images.open_upload(content, LIMITS) as picture:
        small = picture.convert("RGBA")
    small.thumbnail(_BOX)
    return Logo(images.encode(small, format="PNG", optimize=True), small.width, small.height)
