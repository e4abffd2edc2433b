"""Stores reimbursement contracts with their chargers and rates."""

from authorization.models import ReimbursementContract, ReimbursementRate
from authorization.tokens import tokens
from backoffice.site_file.applying import rows
from backoffice.site_file.applying.rows import Counts, Values
from backoffice.site_file.entries import ReimbursementEntry
from chargers.models import Charger, Host

ContractKey = tuple[int, int, str]
"""The primary keys of host and card, and the name."""


def apply_reimbursements(entries: tuple[ReimbursementEntry, ...]) -> Counts:
    """Stores the contracts.

    Unknown tokens become the host's. If contracts have the same name, the newest is updated.
    """
    hosts = {host.slug: host for host in Host.objects.filter(slug__in={entry.host for entry in entries})}
    keys = {entry.path: _key(entry, hosts[entry.host]) for entry in entries}
    values_by_key = {keys[entry.path]: _values(entry, keys[entry.path], hosts[entry.host]) for entry in entries}
    reimbursement_contracts = ReimbursementContract.objects.filter(host__in=hosts.values()).order_by("pk")
    existing = {(row.host_id, row.token_id, row.name): row for row in reimbursement_contracts}
    contracts = rows.store(ReimbursementContract, values_by_key, existing)
    numbers = {entry.path: contracts.rows[keys[entry.path]].pk for entry in entries}
    chargers = dict(Charger.objects.values_list("charger_id", "pk"))
    changed = rows.replace_links(
        ReimbursementContract.chargers.through,
        ("reimbursementcontract_id", "charger_id"),
        {numbers[entry.path]: {chargers[name] for name in entry.chargers} for entry in entries},
    )
    return rows.count(contracts, touched=rows.owners(contracts, changed | _rates(entries, numbers)))


def _rates(entries: tuple[ReimbursementEntry, ...], numbers: dict[str, int]) -> frozenset[int]:
    """Stores the rates, and returns the contracts of which one changed."""
    values_by_key: dict[tuple[int, object], Values] = {
        (numbers[entry.path], rate.from_date): {
            "contract_id": numbers[entry.path],
            "from_date": rate.from_date,
            "per_kwh": rate.price_per_kwh,
        }
        for entry in entries
        for rate in entry.rates
    }
    rates = ReimbursementRate.objects.filter(contract__in=numbers.values())
    existing: dict[tuple[int, object], ReimbursementRate] = {(row.contract_id, row.from_date): row for row in rates}
    return rows.replace_children(ReimbursementRate, values_by_key, existing)[1]


def _key(entry: ReimbursementEntry, host: Host) -> ContractKey:
    return host.pk, tokens.find_or_create_card(host, entry.uid, owner=entry.name).pk, entry.name


def _values(entry: ReimbursementEntry, key: ContractKey, host: Host) -> Values:
    return {
        "host_id": host.pk,
        "token_id": key[1],
        "name": entry.name,
        "employer": entry.employer,
        "employer_contact": entry.employer_contact,
        "currency": host.currency,
        "monthly_cap_minor": entry.monthly_cap_minor,
        "service_fee_minor": entry.service_fee_minor,
        "service_tax_pct": entry.service_tax_pct,
        "active_from": entry.active_from,
        "active_to": entry.active_to,
    }
