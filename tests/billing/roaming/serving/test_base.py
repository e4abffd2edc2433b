"""The view of an OCPI address: authenticated by the partner's token, answered in the envelope, journalled."""

import httpx
import pytest

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
