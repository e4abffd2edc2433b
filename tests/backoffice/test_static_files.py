"""Style sheets and scripts under names that change with their content: kept by browsers for good, and ..."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client

from tests.kit.first_view import sent

GZIP = {"accept-encoding": "gzip"}
TYPEFACE = "/static/vendor/inter/inter-latin-5.3.0.woff2"


def test_a_style_sheet_is_named_by_its_content_kept_for_good_and_compressed():
    address = static("portal.css")
    answer = Client().get(address, headers=GZIP)

    assert re.fullmatch(r"/static/portal\.[0-9a-f]{12}\.css", address)
    assert answer.headers["Cache-Control"] == "max-age=31536000, public, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent(answer)) == Path(settings.BASE_DIR, "static", "portal.css").read_bytes()


def test_an_earlier_name_leads_to_the_file_of_today_for_a_minute():
    answer = Client().get("/static/portal.000000000000.css")
    sent(answer)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "max-age=60, public"


@pytest.mark.parametrize("address", ["/static/nothing.000000000000.css", "/static/../manage.000000000000.js"])
def test_what_is_no_static_file_is_none(address):
    assert Client().get(address).status_code == 404


def test_the_typeface_bears_a_version_in_its_name_and_is_kept_for_good():
    answer = Client().get(TYPEFACE)
    sent(answer)

    assert "immutable" in answer.headers["Cache-Control"]
