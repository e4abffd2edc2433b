"""Pictures of a property: an upload becomes a JPEG of our own encoding, so that nothing else in it is kept."""

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from chargers.models import Property, PropertyPicture

MOST_BYTES: Final = 10 * 1024 * 1024
MOST: Final = 6
_MOST_PIXELS: Final = 50_000_000
_BOX: Final = (1600, 1200)
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_QUALITY: Final = 82


class PictureError(Exception):
    """The text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, its size in pixels, and a hash of its bytes."""

    jpeg: bytes
    width: int
    height: int

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.jpeg).hexdigest()[:32]


def read(content: bytes) -> Picture:
    """Raises PictureError for what is no picture, or too large a one. Place and camera are not kept."""
    if len(content) > MOST_BYTES:
        raise PictureError("The file is larger than 10 MB: upload a smaller one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise PictureError("The picture has more than 50 million pixels: upload a smaller one.")
                opened.draft("RGB", _BOX)
                upright = ImageOps.exif_transpose(opened)
                small = _on_white(upright)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as exc:
        raise PictureError("This is no picture that can be read: upload a PNG, JPEG or WebP.") from exc
    small.thumbnail(_BOX)
    out = io.BytesIO()
    small.save(out, format="JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Picture(out.getvalue(), small.width, small.height)


def add(place: Property, picture: Picture, *, caption: str, now: datetime) -> PropertyPicture:
    """The same picture again changes its caption only. Raises PictureError for one too many. Call it with the place
    locked."""
    known = PropertyPicture.objects.filter(property=place, hash=picture.hash)
    if not known.exists() and place.pictures.count() >= MOST:
        raise PictureError(f"A property has at most {MOST} pictures: remove one first.")
    made, _ = PropertyPicture.objects.update_or_create(
        property=place,
        hash=picture.hash,
        defaults={
            "content": picture.jpeg,
            "width": picture.width,
            "height": picture.height,
            "caption": caption,
            "added_at": now,
        },
        create_defaults={
            "content": picture.jpeg,
            "width": picture.width,
            "height": picture.height,
            "caption": caption,
            "added_at": now,
            "position": place.pictures.count(),
        },
    )
    return made


def ordered(place: Property) -> list[PropertyPicture]:
    """As guests see them. One query."""
    return list(place.pictures.order_by("position", "pk"))


def arrange(place: Property, hashes: Sequence[str]) -> list[str]:
    """Puts them in this order; answers the order before. Raises PictureError unless each is named once. Call it with
    the place locked."""
    rows = ordered(place)
    before = [one.hash for one in rows]
    if sorted(before) != sorted(hashes):
        raise PictureError("Name each picture of the property once: somebody may have added or removed one.")
    for one in rows:
        one.position = hashes.index(one.hash)
    PropertyPicture.objects.bulk_update(rows, ["position"])
    return before


def _on_white(picture: Image.Image) -> Image.Image:
    """JPEG has no transparency."""
    if picture.mode in {"RGB", "L"}:
        return picture.convert("RGB")
    made = Image.new("RGBA", picture.size, "white")
    made.alpha_composite(picture.convert("RGBA"))
    return made.convert("RGB")
