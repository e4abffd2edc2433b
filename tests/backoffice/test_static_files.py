"""Style sheets and scripts under names that change with their content: kept by browsers for good, and ..."""

import gzip
import os
import re
import subprocess
import sys
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


def test_while_one_develops_files_are_found_under_the_names_that_pages_have(tmp_path: Path):
    """With DEBUG, which is read when a process starts."""
    asks = (
        "import django; django.setup();"
        "from django.templatetags.static import static; from django.test import Client;"
        "answer = Client(headers={'host': 'localhost'}).get(static('portal.css'));"
        "print(static('portal.css'), answer.status_code, len(b''.join(answer)) > 10_000)"
    )
    variables = {**os.environ, "DEBUG": "1", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    command = [sys.executable, "-c", asks]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=variables, capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["/static/portal.css", "200", "True"], done.stderr
