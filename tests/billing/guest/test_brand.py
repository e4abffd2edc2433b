"""A host's colour and logo as files, for the pages of its guests. Their addresses change with what they hold."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from authorization.models import AuditEntry
from billing.models import Branding
from tests.kit.page_text import text_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def logo(size=(600, 200)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "#006633").save(out, format="PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), content_type="image/png")


def test_a_colour_and_a_logo_reach_the_guests_page(world: World, client_of):
    client = client_of(world.owner)
    assert Client().get("/brand/sunset/colours.css").status_code == 404

    answer = client.post("/settings/branding/sunset/", {"colour": "#006633", "logo": logo()}, follow=True)

    assert "Guest pages look like this from now on." in text_of(answer)
    page = Client().get("/c/SUN001").content.decode()
    brand = Branding.objects.get()
    assert f'src="/brand/sunset/logo.png?v={brand.logo_hash}" width="480" height="160" alt="Sunset Stays"' in page
    assert '<link rel="stylesheet" href="/brand/sunset/colours.css?v=006633">' in page
    assert "--accent:#006633" in Client().get("/brand/sunset/colours.css").content.decode()
    picture = Client().get("/brand/sunset/logo.png")
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (480, 160)
    assert AuditEntry.objects.filter(verb="host.branding_changed", host=world.host).count() == 1

    client.post("/settings/branding/sunset/", {"colour": "", "removes_logo": "on"})
    text = Client().get("/c/SUN001").text
    assert "/brand/sunset/logo.png" not in text
    assert "/brand/sunset/colours.css" not in text
