"""The map of docs/architecture.md: every function that it names is there."""

import importlib
import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "architecture.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:authorization|billing|chargers|support)(?:\.\w+){2,})`", PAGE)))


def found(name: str) -> object:
    """The module or what is in it. Raises ImportError or AttributeError."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            there: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            there = getattr(there, part)
        return there
    raise ImportError(name)


def is_there(name: str) -> bool:
    try:
        return found(name) is not None
    except (ImportError, AttributeError):
        return False


def test_what_the_map_names_is_there():
    assert [name for name in NAMED if not is_there(name)] == []


def test_it_names_functions():
    assert len(NAMED) > 30
