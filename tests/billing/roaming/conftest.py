"""A host with OCPI codes, served over a real socket, and a strict partner on another one."""

import ipaddress
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from authorization.models import MobilityProvider, Token
from billing.models import Rate, RoamingConnection, Session
from billing.roaming.credentials import handshake
from billing.roaming.partners import connections, partner_tokens
from billing.roaming.pushes import pushing, upkeep
from chargers.lib import secrets
from chargers.models import Charger, Connector, Evse, Host, Property
from tests.billing.conftest import Site
from tests.kit import emsp

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def ours(live_server, settings):
    """Our own address."""
    settings.PUBLIC_BASE_URL = live_server.url
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    httpx.get(f"{live_server.url}/healthz", timeout=60)  # the first request reads every address of the site
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
    return partner_tokens.issue(connection, partner_tokens.Kind.REGISTRATION, now=datetime.now(tz=UTC))


def connect(msp, **options):
    """Our own handshake; its steps."""
    return list(handshake.connect(connections.of_provider(msp), now=datetime.now(tz=UTC), **options))


RATE = {
    "connection_fee": "0.50",
    "energy": [{"name": "all day", "price": "0.45"}],
    "idle": {"per_min": "0.10", "grace_min": 10},
    "tax": {"mode": "exclusive", "rates": {"connection": "21", "energy": "21", "idle": "21"}},
}


@pytest.fixture
def site(host) -> Site:
    """A public property with a charger of two connectors, and a rate for roaming drivers."""
    place = Property.objects.create(
        host=host,
        slug="sunset-1",
        name="Sunset 1",
        address="Keizersgracht 1",
        city="Amsterdam",
        postal_code="1015 CJ",
        country="NL",
        latitude="52.3702",
        longitude="4.8952",
        time_zone="Europe/Amsterdam",
        access="public_roaming",
    )
    charger = Charger.objects.create(
        charger_id="CP1", station_id="SUN001", property=place, connection_id=uuid.uuid4(), ocpp_version="1.6"
    )
    for number in (1, 2):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(
            evse=evse, number=number, standard="IEC_62196_T2", max_power_w=11000, status="Available", status_at=NOW
        )
    member = Token.objects.create(host=host, uid="04A1", canonical_uid="04A1")
    made = Site(host, place, charger, member)
    made.rate("roaming", definition=RATE)
    Rate.objects.update(currency="EUR")
    return made


def roaming_session(site: Site, msp, *, uid: str = "NLEMS001", at: datetime = NOW, settles: bool = True) -> Session:
    """An hour of charging by a driver of the provider: 12 kWh, and the plug is out with the stop."""
    token, _ = Token.objects.get_or_create(
        msp=msp, canonical_uid=uid, defaults={"uid": uid, "contract_id": "NL-EMS-C001", "whitelist": "ALWAYS"}
    )
    row = site.transaction(id_token=uid, at=at)
    session = site.begin(row, site.decision(granted_by="roaming_always", token=token))
    if settles:
        site.reading(row, 1000, at=at)
        site.reading(row, 13000, at=at + timedelta(minutes=60))
        site.stop(row, 13000, at=at + timedelta(minutes=60), reason="EVDisconnected")
        site.work(now=at + timedelta(minutes=61))
        session.refresh_from_db()
    return session


def work(*, at: datetime | None = None) -> None:
    """What beat and the workers do: publish what changed, and push it."""
    now = at or datetime.now(tz=UTC)
    upkeep.publish(now=now)
    for connection_pk in pushing.due(now=now):
        pushing.run(connection_pk, now=now)
