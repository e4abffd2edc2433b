"""Waiting times of people who ask for help, and of agents: the assistant, a ticket's page, search.

Everything is rendered in this process, as the server renders it, with 100,000 tickets and very many messages. The floor
is the guest's page of the same charger in the same run: the wait of a guest who scans its code.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import big_fleet
from bench.big_fleet import FULL, PASSWORD, SHORT, Size
from bench.copied import copies, without_triggers
from bench.measured import measured

TICKETS: Final = 100_000
_TIMES: Final = 40
_FIRST: Final = 50_000_000
_HEADERS: Final = {"accept-encoding": "identity"}
_WORDS: Final = (
    ("offline: charger, steps", "nothing happens, the charger is dead"),
    ("stops: charger, session", "the car is plugged in but does not charge"),
    ("bill: session, payments", "why is this session so expensive"),
    ("off topic", "what is the weather like today"),
)
_SEARCHES: Final = (
    ("by reference", "q=T-{reference}"), ("by address", "q=guest77@example.com"), ("by station", "q={station}"),
    ("a word of many", "q=expensive"), ("a word of a message", "q=paid+session+{number}"),
    ("a word with a typo", "q=exepnsive+{number}"), ("a word of none", "q=nowhere-at-all"),
    ("by a few of its letters", "q=expen"), ("the list, no search", ""),
)  # fmt: skip


_ARTICLES: Final = (
    ("a word", "q=refund"), ("a question", "q=why+was+I+charged+an+idle+fee"),
    ("with typos", "q=chargr+ofline+braeker"), ("a word of none", "q=zeppelin"), ("the list, no search", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The times in ms and the queries of one request."""

    times: list[float]
    queries: int

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def report(*, full: bool) -> None:
    from chargers.models import Charger

    size, now = FULL if full else SHORT, datetime.now(tz=UTC)
    if not Charger.objects.filter(charger_id=size.busy).exists():  # in a complete run, `pages` has created it
        big_fleet.make(size, now=now)
    taken = measured(lambda: _tickets(size, now=now))
    print(f"\n{TICKETS:,} tickets beside {size.messages:,} messages, written in {taken}", flush=True)
    show(size, times=_TIMES)


def show(size: Size, *, times: int) -> None:
    guest = Client(headers=_HEADERS, SERVER_NAME="localhost")
    station = _station(size)
    floor = _timed(lambda: _ok(guest.get(f"/c/{station}")), times=times)
    _head("The assistant's first answer, from the words to the stored turn")
    _row("floor: the charger's page", floor, floor)
    begin = f"/help/s/{_session(size).secret}/"
    for title, words in _WORDS:
        address = f"/help/c/{station}/" if title.startswith("offline") else begin
        _row(title, _timed(lambda at=address, text=words: _asked(guest, at, text), times=times), floor)
    _head(f"Articles, {_articles()} texts in five languages")
    _row("floor: the charger's page", floor, floor)
    for title, query in _ARTICLES:
        _row(title, _timed(lambda at=query: _ok(guest.get(f"/help/articles/?{at}")), times=times), floor)
    agent, ticket = _agent(), _newest(size)
    _head(f"Agents, {TICKETS:,} tickets")
    _row("floor: the charger's page", floor, floor)
    page = f"/admin/support/ticket/{ticket.pk}/change/"
    _row("a ticket with its context", _timed(lambda: _ok(agent.get(page)), times=times), floor)
    for title, query in _SEARCHES:
        named = query.format(reference=1000 + ticket.pk, station=station, number=77_003)
        _row(title, _timed(lambda at=named: _ok(agent.get(f"/admin/support/ticket/?{at}")), times=times), floor)


def _articles() -> int:
    """Loads the release's articles, as `manage.py up` does."""
    from support.knowledge import library
    from support.models import ArticleText

    library.load(now=datetime.now(tz=UTC))
    return ArticleText.objects.count()


def _asked(guest: Client, address: str, text: str) -> None:
    """Asks the assistant; rate limits are not measured here."""
    cache.clear()
    answer = guest.post(address, {"text": text})
    if answer.status_code != 302 or "/help/a/" not in answer["Location"]:
        raise SystemExit(f"the assistant answered {answer.status_code}")


def _ok(answer: Any) -> None:
    if answer.status_code != 200:
        raise SystemExit(f"a page answered {answer.status_code}")


def _timed(work: Callable[[], None], *, times: int) -> Timed:
    work()  # warm-up: what a process does only once is not counted
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    with CaptureQueriesContext(connection) as captured:
        work()
    return Timed(times=taken, queries=len(captured))


def _station(size: Size) -> str:
    """Returns the busy charger, which is offline."""
    from chargers.models import Charger

    return Charger.objects.get(charger_id=size.busy).station_id


def _session(size: Size) -> Any:
    from billing.models import Session

    return Session.objects.filter(charger__charger_id=size.busy).latest("id")


def _newest(size: Size) -> Any:
    from support.models import Ticket

    return Ticket.objects.filter(charger__charger_id=size.busy, session__isnull=False).latest("id")


def _agent() -> Client:
    from authorization.models import User
    from tests.kit.logging_in import logged_in

    user = User.objects.create_user("agent@bench.example", PASSWORD, email_confirmed_at=datetime.now(tz=UTC))
    User.objects.filter(pk=user.pk).update(is_agent=True)
    user.refresh_from_db()
    client = logged_in(user)
    client.defaults["SERVER_NAME"] = "localhost"
    return client


def _tickets(size: Size, *, now: datetime) -> None:
    """Creates one ticket by the product's code, and copies over all chargers and a year, most of them closed."""
    from support.lookup import prefill
    from support.models import TicketDetail, TicketMessage
    from support.queues import finding
    from support.topics.details import Detail
    from tests.kit import tickets

    known = prefill.of_session(_session(size))
    made = tickets.opened(facts=known.facts, known_details=known.details, now=now - timedelta(minutes=5))
    message = TicketMessage.objects.filter(ticket=made).earliest("id")
    detail = TicketDetail.objects.filter(ticket=made, code=Detail.LAST4).get()
    key, at = f"{_FIRST} + n", f"(timestamptz '{now}' - n * interval '5 minutes')"
    closed = "n % 50 > 0"
    charger = f"{size.first} + n * 7919::bigint % {size.chargers}"
    subject = "'Why is session ' || n || ' so ' || (ARRAY['expensive','slow','odd'])[1 + n % 3]"
    with without_triggers():
        copies(
            "support_ticket",
            made.pk,
            TICKETS,
            {
                "id": key,
                "secret": "md5('ticket' || n)",
                "charger_id": charger,
                "session_id": "NULL",
                "subject": subject,
                "email": "'guest' || n % 5000 || '@example.com'",
                "opened_at": at,
                "changed_at": at,
                "state": f"CASE WHEN {closed} THEN 'closed' ELSE 'open' END",
                "closed_at": f"CASE WHEN {closed} THEN {at} END",
                "solved_at": f"CASE WHEN {closed} THEN {at} END",
                "first_answer_due_at": at,
                "solve_due_at": at,
                "unread_since": "NULL",
            },
        )
        copies(
            "support_ticketmessage",
            message.pk,
            TICKETS,
            {"id": size.uuid7(at, "n"), "ticket_id": key, "written_at": at},
        )
        copies("support_ticketdetail", detail.pk, TICKETS, {"id": key, "ticket_id": key, "at": at})
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(support_index_ticket(id)) FROM support_ticket WHERE id >= {_FIRST}")
            while finding.learn_words(limit=5000):
                pass
            cursor.execute("VACUUM ANALYZE support_ticket, support_ticketmessage, support_ticketdetail")
            cursor.execute("VACUUM ANALYZE support_ticketindex, support_searchword")


def _head(title: str) -> None:
    print(f"\n{title}\n  {'':28}{'p50 ms':>8}{'p95 ms':>8}{'of floor':>10}{'queries':>9}")


def _row(title: str, seen: Timed, floor: Timed) -> None:
    ratio = seen.p95 / floor.p95
    print(f"  {title:28}{seen.p50:>8.0f}{seen.p95:>8.0f}{ratio:>10.1f}{seen.queries:>9}", flush=True)
