"""Two hundred drivers wait for a silent provider, while all others must notice nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.waiting import card
from tests.kit.provider import Manner, standing

ROOT = Path(__file__).resolve().parent.parent
WAITING, FIRST, OTHERS = 200, 700, 50
PACE = 75.0
"""Cards a second at the other chargers: a third of what the writer can do one by one.

At 150 it would be busy for two thirds of the time, and any addition, waiting for a provider or not, would make a queue.
"""
_ALL_OF_IT_S = 29.0
"""From before the first card to the last answer: 12 s until the last card, 15 s of waiting, and a margin."""
Load = Callable[[int, int, float, str, float], dict[str, float]]


def report(port: int, load: Load) -> None:
    """Prints the others' p99 without and with waiting drivers, from one run, and the waiting drivers' own times."""
    with standing() as msp, _worker():
        for number in range(FIRST, FIRST + WAITING):
            msp.answers(card(number), Manner(delay_s=60))
        _cards(msp.url)
        load(port, OTHERS, 3, "Authorize", PACE)
        before = load(port, OTHERS, 6, "Authorize", PACE)["p99_ms"]
        command = [sys.executable, "-m", "bench.waiting", str(port), str(FIRST), str(WAITING)]
        waiting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        waiting.stderr.readline()
        during = load(port, OTHERS, _ALL_OF_IT_S, "Authorize", PACE)["p99_ms"]
        asked = len(msp.asked)
        told, complaints = waiting.communicate(timeout=60)
        if waiting.returncode != 0:
            raise SystemExit(complaints)
        after = load(port, OTHERS, 6, "Authorize", PACE)["p99_ms"]
    waited, baseline = json.loads(told), (before + after) / 2
    print(f"\n{WAITING} authorizations wait for a provider that is silent")
    print(f"  {OTHERS} other chargers go on with {PACE:.0f} cards a second")
    print(
        f"  the others' p99: {before:.1f} ms before, {during:.1f} ms from the first card to the last answer, ", end=""
    )
    print(f"{after:.1f} ms after; ratio {during / baseline:.2f}")
    print(f"  the provider was asked {asked} times at once; the slowest of those who waited: ", end="")
    print(f"Heartbeat {waited['heartbeat_max_ms']:.0f} ms, Authorize {waited['authorize_max_s']:.1f} s")
    print(f"  then {waited['accepted']} accepted and {waited['refused']} refused by their policy", flush=True)


@contextmanager
def _worker() -> Iterator[None]:
    """Runs the worker as `up` starts it."""
    command = [sys.executable, "-m", "celery", "-A", "backoffice", "--quiet", "worker", "--queues", "issuers"]
    command += ["--pool", "threads", "--concurrency", "256", "--loglevel", "ERROR", "--hostname", "issuers@bench"]
    variables = {**os.environ, "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8", "DATABASE_POOL": "4"}
    worker = subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.DEVNULL)
    try:
        time.sleep(6)
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=60)


def _cards(url: str) -> None:
    from authorization.models import MobilityProvider, Token
    from chargers.lib import secrets
    from chargers.models import Property

    Property.objects.update(access="public_roaming")
    msp = MobilityProvider.objects.create(
        country_code="NL",
        party_id="DEA",
        name="Silent eMSP",
        authorize_url=url,
        authorize_token_encrypted=secrets.encrypt("bench"),
    )
    Token.objects.bulk_create(
        Token(msp=msp, uid=card(n), canonical_uid=card(n), whitelist="ALLOWED" if n % 2 else "NEVER")
        for n in range(FIRST, FIRST + WAITING)
    )
