"""GET /ocpi/versions and /ocpi/<version> (OCPI 2.2.1 6)."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import MobilityProvider, Token
from tests.billing.roaming.conftest import connect, connection_of, roaming_session, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hub(partner):
    def credentials(token):
        details = {"name": "Example hub"}
        parties = [("NL", "EMS", "HUB"), ("DE", "SLO", "EMSP"), ("FR", "ABC", "EMSP")]
        return {
            "token": token,
            "url": f"{partner.url}/ocpi/versions",
            "roles": [
                {"country_code": country, "party_id": party, "role": role, "business_details": details}
                for country, party, role in parties
            ],
        }

    partner.credentials = credentials
    return partner


def receivers(partner, module):
    return {
        (request.headers["ocpi-to-country-code"], request.headers["ocpi-to-party-id"])
        for request in partner.requests
        if request.module == module
    }


def test_what_goes_to_all_goes_to_the_hub_and_a_session_to_its_provider(ours, msp, hub, site):
    assert all(step.is_done for step in connect(msp))
    assert connection_of(msp).is_hub
    slow = MobilityProvider.objects.get(country_code="DE", party_id="SLO")
    roaming_session(site, slow, uid="DESLO001", at=datetime.now(tz=UTC) - timedelta(hours=2), settles=False)

    work()

    assert receivers(hub, "locations") == {("NL", "EMS")}
    assert receivers(hub, "sessions") == {("DE", "SLO")}
    assert hub.held("sessions")[0]["cdr_token"]["party_id"] == "SLO"
    assert hub.complaints == []


def test_providers_behind_it_push_their_own_tokens_only(ours, msp, hub, site):
    assert [step.sentence for step in connect(msp) if not step.is_done] == []
    token = {
        "country_code": "DE", "party_id": "SLO", "uid": "DESLO001", "type": "RFID", "contract_id": "DE-SLO-1",
        "issuer": "Slow", "valid": True, "whitelist": "ALWAYS", "last_updated": "2026-03-10T12:00:00Z",
    }  # fmt: skip
    assert hub.ask("PUT", "tokens", "DE", "SLO", "DESLO001", body=token).status_code == 201
    assert Token.objects.get(msp__isnull=False).msp.key == "DE-SLO"
    assert hub.ask("PUT", "tokens", "BE", "XYZ", "DESLO001", body=token).status_code == 404
