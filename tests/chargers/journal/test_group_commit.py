"""The journal by itself: one commit for many, a bad piece alone, PostgreSQL away."""

import asyncio
from datetime import UTC, datetime

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from chargers.journal.group_commit import Journal, MessageRow, WorkResult
from chargers.lib import ids
from chargers.models import ChargerEvent, Message
from tests.kit.gateway import looking

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def row(charger, request="[2]"):
    return MessageRow(
        id=ids.generate(now=NOON),
        charger_id=charger.pk,
        direction="in",
        ocpp_version="1.6",
        request_at=NOON,
        request=request,
    )


def event(charger, summary):
    ChargerEvent.objects.create(charger=charger, kind="x", summary=summary, at=NOON, received_at=NOON)


def run(story):
    async def whole():
        journal = Journal()
        try:
            return await story(journal)
        finally:
            await journal.close()

    return asyncio.run(whole())


def never(exc):
    raise AssertionError(f"it should not have failed: {exc}")


def test_it_counts_what_it_stored(charger):
    def stored():
        return REGISTRY.get_sample_value("ocpp_messages_total", {"direction": "in", "version": "1.6"}) or 0.0

    async def story(journal):
        before = stored()
        await journal.submit(lambda: WorkResult(messages=[row(charger), row(charger)]), failed=never)
        await journal.close()
        return stored() - before

    assert run(story) == 2


def test_it_answers_after_the_commit(charger):
    async def story(journal):
        value = await journal.submit(lambda: WorkResult(value="yes", messages=[row(charger)]), failed=never)
        return value, await looking(Message.objects.count)

    assert run(story) == ("yes", 1)


def test_it_keeps_the_order_of_its_work(charger):
    done = []

    async def story(journal):
        async def note(value):
            done.append(value)

        for number in range(600):
            journal.put(lambda number=number: WorkResult(value=number), failed=never, callback=note)
        await journal.submit(WorkResult, failed=never)

    run(story)

    assert done == list(range(600))


def test_it_commits_many_in_one_transaction(charger):
    def xid():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text")
            return WorkResult(value=cursor.fetchone()[0])

    async def story(journal):
        return await asyncio.gather(*(journal.submit(xid, failed=never) for _ in range(100)))

    assert len(set(run(story))) < 10


def test_it_keeps_a_bad_piece_from_the_others(charger):
    def good(summary):
        def work():
            event(charger, summary)
            return WorkResult(value=summary, messages=[row(charger, summary)])

        return work

    def bad():
        event(charger, "never")
        raise RuntimeError("a fault of ours")

    def failed(exc):
        return WorkResult(value=str(exc), messages=[row(charger, "failed")])

    async def story(journal):
        pieces = [good("a"), bad, good("b")]
        return await asyncio.gather(*(journal.submit(piece, failed=failed) for piece in pieces))

    assert run(story) == ["a", "a fault of ours", "b"]
    assert set(ChargerEvent.objects.values_list("summary", flat=True)) == {"a", "b"}
    assert set(Message.objects.values_list("request", flat=True)) == {"a", "failed", "b"}


def test_it_keeps_a_row_that_cannot_be_stored_from_the_others(charger):
    def failed(exc):
        return WorkResult(value="failed", messages=[row(charger, "failed")])

    async def story(journal):
        broken = row(charger, "broken")
        broken.message_type = 10**9
        works = [
            lambda: WorkResult(value=1, messages=[row(charger, "a")]),
            lambda: WorkResult(value=2, messages=[broken]),
        ]
        return await asyncio.gather(*(journal.submit(work, failed=failed) for work in works))

    assert run(story) == [1, "failed"]
    assert set(Message.objects.values_list("request", flat=True)) == {"a", "failed"}


def test_it_stores_nul_neutralised_and_leaves_an_escaped_one_as_it_came(charger):
    async def story(journal):
        await journal.submit(lambda: WorkResult(messages=[row(charger, 'a\x00b\\u0000"')]), failed=never)

    run(story)

    assert Message.objects.get().request == 'a\ufffdb\\u0000"'


def test_it_waits_for_postgresql_and_then_stores_and_answers_all(charger):
    def die():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return WorkResult(value=cursor.fetchone()[0])

    async def story(journal):
        pid = await journal.submit(die, failed=never)
        await looking(lambda: connection.cursor().execute("SELECT pg_terminate_backend(%s)", [pid]))
        works = (lambda n=n: WorkResult(value=n, messages=[row(charger, str(n))]) for n in range(20))
        return await asyncio.gather(*(journal.submit(work, failed=never) for work in works))

    assert run(story) == list(range(20))
    assert Message.objects.count() == 20
