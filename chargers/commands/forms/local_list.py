"""The local authorization list. The sender supplies its entries: `local_list` makes the payload. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chargers.commands.forms.form import CommandForm, Input, Kind, Values
from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions.translator import stamp


@dataclass(frozen=True, slots=True)
class Entry:
    """A card that may charge here. `type` is OCPP 2.x's name for the kind of token."""

    uid: str
    type: str = "ISO14443"
    parent: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AcceptedList:
    """The list that the charger last accepted: its version, and the payload of each UID."""

    version: int = 0
    entries: Mapping[str, Payload] | None = None


def build_list(values: Values, version: Version) -> tuple[str, Payload]:
    """Makes one list, complete or as the difference to the accepted one; `local_lists` splits it if it is too long."""
    entries: Sequence[Entry] = values["entries"]
    accepted_list: AcceptedList = values["known"]
    facts = {entry.uid: entry_payload(entry, version=version) for entry in entries}
    if values["update"] == "Full":
        return _payload(facts, {}, update="Full", number=accepted_list.version + 1, version=version)
    before = accepted_list.entries or {}
    changed: dict[str, Payload | None] = {uid: entry for uid, entry in facts.items() if before.get(uid) != entry}
    changed |= dict.fromkeys(uid for uid in before if uid not in facts)
    return _payload(changed, before, update="Differential", number=accepted_list.version + 1, version=version)


def entry_payload(entry: Entry, *, version: Version) -> Payload:
    """Returns a card's entry: an IdTagInfo (1.6), or an IdTokenInfo with the token's type (2.x)."""
    if version is Version.V16:
        info: Payload = {"status": "Accepted"}
        if entry.expires_at:
            info["expiryDate"] = stamp(entry.expires_at)
        return info | ({"parentIdTag": entry.parent[:20]} if entry.parent else {})
    info = {"status": "Accepted"}
    if entry.expires_at:
        info["cacheExpiryDateTime"] = stamp(entry.expires_at)
    if entry.parent:
        info["groupIdToken"] = {"idToken": entry.parent[:36], "type": "Central"}
    return {"type": entry.type, **info}


def apply_to_accepted(payload: Payload, accepted_list: AcceptedList, *, version: Version) -> AcceptedList:
    """Returns the list after the charger accepted this SendLocalList."""
    is_16 = version is Version.V16
    number = payload["listVersion" if is_16 else "versionNumber"]
    entries = {} if payload["updateType"] == "Full" else dict(accepted_list.entries or {})
    for entry in payload.get("localAuthorizationList", []):
        uid = entry["idTag"] if is_16 else entry["idToken"]["idToken"]
        info = entry.get("idTagInfo" if is_16 else "idTokenInfo")
        if info is None:
            entries.pop(uid, None)
        else:
            entries[uid] = info if is_16 else {"type": entry["idToken"]["type"], **info}
    return AcceptedList(version=number, entries=entries)


def parts(payload: Payload, *, max_entries: int | None) -> list[Payload]:
    """Splits a list into messages of at most `max_entries` entries: the first is full, the others are differences."""
    entries = payload.get("localAuthorizationList", [])
    if not max_entries or len(entries) <= max_entries:
        return [payload]
    number = "listVersion" if "listVersion" in payload else "versionNumber"
    cut = [entries[start : start + max_entries] for start in range(0, len(entries), max_entries)]
    return [
        payload
        | {"localAuthorizationList": piece, number: payload[number] + index}
        | ({"updateType": "Differential"} if index else {})
        for index, piece in enumerate(cut)
    ]


def _payload(
    entries: Mapping[str, Payload | None], before: Mapping[str, Payload], *, update: str, number: int, version: Version
) -> tuple[str, Payload]:
    if version is Version.V16:
        wire_entries = [{"idTag": uid} | ({"idTagInfo": info} if info else {}) for uid, info in entries.items()]
        payload: Payload = {"listVersion": number, "updateType": update}
    else:
        wire_entries = [_entry_2x(uid, info, before=before.get(uid, {})) for uid, info in entries.items()]
        payload = {"versionNumber": number, "updateType": update}
    return "SendLocalList", payload | ({"localAuthorizationList": wire_entries} if wire_entries else {})


def _entry_2x(uid: str, card_info: Payload | None, *, before: Payload) -> Payload:
    """Returns an entry. A removed card is sent with the type with which it was added."""
    if card_info is None:
        return {"idToken": {"idToken": uid, "type": before.get("type", "ISO14443")}}
    info = {name: value for name, value in card_info.items() if name != "type"}
    return {"idToken": {"idToken": uid, "type": card_info["type"]}, "idTokenInfo": info}


OFFERS = (
    CommandForm(
        key="list_version",
        label="Ask for the list's version",
        says="Does the charger keep a local list, and which one?",
        build=lambda *_: ("GetLocalListVersion", {}),
    ),
    CommandForm(
        key="local_list",
        label="Send the local list",
        says="The cards that may charge here, so that the charger lets them in also while it is offline.",
        inputs=lambda _: (
            Input(
                name="update",
                label="What to send",
                kind=Kind.CHOICE,
                choices=(("Full", "The full list"), ("Differential", "Only what changed since")),
            ),
        ),
        build=build_list,
    ),
)
