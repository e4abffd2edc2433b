"""The local list: whole or as a difference, cut into messages, and as the charger has it afterwards."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chargers.commands.forms import local_list
from chargers.commands.forms.local_list import AcceptedList, Entry
from chargers.protocol import schemas
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import PayloadPart

ENDS = datetime(2026, 12, 31, 23, tzinfo=UTC)
KIM = Entry("04A1B2C3D4", parent="FAMILY", expires_at=ENDS)
SAM = Entry("04AAAAAAAA")


def built(entries: list[Entry], known: AcceptedList, *, update: str, version: Version) -> Payload:
    action, payload = local_list.build_list({"entries": entries, "known": known, "update": update}, version)
    assert action == "SendLocalList"
    rows = schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload)
    assert [violation.sentence for violation in rows] == []
    return payload


def uids(payload: Payload) -> dict[str, bool]:
    """Each card with whether it is put on the list."""
    return {
        entry["idTag"] if "idTag" in entry else entry["idToken"]["idToken"]: "idTagInfo" in entry
        or "idTokenInfo" in entry
        for entry in payload.get("localAuthorizationList", [])
    }


@pytest.mark.parametrize("version", list(Version))
def test_a_full_list_has_every_card_and_the_next_number(version: Version):
    payload = built([KIM, SAM], AcceptedList(version=4), update="Full", version=version)

    assert payload["updateType"] == "Full"
    assert payload["listVersion" if version is Version.V16 else "versionNumber"] == 5
    assert uids(payload) == {KIM.uid: True, SAM.uid: True}


@pytest.mark.parametrize("version", list(Version))
def test_an_empty_list_is_sent_without_entries(version: Version):
    assert "localAuthorizationList" not in built([], AcceptedList(), update="Full", version=version)


@pytest.mark.parametrize("version", list(Version))
def test_a_difference_has_what_is_new_what_changed_and_what_is_taken_off(version: Version):
    full = built([KIM, SAM], AcceptedList(), update="Full", version=version)
    known = local_list.apply_to_accepted(full, AcceptedList(), version=version)
    later = [Entry(KIM.uid), Entry("04BBBBBBBB")]

    payload = built(later, known, update="Differential", version=version)

    assert uids(payload) == {KIM.uid: True, "04BBBBBBBB": True, SAM.uid: False}


@pytest.mark.parametrize("version", list(Version))
def test_a_difference_of_nothing_has_no_entries(version: Version):
    full = built([KIM], AcceptedList(), update="Full", version=version)
    known = local_list.apply_to_accepted(full, AcceptedList(), version=version)

    assert uids(built([KIM], known, update="Differential", version=version)) == {}


@pytest.mark.parametrize("version", list(Version))
def test_what_was_accepted_piece_by_piece_is_the_whole_list(version: Version):
    cards = [Entry(f"04A1B2C3{number:02X}") for number in range(7)]
    full = built(cards, AcceptedList(), update="Full", version=version)
    known = AcceptedList(version=9, entries={"04OLD": {"status": "Accepted"}})

    for piece in local_list.parts(full, max_entries=3):
        known = local_list.apply_to_accepted(piece, known, version=version)

    assert set(known.entries or {}) == {card.uid for card in cards}
    assert known.version == 3


@pytest.mark.parametrize("version", list(Version))
def test_a_card_that_was_taken_off_is_known_no_more(version: Version):
    full = built([KIM, SAM], AcceptedList(), update="Full", version=version)
    known = local_list.apply_to_accepted(full, AcceptedList(), version=version)

    after = local_list.apply_to_accepted(
        built([KIM], known, update="Differential", version=version), known, version=version
    )

    assert list(after.entries or {}) == [KIM.uid]


def test_a_card_is_taken_off_with_the_type_that_it_was_put_on_with():
    full = built([Entry("KIM-PHONE", type="KeyCode")], AcceptedList(), update="Full", version=Version.V201)
    known = local_list.apply_to_accepted(full, AcceptedList(), version=Version.V201)

    [entry] = built([], known, update="Differential", version=Version.V201)["localAuthorizationList"]

    assert entry == {"idToken": {"idToken": "KIM-PHONE", "type": "KeyCode"}}


@pytest.mark.parametrize(
    ("version", "facts"),
    [
        (Version.V16, {"status": "Accepted", "expiryDate": "2026-12-31T23:00:00.000Z", "parentIdTag": "FAMILY"}),
        (
            Version.V201,
            {
                "type": "ISO14443",
                "status": "Accepted",
                "cacheExpiryDateTime": "2026-12-31T23:00:00.000Z",
                "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
            },
        ),
    ],
)
def test_an_entry_says_until_when_and_with_whom(version: Version, facts: dict[str, Any]):
    assert local_list.entry_payload(KIM, version=version) == facts


@pytest.mark.parametrize(("version", "length"), [(Version.V16, 20), (Version.V201, 36)])
def test_a_parent_is_no_longer_than_the_version_takes(version: Version, length: int):
    entry = local_list.entry_payload(Entry("04A1", parent="P" * 50), version=version)

    parent = entry["parentIdTag"] if version is Version.V16 else entry["groupIdToken"]["idToken"]
    assert parent == "P" * length


@pytest.mark.parametrize("most", [None, 0, 2, 3])
def test_a_list_that_is_short_enough_stays_whole(most: int | None):
    payload = {"listVersion": 5, "updateType": "Full", "localAuthorizationList": [{"idTag": "A"}, {"idTag": "B"}]}

    assert local_list.parts(payload, max_entries=most) == [payload]


def test_a_long_list_is_cut_and_goes_on_as_differences():
    payload = {"versionNumber": 5, "updateType": "Full", "localAuthorizationList": [1, 2, 3, 4, 5]}

    assert local_list.parts(payload, max_entries=2) == [
        {"versionNumber": 5, "updateType": "Full", "localAuthorizationList": [1, 2]},
        {"versionNumber": 6, "updateType": "Differential", "localAuthorizationList": [3, 4]},
        {"versionNumber": 7, "updateType": "Differential", "localAuthorizationList": [5]},
    ]
