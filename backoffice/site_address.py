"""Where a running `manage.py up` serves the pages of this installation, noted in its DATA_DIR."""

from pathlib import Path
from typing import Final

FILE: Final = "address"


def noted(data_dir: Path) -> str:
    """Empty where none runs here."""
    try:
        return (data_dir / FILE).read_text().strip()
    except OSError:
        return ""
