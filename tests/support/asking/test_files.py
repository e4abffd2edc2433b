"""Files of tickets are saved by browsers, never opened in our name."""

import uuid
from typing import Any

import pytest
from django.http import Http404

from support.asking import files
from support.models import Attachment
from support.tickets import attachments

ROW = Attachment(id=uuid.UUID(int=7), name='<script>"x".html', media_type="text/html")


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def test_its_bytes_come_without_a_type_that_a_browser_would_show():
    path = attachments.path(ROW.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"<script>alert(1)</script>")

    answer = files.download(ROW)

    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert answer["Content-Disposition"].count('"') == 2
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("row", [None, ROW], ids=["no row", "no file"])
def test_where_there_is_none_it_is_not_found(row: Attachment | None):
    with pytest.raises(Http404):
        files.download(row)
