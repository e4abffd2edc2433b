"""A partner starts, stops, reserves and unlocks; the answer comes at once and the result by its own call."""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import Token
from billing.models import PartnerCommand
from chargers.models import Charger, Command, Connector, Property, Reservation
from tests.billing.roaming.conftest import roaming_session, work
from tests.kit.commands_ordering import TOKEN, charger_answers, connected, order, reserve, result, start

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_session_that_begins_has_the_reference_of_the_command(partner, msp, site):
    start(partner, authorization_reference="ref-1")
    charger_answers()
    token = Token.objects.get(msp=msp)
    row = site.transaction(id_token="APP0001", at=datetime.now(tz=UTC))
    site.begin(row, site.decision(granted_by="start_ordered", token=token))

    work()

    (session,) = partner.held("sessions")
    assert (session["auth_method"], session["authorization_reference"]) == ("COMMAND", "ref-1")
    assert partner.complaints == []


@pytest.mark.parametrize(
    ("state", "expected"), [("timed_out", "TIMEOUT"), ("rejected", "REJECTED"), ("error", "FAILED")]
)
def test_a_session_after_a_failed_start_belongs_to_it_all_the_same(partner, msp, site, state, expected):
    start(partner)
    charger_answers("Rejected", state)
    work()
    assert [each["result"] for each in partner.results] == [expected]
    row = site.transaction(id_token="APP0001", at=datetime.now(tz=UTC))
    session = site.begin(row, site.decision(granted_by="start_ordered", token=Token.objects.get(msp=msp)))
    work()
    assert PartnerCommand.objects.get().session == session


def test_a_free_outlet_is_chosen_where_none_is_named(partner):
    Connector.objects.filter(evse__number=2).update(status="Preparing")
    assert result(start(partner, evse_uid=None)) == "ACCEPTED"
    assert Command.objects.get().evse_number == 2


@pytest.mark.parametrize("field", ["location_id", "evse_uid"])
def test_an_unknown_place_is_a_2003(partner, field):
    response = start(partner, **{field: "nowhere"})
    assert (response.status_code, response.json()["status_code"]) == (200, 2003)
    assert Command.objects.count() == 0


def test_who_is_refused_hears_why(partner):
    Property.objects.update(access="private")
    response = start(partner)
    assert result(response) == "REJECTED"
    assert response.json()["data"]["message"][0]["text"]
    assert Command.objects.count() == 0


def test_an_offline_charger_is_not_asked(partner):
    Charger.objects.update(connection_id=None)
    response = start(partner)
    assert result(response) == "REJECTED"
    assert "not connected" in response.json()["data"]["message"][0]["text"]


def test_an_outlet_in_use_is_refused(partner, site):
    site.transaction(id_token="04A1", at=datetime.now(tz=UTC))
    assert result(start(partner)) == "REJECTED"


def test_a_blocked_partner_starts_nothing(partner, msp):
    msp.blocked = True
    msp.save()
    assert result(start(partner)) == "REJECTED"


def test_a_token_of_somebody_else_starts_nothing(partner):
    assert result(start(partner, token=TOKEN | {"party_id": "XYZ"})) == "REJECTED"


def test_a_session_is_stopped(partner, msp, site):
    session = roaming_session(site, msp, at=datetime.now(tz=UTC), settles=False)
    assert result(order(partner, "STOP_SESSION", {"session_id": str(session.pk)})) == "ACCEPTED"
    command = charger_answers()
    assert (command.action, command.payload) == ("RemoteStopTransaction", {"transactionId": session.transaction_id})
    work()
    assert partner.results == [{"result": "ACCEPTED"}]


def test_a_foreign_or_unknown_session_is_unknown(partner, site):
    row = site.transaction(at=datetime.now(tz=UTC))
    session = site.begin(row)
    for key in (str(session.pk), str(uuid.uuid4()), "nothing"):
        assert result(order(partner, "STOP_SESSION", {"session_id": key})) == "UNKNOWN_SESSION"


def test_a_cable_is_unlocked_for_the_partners_own_driver_only(partner, msp, site):
    where = {"location_id": "sunset-1", "evse_uid": "CP1-1", "connector_id": "1"}
    assert result(order(partner, "UNLOCK_CONNECTOR", where)) == "REJECTED"
    roaming_session(site, msp, at=datetime.now(tz=UTC), settles=False)
    assert result(order(partner, "UNLOCK_CONNECTOR", where)) == "ACCEPTED"
    assert charger_answers("Unlocked").action == "UnlockConnector"


def test_a_reservation_is_made_replaced_and_cancelled_by_the_partners_id(partner):
    assert result(reserve(partner)) == "ACCEPTED"
    first = charger_answers()
    work()
    assert result(reserve(partner)) == "ACCEPTED"
    second = charger_answers()
    work()
    assert first.payload["reservationId"] == second.payload["reservationId"]
    assert Reservation.objects.count() == 1

    assert result(order(partner, "CANCEL_RESERVATION", {"reservation_id": "theirs-1"})) == "ACCEPTED"
    cancelled = charger_answers()
    work()
    assert cancelled.payload == {"reservationId": first.payload["reservationId"]}
    assert [each["result"] for each in partner.results] == ["ACCEPTED"] * 3


def test_a_reservation_that_nobody_made_is_not_cancelled(partner):
    assert result(order(partner, "CANCEL_RESERVATION", {"reservation_id": "nothing"})) == "REJECTED"


def test_a_reservation_in_the_past_is_refused(partner):
    assert result(reserve(partner, expiry_date="2020-01-01T00:00:00Z")) == "REJECTED"
