"""A small site in the database for the tests of authorization: one host, one private property, one charger."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from authorization.models import MobilityProvider, Token, TokenGroup
from chargers.models import Charger, Host, Licence, Property, Transaction, Unit

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
UID = "04A1B2C3D4"


@dataclass(frozen=True)
class Site:
    host: Host
    property: Property
    unit: Unit
    charger: Charger
    residents: TokenGroup


def build(slug: str = "sunset", *, charger_id: str = "CP1") -> Site:
    host = Host.objects.create(slug=slug, name="Sunset Stays", currency="USD", country="US")
    place = Property.objects.create(
        host=host, slug=f"{slug}-1", name="Sunset 1", time_zone="America/New_York", access="private"
    )
    unit = Unit.objects.create(property=place, slug="2b", name="Apartment 2B")
    charger = Charger.objects.create(charger_id=charger_id, station_id=f"S-{charger_id}", property=place, unit=unit)
    Licence.objects.create(charger=charger)
    residents = TokenGroup.objects.create(host=host, slug="residents", name="Residents")
    residents.properties.add(place)
    return Site(host=host, property=place, unit=unit, charger=charger, residents=residents)


def own_token(site: Site, uid: str = UID, **fields: object) -> Token:
    return Token.objects.create(host=site.host, uid=uid, canonical_uid=uid, **fields)


def member_token(site: Site, uid: str = UID, **fields: object) -> Token:
    token = own_token(site, uid, **fields)
    token.groups.add(site.residents)
    return token


def roaming_token(uid: str = UID, *, party: str = "EMS", whitelist: str = "ALWAYS", **fields: object) -> Token:
    msp, _ = MobilityProvider.objects.get_or_create(
        country_code="NL", party_id=party, defaults={"name": f"Provider {party}"}
    )
    return Token.objects.create(msp=msp, uid=uid, canonical_uid=uid, whitelist=whitelist, **fields)


def open_transaction(charger: Charger, id_token: str = UID, **fields: object) -> Transaction:
    return Transaction.objects.create(
        **{
            "charger": charger,
            "transaction_id": "7",
            "ocpp_version": "1.6",
            "evse_number": 1,
            "id_token": id_token,
            "started_at": NOON - HOUR,
            "start_received_at": NOON - HOUR,
            **fields,
        }
    )
