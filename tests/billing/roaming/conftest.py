"""A host with OCPI codes, served over a real socket, and a strict partner on another one."""

import ipaddress
from datetime import UTC, datetime

import pytest

from authorization.models import MobilityProvider
from billing.models import RoamingConnection
from billing.roaming.credentials import handshake
from billing.roaming.partners import connections, tokens_shown
from chargers.lib import secrets
from chargers.models import Host
from tests.kit import emsp

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def ours(live_server, settings):
    """Our own address."""
    settings.PUBLIC_BASE_URL = live_server.url
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    return live_server.url


@pytest.fixture
def host(db):
    return Host.objects.create(
        slug="sunset", name="Sunset Stays", currency="EUR", country="NL", ocpi_country_code="NL", ocpi_party_id="SUN"
    )


@pytest.fixture
def partner():
    with emsp.standing() as standing:
        yield standing


@pytest.fixture
def msp(host, partner):
    return MobilityProvider.objects.create(
        country_code="NL",
        party_id="EMS",
        name="Example eMSP",
        versions_url=f"{partner.url}/ocpi/versions",
        token_a_encrypted=secrets.encrypt(partner.token_a),
    )


def connection_of(msp) -> RoamingConnection:
    return RoamingConnection.objects.select_related("msp").get(msp=msp)


def invitation(msp) -> str:
    connection = connections.of_provider(msp)
    return tokens_shown.issue(connection, tokens_shown.Kind.REGISTRATION, now=datetime.now(tz=UTC))


def connect(msp, **options):
    """Our own handshake; its steps."""
    return list(handshake.connect(connections.of_provider(msp), now=datetime.now(tz=UTC), **options))
