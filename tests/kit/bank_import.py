"""What the tests of bank_lines.imports and commands.bank_import share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.kit.payouts import Books, books

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def imported(content: str | bytes, *arguments: str, name: str = "lines.csv") -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        call_command("bank_import", str(path), *arguments)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return imported


@pytest.fixture
def known() -> Books:
    found = books(currency="EUR")
    found.agree()
    found.bank()
    return found
