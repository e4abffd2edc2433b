"""POST /ocpi/<version>/commands/<command> (OCPI 2.2.1 13.2.1): answered at once; the result follows."""

import pytest

from billing.models import Session
from tests.billing.roaming.conftest import work
from tests.kit.commands_ordering import TOKEN, charger_answers, connected, order

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_unknown_command_is_a_404(partner):
    assert order(partner, "DANCE", {}).status_code == 404


def test_2_1_1_answers_in_its_own_words(partner):
    old = {name: value for name, value in TOKEN.items() if name not in {"country_code", "party_id", "contract_id"}}
    body = {"token": old | {"auth_id": "NL-EMS-C001"}, "location_id": "sunset-1", "evse_uid": "CP1-1"}
    response = order(partner, "START_SESSION", body, version="2.1.1")
    assert response.json()["data"] == {"result": "ACCEPTED"}
    charger_answers("Rejected", "error")
    work()
    assert partner.results == [{"result": "REJECTED"}]
    assert Session.objects.count() == 0
