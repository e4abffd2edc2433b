"""What other chargers of the same gateway notice while one of them floods it."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BYSTANDERS, BEATS_A_SECOND, FLOOD_A_SECOND = 20, 100.0, 700.0
FIRST_FLOODER, PATIENCE_S = 800, 240.0
GOAL = 3.0
"""A multiple of an idle gateway's p99, about 6 ms: a Heartbeat waits for one or two of the flooder's, 6 ms each."""
Serving = Callable[[list[str]], AbstractContextManager[int]]
Load = Callable[[int, int, float, str, float], dict[str, float]]


def report(serving: Serving, gateway: list[str], load: Load, *, rounds: int = 3, seconds: float = 30.0) -> None:
    """Prints the p99 of Heartbeats in turns: alone, and next to a flood of a plain socket or of the gateway."""
    reader = [sys.executable, "-m", "bench.flooder", "{port}", "--reader"]
    print(
        f"\n{BYSTANDERS} chargers with a Heartbeat every {BYSTANDERS / BEATS_A_SECOND * 1000:.0f} ms beside a charger"
    )
    print(f"that sends {FLOOD_A_SECOND:.0f} StatusNotifications a second and waits for no answer")
    with serving(reader) as elsewhere, serving(gateway) as port:

        def beats() -> dict[str, float]:
            return load(port, BYSTANDERS, seconds, "Heartbeat", BEATS_A_SECOND)

        beats()  # warm-up: the first chargers load shared code
        ratios = []
        for number in range(rounds):
            alone = beats()
            with _flooding(elsewhere, FIRST_FLOODER + number, seconds + 10):
                control = beats()
            is_last = number == rounds - 1
            with _flooding(port, FIRST_FLOODER + number, PATIENCE_S if is_last else seconds + 10) as told:
                beside = beats()
            ratios.append((beside["p99_ms"] / alone["p99_ms"], beside["p99_ms"] / control["p99_ms"]))
            print(
                f"  p50, p99: {alone['p50_ms']:.1f}, {alone['p99_ms']:.1f} ms alone; {control['p50_ms']:.1f}, "
                f"{control['p99_ms']:.1f} ms beside a flood elsewhere; {beside['p50_ms']:.1f}, "
                f"{beside['p99_ms']:.1f} ms beside a flood here: {ratios[-1][0]:.2f} and {ratios[-1][1]:.2f} "
                f"(n = {beside['per_second'] * seconds:,.0f} each); {told['answered']} of {told['sent']:,} answered",
                flush=True,
            )
        with _flooding(port, FIRST_FLOODER + rounds - 1, 20) as again:
            pass
    of_alone, of_control = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"  median p99 {of_alone:.2f} of alone, {of_control:.2f} of the control; goal {GOAL}")
    print(
        f"  the flooder was closed with {told['code']} after {told['lasted_s']:.0f} s, and when it came again ", end=""
    )
    print(f"with {again['code']} after {again['lasted_s']:.1f} s, {again['answered']} answered", flush=True)


@contextmanager
def _flooding(port: int, number: int, seconds: float) -> Iterator[dict[str, float]]:
    """Floods in its own process; the result is there after the block."""
    words = [str(port), str(number), str(FLOOD_A_SECOND), str(seconds)]
    command = [sys.executable, "-m", "bench.flooder", *words]
    flooder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = {}
    yield told
    out, _ = flooder.communicate(timeout=PATIENCE_S + 60)
    told.update(json.loads(out))
