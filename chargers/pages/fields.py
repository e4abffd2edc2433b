"""Choices in charger forms: plugs, security profiles, units by property."""

from collections.abc import Iterator
from typing import Any

PLUGS = (
    ("", "Not known"),
    ("IEC_62196_T2", "Type 2"),
    ("IEC_62196_T1", "Type 1 (J1772)"),
    ("IEC_62196_T2_COMBO", "CCS 2"),
    ("IEC_62196_T1_COMBO", "CCS 1"),
    ("SAE_J3400", "NACS (J3400)"),
    ("CHADEMO", "CHAdeMO"),
)
PROFILES = (
    ("1", "1: ws://, with user name and password"),
    ("2", "2: wss:// (TLS), with user name and password"),
    ("3", "3: wss:// (TLS), with a client certificate"),
)


def by_property(units: Any) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    grouped: dict[str, list[tuple[int, str]]] = {}
    for unit in units:
        grouped.setdefault(unit.property.name, []).append((unit.pk, unit.name))
    yield from grouped.items()
