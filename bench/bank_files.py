"""A CAMT.053 with many entries, read by our reader and by a bare `iterparse`, each in its own process.

Measured in processor time, because other programs use the machine.
"""

import json
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from billing.payouts.bank_files.incoming import camt as reader
from billing.payouts.bank_files.incoming.lines import BankLine, Problem
from tests.kit.bank_statements import Entry, camt, entry, statement

_ENTRIES = 100_000


def report() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "camt.053.xml"
        _write(path)
        print(f"\nA bank's CAMT.053 with {_ENTRIES:,} entries, {path.stat().st_size / 2**20:.0f} MB")
        floor = _measured("bare", path)
        ours = _measured("ours", path)
    if (ours["lines"], ours["problems"]) != (_ENTRIES, 0):
        raise SystemExit(f"{ours['lines']:,} lines were read, with {ours['problems']:,} problems")
    print(f"  {'bare iterparse':26}{floor['seconds']:>8.1f} s{floor['peak_mb']:>8.0f} MB at most")
    times = ours["seconds"] / floor["seconds"]
    print(
        f"  {'this reader':26}{ours['seconds']:>8.1f} s{ours['peak_mb']:>8.0f} MB at most, {times:.1f} times the floor"
    )


def _write(path: Path) -> None:
    """Writes entries with different references and consecutive balances."""
    empty = camt(statement([], opening=10**12, closing=10**12 - 100 * _ENTRIES))
    head, tail = empty.split(b"</Stmt>")
    with path.open("wb") as file:
        file.write(head)
        for n in range(_ENTRIES):
            one = Entry(cents=-100, reference=f"PO-{n}", text=f"Payout {n} of the season", bank_reference=f"B{n}")
            file.write(entry(one).encode())
        file.write(b"</Stmt>" + tail)


def _measured(which: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bank_files", which, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _bare(path: Path) -> dict[str, float]:
    """Only walks the elements and drops them: the lower limit for any reader on iterparse."""
    parents: list[ET.Element] = []
    for event, element in ET.iterparse(path, events=("start", "end")):
        if event == "start":
            parents.append(element)
            continue
        parents.pop()
        if element.tag.endswith("}Ntry"):
            parents[-1].clear()
    return {}


def _ours(path: Path) -> dict[str, float]:
    lines = problems = 0
    with path.open("rb") as file:
        for item in reader.read(file):
            lines += isinstance(item, BankLine)
            problems += isinstance(item, Problem)
    return {"lines": lines, "problems": problems}


def _peak_mb() -> float:
    """Returns this process's peak since its start, without the parent's memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    started = time.process_time()
    found = (_ours if sys.argv[1] == "ours" else _bare)(Path(sys.argv[2]))
    print(json.dumps(found | {"seconds": time.process_time() - started, "peak_mb": _peak_mb()}))
