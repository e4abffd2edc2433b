"""Results of partners' commands: read from what the charger answered, sent to the partner's response_url."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Token
from tests.billing.roaming.conftest import work
from tests.kit.commands_ordering import charger_answers, connected, reserve, result, start

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)


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


def test_an_occupied_outlet_is_said_in_the_result(partner):
    reserve(partner)
    charger_answers("Occupied", "rejected")
    work()
    assert [each["result"] for each in partner.results] == ["EVSE_OCCUPIED"]
