"""Runs a command as `manage.py` does, and finds the examples next to the project."""

import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


def run(command: str, text: str) -> tuple[int, dict[str, Any]]:
    """Returns exit code and printed object. Runs in this process, where an unmarked test may not use the database."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        try:
            call_command(command, stdout=printed)
        except SystemExit as end:
            return int(end.code or 0), json.loads(printed.getvalue(), parse_float=Decimal)
    return 0, json.loads(printed.getvalue(), parse_float=Decimal)


def shared(name: str) -> Path | None:
    """Returns a file or folder of `../shared/data`; None if it is not there."""
    places = (ROOT.parent / "shared" / "data" / name, ROOT / "shared" / "data" / name)
    return next((path for path in places if path.exists()), None)


def missing(name: str) -> list[Any]:
    reason = f"../shared/data/{name} is not beside the project"
    return [pytest.param({}, id="missing", marks=pytest.mark.skip(reason))]
