"""Decodes the QR codes in a photo. As a program it reads one from stdin, for `photos`, which ends it in time.

It imports the decoder and the reader of pictures alone, so that it starts at once.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter

from chargers.lib import images, isolated
from chargers.lib.images import ImageError, TooManyBytesError, TooManyPixelsError

LIMITS: Final = images.Limits(megabytes=15, megapixels=25, formats=("JPEG", "PNG", "WEBP"))
_QR_CODES: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_BOX: Final = (2400, 2400)
"""A photo is scaled down to this. A code that is 60 pixels wide there can still be read."""
_SHARPEN: Final = ImageFilter.UnsharpMask(radius=12, percent=300, threshold=0)
_HEIC: Final = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heif", b"heim", b"heis", b"avif")
_MAX_MEMORY: Final = 768 * 1024 * 1024
"""Bytes. A PNG of the most pixels with transparency, the largest that is decoded, needs half of it."""
_MAX_CPU_S: Final = 10
_NICENESS: Final = 5
"""Pages and chargers go first."""
_MAX_CODES: Final = 20


class Problem(StrEnum):
    """Why a photo was not read."""

    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    HEIC = "heic"
    NO_PICTURE = "no_picture"
    TOO_SLOW = "too_slow"
    BUSY = "busy"


class PhotoError(Exception):
    """The photo was not read, for this reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a photo."""

    texts: tuple[str, ...] = ()
    """The text of each code, once."""
    has_damaged_code: bool = False
    """Whether there is a code of which too much is missing or blurred."""
    is_saved_picture: bool = False
    """Whether the file is a PNG: cameras of phones write none, screenshots are."""


def decode(content: bytes) -> Reading:
    """Decodes a photo of at most LIMITS. Raises PhotoError; more pixels are refused before they are decoded."""
    if not content:
        raise PhotoError(Problem.EMPTY)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise PhotoError(Problem.HEIC)
    try:
        with images.open_upload(content, LIMITS) as picture:
            is_saved_picture = picture.format == "PNG"
            picture.draft("L", _BOX)
            grey = images.add_white_background(picture).convert("L")
    except TooManyBytesError as exc:
        raise PhotoError(Problem.TOO_MANY_BYTES) from exc
    except TooManyPixelsError as exc:
        raise PhotoError(Problem.TOO_MANY_PIXELS) from exc
    except ImageError as exc:
        raise PhotoError(Problem.NO_PICTURE) from exc
    grey.thumbnail(_BOX)
    texts, has_damaged_code = _read_codes(grey)
    return Reading(texts, has_damaged_code and not texts, is_saved_picture)


def _read_codes(grey: Image.Image) -> tuple[tuple[str, ...], bool]:
    """Returns the texts of the first attempt that reads any, and whether one came upon a damaged code."""
    has_damaged_code = False
    for attempt in _prepare_attempts(grey):
        barcodes = zxingcpp.read_barcodes(
            attempt,
            formats=_QR_CODES,
            text_mode=zxingcpp.TextMode.Plain,
            return_errors=True,
        )
        texts = dict.fromkeys(barcode.text for barcode in barcodes if barcode.valid)
        if texts:
            return tuple(texts)[:_MAX_CODES], False
        has_damaged_code = has_damaged_code or bool(barcodes)
    return (), has_damaged_code


def _prepare_attempts(grey: Image.Image) -> Iterator[Image.Image]:
    """Yields the picture as it is, at half its size (which takes away noise and faint contrast), and sharpened."""
    yield grey
    yield grey.reduce(2) if min(grey.size) > 1 else grey
    yield grey.filter(_SHARPEN)


def main() -> None:
    """Reads a photo from stdin; writes the reading, or the `problem`, as a JSON object."""
    os.nice(_NICENESS)
    isolated.limit_memory(_MAX_MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_S, _MAX_CPU_S))
    try:
        answer = asdict(decode(sys.stdin.buffer.read()))
    except PhotoError as exc:
        answer = {"problem": exc.problem}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
