"""Access > Tokens > Import and Export."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, Token, TokenGroup, TokenImport
from tests.kit.imports_pages import MIXED, text_of, upload

pytestmark = pytest.mark.django_db
IMPORT = "/authorization/tokens/import/"
EXPORT = "/authorization/tokens/export/"
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def test_it_previews_and_then_applies_all_right_rows(world, client_of):
    client = client_of(world.owner)

    uploaded = upload(client, MIXED)
    preview = client.get(uploaded.headers["Location"])

    comparison = preview.context["comparison"]
    assert (comparison.new, comparison.changed, comparison.unchanged, comparison.wrong_rows) == (2, 1, 0, 1)
    assert "There is no local group “nowhere”" in text_of(preview)
    assert Token.objects.count() == 1

    client.post(uploaded.headers["Location"], {"do": "apply"})

    world.member.refresh_from_db()
    assert (world.member.uid, world.member.owner) == ("04A1B2C3D4", "Kim")
    added = Token.objects.get(canonical_uid="04DEADBEEF01")
    assert (added.host, added.owner, added.valid, list(added.groups.all())) == (world.host, "Lee", True, [world.group])
    assert Token.objects.get(canonical_uid="04DEADBEEF02").groups.count() == 0
    assert not Token.objects.filter(canonical_uid="04DEADBEEF03").exists()
    assert not TokenImport.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after) == ("tokens.imported", {"new": 2, "changed": 1, "unchanged": 0, "wrong": 1})


def test_it_changes_nothing_when_it_is_discarded_or_applied_twice(world, client_of):
    client = client_of(world.owner)
    discarded = upload(client, MIXED).headers["Location"]
    client.post(discarded, {"do": "discard"})
    assert (Token.objects.count(), TokenImport.objects.count()) == (1, 0)

    applied = upload(client, MIXED).headers["Location"]
    client.post(applied, {"do": "apply"})
    again = client.post(applied, {"do": "apply"})

    assert again.status_code == 404
    assert AuditEntry.objects.count() == 1


def test_it_leaves_what_the_file_does_not_say(world, client_of):
    Token.objects.filter(pk=world.member.pk).update(blocked=True, blocked_reason="Lost", expires_at=NOW)
    client = client_of(world.owner)

    client.post(upload(client, "uid,valid,group\n04A1B2C3D4,no,\n").headers["Location"], {"do": "apply"})

    world.member.refresh_from_db()
    member = world.member
    assert (member.valid, member.blocked, member.blocked_reason, member.expires_at) == (False, True, "Lost", NOW)
    assert list(member.groups.all()) == [world.group]


def test_it_sees_that_an_exported_file_changes_nothing(world, client_of):
    second = TokenGroup.objects.create(host=world.host, slug="b", name="B")
    world.member.groups.add(second)
    Token.objects.create(
        host=world.host, uid="=CMD", canonical_uid="=CMD", owner="@x", blocked=True, blocked_reason="-1", expires_at=NOW
    )
    client = client_of(world.owner)

    exported = client.get(EXPORT)

    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = exported.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "04A1B2C3D4,SUN-1,,b|residents,true,false,,"
    assert lines[2] == "'=CMD,,'@x,,true,true,'-1,2026-05-03T12:00:00+00:00"
    comparison = client.get(upload(client, exported.content).headers["Location"]).context["comparison"]
    assert (comparison.new, comparison.changed, comparison.unchanged) == (0, 0, 2)
    assert AuditEntry.objects.get().verb == "tokens.exported"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        ("uid\nMüller".encode("latin-1"), "UTF-8"),
        (b"number\n1\n", "must be uid"),
        (b"uid,colour\n1,red\n", "no column"),
        (b"uid,owner\n04A1B2C3," + b"x" * 200_000, "no CSV"),
    ],
)
def test_it_says_why_a_file_cannot_be_read(world, client_of, content, told):
    response = upload(client_of(world.owner), content)

    assert told in str(response.context["form"].errors["file"])
    assert not TokenImport.objects.exists()


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 200), ("stranger", 404), ("agent", 200)])
def test_who_sees_the_cards_exports_them(world, client_of, person, status):
    response = client_of(getattr(world, person)).get(f"{EXPORT}?host=sunset")

    assert response.status_code == status
    assert (b"04A1B2C3D4" in response.content) is (status == 200)


def test_a_strangers_export_has_nothing_of_this_host(world, client_of):
    assert b"04A1B2C3D4" not in client_of(world.stranger).get(EXPORT).content


def test_a_group_of_another_host_is_no_group(world, client_of):
    client = client_of(world.stranger)

    location = upload(client, "uid,group\n04DEADBEEF01,residents\n", host="lakeside").headers["Location"]

    assert client.get(location).context["comparison"].wrong_rows == 1


def test_an_agent_says_whose_cards(world, client_of):
    assert "Whose cards" in text_of(client_of(world.agent).get(IMPORT))


def test_a_block_in_the_file_without_its_reason_keeps_the_one_that_is_there(world, client_of):
    Token.objects.filter(pk=world.member.pk).update(blocked=True, blocked_reason="Lost")
    client = client_of(world.owner)

    client.post(upload(client, "uid,owner,blocked\n04A1B2C3D4,Kim,yes\n").headers["Location"], {"do": "apply"})
    world.member.refresh_from_db()
    assert (world.member.owner, world.member.blocked_reason) == ("Kim", "Lost")

    client.post(upload(client, "uid,blocked\n04A1B2C3D4,no\n").headers["Location"], {"do": "apply"})
    world.member.refresh_from_db()
    assert (world.member.blocked, world.member.blocked_reason) == (False, "")
