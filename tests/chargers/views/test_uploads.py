"""Files of chargers: the link that takes one, and its download by the host."""

import pytest
from django.test import Client

from chargers.commands import uploads
from chargers.models import Upload
from tests.kit.console_pages import link, online

__all__ = ["link", "online"]
CONSOLE = "/chargers/CP1/commands/"


@pytest.mark.parametrize("method", ["put", "post"])
def test_it_takes_a_file_once_and_gives_it_to_the_host(online, client_of, link, method):
    charger = Client()
    assert charger.get(link).status_code == 200

    stored = getattr(charger, method)(f"{link}../etc/dia;gn ostics.zip", b"\x00\x01log", content_type="x/y")
    again = getattr(charger, method)(link, b"other", content_type="x/y")

    assert (stored.status_code, again.status_code, charger.get(link).status_code) == (201, 410, 410)
    row = Upload.objects.get()
    got = client_of(online.owner).get(f"/chargers/CP1/files/{row.pk}/")
    assert got.content == b"\x00\x01log"
    assert got.headers["Content-Disposition"] == 'attachment; filename="dia_gn_ostics.zip"'
    assert client_of(online.stranger).get(f"/chargers/CP1/files/{row.pk}/").status_code == 404
    assert client_of(online.teammate).get(f"/chargers/CP1/files/{row.pk}/").status_code == 200
    assert client_of(online.agent).get(f"/chargers/CP1/files/{row.pk}/").status_code == 200
    assert b"Download" in client_of(online.owner).get(f"{CONSOLE}{row.command_id}/").content


def test_it_takes_a_file_out_of_a_form(link, tmp_path):
    (tmp_path / "log.txt").write_bytes(b"hello")
    with (tmp_path / "log.txt").open("rb") as file:
        assert Client().post(link, {"file": file}).status_code == 201

    row = Upload.objects.get()
    assert (row.file_name, row.size_bytes) == ("log.txt", 5)
    assert uploads.path(row.pk).read_bytes() == b"hello"
