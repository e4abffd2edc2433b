"""What the tests of properties.pictures and views.pictures share."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

HERE = 0x8825
"""The place where the picture was taken, as in EXIF."""
ORIENTATION = 0x0112


def upload(*, kind="JPEG", size=(400, 300), colour="red", turned=False):
    out, exif = io.BytesIO(), Image.Exif()
    exif[HERE] = {1: "N", 2: (52.0, 5.0, 0.0)}
    if turned:
        exif[ORIENTATION] = 6
    Image.new("RGB", size, colour).save(out, format=kind, exif=exif)
    return SimpleUploadedFile(f"gate.{kind.lower()}", out.getvalue())


def send(client, **sent):
    return client.post("/properties/sunset-1/pictures/", sent, follow=True).content.decode()
