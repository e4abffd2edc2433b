"""The content of an import_site file as values; docs/import-site.md describes the file.

`path` of an entry is where it stands in the file (`chargers[12]`), for error messages; an empty text stands for null.
Where a list may be None, it was left out, and existing rows stay unchanged; an empty list removes them. A list that
cannot be None is empty if it was left out.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from billing.payouts.payees.bank_accounts import BankDetails


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
    is_support_agent: bool
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
    """A connector. `evse_number` counts the charger's EVSEs; `evse_id` is the public id of that EVSE (US*SUN*E1)."""

    path: str
    evse_number: int
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
    """A charger. It connects as `charger_id`; `station_id` is the Station ID on its label, which guests type.

    Until it is `configured`, which its host says in the set-up, only the host's own cards and stays may charge.
    `former_id` is the file's id if the hardware was replaced since: what the file says of the password and the security
    profile is about the old hardware.
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
class MobilityProviderEntry:
    """A mobility provider, in the file's list `msps`.

    Settings of real-time authorization (`authorize_…`) that are left out stay unchanged.
    """

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
        """Returns the provider's name in the `msp` of other entries: NL-EMS."""
        return f"{self.country_code}-{self.party_id}" if self.country_code and self.party_id else ""


@dataclass(frozen=True, slots=True)
class RoamingTokenEntry:
    """A mobility provider's card; `msp` names the provider, such as NL-EMS."""

    path: str
    uid: str
    canonical_uid: str
    msp: str
    type: str
    valid: bool
    whitelist: str


@dataclass(frozen=True, slots=True)
class RateEntry:
    """A rate. `definition` is as docs/rates.md describes it and `billing.engine.rate.tariff` reads it.

    Its decimals are text.
    """

    path: str
    slug: str
    host: str
    currency: str
    definition: dict[str, Any]
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssignmentEntry:
    """Whom a rate is for, and where; `connector` is the number on the label."""

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

    def natural_key(self) -> tuple[Hashable, ...]:
        """Returns the values that no two assignments of a file share."""
        return (
            self.property,
            self.charger,
            self.connector,
            self.audience,
            self.group,
            self.msp,
            self.active_from,
        )


class ReimbursementRateEntry(NamedTuple):
    """The price per kWh, in the host's currency, that holds from a day until the next rate's day."""

    from_date: date
    price_per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class ReimbursementEntry:
    """An employer's contract about home charging, identified by its host, card and name."""

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
    rates: tuple[ReimbursementRateEntry, ...]


class ListingEntry(NamedTuple):
    """The property and unit for which a listing of a property management system stands.

    `listing` is its id there, * for a calendar; an empty `unit` stands for the whole property.
    """

    listing: str
    property: str
    unit: str


@dataclass(frozen=True, slots=True)
class PmsConnectionEntry:
    """A connection to a property management system (PMS), identified by its `key`."""

    path: str
    key: str
    host: str
    kind: str
    name: str
    url: str = field(repr=False)
    credentials: dict[str, str] = field(repr=False)
    units: tuple[ListingEntry, ...]


@dataclass(frozen=True, slots=True)
class BankAccountEntry:
    """The account to which a host, or one of its properties, is paid in a currency.

    `details` are valid: their numbers and check digits were checked while reading.
    """

    path: str
    host: str
    property: str
    currency: str
    details: BankDetails = field(repr=False)
    is_confirmed: bool

    def natural_key(self) -> tuple[Hashable, ...]:
        """Returns the values that no two accounts of a file share."""
        return (self.host, self.property, self.currency)


@dataclass(frozen=True, slots=True)
class Site:
    """The whole file; each list has the name that it has there."""

    hosts: tuple[HostEntry, ...]
    users: tuple[UserEntry, ...]
    properties: tuple[PropertyEntry, ...]
    chargers: tuple[ChargerEntry, ...]
    token_groups: tuple[GroupEntry, ...]
    tokens: tuple[TokenEntry, ...]
    msps: tuple[MobilityProviderEntry, ...]
    roaming_tokens: tuple[RoamingTokenEntry, ...]
    rates: tuple[RateEntry, ...]
    rate_assignments: tuple[AssignmentEntry, ...]
    reimbursements: tuple[ReimbursementEntry, ...]
    pms_connections: tuple[PmsConnectionEntry, ...]
    bank_accounts: tuple[BankAccountEntry, ...]
