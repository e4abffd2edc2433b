"""The address at which a running `manage.py up` serves this installation's pages, noted in its DATA_DIR."""

from pathlib import Path
from typing import Final

FILE: Final = "address"


def read(data_dir: Path) -> str:
    """Returns the noted address; empty if none is running here."""
    try:
        return (data_dir / FILE).read_text().strip()
    except OSError:
        return ""
