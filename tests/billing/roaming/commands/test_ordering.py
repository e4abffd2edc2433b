"""A partner starts, stops, reserves and unlocks; the answer comes at once and the result by its own call."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token
from billing.models import PartnerCommand, Session
from chargers.commands import queue
from chargers.models import Charger, Command, Connector, Licence, Property, Reservation
from tests.billing.roaming.conftest import connect, roaming_session, work
from tests.kit import ocpi_tables

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = {
    "country_code": "NL",
    "party_id": "EMS",
    "uid": "APP0001",
    "type": "APP_USER",
    "contract_id": "NL-EMS-C001",
    "issuer": "Example eMSP",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2026-03-10T12:00:00Z",
}


@pytest.fixture(autouse=True)
def connected(ours, msp, partner, site):
    connect(msp)
    Licence.objects.create(charger=site.charger)
    partner.requests.clear()


def order(partner, name, body, *, version="2.2.1"):
    body = {"response_url": f"{partner.url}/ocpi/{version}/results/{name}/1"} | body
    url = partner.endpoint("commands").replace("2.2.1", version)
    response = partner.call("POST", f"{url}/{name}", body=body, X_Correlation_ID="correlation-of-command")
    if response.json().get("data"):
        ocpi_tables.check("CommandResponse", response.json()["data"], version=version, complaints=partner.complaints)
    return response


def start(partner, **fields):
    return order(partner, "START_SESSION", {"token": TOKEN, "location_id": "sunset-1", "evse_uid": "CP1-1"} | fields)


def result(response):
    return response.json()["data"]["result"]


def charger_answers(status="Accepted", state="accepted"):
    """What the gateway does with the newest command."""
    charger = Charger.objects.get(charger_id="CP1")
    now = datetime.now(tz=UTC)
    command = queue.take_next(charger, connection_id=charger.connection_id or uuid.uuid4(), now=now)
    assert queue.close(command.pk, state=state, outcome=(), reply={"status": status}, now=now)
    return command


def test_a_start_is_ordered_and_its_result_sent(partner, msp):
    assert result(start(partner, authorization_reference="ref-1")) == "ACCEPTED"
    work()
    assert partner.results == []

    command = charger_answers()
    assert (command.action, command.payload) == ("RemoteStartTransaction", {"idTag": "APP0001", "connectorId": 1})
    work()

    assert partner.results == [{"result": "ACCEPTED"}]
    sent = next(request for request in partner.requests if request.module == "results")
    assert sent.headers["x-correlation-id"] == "correlation-of-command"
    assert partner.complaints == []
    assert Token.objects.get(msp=msp).type == "APP_USER"
    work()
    assert len(partner.results) == 1


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


def test_nothing_stays_pending(partner):
    start(partner)
    work(at=datetime.now(tz=UTC) + timedelta(minutes=2))
    assert [each["result"] for each in partner.results] == ["TIMEOUT"]


def test_a_result_that_is_not_taken_is_sent_again(partner):
    start(partner)
    charger_answers()
    partner.faults["/ocpi/2.2.1/results"] = ["500"]
    work()
    assert partner.results == []
    work(at=datetime.now(tz=UTC) + timedelta(minutes=1))
    assert [each["result"] for each in partner.results] == ["ACCEPTED"]


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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"response_url": "http://169.254.169.254/x"}, "response_url"),
        ({"response_url": "http://10.0.0.1/x"}, "response_url"),
        ({"response_url": "file:///etc/passwd"}, "response_url"),
        ({"location_id": 5}, "location_id"),
        ({"token": {**TOKEN, "valid": 1}}, "valid"),
        ({"token": "APP0001"}, "token"),
    ],
)
def test_what_is_wrong_is_named_in_a_200(partner, change, field):
    response = start(partner, **change)
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)
    assert response.json()["status_message"].startswith(field)
    assert Command.objects.count() == 0


def test_an_unknown_command_is_a_404(partner):
    assert order(partner, "DANCE", {}).status_code == 404


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


def reserve(partner, **fields):
    until = (datetime.now(tz=UTC) + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"token": TOKEN, "expiry_date": until, "reservation_id": "theirs-1", "location_id": "sunset-1"}
    return order(partner, "RESERVE_NOW", body | {"evse_uid": "CP1-1"} | fields)


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


def test_an_occupied_outlet_is_said_in_the_result(partner):
    reserve(partner)
    charger_answers("Occupied", "rejected")
    work()
    assert [each["result"] for each in partner.results] == ["EVSE_OCCUPIED"]


def test_a_reservation_that_nobody_made_is_not_cancelled(partner):
    assert result(order(partner, "CANCEL_RESERVATION", {"reservation_id": "nothing"})) == "REJECTED"


def test_a_reservation_in_the_past_is_refused(partner):
    assert result(reserve(partner, expiry_date="2020-01-01T00:00:00Z")) == "REJECTED"


def test_2_1_1_answers_in_its_own_words(partner):
    old = {name: value for name, value in TOKEN.items() if name not in {"country_code", "party_id", "contract_id"}}
    body = {"token": old | {"auth_id": "NL-EMS-C001"}, "location_id": "sunset-1", "evse_uid": "CP1-1"}
    response = order(partner, "START_SESSION", body, version="2.1.1")
    assert response.json()["data"] == {"result": "ACCEPTED"}
    charger_answers("Rejected", "error")
    work()
    assert partner.results == [{"result": "REJECTED"}]
    assert Session.objects.count() == 0
