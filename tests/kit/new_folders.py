"""Adds a folder or a module to a package while a test runs, as a release would."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def added(package: ModuleType, directory: Path, files: dict[str, str]) -> Iterator[None]:
    """Adds these files to the package (their text by relative path), and removes them afterwards.

    The package itself is not changed: another directory of modules is added to its path.
    """
    for path, text in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    before = list(package.__path__)
    package.__path__ = [*before, str(directory)]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        package.__path__ = before
        for path in files:
            name = path.partition("/")[0].removesuffix(".py")
            for module in [each for each in sys.modules if f"{each}.".startswith(f"{package.__name__}.{name}.")]:
                del sys.modules[module]
            if hasattr(package, name):
                delattr(package, name)
