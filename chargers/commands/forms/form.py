"""The shape of an offer: a button, its inputs, and the resulting action and payload. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions.translator import stamp

Values = Mapping[str, Any]
"""The filled-in values by name, each of its kind's type; None if left empty. Always contains `request_id`."""

ALL = frozenset(Version)
ONLY_16 = frozenset({Version.V16})
ONLY_2X = frozenset({Version.V201, Version.V21})


class Kind(Enum):
    """The type of an input; its value is a str unless noted."""

    TEXT = auto()
    LONG = auto()
    NUMBER = auto()  # int
    DECIMAL = auto()  # Decimal
    CHOICE = auto()
    TIME = auto()  # aware datetime
    CHECK = auto()  # bool
    EVSE = auto()  # int, or None for the whole charger
    FREE_EVSE = auto()  # int: an outlet that is free
    CARD = auto()
    TRANSACTION = auto()
    CERTIFICATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An input. `choices` are pairs of value and label; `most` is the maximum length or number."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = True
    initial: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    most: int | None = None


Inputs = Callable[[Version], tuple[Input, ...]]
Build = Callable[[Values, Version], tuple[str, Payload]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandForm:
    """A usual command. `says` describes its effect in one sentence; `danger` is asked before sending."""

    key: str
    label: str
    says: str
    build: Build
    inputs: Inputs = lambda _: ()
    versions: frozenset[Version] = ALL
    danger: str = ""


def only_filled(**values: Any) -> Payload:
    """Returns the fields that are filled in, with times in wire format."""
    return {
        name: stamp(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None and value not in ("", {}, [])
    }


def evse(number: int | None) -> Payload:
    """Returns the outlet as OCPP 2.x names it; empty for the whole charger."""
    return {"evse": {"id": number}} if number else {}


EVSE = Input(name="evse", label="Connector", kind=Kind.EVSE, required=False)
ONE_EVSE = Input(name="evse", label="Connector", kind=Kind.EVSE, required=True)
FREE_EVSE = Input(name="evse", label="Connector", kind=Kind.FREE_EVSE)
CARD = Input(name="uid", label="UID of the card", kind=Kind.CARD, most=36)
