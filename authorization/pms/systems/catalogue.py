"""The catalogue of systems that can be connected, as declared by the folders next to this module."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from authorization.pms import systems
from authorization.pms.systems.entry import KnownSystem


def collect() -> dict[str, KnownSystem]:
    """Returns the `SYSTEM` of each folder by its kind: calendars first, then accounts by name.

    Raises ValueError if two folders declare the same kind.
    """
    folders = [module.name for module in iter_modules(systems.__path__) if module.ispkg]
    entries: list[KnownSystem] = [import_module(f"{systems.__name__}.{name}").SYSTEM for name in folders]
    entries.sort(key=lambda entry: (not entry.is_calendar, entry.name))
    by_kind = {entry.kind: entry for entry in entries}
    if len(by_kind) < len(entries):
        raise ValueError("Two property systems declare the same kind.")
    return by_kind


ALL: Mapping[str, KnownSystem] = collect()


def choices() -> list[tuple[str, str]]:
    """Returns the kinds with their names, for fields of forms, rows and the API."""
    return [(kind, entry.name) for kind, entry in ALL.items()]


def writers() -> str:
    """Returns the names of the systems that forward messages to guests, as in a sentence: A, B or C."""
    return _join_with_or([entry.name for entry in ALL.values() if entry.messenger is not None])


def _join_with_or(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
