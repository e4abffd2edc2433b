"""Frames of real chargers, where the folder with the facts that were collected elsewhere is present."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Recorded:
    """`answer` is the message type that it must get: 3, 4, either, or None where surviving is all."""

    name: str
    version: str
    text: str
    answer: frozenset[int] | None
    expect: str


def frames() -> list[Recorded]:
    found = _file()
    lines = found.read_text().splitlines() if found else []
    return [_recorded(number, json.loads(line)) for number, line in enumerate(lines, start=1) if line.strip()]


def parameters(*, version: str = "") -> list[object]:
    """For `pytest.mark.parametrize`: one case a frame, or one that is skipped and says why."""
    cases = [pytest.param(one, id=one.name) for one in frames() if version in {"", one.version}]
    reason = "shared/data/field_frames.jsonl is not beside the project (set SHARED_DATA to its folder)"
    return [*cases] or [pytest.param(None, id="no-data", marks=pytest.mark.skip(reason=reason))]


def _file() -> Path | None:
    stated = os.environ.get("SHARED_DATA")
    folders = [Path(stated)] if stated else [parent / "shared" / "data" for parent in ROOT.parents[:2]]
    return next(
        (folder / "field_frames.jsonl" for folder in folders if (folder / "field_frames.jsonl").is_file()), None
    )


def _recorded(number: int, row: dict[str, object]) -> Recorded:
    raw = row.get("raw")
    answer = row["answer"]
    text = raw if isinstance(raw, str) else json.dumps(row["frame"], separators=(",", ":"))
    action = text.split('"')[3] if text.count('"') > 3 else "frame"
    wanted = None if answer is None else frozenset(answer if isinstance(answer, list) else [answer])
    return Recorded(f"{number}-{action}", str(row["version"]), text, wanted, str(row["expect"]))
