"""Incidents open, grow, take in tickets, and close by themselves when the chargers recover."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, User
from chargers.availability import maintenance
from chargers.availability.maintenance import Plan
from chargers.availability.uptime import Span
from chargers.fleet import presence
from chargers.models import Charger
from support.incidents import detection
from support.models import AffectedCharger, CommonFault, Ticket, TicketMessage
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.tickets import opened
from tests.kit.watching import chargers, drop
from tests.kit.world import World

__all__ = ["chargers", "client", "enrolled"]
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def back(charger: Charger, *, at: datetime) -> None:
    presence.connect(charger, connection_id=uuid.uuid4(), version="1.6", now=at)


def test_a_site_that_goes_offline_is_one_incident_until_all_are_back(chargers):
    drop(chargers[:3], at=NOON)
    assert detection.watch(now=NOON + 4 * MINUTE) == 0
    assert detection.watch(now=NOON + 5 * MINUTE) == 1
    assert detection.watch(now=NOON + 6 * MINUTE) == 0

    drop(chargers[3:], at=NOON + 10 * MINUTE)
    back(chargers[0], at=NOON + 12 * MINUTE)
    detection.watch(now=NOON + 16 * MINUTE)
    [row] = CommonFault.objects.all()
    assert (row.kind, row.began_at, row.closed_at, row.chargers.count()) == ("site", NOON, None, 4)
    assert [one.charger for one in row.chargers.exclude(recovered_at=None)] == chargers[:1]

    for charger in chargers[1:]:
        back(charger, at=NOON + 20 * MINUTE)
    detection.watch(now=NOON + 20 * MINUTE)
    assert CommonFault.objects.get().closed_at is None
    detection.watch(now=NOON + 25 * MINUTE)
    assert CommonFault.objects.get().closed_at == NOON + 25 * MINUTE


def test_one_that_fails_again_before_it_is_over_keeps_it_open(chargers):
    drop(chargers[:3], at=NOON)
    detection.watch(now=NOON + 5 * MINUTE)
    for charger in chargers[:3]:
        back(charger, at=NOON + 6 * MINUTE)
    detection.watch(now=NOON + 7 * MINUTE)
    drop(chargers[:1], at=NOON + 8 * MINUTE)
    detection.watch(now=NOON + 13 * MINUTE)

    assert CommonFault.objects.get().closed_at is None
    assert AffectedCharger.objects.filter(recovered_at=None).count() == 1


def test_chargers_that_are_worked_on_are_no_incident(chargers, world: World):
    span = Span(NOON - MINUTE, NOON + 60 * MINUTE)
    wanted = Plan(span=span, chargers=chargers[:1], reason="x", refuses_starts=False)
    maintenance.plan(world.site, wanted, by="user:x", now=NOON - MINUTE)
    drop(chargers[:3], at=NOON)

    assert detection.watch(now=NOON + 6 * MINUTE) == 0


def asked(charger: Charger, world: World, **more) -> Ticket:
    facts = Facts(host=world.host, property=world.site, charger=charger)
    return opened(topic=1, text="It is dark.", facts=facts, now=NOON + 3 * MINUTE, **more)


def test_tickets_of_its_chargers_get_one_reply(chargers, world: World, client: Client, enrolled: User):
    first, second = asked(chargers[0], world), asked(chargers[1], world, email="li@example.com")
    other = asked(chargers[3], world, email="mo@example.com")
    drop(chargers[:3], at=NOON)
    detection.watch(now=NOON + 5 * MINUTE)
    detection.watch(now=NOON + 6 * MINUTE)
    row = CommonFault.objects.get()
    page = f"/admin/support/commonfault/{row.pk}/change/"

    assert "Several chargers at Sunset 1 are down" in client.get("/admin/").content.decode()
    assert "Part of an incident" in client.get(f"/admin/support/ticket/{first.pk}/change/").content.decode()
    shown = client.get(page)
    assert "One reply to 2 tickets" in shown.content.decode()
    sent = {"text": "The router is being replaced.", "seen": shown.context["seen"], "then": "open"}
    assert client.post(page, sent).status_code == 302
    assert client.post(page, sent).status_code == 409

    replies = TicketMessage.objects.filter(author="agent")
    assert {one.ticket_id for one in replies} == {first.pk, second.pk}
    assert other.messages.filter(author="agent").count() == 0
    assert AuditEntry.objects.get(verb="incident.replied").after == {"tickets": [first.label, second.label]}
