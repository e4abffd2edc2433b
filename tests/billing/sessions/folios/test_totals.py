"""Sessions of a stay become one line a day, or one before check-out, and the line adds up to their receipts."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Stay
from billing.models import FolioCharge, Session, StayTerms
from billing.sessions.folios import folios
from tests.kit import site as sites
from tests.kit.bookings import booking, charged
from tests.kit.connected_systems import connect
from tests.kit.property_systems import standing

pytestmark = pytest.mark.django_db
State = FolioCharge.State
NOON = datetime(2026, 6, 10, 16, tzinfo=UTC)
"""Noon in New York, where the property is: its day ends at 04:00 UTC."""
MIDNIGHT = datetime(2026, 6, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def systems(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with standing() as stubs:
        yield stubs


@pytest.fixture
def site():
    built = sites.build()
    StayTerms.objects.create(property=built.property, payment="folio", folio_lines="day")
    return built


@pytest.fixture
def stay(site, systems) -> Stay:
    row = booking(connect(site, "guesty", systems.url), site.property, site.unit, code="HM1", external_key="B-1")
    row.arrives_at, row.departs_at = NOON - timedelta(days=1), NOON + timedelta(days=3)
    row.save(update_fields=["arrives_at", "departs_at"])
    return row


def settled(site, stay, total: int, *, at: datetime = NOON) -> FolioCharge:
    session = charged(site, stay, total=total)
    Session.objects.filter(pk=session.pk).update(settled_at=at)
    folios.post_due(now=at)
    return FolioCharge.objects.get(session=session)


def amounts(systems) -> list[float]:
    return [float(amount) for _key, amount, _text in systems.lines]


def test_sessions_of_a_day_are_one_line_that_adds_up_to_their_receipts(site, stay, systems):
    parts = [settled(site, stay, total) for total in (434, 1299, 1)]

    folios.post_due(now=MIDNIGHT - MINUTE)
    assert {part.state for part in FolioCharge.objects.all()} == {State.COLLECTED}
    assert systems.lines == []
    for _ in range(3):
        folios.post_due(now=MIDNIGHT)

    assert amounts(systems) == [17.34]
    total = FolioCharge.objects.get(session=None)
    assert (total.state, total.amount_minor) == (State.CHARGED, sum(part.amount_minor for part in parts))
    assert total.text == "EV charging 10 Jun, 3 sessions, 37.2 kWh"
    assert {part.state for part in total.parts.all()} == {State.BUNDLED}
    assert total.parts.count() == 3


def test_each_day_and_each_stay_has_a_line_of_its_own(site, stay, systems):
    other = booking(stay.connection, site.property, site.unit, code="HM2", external_key="B-2")
    Stay.objects.filter(pk=other.pk).update(departs_at=stay.departs_at, arrives_at=stay.arrives_at)
    other.refresh_from_db()
    for at in (NOON, MIDNIGHT + MINUTE):
        settled(site, stay, 100, at=at)
        settled(site, stay, 200, at=at)
    settled(site, other, 50)

    folios.post_due(now=MIDNIGHT + timedelta(days=1))

    assert sorted((key, float(amount)) for key, amount, _ in systems.lines) == [
        ("B-1", 3.0), ("B-1", 3.0), ("B-2", 0.5)
    ]  # fmt: skip


def test_a_day_of_one_session_is_that_session(site, stay, systems):
    part = settled(site, stay, 434)

    folios.post_due(now=MIDNIGHT)

    part.refresh_from_db()
    assert (part.state, part.total, amounts(systems)) == (State.CHARGED, None, [4.34])


def test_on_the_day_of_check_out_it_is_posted_before_the_bill_closes(site, stay, systems):
    Stay.objects.update(departs_at=NOON + timedelta(hours=3))
    stay.refresh_from_db()
    settled(site, stay, 100)
    settled(site, stay, 200)

    folios.post_due(now=NOON + timedelta(hours=2) - MINUTE)
    assert systems.lines == []
    folios.post_due(now=NOON + timedelta(hours=2))
    assert amounts(systems) == [3.0]
    settled(site, stay, 400, at=NOON + timedelta(hours=2, minutes=30))

    assert amounts(systems) == [3.0, 4.0]


def test_at_check_out_the_stay_is_one_line(site, stay, systems):
    StayTerms.objects.update(folio_lines="stay")
    for day in range(3):
        settled(site, stay, 100, at=NOON + timedelta(days=day))
    folios.post_due(now=stay.departs_at - timedelta(hours=1, minutes=1))
    assert systems.lines == []

    folios.post_due(now=stay.departs_at - timedelta(hours=1))

    assert amounts(systems) == [3.0]
    assert systems.lines[0][2].startswith("EV charging, 3 sessions, 37.2 kWh (ev-t-")


def test_a_session_is_left_out_before_the_total_and_the_total_is_taken_back_whole(site, stay, systems):
    first, second, third = (settled(site, stay, total) for total in (100, 200, 400))

    assert folios.ask_back(first, now=NOON)
    folios.post_due(now=MIDNIGHT)
    assert amounts(systems) == [6.0]
    second.refresh_from_db()
    assert folios.ask_back(second, now=MIDNIGHT)
    third.refresh_from_db()
    assert not folios.ask_back(third, now=MIDNIGHT)
    folios.post_due(now=MIDNIGHT)

    assert amounts(systems) == [6.0, -6.0]
    first.refresh_from_db()
    assert first.state == State.LEFT_OUT
    assert FolioCharge.objects.get(session=None).state == State.UNDONE


def test_a_total_whose_answer_got_lost_is_posted_once(site, stay, systems):
    settled(site, stay, 100)
    settled(site, stay, 200)
    systems.lost = 1
    folios.post_due(now=MIDNIGHT)
    assert FolioCharge.objects.get(session=None).state == State.UNKNOWN

    folios.post_due(now=MIDNIGHT + 2 * MINUTE)

    assert amounts(systems) == [3.0]
    assert FolioCharge.objects.get(session=None).state == State.CHARGED
