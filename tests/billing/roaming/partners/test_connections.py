"""Connections with partners: their hosts, endpoints and parties, registered and ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authorization.models import MobilityProvider
from authorization.roaming.transport.routing import Party
from billing.models import RoamingChange, RoamingConnection
from billing.roaming.partners import connections
from billing.roaming.partners.connections import RoleTakenError
from billing.roaming.versions import catalogue
from chargers.lib import secrets
from chargers.models import Host

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOKENS = {"identifier": "tokens", "role": "SENDER", "url": "https://example.com/ocpi/2.2.1/tokens"}


@pytest.fixture
def connection() -> RoamingConnection:
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    return connections.of_provider(msp)


def host(code: str) -> Host:
    return Host.objects.create(
        slug=code.lower(), name=code, currency="EUR", country="NL", ocpi_country_code="NL", ocpi_party_id=code
    )


def role(party_id: str = "EMS", kind: str = "EMSP", **business: Any) -> dict[str, Any]:
    return {"role": kind, "country_code": "NL", "party_id": party_id, "business_details": business}


def register(connection: RoamingConnection, *roles: dict[str, Any], token: str = "b", at: datetime = NOON) -> None:
    connections.register(
        connection, version=catalogue.ALL["2.2.1"], token=token, endpoints=[TOKENS], roles=roles or (role(),),
        versions_url="https://example.com/ocpi/versions", now=at,
    )  # fmt: skip


def test_it_is_made_at_the_first_use(connection):
    assert connections.of_provider(connection.msp) == connection


def test_a_partner_has_all_hosts_with_codes_or_those_that_were_chosen(connection):
    sun, har = host("SUN"), host("HAR")
    Host.objects.create(slug="bare", name="Without codes", currency="EUR", country="NL")
    assert connections.hosts(connection) == [sun, har]

    connection.hosts.add(har)

    assert connections.hosts(connection) == [har]
    assert connections.host_by_party(connection, Party("NL", "SUN")) is None
    assert connections.host_by_party(connection, Party("NL", "HAR")) == har


def test_where_the_version_knows_one_party_the_first_stands_for_all(connection):
    sun = host("SUN")
    host("HAR")
    connection.version = "2.1.1"

    assert connections.hosts(connection) == [sun]


def test_an_endpoint_is_found_by_its_role_and_where_none_is_named_by_its_module(connection):
    connection.endpoints = [TOKENS, {"identifier": "cdrs", "url": "https://example.com/cdrs"}]

    assert connections.endpoint(connection, "tokens", "SENDER") == TOKENS["url"]
    assert connections.endpoint(connection, "tokens", "RECEIVER") == ""
    assert connections.endpoint(connection, "cdrs", "RECEIVER") == "https://example.com/cdrs"


@pytest.mark.parametrize(
    ("form", "version", "encodes"),
    [("", "2.1.1", False), ("", "2.2.1", True), ("", "", True), ("base64", "2.1.1", True), ("plain", "2.2.1", False)],
)
def test_a_token_is_encoded_as_the_version_says_unless_the_partner_is_known_to_differ(form, version, encodes):
    row = RoamingConnection(token_form=form, version=version)

    assert connections.encodes_token(row) is encodes


def test_a_handshake_keeps_the_first_moment_and_moves_the_token_along(connection):
    register(connection, token="first")
    register(connection, token="second", at=NOON + timedelta(days=1))

    assert (connection.registered_at, connection.cdrs_from) == (NOON, NOON)
    assert secrets.decrypt(connection.outbound_token_encrypted) == "second"
    assert secrets.decrypt(connection.previous_token_encrypted) == "first"
    msp = MobilityProvider.objects.get()
    assert (msp.authorize_url, msp.versions_url) == (TOKENS["url"], "https://example.com/ocpi/versions")


def test_what_changed_while_nobody_was_registered_is_published(connection):
    host("SUN")

    register(connection)

    assert RoamingChange.objects.filter(kind="tariff").exists()


def test_its_parties_become_providers_but_for_those_that_are_none(connection):
    register(connection, role(), role("ABC", name="Abc Mobility"), role("CPX", kind="CPO"), role("HUB", kind="HUB"))

    assert sorted(MobilityProvider.objects.values_list("party_id", "name")) == [
        ("ABC", "Abc Mobility"),
        ("EMS", "Example eMSP"),
    ]
    assert connection.is_hub
    assert connections.has_party(connection, Party("NL", "CPX"))
    assert not connections.has_party(connection, Party("NL", "ZZZ"))


def test_a_party_of_another_connection_is_not_taken(connection):
    register(connection, role(), role("ABC"))
    other = connections.of_provider(MobilityProvider.objects.create(country_code="DE", party_id="SLO", name="Slow"))

    with pytest.raises(RoleTakenError, match="is connected already, as Example eMSP"):
        register(other, role("ABC"))

    other.refresh_from_db()
    assert other.registered_at is None
    assert connections.list_registered() == [connection]


def test_once_it_is_ended_no_token_is_good_any_more(connection):
    register(connection)
    connections.unregister(connection, now=NOON + timedelta(days=2))

    assert connections.list_registered() == []
    assert (connection.outbound_token_encrypted, connection.endpoints) == ("", [])
    assert MobilityProvider.objects.get().authorize_url == ""
