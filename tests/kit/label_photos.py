"""Photos of labels, as a camera takes them: codes that segno draws, turned, scaled and put on a busy background."""

import io
import random
import struct
import zlib

import segno
from PIL import Image, ImageDraw


def code(text: str, *, side: int = 400) -> Image.Image:
    """A code with its border, in grey."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="png", scale=10, border=4)
    return Image.open(buffer).convert("L").resize((side, side), Image.Resampling.LANCZOS)


def background(width: int = 1600, height: int = 1200, *, seed: int = 1) -> Image.Image:
    """Walls, pipes and leaves: large shapes over noise, the same for the same seed."""
    drawn = random.Random(seed)
    cells = bytes(drawn.randrange(256) for _ in range((width // 16) * (height // 16)))
    picture = Image.frombytes("L", (width // 16, height // 16), cells).resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(40):
        left, top = drawn.randrange(width), drawn.randrange(height)
        corner = (left + drawn.randrange(20, width // 4), top + drawn.randrange(20, height // 4))
        pen.rectangle(((left, top), corner), fill=drawn.randrange(256))
    return picture


def pasted(picture: Image.Image, shape: Image.Image, *, at: tuple[int, int], turned: float = 0) -> Image.Image:
    """The picture with the shape on it, turned by degrees."""
    mask = Image.new("L", shape.size, 255).rotate(turned, expand=True)
    picture.paste(shape.rotate(turned, expand=True, resample=Image.Resampling.BICUBIC), at, mask)
    return picture


def photo(*texts: str, side: int = 400, turned: float = 12) -> bytes:
    """A JPEG of one or more codes beside each other."""
    picture = background()
    for number, text in enumerate(texts):
        pasted(picture, code(text, side=side), at=(60 + number * 760, 350), turned=turned)
    return encoded(picture)


def encoded(picture: Image.Image, format_: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=format_, **options)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels, and has none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")
