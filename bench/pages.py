"""The portal's pages with very many rows: time and queries of each, and the cost of a poll.

Pages are rendered in this process, as the server renders them, for the owners of a large and of a small host with the
same kinds of rows: both must need the same number of queries.
"""

import gzip
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import big_fleet
from bench.big_fleet import FEW, FULL, SHORT, Size
from bench.measured import measured

_TIMES: Final = 30
_LISTS: Final = (
    ("dashboard, year", "/?period=year"), ("dashboard, 30 days", "/"), ("attention", "/attention/"),
    ("chargers", "/chargers/"), ("chargers by energy", "/chargers/?sort=-energy"), ("properties", "/properties/"),
    ("sessions", "/sessions/"), ("sessions of a month", "/sessions/?since={month}&until={today}"),
    ("session found by e-mail", "/sessions/?q=guest77@example.com"), ("decisions", "/authorization/decisions/"),
    ("cards", "/authorization/tokens/"), ("money", "/money/"), ("rates", "/rates/"), ("jobs", "/chargers/jobs/"),
    ("logs", "/chargers/{busy}/logs/"), ("statements", "/statements/{host}/"),
    ("search", "/find/?q={station}"),
)  # fmt: skip
_SEARCHES: Final = (
    ("an action, a day", "q=StopTransaction"), ("a card, a day", "q=000003E8"), ("nothing, a day", "q=nowhere-at-all"),
    ("a card, 90 days", "q=00001F40&period=90d"), ("a word, 90 days", "q=Register&period=90d"),
    ("nothing, 90 days", "q=nowhere-at-all&period=90d"), ("errors, 90 days", "errors=on&period=90d"),
)  # fmt: skip
_POLLS: Final = (
    ("dashboard", "/", "live"), ("attention", "/attention/", "live"), ("chargers", "/chargers/", "fleet"),
    ("sessions", "/sessions/", "live"), ("a charger", "/chargers/{busy}/", "live"),
    ("head of a charger", "/chargers/{busy}/head/", "head"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The measurements of one address: times in ms, queries, status and compressed size."""

    times: list[float]
    queries: int
    status: int
    kilobytes: float

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def report(*, full: bool) -> None:
    size, now = FULL if full else SHORT, datetime.now(tz=UTC)
    for one in (FEW, size):
        taken = measured(lambda one=one: big_fleet.make(one, now=now))
        print(
            f"\n{one.chargers:,} chargers, {one.sessions:,} sessions, {one.messages:,} messages: written in {taken}",
            flush=True,
        )
    show(size, times=_TIMES)


def show(size: Size, *, times: int) -> None:
    large, small = _Owner(size), _Owner(FEW)
    _head("Pages", "queries, few")
    for title, address in _LISTS:
        few = small.look(address, times=5)
        _row(title, large.look(address, times=times), few, str(few.queries))
    _head(f"Search in the logs of a charger with {size.messages // 20:,} of {size.messages:,} messages", "status")
    for title, query in _SEARCHES:
        address = f"/chargers/{{busy}}/logs/?{query}"
        look = large.look(address, times=times)
        _row(title, look, small.look(address, times=5), str(look.status))
    _head("Polls of what did not change", "status")
    for title, address, target in _POLLS:
        look, few = large.poll(address, target, times=times), small.poll(address, target, times=5)
        _row(title, look, few, str(look.status))


class _Owner:
    """A browser of a host's owner."""

    def __init__(self, size: Size) -> None:
        from authorization.models import User
        from chargers.models import Host

        self._client = Client(headers={"accept-encoding": "identity"})
        self._client.force_login(User.objects.get(email=size.owner))
        today = datetime.now(tz=UTC).date()
        self._names = {
            "busy": size.busy, "host": Host.objects.get(slug=size.slug).slug, "today": today.isoformat(),
            "month": (today - timedelta(days=30)).isoformat(), "station": f"{size.slug.upper()}-00007",
        }  # fmt: skip

    def looked(self, address: str, **headers: str) -> Any:
        return self._client.get(address.format(**self._names), headers=headers, SERVER_NAME="localhost")

    def look(self, address: str, *, times: int) -> Look:
        return self._timed(lambda: self.looked(address), times=times)

    def poll(self, address: str, target: str, *, times: int) -> Look:
        """Polls several times, each with the version from the answer before."""
        headers = {"HX-Request": "true", "HX-Target": target}

        def ask() -> Any:
            answer = self.looked(address, **headers)
            if version := answer.headers.get("Live-Version"):
                headers["Live-Version"] = version
            return answer

        ask()
        return self._timed(ask, times=times)

    def _timed(self, ask: Callable[[], Any], *, times: int) -> Look:
        ask()  # warm-up: what a process does only once is not counted
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - began) * 1000)
        with CaptureQueriesContext(connection) as captured:
            answer = ask()
        if answer.status_code not in {200, 204, 302}:
            raise SystemExit(f"a page answered {answer.status_code}")
        compressed = len(gzip.compress(answer.content, 6)) / 1024
        return Look(times=taken, queries=len(captured), status=answer.status_code, kilobytes=compressed)


def _head(title: str, last: str) -> None:
    print(f"\n{title}\n  {'':26}{'p50 ms':>8}{'p95 ms':>8}{'of few':>8}{'queries':>9}{'kB':>7}  {last}")


def _row(title: str, look: Look, few: Look, last: str) -> None:
    p50 = statistics.median(look.times)
    ratio = p50 / statistics.median(few.times)
    print(
        f"  {title:26}{p50:>8.0f}{look.p95:>8.0f}{ratio:>8.1f}{look.queries:>9}{look.kilobytes:>7.1f}  {last}",
        flush=True,
    )
