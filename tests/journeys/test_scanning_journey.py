"""A guest at phone size sends a photo of a label in a real browser: with scripts, without, and in a longer language."""

import pytest

from billing.sessions.documents.labels import Label
from billing.sessions.scanning import decoder
from billing.sessions.scanning.decoder import PhotoError
from tests.kit import browser
from tests.kit.guest_charger import site
from tests.kit.label_photos import background, code, encoded, pasted, photo

__all__ = ["site"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HAS_DETECTOR = "'BarcodeDetector' in window"
"""Chromium for Linux has none: the button for the camera is not shown."""


def file(content: bytes) -> dict[str, object]:
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": content}


def test_a_photo_is_sent_as_soon_as_it_is_taken(chromium, site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with browser.page(chromium, width=375) as page:
        page.goto(f"{base}/charge")
        assert page.get_by_role("button", name="Scan the code").is_visible() is page.evaluate(HAS_DETECTOR)
        with page.expect_file_chooser() as choosing:
            page.get_by_role("button", name="Take a photo of the code").click()
        choosing.value.set_files([file(encoded(background()))])
        page.get_by_role("heading", name="No code was found").wait_for()
        assert page.evaluate("document.activeElement.id") == "result"
        assert browser.fits(page)

        page.get_by_role("link", name="Type the Station ID").click()
        page.keyboard.type("SUN")
        assert page.get_by_label("Station ID").input_value() == "SUN"

        taken = pasted(background(), code(Label("SUN001", "Sunset 1").url), at=(500, 350), turned=12)
        large = encoded(taken.resize((6000, 4500)), quality=70)
        with pytest.raises(PhotoError, match="too_many_pixels"):
            decoder.decode(large)
        page.locator("#picture").set_input_files([file(large)])  # the page makes it smaller before it leaves
        page.wait_for_url(f"{base}/c/SUN001")


def test_a_photo_is_sent_by_the_forms_button_without_scripts(chromium, site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with browser.page(chromium, width=375, has_scripts=False, language="de-DE") as page:
        page.goto(f"{base}/charge")
        assert browser.fits(page)
        page.locator("#picture").set_input_files([file(photo("https://other.example/x"))])
        page.get_by_role("button", name="Foto lesen").click()
        page.get_by_role("heading", name="Dieser Code ist nicht von uns").wait_for()
        assert browser.fits(page)
        assert browser.fits_inside_buttons(page)
        page.locator("#picture").set_input_files([file(photo(Label("SUN001", "Sunset 1", connector=1).url))])
        page.get_by_role("button", name="Foto lesen").click()
        page.wait_for_url(f"{base}/c/SUN001/1")
