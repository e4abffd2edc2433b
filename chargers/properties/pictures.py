"""Pictures of a property: an upload is re-encoded as JPEG, so that no other data of it is stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import ImageOps

from chargers.lib import images
from chargers.lib.images import ImageError
from chargers.models import Property, PropertyPicture

LIMITS: Final = images.Limits(megabytes=10, megapixels=50, formats=("PNG", "JPEG", "WEBP"))
LIMIT: Final = 6
_BOX: Final = (1600, 1200)
_QUALITY: Final = 82


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
    """Reads an upload without location and camera data. Raises ImageError if it is not a picture or too large."""
    with images.open_upload(content, LIMITS) as image:
        image.draft("RGB", _BOX)
        small = images.add_white_background(ImageOps.exif_transpose(image))
    small.thumbnail(_BOX)
    content = images.encode(small, format="JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Picture(content, small.width, small.height)


def add(property_: Property, picture: Picture, *, caption: str, now: datetime) -> PropertyPicture:
    """Adds a picture; the same picture again only changes its caption.

    Raises ImageError if there are too many. Call it with the property locked.
    """
    pictures = PropertyPicture.objects.filter(property=property_, hash=picture.hash)
    if not pictures.exists() and property_.pictures.count() >= LIMIT:
        raise ImageError(f"A property has at most {LIMIT} pictures: remove one first.")
    stored_picture, _ = PropertyPicture.objects.update_or_create(
        property=property_,
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
            "position": property_.pictures.count(),
        },
    )
    return stored_picture


def list_in_order(property_: Property) -> list[PropertyPicture]:
    """Returns the pictures in the guests' order. One query."""
    return list(property_.pictures.order_by("position", "pk"))


def arrange(property_: Property, hashes: Sequence[str]) -> list[str]:
    """Sets the order and returns the previous one.

    Raises ImageError unless each picture is named once. Call it with the property locked.
    """
    rows = list_in_order(property_)
    before = [property_picture.hash for property_picture in rows]
    if sorted(before) != sorted(hashes):
        raise ImageError("Name each picture of the property once: somebody may have added or removed one.")
    for picture in rows:
        picture.position = hashes.index(picture.hash)
    PropertyPicture.objects.bulk_update(rows, ["position"])
    return before
