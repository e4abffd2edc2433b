"""Checks entries against each other and the database: duplicates, unknown names, other hosts' rows."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from backoffice.site_file.entries import (
    AssignmentEntry,
    BankAccountEntry,
    ChargerEntry,
    ConnectorEntry,
    GroupEntry,
    PmsConnectionEntry,
    PropertyEntry,
    ReimbursementEntry,
    Site,
    TokenEntry,
    UserEntry,
)
from backoffice.site_file.existing_rows import Existing
from billing.engine.rate.reading import Problem
from chargers.lib import outbound
from chargers.models import Upstream
from chargers.upstreams import addresses

_MAX_SUGGESTIONS = 200
_MAX_CANDIDATES = 2_000


class _Entry(Protocol):
    @property
    def path(self) -> str: ...


T = TypeVar("T", bound=_Entry)


def check(site: Site, existing: Existing, *, problems: list[Problem]) -> None:
    """Adds every error to `problems`, in the order of the file's lists."""
    _Check(site, existing, problems).run()


class _Check:
    """One run of the checks. Entries may refer to the file's own entries and to the database's rows."""

    def __init__(self, site: Site, existing: Existing, problems: list[Problem]) -> None:
        self._site = site
        self._existing = existing
        self._problems = problems
        self._suggestions: dict[tuple[str, str], str] = {}
        self._hosts = existing.hosts | {host.slug for host in site.hosts}
        self._properties = {**existing.properties, **{entry.slug: entry.host for entry in site.properties}}
        self._units = dict(existing.units)
        self._units.update(
            {
                entry.slug: frozenset(unit.slug for unit in entry.units)
                for entry in site.properties
                if entry.units is not None
            }
        )
        self._property_by_charger = {key: charger.property for key, charger in existing.chargers.items()}
        self._property_by_charger.update({entry.charger_id: entry.property for entry in site.chargers})
        self._groups = _slugs_by_host(existing.groups, ((entry.host, entry.slug) for entry in site.token_groups))
        self._rates = _slugs_by_host(existing.rate_currencies, ((entry.host, entry.slug) for entry in site.rates))
        self._providers = existing.providers | {entry.key for entry in site.msps}

    def run(self) -> None:
        site = self._site
        self._hosts_and_users()
        self._report_duplicates(site.properties, "slug", {e.path: e.slug for e in site.properties})
        for property_ in site.properties:
            self._property(property_)
        self._report_duplicates(site.chargers, "id", {e.path: e.charger_id for e in site.chargers})
        self._report_duplicates(site.chargers, "station_id", {e.path: e.station_id for e in site.chargers})
        station_ids = self._foreign_station_ids()
        for charger in site.chargers:
            self._charger(charger, station_ids)
        self._cards()
        self._prices()
        self._reimbursements()
        self._report_duplicates(self._site.pms_connections, "key", {e.path: e.key for e in self._site.pms_connections})
        for connection in self._site.pms_connections:
            self._pms_connection(connection)
        keys = {e.path: _join_parts(e.natural_key()) if e.host and e.currency else None for e in site.bank_accounts}
        self._report_duplicates(site.bank_accounts, "currency", keys)
        for account in site.bank_accounts:
            self._bank_account(account)

    def _hosts_and_users(self) -> None:
        site = self._site
        self._report_duplicates(site.hosts, "slug", {e.path: e.slug for e in site.hosts})
        self._report_duplicates(site.users, "email", {e.path: e.email for e in site.users})
        for user in site.users:
            self._user(user)

    def _user(self, user: UserEntry) -> None:
        memberships = user.memberships or ()
        self._report_duplicates(memberships, "host", {e.path: e.host for e in memberships})
        for membership in memberships:
            self._require(membership.host, self._hosts, kind="host", path=f"{membership.path}.host")

    def _property(self, property_: PropertyEntry) -> None:
        self._require(property_.host, self._hosts, kind="host", path=f"{property_.path}.host")
        owner = self._existing.properties.get(property_.slug, property_.host)
        if property_.host and owner != property_.host:
            self._complain(
                f"{property_.path}.host",
                f"The property “{property_.slug}” belongs to {owner}, and its records with it: choose another slug.",
            )
        units = property_.units or ()
        self._report_duplicates(units, "slug", {e.path: e.slug for e in units})
        if property_.units is not None:
            in_use = self._existing.units_in_use.get(property_.slug, frozenset())
            for slug in sorted(in_use - {unit.slug for unit in units}):
                self._complain(
                    f"{property_.path}.units",
                    f"The list leaves out unit “{slug}”, which has stays or cards: list it, or end those first.",
                )

    def _foreign_station_ids(self) -> dict[str, str]:
        """Returns the station ids of chargers that the file does not mention, with their owners."""
        mentioned = {entry.charger_id for entry in self._site.chargers}
        return {old.station_id: key for key, old in self._existing.chargers.items() if key not in mentioned}

    def _charger(self, charger: ChargerEntry, station_ids: Mapping[str, str]) -> None:
        self._require(charger.property, self._properties, kind="property", path=f"{charger.path}.property")
        if charger.unit and charger.property in self._properties:
            units = self._units.get(charger.property, frozenset())
            self._require(charger.unit, units, kind=f"unit of {charger.property}", path=f"{charger.path}.unit")
        if charger.station_id in station_ids:
            holder = station_ids[charger.station_id]
            self._complain(f"{charger.path}.station_id", f"“{charger.station_id}” is on the label of {holder} already.")
        self._keeps_host(charger)
        self._connectors(charger.connectors or ())
        self._upstreams(charger)

    def _keeps_host(self, charger: ChargerEntry) -> None:
        old = self._existing.chargers.get(charger.charger_id)
        if old is None:
            return
        owner, new_owner = self._existing.properties[old.property], self._properties.get(charger.property)
        if new_owner and owner != new_owner:
            self._complain(
                f"{charger.path}.property",
                f"{charger.charger_id} belongs to {owner}, and its records with it: retire it there and register "
                "it here under another id.",
            )

    def _connectors(self, connectors: tuple[ConnectorEntry, ...]) -> None:
        self._report_duplicates(connectors, "number", {e.path: (e.evse_number, e.number) for e in connectors})
        evse_ids: dict[int, str] = {}
        for connector in connectors:
            first = evse_ids.setdefault(connector.evse_number, connector.evse_id) if connector.evse_id else ""
            if first != connector.evse_id:
                self._complain(
                    f"{connector.path}.evse_id",
                    f"EVSE {connector.evse_number} is called “{first}” above: use one name.",
                )

    def _upstreams(self, charger: ChargerEntry) -> None:
        self._report_duplicates(charger.upstreams, "name", {e.path: e.name for e in charger.upstreams})
        for upstream in charger.upstreams:
            host = urlsplit(upstream.url).hostname or ""
            if outbound.is_forbidden_literal(host):
                self._complain(f"{upstream.path}.url", addresses.describe_refusal(host))
        leaders = [upstream for upstream in charger.upstreams if upstream.role == Upstream.Role.LEADER]
        for extra in leaders[1:]:
            self._complain(
                f"{extra.path}.role",
                f"A charger has one Leader, and that is “{leaders[0].name}” already: make this a follower.",
            )

    def _cards(self) -> None:
        site = self._site
        self._report_duplicates(
            site.token_groups, "slug", {e.path: _composite_key(e.host, e.slug) for e in site.token_groups}
        )
        for group in site.token_groups:
            self._group(group)
        self._report_duplicates(
            site.tokens, "uid", {e.path: _composite_key(e.host, e.canonical_uid) for e in site.tokens}
        )
        for token in site.tokens:
            self._token(token)
        self._report_duplicates(site.msps, "party_id", {e.path: e.key for e in site.msps})
        self._report_duplicates(
            site.roaming_tokens, "uid", {e.path: _composite_key(e.msp, e.canonical_uid) for e in site.roaming_tokens}
        )
        for roaming in site.roaming_tokens:
            self._require(roaming.msp, self._providers, kind="mobility provider", path=f"{roaming.path}.msp")

    def _group(self, group: GroupEntry) -> None:
        is_host_named = self._require(group.host, self._hosts, kind="host", path=f"{group.path}.host")
        for index, slug in enumerate(group.properties or ()):
            path = f"{group.path}.properties[{index}]"
            if self._require(slug, self._properties, kind="property", path=path) and is_host_named:
                self._same_host(f"The property “{slug}”", slug, group=group, path=path)
        for index, charger in enumerate(group.chargers or ()):
            path = f"{group.path}.chargers[{index}]"
            if self._require(charger, self._property_by_charger, kind="charger", path=path) and is_host_named:
                self._same_host(f"The charger “{charger}”", self._property_by_charger[charger], group=group, path=path)

    def _same_host(self, subject: str, property_slug: str, *, group: GroupEntry, path: str) -> None:
        owner = self._properties.get(property_slug)
        if owner and owner != group.host:
            self._complain(
                path, f"{subject} belongs to {owner}, this group to {group.host}: a group opens its host's doors."
            )

    def _token(self, token: TokenEntry) -> None:
        if self._require(token.host, self._hosts, kind="host", path=f"{token.path}.host"):
            groups = self._groups.get(token.host, frozenset())
            for index, slug in enumerate(token.groups):
                self._require(slug, groups, kind=f"token group of {token.host}", path=f"{token.path}.groups[{index}]")

    def _prices(self) -> None:
        site = self._site
        self._report_duplicates(site.rates, "slug", {e.path: _composite_key(e.host, e.slug) for e in site.rates})
        for rate in site.rates:
            self._require(rate.host, self._hosts, kind="host", path=f"{rate.path}.host")
            currency = self._existing.rate_currencies.get((rate.host, rate.slug), rate.currency)
            if rate.currency and currency != rate.currency:
                self._complain(
                    f"{rate.path}.currency", f"“{rate.slug}” has prices in {currency}: give the new one another slug."
                )
        keys = {
            e.path: _join_parts(e.natural_key()) if e.property and e.audience else None for e in site.rate_assignments
        }
        self._report_duplicates(site.rate_assignments, "audience", keys)
        for assignment in site.rate_assignments:
            self._assignment(assignment)

    def _reimbursements(self) -> None:
        entries = self._site.reimbursements
        keys = {e.path: (e.host, e.canonical_uid, e.name) if e.canonical_uid else None for e in entries}
        self._report_duplicates(entries, "name", keys)
        for entry in entries:
            self._reimbursement(entry)

    def _reimbursement(self, entry: ReimbursementEntry) -> None:
        is_host_named = self._require(entry.host, self._hosts, kind="host", path=f"{entry.path}.host")
        for index, charger in enumerate(entry.chargers):
            path = f"{entry.path}.chargers[{index}]"
            if self._require(charger, self._property_by_charger, kind="charger", path=path) and is_host_named:
                owner = self._properties.get(self._property_by_charger[charger])
                if owner and owner != entry.host:
                    self._complain(path, f"The charger “{charger}” belongs to {owner}, this contract to {entry.host}.")
        days = [rate.from_date for rate in entry.rates]
        for index, day in enumerate(days):
            if day in days[:index]:
                self._complain(f"{entry.path}.rates[{index}].from", f"Two rates begin on {day}: keep one of them.")

    def _pms_connection(self, entry: PmsConnectionEntry) -> None:
        is_host_named = self._require(entry.host, self._hosts, kind="host", path=f"{entry.path}.host")
        owner = self._existing.pms_hosts.get(entry.key, entry.host)
        if owner != entry.host:
            self._complain(f"{entry.path}.key", f"“{entry.key}” is a connection of {owner}: choose another key.")
        for listing, property_slug, unit in entry.units:
            path = f"{entry.path}.units.{listing}"
            if not self._require(property_slug, self._properties, kind="property", path=path):
                continue
            holder = self._properties[property_slug]
            if is_host_named and holder != entry.host:
                self._complain(
                    path, f"The property “{property_slug}” belongs to {holder}, this connection to {entry.host}."
                )
            elif unit:
                self._require(
                    unit, self._units.get(property_slug, frozenset()), kind=f"unit of {property_slug}", path=path
                )

    def _bank_account(self, entry: BankAccountEntry) -> None:
        is_host_named = self._require(entry.host, self._hosts, kind="host", path=f"{entry.path}.host")
        path = f"{entry.path}.property"
        if not self._require(entry.property, self._properties, kind="property", path=path):
            return
        owner = self._properties[entry.property]
        if is_host_named and owner != entry.host:
            self._complain(path, f"The property “{entry.property}” belongs to {owner}, this account to {entry.host}.")

    def _assignment(self, entry: AssignmentEntry) -> None:
        if self._require(entry.property, self._properties, kind="property", path=f"{entry.path}.property"):
            host = self._properties[entry.property]
            if host in self._hosts:
                rates = self._rates.get(host, frozenset())
                self._require(entry.rate, rates, kind=f"rate of {host}", path=f"{entry.path}.rate")
                groups = self._groups.get(host, frozenset())
                self._require(entry.group or "", groups, kind=f"token group of {host}", path=f"{entry.path}.group")
            if self._require(
                entry.charger or "", self._property_by_charger, kind="charger", path=f"{entry.path}.charger"
            ):
                property_slug = self._property_by_charger[entry.charger or ""]
                if property_slug != entry.property:
                    self._complain(
                        f"{entry.path}.charger", f"“{entry.charger}” stands at {property_slug}: name that property."
                    )
        self._require(entry.msp or "", self._providers, kind="mobility provider", path=f"{entry.path}.msp")

    def _report_duplicates(self, entries: Iterable[T], member: str, keys: Mapping[str, Hashable]) -> None:
        """Reports at `member` every entry with a duplicate key; empty keys are reported elsewhere."""
        first: dict[Any, str] = {}
        for entry in entries:
            key = keys[entry.path]
            if key and first.setdefault(key, entry.path) != entry.path:
                key_text = key if isinstance(key, str) else " ".join(map(str, key)) if isinstance(key, tuple) else key
                self._complain(
                    f"{entry.path}.{member}", f"“{key_text}” stands in {first[key]} already: keep one of them."
                )

    def _require(self, name: str, candidates: Collection[str], *, kind: str, path: str) -> bool:
        """Whether the name is known; an empty one is reported elsewhere."""
        if not name or name in candidates:
            return bool(name)
        self._complain(path, f"There is no {kind} “{name}”: {self._suggestion(name, candidates, kind=kind)}")
        return False

    def _suggestion(self, name: str, candidates: Collection[str], *, kind: str) -> str:
        """Suggests the nearest name.

        Searching thousands of names is slow, so it is done once per wrong name and for a limited number.
        """
        key = (kind, name)
        if key not in self._suggestions:
            few = len(candidates) <= _MAX_CANDIDATES and len(self._suggestions) < _MAX_SUGGESTIONS
            close_matches = get_close_matches(name, candidates, n=1) if few else []
            self._suggestions[key] = (
                f"did you mean “{close_matches[0]}”?" if close_matches else "add it to the file, or correct the name."
            )
        return self._suggestions[key]

    def _complain(self, path: str, message: str) -> None:
        self._problems.append(Problem(path=path, message=message))


def _join_parts(parts: Iterable[Hashable]) -> str:
    return " ".join(str(part) for part in parts if part is not None)


def _composite_key(outer: str, inner: str) -> tuple[str, str] | None:
    return (outer, inner) if outer and inner else None


def _slugs_by_host(*sources: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    by_host: dict[str, set[str]] = {}
    for host, slug in (pair for source in sources for pair in source):
        by_host.setdefault(host, set()).add(slug)
    return {host: frozenset(slugs) for host, slugs in by_host.items()}
