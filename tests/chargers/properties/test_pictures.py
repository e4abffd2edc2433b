"""Pictures of a property: an upload becomes a JPEG of our own encoding, so that nothing else in it is kept."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from chargers.models import PropertyPicture
from tests.kit.pictures_pages import send, upload

HERE = 0x8825
"""EXIF: where the picture was taken."""
ORIENTATION = 0x0112


def test_it_is_sent_to_anybody_as_a_jpeg_without_what_a_phone_wrote_into_it(world, client_of):
    send(client_of(world.owner), picture=upload(size=(3000, 2000), turned=True))

    answer = Client().get(f"/pictures/{PropertyPicture.objects.get().hash}.jpg")

    assert answer.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as sent:
        assert sent.format == "JPEG"
        assert sent.size == (800, 1200), "turned upright, and made to fit"
        assert not sent.getexif()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Not added: choose a picture."),
        ({"picture": SimpleUploadedFile("x.png", b"<svg/>")}, "upload a PNG, JPEG or WebP."),
        ({"picture": SimpleUploadedFile("x.png", b"x" * (10 * 1024 * 1024 + 1))}, "larger than 10 MB"),
        ({"picture": "text"}, "Not added: choose a picture."),
    ],
)
def test_it_says_why_a_file_is_not_taken(world, client_of, sent, words):
    assert words in send(client_of(world.owner), **sent)
    assert not PropertyPicture.objects.exists()


def test_a_property_has_at_most_six(world, client_of):
    client = client_of(world.owner)
    for colour in ("red", "green", "blue", "white", "black", "pink"):
        send(client, picture=upload(colour=colour))

    assert "A property has at most 6 pictures" in send(client, picture=upload(colour="grey"))
    assert PropertyPicture.objects.count() == 6
