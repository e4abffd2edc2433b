"""What a version declares, and what it has where it declares nothing: 2.2.1."""

from billing.roaming.versions.entry import KnownVersion


def test_versions_are_ordered_by_their_numbers_and_not_by_their_letters():
    versions = [KnownVersion(name=name) for name in ("2.9.1", "2.10", "2.2.1")]

    assert [str(version) for version in sorted(versions, key=lambda version: version.number)] == [
        "2.2.1", "2.9.1", "2.10",
    ]  # fmt: skip


def test_one_that_declares_its_name_alone_writes_bodies_as_they_are_stored():
    version, body = KnownVersion(name="2.2.1"), {"id": "S1", "location_id": "sunset-1"}

    assert version.session(body, {"id": "sunset-1"}) == version.cdr(body, None) == version.location(body) == body
    assert version.command_response("ACCEPTED", 30, "") == {"result": "ACCEPTED", "timeout": 30}
