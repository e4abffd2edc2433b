"""The shape of an offer: a button, what it needs, and the action and payload it becomes. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from chargers.protocol.frames import Payload, Version
from chargers.protocol.versions.translator import stamp

Values = Mapping[str, Any]
"""What was filled in, by name, of the type of its kind; None where nothing was. `request_id` is always there."""

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
    EVSE = auto()  # int or None: the whole charger
    FREE_EVSE = auto()  # int: one that nobody uses
    CARD = auto()
    TRANSACTION = auto()
    CERTIFICATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing to fill in. `choices` are pairs of value and label; `most` is the length or the largest number."""

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
    """A usual command. `says` is one sentence of what it does; `danger` is asked about before it is sent."""

    key: str
    label: str
    says: str
    build: Build
    inputs: Inputs = lambda _: ()
    versions: frozenset[Version] = ALL
    danger: str = ""


def given(**values: Any) -> Payload:
    """The fields that were filled in, times as the wire has them."""
    return {
        name: stamp(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None and value not in ("", {}, [])
    }


def evse(number: int | None) -> Payload:
    """OCPP 2.x's way to name an outlet; nothing for the whole charger."""
    return {"evse": {"id": number}} if number else {}


EVSE = Input(name="evse", label="Connector", kind=Kind.EVSE, required=False)
ONE_EVSE = Input(name="evse", label="Connector", kind=Kind.EVSE, required=True)
FREE_EVSE = Input(name="evse", label="Connector", kind=Kind.FREE_EVSE)
CARD = Input(name="uid", label="UID of the card", kind=Kind.CARD, most=36)
