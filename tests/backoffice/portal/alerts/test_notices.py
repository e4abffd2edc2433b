"""Notices: which rule hears of which incident, when, and as which mail or webhook event."""

from datetime import UTC, datetime, time, timedelta

import pytest

from billing import mail
from billing.models import AlertKind, OutgoingMail
from billing.payments.webhooks import deliveries
from billing.sessions.documents import outbox
from chargers.models import Charger
from tests.kit.alerts_pages import find, look, lose, rule, subjects

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
MINUTE = timedelta(minutes=1)
ALL = list(AlertKind)


def test_what_comes_in_quiet_hours_arrives_as_one_mail_afterwards(world):
    rule(world, minutes=0, quiet=(time(14), time(16)))
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    find(world, at=NOON + 5 * MINUTE)
    look(at=NOON + 5 * MINUTE)
    look(at=NOON + 11 * MINUTE)

    assert subjects() == []
    look(at=NOON + 118 * MINUTE)

    [outgoing] = OutgoingMail.objects.all()
    assert outgoing.subject.startswith("2 alerts – Sunset Stays: SUN001 offline since 14:02")
    assert "SUN001 back online at 14:07" in outgoing.text


def test_a_mail_that_was_not_sent_is_not_shown_as_sent(world, client_of, settings):
    rule(world, minutes=0)
    lose(world, at=NOON)
    look(at=NOON + MINUTE)
    client = client_of(world.owner)
    assert "Waits to be sent" in client.get("/alerts/").text

    def refuse(_letter):
        raise outbox.FailedError("554 no such mailbox")

    outbox.send_due(refuse, now=NOON + 2 * MINUTE)
    text = client.get("/alerts/").text
    assert "554 no such mailbox" in text
    assert "state-ok" not in text

    outbox.send_due(mail.send, now=NOON + timedelta(hours=1))
    text = client.get("/alerts/").text
    outgoing = OutgoingMail.objects.get()
    assert (("Sent " in text) and "state-ok" in text) is (outgoing.state == "sent")
    assert ("Not sent" in text) is (outgoing.state == "given_up")


def test_a_rule_goes_to_a_webhook_of_the_host(world):
    endpoint, _ = deliveries.add(world.host, url="https://example.com/hooks", kinds=None, by="user:x", now=NOON)
    rule(world, minutes=0, endpoint=endpoint)
    lose(world, at=NOON)

    look(at=NOON + MINUTE)
    find(world, at=NOON + 10 * MINUTE)
    look(at=NOON + 10 * MINUTE)
    look(at=NOON + 16 * MINUTE)

    assert list(endpoint.deliveries.order_by("id").values_list("kind", flat=True)) == ["alert.opened", "alert.cleared"]
    assert '"SUN001 offline since 14:02' in endpoint.deliveries.order_by("id")[0].body
    assert subjects() == []


def test_a_fault_is_reported_and_that_it_is_cleared(world):
    rule(world, kinds=[AlertKind.FAULTED], minutes=0)
    find(world, at=NOON)
    Charger.objects.update(status="Faulted", status_at=NOON)
    look(at=NOON + MINUTE)
    Charger.objects.update(status="Available")
    look(at=NOON + 20 * MINUTE)
    look(at=NOON + 26 * MINUTE)

    assert subjects() == [
        "SUN001 faulted since 14:02 – Sunset 1",
        "SUN001 fault cleared at 14:22 after 20 min – Sunset 1",
    ]
