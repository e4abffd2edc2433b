"""Forms with files: refused by their length before anything of them is read."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.kit.guest_tickets import _nobody_was_counted_yet, text_of
from tests.kit.tickets import opened

__all__ = ["_nobody_was_counted_yet"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("content", [b"MZ\x90\x00\x03\x00", b"<html><script>alert(1)</script>", b""])
def test_a_file_of_another_type_is_refused_in_words(world, content: bytes):
    ticket = opened()

    page = text_of(
        Client().post(f"/help/t/{ticket.secret}/", {"text": "See.", "file": SimpleUploadedFile("a.png", content)})
    )

    assert "send a picture, a PDF or plain text" in page or "This file is empty" in page
    assert not ticket.attachments.exists()


def test_a_gigabyte_is_refused_before_it_is_read(world):
    ticket = opened()

    answer = Client().post(f"/help/t/{ticket.secret}/", {"text": "x"}, headers={"content-length": str(1024**3)})

    assert answer.status_code == 413
    assert ticket.messages.count() == 1
