"""Old rows that grow with every message are deleted; what explains a session stays."""

import uuid
from datetime import timedelta

import pytest

from authorization.models import Decision, Opinion
from billing.models import ProcessorEvent
from billing.sessions.lifecycle import retention
from chargers.lib import ids
from chargers.models import FailedHandshake, StatusReport
from tests.billing.conftest import NOON, minutes

OLD = NOON - timedelta(days=401)


def decision(site, at):
    made = site.decision()
    Decision.objects.filter(pk=made.pk).update(id=ids.generate(now=at), at=at)
    return Decision.objects.get(at=at)


def opinion(of, at):
    return Opinion.objects.create(
        id=ids.generate(now=at), decision_id=of, voice="us", name="us", accepted=True, status="Accepted", at=at
    )


def event(number, at, *, handled_at):
    return ProcessorEvent.objects.create(
        processor="simulated", event_id=f"evt_{number}", kind="x", raw="{}", received_at=at, handled_at=handled_at
    )


def test_it_forgets_old_decisions_with_their_opinions_and_keeps_newer_ones(site):
    old, new = decision(site, OLD), decision(site, NOON)
    opinion(old.pk, OLD)
    opinion(uuid.uuid4(), OLD)  # whose decision was never written
    kept = opinion(new.pk, NOON)

    assert retention.prune(now=NOON) == 3

    assert list(Decision.objects.all()) == [new]
    assert list(Opinion.objects.all()) == [kept]


@pytest.mark.parametrize("by", ["transaction", "session"])
def test_a_decision_that_explains_a_session_stays(site, by):
    old = decision(site, OLD)
    voice = opinion(old.pk, OLD)
    row = site.transaction(at=OLD, decision_id=old.pk if by == "transaction" else None)
    if by == "session":
        site.rate("member")
        site.begin(row, old)

    assert retention.prune(now=NOON) == 0

    assert Decision.objects.get() == old
    assert Opinion.objects.get() == voice


def test_it_keeps_webhooks_that_nobody_could_handle(site):
    event(1, OLD, handled_at=OLD)
    waiting, new = event(2, OLD, handled_at=None), event(3, NOON, handled_at=NOON)

    retention.prune(now=NOON)

    assert list(ProcessorEvent.objects.order_by("id")) == [waiting, new]


def test_it_keeps_the_last_word_of_an_outlet(site):
    for at, word in ((OLD, "Available"), (OLD + timedelta(minutes=1), "Faulted")):
        StatusReport.objects.create(
            charger=site.charger, evse_number=1, connector_number=1, status=word, at=at, received_at=at
        )

    retention.prune(now=NOON)

    assert StatusReport.objects.get().status == "Faulted"


def test_it_keeps_records_as_long_as_it_is_told(site, settings):
    settings.RECORD_RETENTION_DAYS = 500
    decision(site, OLD)

    assert retention.prune(now=NOON) == 0


def test_it_forgets_handshakes_with_the_messages_and_in_batches(site, monkeypatch):
    monkeypatch.setattr(retention, "_BATCH", 2)
    for day in (1, 91, 92, 93, 94, 95):
        FailedHandshake.objects.create(
            presented_id=f"CP-{day}", at=NOON - timedelta(days=day), reason="unknown_charger", source="127.0.0.1"
        )

    assert retention.prune(now=minutes(0)) == 5
    assert FailedHandshake.objects.count() == 1
