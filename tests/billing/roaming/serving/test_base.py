"""The view of an OCPI address: authenticated by the partner's token, answered in the envelope, journalled."""

import httpx
import pytest

from billing.models import RoamingExchange
from tests.billing.roaming.conftest import invitation
from tests.kit.handshake import versions_url

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_missing_or_unknown_token_is_a_401(ours, msp, partner):
    for token in ("nobody-has-this", ""):
        response = partner.call("GET", versions_url(ours), token=token or " ")
        assert response.status_code == 401
        assert response.json()["status_code"] == 2000
        assert response.headers["X-Request-ID"]


def test_bad_json_is_a_400(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))
    headers = {"Authorization": f"Token {partner.encoded(partner.peer_token)}"}
    response = httpx.put(partner.endpoint("credentials"), content=b"{", headers=headers)
    assert response.status_code == 400


def test_the_journal_says_how_the_token_came_and_what_was_answered(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))
    partner.is_base64 = False

    partner.ask("GET", "tokens", "NL", "EMS", "04A1", OCPI_to_country_code="NL", OCPI_to_party_id="SUN")

    row = RoamingExchange.objects.get(module="tokens")
    assert row.version == "2.2.1"
    assert row.headers["Authorization"] == "Token •••• (plain)"
    assert row.headers["Ocpi-To-Party-Id"] == "SUN"
    assert row.answer_headers["OCPI-from-party-id"] == "SUN"
    assert row.answer_headers["X-Request-ID"] == row.request_id
    registered = RoamingExchange.objects.get(module="credentials", direction="in")
    assert registered.headers["Authorization"] == "Token •••• (base64, token A)"
    assert partner.peer_token not in registered.answer
