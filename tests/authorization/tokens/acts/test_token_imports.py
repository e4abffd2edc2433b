"""A host's cards, many at once: from a file and into one."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from authorization import tasks
from authorization.models import AuditEntry, Token
from authorization.tokens import token_imports
from tests.kit.imports_pages import MIXED, text_of, upload

pytestmark = pytest.mark.django_db
IMPORT = "/authorization/tokens/import/"


@pytest.mark.parametrize(
    ("person", "may"), [("owner", True), ("teammate", False), ("stranger", False), ("agent", True)]
)
def test_only_managers_import_and_see_a_preview(world, client_of, person, may):
    client = client_of(getattr(world, person))
    kept = token_imports.keep(
        world.host, name="c.csv", content=b"uid\n04DEADBEEF01\n", by="owner@example.com", now=datetime.now(tz=UTC)
    )
    address = f"{IMPORT}{kept.pk}/"

    assert client.get(f"{IMPORT}?host=sunset").status_code == (200 if may else 404)
    assert upload(client, "uid\n1\n").status_code == (302 if may else 404)
    assert client.get(address).status_code == (200 if may else 404)
    assert client.post(address, {"do": "apply"}).status_code == (302 if may else 404)
    assert Token.objects.filter(canonical_uid="04DEADBEEF01").exists() is may


@pytest.mark.long
def test_it_leaves_a_long_file_to_a_worker(world, client_of):
    rows = [f"04{number:08X},N-{number},Owner {number},residents,true" for number in range(20_000)]
    for number in range(37):
        rows[number * 500] = f"04{number * 500:08X},,,residents,perhaps"
    text = "uid,visual_number,owner,group,valid\n" + "\n".join(rows)
    client = client_of(world.owner)

    location = upload(client, text).headers["Location"]
    comparison = client.get(location).context["comparison"]
    asked = client.post(location, {"do": "apply"}, follow=True)
    again = client.post(location, {"do": "apply"}, follow=True)

    assert (comparison.new, comparison.wrong_rows, len(comparison.wrong)) == (19_963, 37, 37)
    for page in (asked, again):
        assert "Being written" in text_of(page)
        assert "20,000 rows" in text_of(page)
    assert Token.objects.count() == 1

    assert (tasks.apply_token_imports(), tasks.apply_token_imports()) == (1, 0)

    assert Token.objects.count() == 19_964
    assert world.group.tokens.count() == 19_964
    assert "19,963 cards added, 0 changed. 37 wrong rows were left out." in text_of(client.get(location))
    assert AuditEntry.objects.get().actor == "user:owner@example.com"
    assert (
        client_of(world.teammate).get(location).status_code,
        client_of(world.stranger).get(location).status_code,
    ) == (
        404,
        404,
    )


def test_it_says_that_nothing_was_written_where_a_worker_could_not(world, client_of, monkeypatch):
    monkeypatch.setattr(token_imports, "AT_ONCE", 0)
    client = client_of(world.owner)
    location = upload(client, MIXED).headers["Location"]
    client.post(location, {"do": "apply"})
    monkeypatch.setattr(token_imports, "_BATCH", 1)
    with connection.cursor() as cursor:  # a fault in the middle of the file
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE authorization_token ADD CONSTRAINT no_mo CHECK (owner <> 'Mo')")

    assert tasks.apply_token_imports() == 0

    assert "nothing was changed" in text_of(client.get(location))
    assert Token.objects.count() == 1
    assert not AuditEntry.objects.exists()
    assert tasks.apply_token_imports() == 0
