"""What a host's people are told of their own property systems, chargers and payouts."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from billing.models import Session
from support.lookup import host_facts
from support.lookup.host_facts import QuestionSubject
from support.models import Ticket
from support.topics.details import Detail
from tests.kit.callers import paid, rate
from tests.kit.connected_systems import connected, fail, guesty
from tests.kit.world import World

__all__ = ["guesty", "paid", "rate"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
EMAIL = "owner@example.com"


def test_those_that_need_somebody_come_first_and_the_rest_is_counted(world: World, guesty):
    read = NOW - timedelta(hours=1)
    connected(world, "Healthy", succeeded_at=read)
    connected(world, "Another healthy", succeeded_at=read)
    connected(world, "Paused", succeeded_at=read, is_enabled=False)
    connected(world, "New")
    fail(connected(world, "Failing"))

    statements = host_facts.systems(world.owner, world.host).statements

    starts = [
        "No bookings have come from Failing",
        "Listings of Our Guesty",
        "New was not read yet.",
        "Paused is paused",
    ]
    assert [text.startswith(start) for text, start in zip(statements, starts, strict=False)] == [True] * 4
    assert statements[4].startswith("Another healthy was read")
    assert statements[5:] == ("And 1 more under Property systems.",)


def test_who_manages_nothing_reads_nothing_of_it(world: World, guesty):
    known = host_facts.systems(world.stranger, world.host)

    assert (known.details, known.statements, known.pages) == ({}, (), ())


def test_the_pages_are_those_of_the_host_and_of_what_fails(world: World, guesty):
    fail(guesty)

    known = host_facts.systems(world.owner, world.host)

    assert [label for label, _ in known.pages] == ["Property systems", "Our Guesty"]
    assert known.details == {Detail.PMS_NAME: "Guesty", Detail.PMS_CONNECTED: "yes"}


def test_a_charger_that_is_named_is_known_to_those_who_see_it(world: World):
    about = QuestionSubject(charger=world.charger.charger_id)

    assert host_facts.gather(world.teammate, about, email=EMAIL).facts.charger == world.charger
    assert host_facts.gather(world.stranger, about, email=EMAIL).facts.charger is None


def test_the_only_property_there_is_need_not_be_named(world: World):
    known = host_facts.gather(world.owner, QuestionSubject(), email=EMAIL)

    assert known.facts.property == world.site
    assert known.details == {Detail.ACCOUNT_EMAIL: EMAIL, Detail.PROPERTY: "Sunset 1"}
    assert host_facts.gather(world.stranger, QuestionSubject(), email=EMAIL).details == {Detail.ACCOUNT_EMAIL: EMAIL}


def test_a_session_is_proved_by_who_sees_it_and_does_not_tell_its_driver(world: World, paid: Session):
    known = host_facts.gather(world.owner, QuestionSubject(session=paid.pk), email=EMAIL)

    assert (known.facts.session, known.facts.proof) == (paid, Ticket.Proof.MEMBER)
    assert known.details[Detail.ACCOUNT_EMAIL] == EMAIL
    assert host_facts.gather(world.stranger, QuestionSubject(session=paid.pk), email=EMAIL).facts.session is None
    assert host_facts.gather(world.owner, QuestionSubject(session=uuid4()), email=EMAIL).facts.session is None


@pytest.mark.parametrize("name", ["SUN001", "sun001", "cp1"])
def test_a_station_is_named_by_either_of_its_ids(world: World, name: str):
    def charger_for(viewer):
        given = {Detail.CHARGER_ID: name}
        return host_facts.complete_from_answers(host_facts.Prefill(), given, viewer=viewer, now=NOW).charger

    assert charger_for(world.owner) == world.charger
    assert charger_for(world.stranger) is None


def test_a_receipt_names_its_session(world: World, paid: Session):
    label = paid.receipts.get().label

    def session_for(viewer, document: str):
        given = {Detail.DOCUMENT: document}
        return host_facts.complete_from_answers(host_facts.Prefill(), given, viewer=viewer, now=NOW).session

    assert session_for(world.owner, label) == paid
    assert session_for(world.stranger, label) is None
    assert session_for(world.owner, "nothing like it") is None


@pytest.mark.parametrize("label", ["P-77", "soon", "P-99999999999999999999"])
def test_a_payout_that_there_is_not_changes_nothing(world: World, label: str):
    facts = host_facts.complete_from_answers(
        host_facts.Prefill(), {Detail.PAYOUT_ID: label}, viewer=world.owner, now=NOW
    )

    assert (facts.payout, facts.host) == (None, world.host)
