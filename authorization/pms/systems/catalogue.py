"""The kinds of systems: how each is read, how often, and what it takes to sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authorization.models import PmsConnection
from authorization.pms.access_tokens import MOST
from authorization.pms.systems import apaleo, cloudbeds, guesty, hospitable, ical, mews, track
from authorization.pms.systems.source import Cashier, Messenger, System

Kind = PmsConnection.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a host enters of an account there, stored as a secret."""

    name: str
    label: str
    is_required: bool = True
    is_of_account: bool = True
    """False: it says where events come from, or what is charged. Two connections of one account may differ in it."""
    purpose: str = ""
    """What an optional one is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSystem:
    """`address` is where everybody's account is; empty: each host has an address of its own, as `address_help` says.

    `means` says what is connected, where a host chooses.
    """

    kind: Kind
    system: System
    means: str
    every: timedelta
    credentials: tuple[Credential, ...] = ()
    address: str = ""
    address_help: str = ""
    tokens_a_day: int = MOST
    reads_changes: bool = False
    takes_events: bool = False
    messenger: Messenger | None = None
    """How guests are written to, where the system passes messages on."""
    cashier: Cashier | None = None
    """How a charge comes onto the bill of a booking, where the system takes one."""


_ICAL: System = ical
_GUESTY: System = guesty
_HOSPITABLE: System = hospitable
_TRACK: System = track
_APALEO: System = apaleo
_MEWS: System = mews
_CLOUDBEDS: System = cloudbeds
_POLL: Final = timedelta(minutes=5)


def _to_charge(name: str, label: str) -> Credential:
    return Credential(
        name=name,
        label=label,
        is_required=False,
        is_of_account=False,
        purpose="without it nothing is charged to the bill of a stay",
    )


_WEBHOOK_SECRET: Final = Credential(
    name="webhook_secret",
    label="Webhook secret",
    is_required=False,
    is_of_account=False,
    purpose="it proves that events come from there",
)
ALL: Final[Mapping[str, KnownSystem]] = {
    Kind.ICAL: KnownSystem(
        kind=Kind.ICAL,
        system=_ICAL,
        means="A calendar link of Airbnb, Vrbo or any other system, one for each unit.",
        every=timedelta(minutes=15),
        address_help="The export link of one unit's calendar, such as https://www.airbnb.com/calendar/ical/….ics.",
    ),
    Kind.GUESTY: KnownSystem(
        kind=Kind.GUESTY,
        system=_GUESTY,
        means="All listings of an account, by an API key of its own (Integrations > OAuth applications).",
        every=timedelta(minutes=15),
        address=guesty.ADDRESS,
        credentials=(
            Credential(name="client_id", label="Client ID"),
            Credential(name="client_secret", label="Client secret"),
            _WEBHOOK_SECRET,
        ),
        takes_events=True,
        messenger=guesty,
        cashier=guesty,
    ),
    Kind.HOSPITABLE: KnownSystem(
        kind=Kind.HOSPITABLE,
        system=_HOSPITABLE,
        means="All properties of an account, by a personal access token (Apps > API access).",
        every=_POLL,
        address=hospitable.ADDRESS,
        credentials=(
            Credential(name="token", label="Personal access token"),
            _WEBHOOK_SECRET,
        ),
        takes_events=True,
        messenger=hospitable,
    ),
    Kind.TRACK: KnownSystem(
        kind=Kind.TRACK,
        system=_TRACK,
        means="All units of an account, by an API key of your Track server.",
        address_help="Of your own Track server, such as https://yourcompany.trackhs.com.",
        every=_POLL,
        credentials=(
            Credential(name="key", label="API key"),
            Credential(name="secret", label="API secret"),
            _to_charge("fee_type", "Fee type for charging"),
        ),
        reads_changes=True,
        cashier=track,
    ),
    Kind.APALEO: KnownSystem(
        kind=Kind.APALEO,
        system=_APALEO,
        means="All units of a hotel’s account, by a simple client of your own; charging can go onto the folio.",
        every=_POLL,
        address=apaleo.ADDRESS,
        credentials=(
            Credential(name="client_id", label="Client ID"),
            Credential(name="client_secret", label="Client secret"),
        ),
        tokens_a_day=100,
        cashier=apaleo,
    ),
    Kind.MEWS: KnownSystem(
        kind=Kind.MEWS,
        system=_MEWS,
        means="All rooms of a property, by the two tokens of a connection; charging can go onto the bill.",
        every=timedelta(minutes=15),
        address=mews.ADDRESS,
        credentials=(
            Credential(name="client_token", label="Client token"),
            Credential(name="access_token", label="Access token"),
            _to_charge("service", "Service for charging"),
            _to_charge("tax_code", "Tax code of charging"),
        ),
        cashier=mews,
    ),
    Kind.CLOUDBEDS: KnownSystem(
        kind=Kind.CLOUDBEDS,
        system=_CLOUDBEDS,
        means="All rooms of a property, by an API key; charging can go onto the folio.",
        every=timedelta(minutes=15),
        address=cloudbeds.ADDRESS,
        credentials=(
            Credential(name="key", label="API key"),
            Credential(
                name="property", label="Property ID", is_required=False, purpose="a key of several properties needs it"
            ),
        ),
        cashier=cloudbeds,
    ),
}


def system_of(connection: PmsConnection) -> KnownSystem:
    return ALL[connection.kind]
