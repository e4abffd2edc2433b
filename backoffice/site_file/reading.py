"""Reads JSON into entries: structure, types, formats and defaults. Relations between entries are checked in `checking`.

Defaults: `access` private, `configured` true, `licence` active without end, `security_profile` 1, `evse` = `number`,
`upstreams` and `groups` empty, `valid` true, `blocked` false, `whitelist` NEVER, all else null.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from authorization.identifiers import uids
from authorization.models import Membership, Token
from authorization.pms.parsing.bookings import WHOLE_FEED
from authorization.pms.systems import catalogue
from backoffice.site_file import connector_types
from backoffice.site_file.entries import (
    AssignmentEntry,
    BankAccountEntry,
    ChargerEntry,
    ConnectorEntry,
    GroupEntry,
    HostEntry,
    LicenceEntry,
    ListingEntry,
    MembershipEntry,
    MobilityProviderEntry,
    PmsConnectionEntry,
    PropertyEntry,
    RateEntry,
    ReimbursementEntry,
    ReimbursementRateEntry,
    RoamingTokenEntry,
    Site,
    TokenEntry,
    UnitEntry,
    UpstreamEntry,
    UserEntry,
)
from backoffice.site_file.row import SiteRow
from billing.engine.rate import tariff
from billing.engine.rate.reading import Node, Problem
from billing.models import RateAssignment
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.bank_accounts import AccountError, BankDetails
from chargers.models import Licence, Property, Upstream

E = TypeVar("E")

KINDS = (
    "hosts",
    "users",
    "properties",
    "chargers",
    "token_groups",
    "tokens",
    "msps",
    "roaming_tokens",
    "rates",
    "rate_assignments",
    "reimbursements",
    "pms_connections",
    "bank_accounts",
)
_ENTRY = re.compile(r"(?P<kind>\w+)(?:\[(?P<index>\d+)\])?")
_TOKEN_TYPES = ("RFID", "APP_USER", "AD_HOC_USER", "OTHER")
_MAX_POWER_W = 10_000_000
_MAX_OUTLETS = 10_000
_MAX_MINOR = 10**15
_MAX_PER_KWH = Decimal(9999)
_MAX_URL = 1000
_MAX_CREDENTIAL = 1000
_MAX_LISTING = 100
_MAX_NUMBER = 50
"""The most characters of a bank account's number with its spaces."""
_PROPERTY_AND_UNIT = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)?", re.ASCII)


def read(content: object, *, problems: list[Problem]) -> Site:
    """Returns the file's entries; adds errors to `problems`. With errors, the entries must not be applied."""
    lists = Node(value=content, path="", problems=problems).fields(optional=KINDS)

    def entries(kind: str, read_one: Callable[[Node], E]) -> tuple[E, ...]:
        return tuple(read_one(item) for item in lists[kind].items()) if kind in lists else ()

    return Site(
        hosts=entries("hosts", _host),
        users=entries("users", _user),
        properties=entries("properties", _property),
        chargers=entries("chargers", _charger),
        token_groups=entries("token_groups", _group),
        tokens=entries("tokens", _token),
        msps=entries("msps", _provider),
        roaming_tokens=entries("roaming_tokens", _roaming_token),
        rates=entries("rates", _rate),
        rate_assignments=entries("rate_assignments", _assignment),
        reimbursements=entries("reimbursements", _reimbursement),
        pms_connections=entries("pms_connections", _pms_connection),
        bank_accounts=entries("bank_accounts", _bank_account),
    )


def in_order(problems: list[Problem]) -> list[Problem]:
    """Sorts the problems in the order of the file."""
    return sorted(problems, key=_problem_position)


def _problem_position(problem: Problem) -> tuple[int, int]:
    match = _ENTRY.match(problem.path)
    if match is None or match["kind"] not in KINDS:
        return -1, 0
    return KINDS.index(match["kind"]), int(match["index"] or 0)


def _host(node: Node) -> HostEntry:
    row = SiteRow.from_node(
        node, required=("slug", "name", "currency"), optional=("country", "ocpi", "legal_address", "tax_number")
    )
    ocpi = (
        SiteRow.from_node(row.members["ocpi"], required=("country_code", "party_id")) if "ocpi" in row.members else None
    )
    return HostEntry(
        path=row.path,
        slug=row.slug("slug"),
        name=row.text("name", at_most=200),
        currency=row.currency("currency"),
        country=row.country("country"),
        legal_address=row.text("legal_address", at_most=300),
        tax_number=row.text("tax_number", at_most=40),
        ocpi_country_code=ocpi.country("country_code") if ocpi else "",
        ocpi_party_id=ocpi.party("party_id") if ocpi else "",
    )


def _user(node: Node) -> UserEntry:
    row = SiteRow.from_node(node, required=("email",), optional=("password", "is_agent", "memberships"))
    return UserEntry(
        path=row.path,
        email=row.email("email"),
        password=row.secret("password", at_most=1000),
        is_support_agent=row.flag("is_agent", default=False),
        memberships=row.list_of("memberships", _membership),
    )


def _membership(node: Node) -> MembershipEntry:
    row = SiteRow.from_node(node, required=("host", "role"))
    return MembershipEntry(
        path=row.path, host=row.slug("host"), role=row.word("role", (role.value for role in Membership.Role))
    )


def _property(node: Node) -> PropertyEntry:
    row = SiteRow.from_node(
        node,
        required=("slug", "host", "name", "time_zone"),
        optional=(
            "address",
            "city",
            "country",
            "postal_code",
            "latitude",
            "longitude",
            "access",
            "units",
            "contact_email",
            "contact_phone",
        ),
    )
    latitude, longitude = row.degrees("latitude", at_most=90), row.degrees("longitude", at_most=180)
    if (latitude is None) != (longitude is None):
        node.complain("latitude and longitude belong together: give both or neither.")
    return PropertyEntry(
        path=row.path,
        slug=row.slug("slug"),
        host=row.slug("host"),
        name=row.text("name", at_most=200),
        address=row.text("address", at_most=200),
        city=row.text("city", at_most=100),
        country=row.country("country"),
        postal_code=row.text("postal_code", at_most=20),
        latitude=latitude,
        longitude=longitude,
        time_zone=row.time_zone("time_zone"),
        access=row.word("access", (access.value for access in Property.Access), default=Property.Access.PRIVATE.value),
        contact_email=row.email("contact_email"),
        contact_phone=row.text("contact_phone", at_most=40),
        units=row.list_of("units", _unit),
    )


def _unit(node: Node) -> UnitEntry:
    row = SiteRow.from_node(node, required=("slug", "name"))
    return UnitEntry(path=row.path, slug=row.slug("slug"), name=row.text("name", at_most=100))


def _charger(node: Node) -> ChargerEntry:
    row = SiteRow.from_node(
        node,
        required=("id", "station_id", "property"),
        optional=("unit", "password", "security_profile", "licence", "configured", "connectors", "upstreams"),
    )
    profile = row.whole("security_profile", at_least=0, at_most=3)
    return ChargerEntry(
        path=row.path,
        charger_id=row.identifier("id"),
        station_id=row.identifier("station_id"),
        property=row.slug("property"),
        unit=row.slug("unit"),
        password=row.secret("password", at_most=128),
        security_profile=1 if profile is None else profile,
        configured=row.flag("configured", default=True),
        licence=_licence(row.members.get("licence")),
        connectors=row.list_of("connectors", _connector),
        upstreams=row.list_of("upstreams", _upstream) or (),
    )


def _licence(node: Node | None) -> LicenceEntry:
    if node is None:
        return LicenceEntry(state=Licence.State.ACTIVE.value, expires_on=None)
    row = SiteRow.from_node(node, optional=("state", "expires_on"))
    state = row.word("state", (state.value for state in Licence.State), default=Licence.State.ACTIVE.value)
    return LicenceEntry(state=state, expires_on=row.day("expires_on"))


def _connector(node: Node) -> ConnectorEntry:
    row = SiteRow.from_node(node, required=("number",), optional=("evse", "standard", "max_power_w", "evse_id"))
    number = row.whole("number", at_least=1, at_most=_MAX_OUTLETS) or 1
    return ConnectorEntry(
        path=row.path,
        evse_number=row.whole("evse", at_least=1, at_most=_MAX_OUTLETS) or number,
        number=number,
        standard=row.word("standard", connector_types.ALL),
        max_power_w=row.whole("max_power_w", at_least=1, at_most=_MAX_POWER_W),
        evse_id=row.text("evse_id", at_most=48),
    )


def _upstream(node: Node) -> UpstreamEntry:
    row = SiteRow.from_node(node, required=("name", "url", "role"), optional=("username", "password"))
    return UpstreamEntry(
        path=row.path,
        name=row.text("name", at_most=100),
        url=row.address("url", schemes=("ws", "wss"), at_most=500),
        role=row.word("role", (role.value for role in Upstream.Role)),
        username=row.text("username", at_most=200),
        password=row.secret("password", at_most=200),
    )


def _group(node: Node) -> GroupEntry:
    row = SiteRow.from_node(node, required=("slug", "host", "name"), optional=("properties", "chargers"))
    return GroupEntry(
        path=row.path,
        slug=row.slug("slug"),
        host=row.slug("host"),
        name=row.text("name", at_most=100),
        properties=row.names("properties"),
        chargers=row.names("chargers"),
    )


def _token(node: Node) -> TokenEntry:
    row = SiteRow.from_node(
        node,
        required=("uid", "host"),
        optional=(
            "visual_number",
            "type",
            "groups",
            "parent",
            "valid",
            "blocked",
            "expires_at",
            "may_charge_concurrently",
        ),
    )
    uid, canonical_uid = _uid(row, "uid", normalizer=uids.of_token)
    return TokenEntry(
        path=row.path,
        uid=uid,
        canonical_uid=canonical_uid,
        host=row.slug("host"),
        visual_number=row.text("visual_number", at_most=64),
        type=row.word("type", _TOKEN_TYPES, default="RFID"),
        groups=row.names("groups") or (),
        parent=_uid(row, "parent")[0],
        valid=row.flag("valid", default=True),
        blocked=row.flag("blocked", default=False),
        expires_at=row.instant("expires_at"),
        may_charge_concurrently=row.flag_if_given("may_charge_concurrently"),
    )


def _provider(node: Node) -> MobilityProviderEntry:
    row = SiteRow.from_node(
        node,
        required=("country_code", "party_id", "name"),
        optional=(
            "blocked",
            "versions_url",
            "token_a",
            "authorize_url",
            "authorize_token",
            "authorize_timeout_s",
        ),
    )
    return MobilityProviderEntry(
        path=row.path,
        country_code=row.country("country_code"),
        party_id=row.party("party_id"),
        name=row.text("name", at_most=200),
        blocked=row.flag("blocked", default=False),
        versions_url=row.address("versions_url", schemes=("http", "https"), at_most=200),
        token_a=row.secret("token_a", at_most=1000),
        authorize_url=row.address("authorize_url", schemes=("http", "https"), at_most=200),
        authorize_token=row.secret("authorize_token", at_most=1000),
        authorize_timeout_s=row.whole("authorize_timeout_s", at_least=1, at_most=60),
    )


def _roaming_token(node: Node) -> RoamingTokenEntry:
    row = SiteRow.from_node(node, required=("uid", "msp"), optional=("type", "valid", "whitelist"))
    uid, canonical_uid = _uid(row, "uid")
    return RoamingTokenEntry(
        path=row.path,
        uid=uid,
        canonical_uid=canonical_uid,
        msp=row.text("msp", at_most=100),
        type=row.word("type", _TOKEN_TYPES, default="RFID"),
        valid=row.flag("valid", default=True),
        whitelist=row.word("whitelist", (rule.value for rule in Token.Whitelist), default=Token.Whitelist.NEVER.value),
    )


def _require_percentages(rate: Node) -> None:
    tax = rate.value.get("tax") if isinstance(rate.value, Mapping) else None
    if isinstance(tax, Mapping) and tax.get("of"):
        message = (
            "A file states the percentages: write them under `rates`, and choose the property's tax in the portal."
        )
        rate.problems.append(Problem(path=f"{rate.path}.tax.of", message=message))


def _rate(node: Node) -> RateEntry:
    row = SiteRow.from_node(node, required=("slug", "host", "currency", "rate"), optional=("valid_from",))
    currency, rate = row.currency("currency"), row.members.get("rate")
    if rate is not None:
        node.problems.extend(tariff.rate_problems(rate.value, currency=currency or "EUR", path=rate.path))
        _require_printable(rate)
        _require_percentages(rate)
    return RateEntry(
        path=row.path,
        slug=row.slug("slug"),
        host=row.slug("host"),
        currency=currency,
        definition=_convert_decimals(rate.value) if rate and isinstance(rate.value, Mapping) else {},
        valid_from=row.instant("valid_from"),
    )


def _assignment(node: Node) -> AssignmentEntry:
    row = SiteRow.from_node(
        node,
        required=("rate", "property", "audience"),
        optional=("charger", "connector", "group", "msp", "priority", "active_from", "active_to"),
    )
    begins, ends = row.instant("active_from"), row.instant("active_to")
    if begins and ends and ends <= begins:
        row.members["active_to"].complain("This must be later than active_from.")
    entry = AssignmentEntry(
        path=row.path,
        rate=row.slug("rate"),
        property=row.slug("property"),
        audience=row.word("audience", (audience.value for audience in RateAssignment.Audience)),
        charger=row.identifier("charger") if "charger" in row.members else None,
        connector=row.whole("connector", at_least=1, at_most=1000),
        group=row.slug("group") if "group" in row.members else None,
        msp=row.text("msp", at_most=6) if "msp" in row.members else None,
        priority=row.whole("priority", at_least=-100, at_most=100) or 0,
        active_from=begins,
        active_to=ends,
    )
    for key, needed in (("group", RateAssignment.Audience.MEMBER), ("msp", RateAssignment.Audience.ROAMING)):
        if key in row.members and entry.audience and entry.audience != needed:
            row.members[key].complain(f"It narrows the audience {needed}: leave it out, or write that audience.")
    if entry.connector is not None and entry.charger is None:
        row.members["connector"].complain("A connector belongs to a charger: name the charger too.")
    return entry


def _reimbursement(node: Node) -> ReimbursementEntry:
    row = SiteRow.from_node(
        node,
        required=("host", "uid", "name", "employer", "active_from", "rates"),
        optional=(
            "employer_contact", "chargers", "monthly_cap_minor", "service_fee_minor", "service_tax_pct", "active_to",
        ),
    )  # fmt: skip
    tax = row.members.get("service_tax_pct")
    uid, canonical_uid = _uid(row, "uid")
    begins, ends = row.instant("active_from"), row.instant("active_to")
    if begins and ends and ends <= begins:
        row.members["active_to"].complain("This must be later than active_from.")
    return ReimbursementEntry(
        path=row.path,
        host=row.slug("host"),
        uid=uid,
        canonical_uid=canonical_uid,
        name=row.text("name", at_most=100),
        employer=row.text("employer", at_most=200),
        employer_contact=row.text("employer_contact", at_most=200),
        chargers=row.names("chargers") or (),
        monthly_cap_minor=row.whole("monthly_cap_minor", at_least=1, at_most=_MAX_MINOR),
        service_fee_minor=row.whole("service_fee_minor", at_least=0, at_most=_MAX_MINOR) or 0,
        service_tax_pct=tax.decimal(at_most=Decimal(100), places=2) if tax else Decimal(0),
        active_from=begins,
        active_to=ends,
        rates=row.list_of("rates", _reimbursement_rate) or (),
    )


def _reimbursement_rate(node: Node) -> ReimbursementRateEntry:
    row = SiteRow.from_node(node, required=("from", "per_kwh"))
    price = row.members.get("per_kwh")
    return ReimbursementRateEntry(
        from_date=row.day("from") or date.min,
        price_per_kwh=price.decimal(at_most=_MAX_PER_KWH, places=5) if price else Decimal(0),
    )


def _pms_connection(node: Node) -> PmsConnectionEntry:
    row = SiteRow.from_node(node, required=("key", "host", "kind"), optional=("name", "url", "credentials", "units"))
    kind = row.word("kind", catalogue.ALL)
    url = row.address("url", schemes=("http", "https", "webcal"), at_most=_MAX_URL)
    if kind and not url and not catalogue.ALL[kind].address and "url" not in row.members:
        node.complain(f"url is missing: {catalogue.ALL[kind].name} has an address of its own for each connection.")
    key = row.slug("key")
    return PmsConnectionEntry(
        path=row.path,
        key=key,
        host=row.slug("host"),
        kind=kind,
        name=row.text("name", at_most=100) or key,
        url=url or (catalogue.ALL[kind].address if kind else ""),
        credentials=_pms_credentials(row, kind),
        units=_pms_units(row, kind),
    )


def _pms_credentials(row: SiteRow, kind: str) -> dict[str, str]:
    credentials_ = catalogue.ALL[kind].credentials if kind else ()
    member = row.members.get("credentials")
    if member is None:
        if needed := [credential_.name for credential_ in credentials_ if credential_.is_required]:
            row.node.complain(f"credentials is missing: {kind} needs {' and '.join(needed)}.")
        return {}
    site_row = SiteRow.from_node(
        member,
        required=tuple(credential_.name for credential_ in credentials_ if credential_.is_required),
        optional=tuple(credential_.name for credential_ in credentials_ if not credential_.is_required),
    )
    secret_values = {
        credential.name: site_row.secret(credential.name, at_most=_MAX_CREDENTIAL) for credential in credentials_
    }
    return {name: value for name, value in secret_values.items() if value}


def _pms_units(row: SiteRow, kind: str) -> tuple[ListingEntry, ...]:
    member = row.members.get("units")
    if member is None:
        return ()
    if not isinstance(member.value, Mapping):
        member.complain('units is an object, such as {"*": "sunset-1/2b"}.')
        return ()
    units = []
    for listing, text in member.value.items():
        node = Node(value=text, path=f"{member.path}.{listing}", problems=member.problems)
        if not isinstance(listing, str) or not 0 < len(listing) <= _MAX_LISTING or not listing.isprintable():
            node.complain(f"A listing's id has 1 to {_MAX_LISTING} printable characters.")
        elif kind and catalogue.ALL[kind].is_calendar and listing != WHOLE_FEED:
            node.complain("A calendar is about one listing: write * for it.")
        elif not isinstance(text, str) or not _PROPERTY_AND_UNIT.fullmatch(text):
            node.complain("Write the property and the unit, such as sunset-1/2b.")
        else:
            property_slug, _, unit_slug = text.partition("/")
            units.append(ListingEntry(listing=listing, property=property_slug, unit=unit_slug))
    return tuple(units)


def _bank_account(node: Node) -> BankAccountEntry:
    parts = ("iban", "bic", "routing", "number")
    row = SiteRow.from_node(node, required=("host", "holder", "currency"), optional=("property", "confirmed", *parts))
    account_fields = {name: row.secret(name, at_most=_MAX_NUMBER) for name in parts}
    details = BankDetails(holder=row.text("holder", at_most=140), **account_fields)
    if "holder" in row.members:
        try:
            bank_accounts.validate_details(details)
        except AccountError as exc:
            (row.members.get(exc.field) or node).complain(str(exc))
    return BankAccountEntry(
        path=row.path,
        host=row.slug("host"),
        property=row.slug("property"),
        currency=row.currency("currency"),
        details=details,
        is_confirmed=row.flag("confirmed", default=False),
    )


def _uid(row: SiteRow, key: str, *, normalizer: Callable[[str], str] = uids.canonical) -> tuple[str, str]:
    """Returns a UID as written and in canonical form; twice the canonical form if the notation is too long."""
    member = row.members.get(key)
    if member is None:
        return "", ""
    if not isinstance(member.value, str):
        member.complain('A UID is a text in quotes, such as "04A1B2C3D4".')
        return "", ""
    try:
        canonical = normalizer(member.value)
    except uids.UidError as exc:
        member.complain(str(exc))
        return "", ""
    raw_uid = member.value.strip()
    return (raw_uid if len(raw_uid) <= uids.MAX_LENGTH else canonical), canonical


def _require_printable(node: Node) -> None:
    """Reports NUL and lone surrogates, which PostgreSQL's JSON cannot hold."""
    match node.value:
        case str() if not node.value.isprintable():
            node.complain("It contains a character that cannot be printed: remove it.")
        case Mapping():
            for key, value in node.value.items():
                _require_printable(Node(value=value, path=f"{node.path}.{key}", problems=node.problems))
        case list():
            for item in node.items():
                _require_printable(item)
        case _:
            pass


def _convert_decimals(value: Any) -> Any:
    """Turns decimals into text, so that a database and a browser do not lose digits."""
    match value:
        case Decimal():
            return f"{value:f}"
        case Mapping():
            return {key: _convert_decimals(item) for key, item in value.items()}
        case list() | tuple():
            return [_convert_decimals(item) for item in value]
        case _:
            return value
