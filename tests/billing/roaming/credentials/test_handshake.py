"""Both directions of the handshake over real sockets, with what may be lost on the way."""

import base64
from datetime import UTC, datetime

import httpx
import pytest

from authorization.models import MobilityProvider
from billing.models import RoamingConnection
from billing.roaming.credentials import handshake
from billing.roaming.partners import connections
from chargers.lib import secrets
from chargers.models import Host
from tests.billing.roaming.conftest import connect, connection_of, invitation
from tests.kit import emsp
from tests.kit.handshake import versions_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_partner_registers_with_our_token_a(ours, msp, partner, version):
    partner.version, partner.versions = version, (version,)

    response = partner.register(versions_url(ours), token_a=invitation(msp))

    assert (response.status_code, response.json()["status_code"], partner.complaints) == (200, 1000, [])
    connection = connection_of(msp)
    assert (connection.version, connection.is_registered) == (version, True)
    assert secrets.decrypt(connection.outbound_token_encrypted) in partner.shown
    assert partner.ask("GET", "credentials").json()["data"]["token"] == partner.peer_token


def test_token_a_is_good_for_nothing_after_the_registration(ours, msp, partner):
    token = invitation(msp)
    partner.register(versions_url(ours), token_a=token)

    for method, url in (
        ("GET", versions_url(ours)),
        ("GET", f"{ours}/ocpi/2.2.1"),
        ("GET", f"{ours}/ocpi/2.2.1/locations"),
        ("PUT", f"{ours}/ocpi/2.2.1/credentials"),
    ):
        assert partner.call(method, url, token=token, body={}).status_code == 401
    other = partner.credentials("another-token-of-somebody")
    assert partner.call("POST", f"{ours}/ocpi/2.2.1/credentials", token=token, body=other).status_code == 401


def test_who_is_registered_puts_and_does_not_post(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))
    body = partner.credentials("yet-another-token")

    posted = partner.ask("POST", "credentials", body=body)
    assert (posted.status_code, posted.json()["status_code"]) == (405, 2000)


def test_a_rotation_keeps_the_old_token_until_the_new_one_is_used(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))
    old = partner.peer_token
    partner.call("GET", versions_url(ours))

    partner.register(versions_url(ours), token_a=old, method="PUT")
    new = partner.peer_token

    assert new != old
    assert partner.call("GET", versions_url(ours), token=old).status_code == 200
    assert partner.call("GET", versions_url(ours), token=new).status_code == 200
    assert partner.call("GET", versions_url(ours), token=old).status_code == 401


def test_a_partner_unregisters(ours, msp, partner):
    partner.register(versions_url(ours), token_a=invitation(msp))

    assert partner.ask("DELETE", "credentials").status_code == 200

    assert partner.call("GET", versions_url(ours)).status_code == 401
    assert not connection_of(msp).is_registered
    again_registered = partner.register(versions_url(ours), token_a=invitation(msp))
    assert again_registered.json()["status_code"] == 1000


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_we_register_with_the_token_a_of_a_partner(ours, msp, partner, version):
    partner.version, partner.versions = version, (version,)

    steps = connect(msp)

    assert [(step.name, step.is_done) for step in steps] == [
        ("versions", True),
        ("version_details", True),
        ("credentials", True),
        ("registered", True),
    ]
    assert partner.complaints == []
    assert partner.call("GET", versions_url(ours)).status_code == 200
    msp.refresh_from_db()
    assert msp.authorize_url == f"{partner.url}/ocpi/{version}/tokens"


def test_we_rotate_and_the_partner_takes_the_new_tokens(ours, msp, partner):
    connect(msp)
    first = partner.peer_token

    assert all(step.is_done for step in connect(msp))

    assert partner.peer_token != first
    assert partner.call("GET", versions_url(ours)).status_code == 200
    assert partner.call("GET", versions_url(ours), token=first).status_code == 401


def test_a_partner_that_takes_the_old_token_still_is_called_with_it(ours, msp, partner):
    """It rotated, our answer was lost, and it goes on with what it had."""
    partner.register(versions_url(ours), token_a=invitation(msp))
    old = next(iter(partner.shown))
    partner.register(versions_url(ours), token_a=partner.peer_token, method="PUT")
    partner.shown = {old}

    assert all(step.is_done for step in connect(msp))


def test_a_partner_that_takes_tokens_plain_only_needs_the_switch(ours, msp, partner):
    partner.is_base64 = False
    refused = partner.register(versions_url(ours), token_a=invitation(msp))
    assert refused.json()["status_code"] == 3001

    RoamingConnection.objects.update(token_form="plain")
    assert partner.register(versions_url(ours), token_a=invitation(msp)).json()["status_code"] == 1000


def test_a_token_with_a_newline_in_its_base64_is_good(ours, msp, partner):
    token = base64.b64encode(f"{invitation(msp)}\n".encode()).decode()
    response = httpx.get(versions_url(ours), headers={"Authorization": f"Token {token}"})
    assert response.status_code == 200


def test_several_hosts_are_roles_of_one_connection(ours, msp, partner):
    Host.objects.create(
        slug="harbour", name="Harbour", currency="EUR", country="DE", ocpi_country_code="DE", ocpi_party_id="HAR"
    )
    connect(msp)
    put = next(request for request in partner.requests if request.method == "POST")
    assert [(role["country_code"], role["party_id"], role["role"]) for role in put.body["roles"]] == [
        ("NL", "SUN", "CPO"),
        ("DE", "HAR", "CPO"),
    ]


def test_a_hub_registers_as_one(ours, msp, partner):
    partner.role = "HUB"
    partner.register(versions_url(ours), token_a=invitation(msp))
    assert connection_of(msp).is_hub


def test_we_unregister_and_say_what_the_partner_answered(ours, msp, partner):
    connect(msp)
    step = handshake.disconnect(connections.of_provider(msp), now=datetime.now(tz=UTC))
    assert (step.is_done, step.http) == (True, 200)
    assert partner.shown == set()
    assert not connection_of(msp).is_registered


def test_a_second_emsp_connects_beside_the_first(ours, msp, partner):
    connect(msp)
    with emsp.standing(country_code="DE", party_id="SLO", token_a="invitation-of-slo") as second:
        other = MobilityProvider.objects.create(
            country_code="DE",
            party_id="SLO",
            name="Slow eMSP",
            versions_url=f"{second.url}/ocpi/versions",
            token_a_encrypted=secrets.encrypt(second.token_a),
        )
        assert all(step.is_done for step in connect(other))
        assert second.call("GET", versions_url(ours)).status_code == 200
    assert partner.call("GET", versions_url(ours)).status_code == 200
