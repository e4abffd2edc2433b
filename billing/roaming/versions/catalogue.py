"""The versions that we speak, as declared by the folders next to this module."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from billing.roaming import versions
from billing.roaming.versions.entry import KnownVersion

STORED = "2.2.1"
"""Objects are stored in the form of this version. It is used with partners until another one is agreed."""


def collect() -> dict[str, KnownVersion]:
    """Collects each `VERSION` by its name, the newest first. Raises ValueError where two have the same name."""
    folders = [module.name for module in iter_modules(versions.__path__) if module.ispkg]
    declared: list[KnownVersion] = [import_module(f"{versions.__name__}.{name}").VERSION for name in folders]
    declared.sort(key=lambda version: version.number, reverse=True)
    by_name = {version.name: version for version in declared}
    if len(by_name) < len(declared):
        raise ValueError("Two versions of OCPI have the same name.")
    return by_name


ALL: Mapping[str, KnownVersion] = collect()


def get_version(name: str) -> KnownVersion:
    """Returns the version that a connection names; the stored one while none is agreed."""
    return ALL[name or STORED]


def newest(names: Iterable[str]) -> KnownVersion | None:
    """Returns the newest of these that we speak; None without a common one."""
    offered_names = set(names)
    return next((version for name, version in ALL.items() if name in offered_names), None)
