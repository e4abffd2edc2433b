"""/ocpi/<version>/credentials (OCPI 2.2.1 7.2)."""

import pytest

from authorization.models import MobilityProvider
from tests.billing.roaming.conftest import connect, connection_of, invitation
from tests.kit.handshake import versions_url

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_registration_whose_answer_was_lost_is_repeated_until_the_new_token_is_used(ours, msp, partner):
    token = invitation(msp)
    partner.register(versions_url(ours), token_a=token)
    first, body = partner.peer_token, partner.credentials(next(iter(partner.shown)))

    repeated = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=token, body=body)
    assert repeated.json()["data"]["token"] == first

    assert partner.call("GET", versions_url(ours)).status_code == 200
    assert partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=token, body=body).status_code == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_who_is_not_registered_posts(ours, msp, partner, method):
    url = f"{ours}/ocpi/2.2.1/credentials"
    response = partner.call(method, url, token=invitation(msp), body=partner.credentials("a-token"))
    assert response.status_code in (401, 405)


def test_a_partner_that_cannot_be_reached_is_not_registered(ours, msp, partner):
    body = partner.credentials("a-token") | {"url": "http://127.0.0.1:9/versions"}
    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=invitation(msp), body=body)

    assert (response.status_code, response.json()["status_code"]) == (200, 3001)
    assert not connection_of(msp).is_registered


def test_a_partner_at_a_private_address_is_not_called(ours, msp, partner, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    body = partner.credentials("a-token") | {"url": "http://169.254.169.254/latest"}
    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=invitation(msp), body=body)

    assert response.json()["status_code"] == 3001
    assert "not public" in response.json()["status_message"]


def test_no_version_in_common(ours, msp, partner):
    partner.versions = ("2.0",)
    token = "mine"
    partner.shown.add(token)
    body = partner.credentials(token)
    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=invitation(msp), body=body)
    assert response.json()["status_code"] == 3002


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"token": ""}, "token"),
        ({"token": 5}, "token"),
        ({"token": "with a space"}, "token"),
        ({"token": "x" * 65}, "token"),
        ({"url": "ftp://example.com"}, "url"),
        ({"roles": []}, "roles"),
        ({"roles": [{"role": "EMSP", "party_id": "EMS1", "country_code": "NL"}]}, "roles[0].party_id"),
    ],
)
def test_what_is_wrong_is_named_in_a_200(ours, msp, partner, change, field):
    body = partner.credentials("a-token") | change
    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=invitation(msp), body=body)
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)
    assert response.json()["status_message"].startswith(field)


def test_unknown_fields_are_passed_over(ours, msp, partner):
    partner.shown.add("a-token")
    body = partner.credentials("a-token") | {"flavour": "vanilla"}
    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=invitation(msp), body=body)
    assert response.json()["status_code"] == 1000


def test_a_lost_answer_to_our_rotation_leaves_both_tokens_good(ours, msp, partner):
    connect(msp)
    old = partner.peer_token
    partner.faults["/ocpi/2.2.1/credentials"] = ["lost"]

    steps = connect(msp)

    assert not steps[-1].is_done
    assert partner.call("GET", versions_url(ours)).status_code == 200
    assert partner.peer_token != old
    assert all(step.is_done for step in connect(msp))


def test_an_answer_in_a_list_of_one_is_taken(ours, msp, partner):
    partner.faults["/ocpi/2.2.1/credentials"] = ["list"]
    assert all(step.is_done for step in connect(msp))


def test_a_party_of_another_connection_is_refused(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))
    other = MobilityProvider.objects.create(country_code="NL", party_id="EM2", name="Other")
    token, mine = invitation(other), "mine-of-the-other"
    partner.shown.add(mine)

    response = partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=token, body=partner.credentials(mine))

    assert response.json()["status_code"] == 2001
    assert "NL-EMS is connected already" in response.json()["status_message"]
