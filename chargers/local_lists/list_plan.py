"""Plans a charger's local list: its cards, those that do not fit, and the next message. Pure.

OCPP 1.6 5.15 and 9.2, OCPP 2.0.1 D01 and D02.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chargers.commands.forms import local_list
from chargers.commands.forms.local_list import AcceptedList, Entry
from chargers.protocol.frames import Payload, Version, dump_json

LONGEST_UID = {Version.V16: 20, Version.V201: 36, Version.V21: 255}
BY_HOURS = "Only a group with hours lets it in, and a list knows no hours."
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that the charger reported; None if it did not."""

    capacity: int | None = None
    per_message: int | None = None
    is_on: bool | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A card that may charge here and is not on the list; `why` is a sentence."""

    uid: str
    why: str


@dataclass(frozen=True, slots=True)
class ListPlan:
    """The wanted list: `payloads` is the entry of each UID, and `digest` is a hash of them all."""

    entries: tuple[Entry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    payloads: Mapping[str, Payload] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """The UIDs of cards that have to be added to the charger's list, removed from it, or updated in it."""

    to_add: tuple[str, ...] = ()
    to_remove: tuple[str, ...] = ()
    to_update: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_add or self.to_remove or self.to_update)


def plan(
    entries: Iterable[Entry],
    *,
    by_hours: Iterable[str],
    limits: Limits,
    version: Version,
    used_at: Callable[[str], datetime | None],
) -> ListPlan:
    """Plans the cards that fit.

    If there are too many, those that charged here most recently stay, then those without an end.
    """
    max_length = LONGEST_UID[version]
    short = [entry for entry in entries if len(entry.uid) <= max_length]
    omitted_entries = [
        LeftOut(entry.uid, f"OCPP {version} takes {max_length} characters.")
        for entry in entries
        if len(entry.uid) > max_length
    ]
    omitted_entries += [LeftOut(uid, BY_HOURS) for uid in by_hours]
    if limits.capacity is not None and len(short) > limits.capacity:
        ordered = sorted(
            short, key=lambda entry: (used_at(entry.uid) or _EARLIEST, entry.expires_at is None), reverse=True
        )
        why = f"The charger holds {limits.capacity} cards; others charged here more lately."
        omitted_entries = [LeftOut(entry.uid, why) for entry in ordered[limits.capacity :]] + omitted_entries
        short = sorted(ordered[: limits.capacity], key=lambda entry: entry.uid)
    facts = {entry.uid: local_list.entry_payload(entry, version=version) for entry in short}
    return ListPlan(
        tuple(short),
        tuple(omitted_entries),
        facts,
        hashlib.md5(dump_json(facts).encode(), usedforsecurity=False).hexdigest(),
    )


def differences(list_plan: ListPlan, holds: Mapping[str, Payload]) -> Differences:
    """Compares the plan with the list that the charger last accepted."""
    payloads = list_plan.payloads
    return Differences(
        to_add=tuple(uid for uid in payloads if uid not in holds),
        to_remove=tuple(uid for uid in holds if uid not in payloads),
        to_update=tuple(uid for uid, payload in payloads.items() if uid in holds and holds[uid] != payload),
    )


def next_message(
    list_plan: ListPlan, *, holds: Mapping[str, Payload] | None, number: int, limits: Limits, version: Version
) -> Payload | None:
    """Returns the next SendLocalList; None if the charger is in step. If `holds` is None (unknown), the full list is
    sent.

    A list that is too long for one message is sent in several, each computed after the answer to the previous one.
    `number` is the newest version known to either side.
    """
    if holds is not None and list_plan.payloads == holds:
        return None
    update = "Full" if holds is None else "Differential"
    accepted_list = AcceptedList(version=number, entries=holds or {})
    _, payload = local_list.build_list(
        {"entries": list_plan.entries, "known": accepted_list, "update": update}, version
    )
    return local_list.parts(payload, max_entries=limits.per_message)[0]


def limits(reported: Mapping[tuple[str, str, str], str | None]) -> Limits:
    """Reads the limits from reported settings by component, name and attribute."""
    return Limits(
        capacity=_count(
            reported, ("", "LocalAuthListMaxLength", "Actual"), ("LocalAuthListCtrlr", "Entries", "MaxSet")
        ),
        per_message=_count(
            reported, ("", "SendLocalListMaxLength", "Actual"), ("LocalAuthListCtrlr", "ItemsPerMessage", "Actual")
        ),
        is_on=_flag(reported, ("", "LocalAuthListEnabled", "Actual"), ("LocalAuthListCtrlr", "Enabled", "Actual")),
    )


SETTINGS = (
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "LocalAuthListEnabled",
    "Entries",
    "ItemsPerMessage",
    "Enabled",
)
"""The names of the settings that `limits` reads."""


def _count(reported: Mapping[tuple[str, str, str], str | None], *keys: tuple[str, str, str]) -> int | None:
    values = [value.strip() for key in keys if (value := reported.get(key))]
    return next((int(value) for value in values if value.isdecimal() and int(value) > 0), None)


def _flag(reported: Mapping[tuple[str, str, str], str | None], *keys: tuple[str, str, str]) -> bool | None:
    values: Sequence[str] = [value.strip().lower() for key in keys if (value := reported.get(key))]
    return values[0] == "true" if values else None
