"""Links that a charger sends one file to, and the files that came."""

from datetime import UTC, datetime, timedelta

from django.test import Client

from chargers.commands import uploads
from chargers.models import Upload
from tests.kit.console_pages import link, online

__all__ = ["link", "online"]
CONSOLE = "/chargers/CP1/commands/"


def test_it_takes_no_file_that_is_too_large_and_lets_the_charger_try_again(link, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)

    assert Client().put(link, b"x" * 11, content_type="x/y").status_code == 413
    assert list(uploads.path(Upload.objects.get().pk).parent.glob("*.part")) == []
    assert Client().put(link, b"x" * 10, content_type="x/y").status_code == 201


def test_it_forgets_old_files(link):
    Client().put(link, b"x", content_type="x/y")
    row = Upload.objects.get()

    assert uploads.drop_before(datetime.now(tz=UTC) + timedelta(seconds=1)) == 1
    assert not uploads.path(row.pk).exists()
