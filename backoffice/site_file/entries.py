"""The content of an import_site file as values. Every entry has its `path` in the file; empty text stands for null.

A list that is None was left out: existing rows are left unchanged. An empty list removes them.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.payouts.payees.bank_accounts import Entered


@dataclass(frozen=True, slots=True)
class HostEntry:
    path: str
    slug: str
    name: str
    currency: str
    country: str
    legal_address: str
    tax_number: str
    ocpi_country_code: str
    ocpi_party_id: str


@dataclass(frozen=True, slots=True)
class MembershipEntry:
    path: str
    host: str
    role: str


@dataclass(frozen=True, slots=True)
class UserEntry:
    path: str
    email: str
    password: str = field(repr=False)
    is_agent: bool
    memberships: tuple[MembershipEntry, ...] | None


@dataclass(frozen=True, slots=True)
class UnitEntry:
    path: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PropertyEntry:
    path: str
    slug: str
    host: str
    name: str
    address: str
    city: str
    country: str
    postal_code: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    access: str
    contact_email: str
    contact_phone: str
    units: tuple[UnitEntry, ...] | None


@dataclass(frozen=True, slots=True)
class LicenceEntry:
    state: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class ConnectorEntry:
    path: str
    evse: int
    number: int
    standard: str
    max_power_w: int | None
    evse_id: str


@dataclass(frozen=True, slots=True)
class UpstreamEntry:
    path: str
    name: str
    url: str
    role: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChargerEntry:
    """A charger. `former_id` is the file's id if the hardware was replaced since: what the file says of the password
    and the security profile is about the old box.
    """

    path: str
    charger_id: str
    station_id: str
    property: str
    unit: str
    password: str = field(repr=False)
    security_profile: int
    configured: bool
    licence: LicenceEntry
    connectors: tuple[ConnectorEntry, ...] | None
    upstreams: tuple[UpstreamEntry, ...]
    former_id: str = ""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    path: str
    slug: str
    host: str
    name: str
    properties: tuple[str, ...] | None
    chargers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A host's own card. It is found by `canonical_uid`."""

    path: str
    uid: str
    canonical_uid: str
    host: str
    visual_number: str
    type: str
    groups: tuple[str, ...]
    parent: str
    valid: bool
    blocked: bool
    expires_at: datetime | None
    may_charge_concurrently: bool | None
    """None if left out, which changes nothing."""


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A roaming partner. Real-time settings (`authorize_...`) that are left out stay unchanged."""

    path: str
    country_code: str
    party_id: str
    name: str
    blocked: bool
    versions_url: str
    token_a: str = field(repr=False)
    authorize_url: str
    authorize_token: str = field(repr=False)
    authorize_timeout_s: int | None

    @property
    def key(self) -> str:
        """The key as other entries name it: NL-EMS."""
        return f"{self.country_code}-{self.party_id}" if self.country_code and self.party_id else ""


@dataclass(frozen=True, slots=True)
class RoamingTokenEntry:
    """A mobility provider's card."""

    path: str
    uid: str
    canonical_uid: str
    msp: str
    type: str
    valid: bool
    whitelist: str


@dataclass(frozen=True, slots=True)
class RateEntry:
    """A rate. `definition` is in the format that price_session reads, with decimals as text."""

    path: str
    slug: str
    host: str
    currency: str
    definition: dict[str, Any]
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssignmentEntry:
    path: str
    rate: str
    property: str
    audience: str
    charger: str | None = None
    connector: int | None = None
    group: str | None = None
    msp: str | None = None
    priority: int = 0
    active_from: datetime | None = None
    active_to: datetime | None = None

    def key(self) -> tuple[Hashable, ...]:
        """The key, which must be unique in a file."""
        return (
            self.property,
            self.charger,
            self.connector,
            self.audience,
            self.group,
            self.msp,
            self.active_from,
        )


@dataclass(frozen=True, slots=True)
class ReimbursementEntry:
    """A contract, identified by its host, card and name; `rates` are days and the price from each."""

    path: str
    host: str
    uid: str
    canonical_uid: str
    name: str
    employer: str
    employer_contact: str
    chargers: tuple[str, ...]
    monthly_cap_minor: int | None
    service_fee_minor: int
    service_tax_pct: Decimal
    active_from: datetime | None
    active_to: datetime | None
    rates: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class PmsEntry:
    """A property system.

    `units` maps its listings to a property and a unit; an empty unit stands for the whole property.
    """

    path: str
    key: str
    host: str
    kind: str
    name: str
    url: str = field(repr=False)
    credentials: dict[str, str] = field(repr=False)
    units: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class BankAccountEntry:
    """The account to which a host, or one of its properties, is paid in a currency. `entered` has been checked."""

    path: str
    host: str
    property: str
    currency: str
    entered: Entered = field(repr=False)
    is_confirmed: bool

    def key(self) -> tuple[Hashable, ...]:
        """The key, which must be unique in a file."""
        return (self.host, self.property, self.currency)


@dataclass(frozen=True, slots=True)
class Site:
    """The whole file."""

    hosts: tuple[HostEntry, ...]
    users: tuple[UserEntry, ...]
    properties: tuple[PropertyEntry, ...]
    chargers: tuple[ChargerEntry, ...]
    token_groups: tuple[GroupEntry, ...]
    tokens: tuple[TokenEntry, ...]
    msps: tuple[ProviderEntry, ...]
    roaming_tokens: tuple[RoamingTokenEntry, ...]
    rates: tuple[RateEntry, ...]
    rate_assignments: tuple[AssignmentEntry, ...]
    reimbursements: tuple[ReimbursementEntry, ...]
    pms_connections: tuple[PmsEntry, ...]
    bank_accounts: tuple[BankAccountEntry, ...]
