"""Why a car does not charge, or stopped: as the host, the guest and the API read it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from billing.models import Session
from chargers.models import Charger, Property, StatusReport, Transaction
from support.diagnosis import presentation, wording
from support.diagnosis.causes import Cause
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled
from tests.kit.charging import YESTERDAY
from tests.kit.tickets import opened

__all__ = ["client", "enrolled"]

NOW = datetime.now(tz=UTC)


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def stopped(world, *, reason, wh=5000, minutes=30, fault=""):
    row = charging.start(world.charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.read(row, 1000 + wh, at=YESTERDAY + timedelta(minutes=minutes - 1))
    if fault:
        charging.report(world.charger, "Faulted", at=YESTERDAY + timedelta(minutes=minutes))
        StatusReport.objects.filter(status="Faulted").update(error_code=fault)
    return charging.finish(row, wh=wh, at=YESTERDAY + timedelta(minutes=minutes), reason=reason)


def page(client, session):
    return client.get(f"/sessions/{session.pk}/").content.decode()


def test_a_host_reads_why_a_session_ended_with_evidence_and_curve(priced, client_of):
    session = stopped(priced, reason="GroundFault", fault="GroundFailure")

    text = page(client_of(priced.owner), session)

    assert "Why it ended" in text
    assert "Charger fault" in text
    assert "The charger reported GroundFailure at" in text
    assert "<polyline" in text
    assert "call an installer" in text


def test_a_session_that_ended_as_it_should_shows_the_curve_alone(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    charging.read(row, 8000, at=YESTERDAY + timedelta(hours=1))
    session = charging.finish(row, wh=7000, at=YESTERDAY + timedelta(hours=1, minutes=5), reason="Other")

    text = page(client_of(priced.owner), session)

    assert ">Power</h2>" in text
    assert "Why it ended" not in text


def test_a_stranger_reads_nothing(priced, client_of):
    assert client_of(priced.stranger).get(f"/sessions/{stopped(priced, reason='Reboot').pk}/").status_code == 404


def _stalled_guest(world):
    at = NOW - timedelta(minutes=20)
    session = charging.paid_for(world.charger, at=at - timedelta(minutes=1))
    row = charging.start(world.charger, uid=session.id_token, at=at)
    charging.report(world.charger, "SuspendedEV", at=at + timedelta(minutes=1))
    Charger.objects.update(connection_id="00000000-0000-7000-8000-000000000001", connected_at=at)
    return Session.objects.get(transaction=row)


def test_a_guest_whose_car_takes_nothing_reads_what_to_do(priced, client):
    session = _stalled_guest(priced)

    text = client.get(f"/s/{session.secret}/").content.decode()

    assert "your car is not asking for power" in text
    assert "charging timer" in text
    assert "Status since" in text


@pytest.mark.parametrize("language", ["nl", "de", "fr", "es"])
def test_every_cause_is_translated_for_guests(language):
    with translation.override(language):
        for cause, text in wording.TEXTS.items():
            assert translation.gettext(text.guest) != text.guest, cause
            assert not text.guest_step or translation.gettext(text.guest_step) != text.guest_step, cause


def test_sessions_that_end_again_and_again_are_counted(priced):
    for number in range(3):
        row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY + timedelta(minutes=10 * number))
        charging.finish(row, wh=0, at=row.started_at + timedelta(minutes=2), reason="EVDisconnected")
    sessions = Session.objects.select_related("charger", "property", "transaction")
    last = sessions.get(transaction=Transaction.objects.latest("id"))

    found = presentation.for_staff(last, now=NOW)

    assert found.findings[0].cause is Cause.CABLE
    assert "3 sessions at this connector ended within five minutes each." in found.findings[0].evidence


def test_a_ticket_shows_the_causes_and_the_curve(priced, client):
    session = stopped(priced, reason="GroundFault", fault="GroundFailure")
    facts = Facts(host=priced.host, property=priced.site, charger=priced.charger, session=session, proof="link")
    ticket = opened(topic=2, now=NOW, facts=facts)

    page = client.get(f"/admin/support/ticket/{ticket.pk}/change/").content.decode()

    assert "Why it did not charge, or stopped" in page
    assert "<polyline" in page
