"""Frames of real chargers, if the folder of recorded facts is present."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Recorded:
    """A recorded frame. `answer` is the expected message type: 3, 4, either, or None if any answer is accepted."""

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
    """Returns parameters for `pytest.mark.parametrize`: one case per frame, or one skipped case with the reason."""
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
