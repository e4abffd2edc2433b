"""Stores checked entries: in bulk, in one transaction, each kind after the kinds that it refers to."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from backoffice.site_file.applying import (
    banks,
    cards,
    contracts,
    hardware,
    people,
    prices,
    properties,
    property_systems,
)
from backoffice.site_file.applying.rows import Counts
from backoffice.site_file.entries import Site

__all__ = ["Counts", "apply", "hold_imports"]

_ONE_IMPORT_AT_A_TIME = 0x51_7E_F1_1E


def hold_imports() -> None:
    """Blocks other imports until this transaction ends, so that two files cannot interleave."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_IMPORT_AT_A_TIME])


def apply(site: Site, *, now: datetime) -> dict[str, Counts]:
    """Applies the file in one transaction and returns the counts by kind; a failure rolls back all of it."""
    steps: dict[str, Callable[[], Counts]] = {
        "hosts": lambda: people.apply_hosts(site.hosts),
        "users": lambda: people.apply_users(site.users),
        "properties": lambda: properties.apply_properties(site.properties),
        "chargers": lambda: hardware.apply_chargers(site.chargers, now=now),
        "token_groups": lambda: cards.apply_groups(site.token_groups),
        "msps": lambda: cards.apply_providers(site.msps),
        "tokens": lambda: cards.apply_tokens(site.tokens),
        "roaming_tokens": lambda: cards.apply_roaming_tokens(site.roaming_tokens),
        "rates": lambda: prices.apply_rates(site.rates, now=now),
        "rate_assignments": lambda: prices.apply_assignments(site.rate_assignments),
        "reimbursements": lambda: contracts.apply_reimbursements(site.reimbursements),
        "pms_connections": lambda: property_systems.apply_connections(site.pms_connections, now=now),
        "bank_accounts": lambda: banks.apply_bank_accounts(site.bank_accounts, now=now),
    }
    with transaction.atomic():
        return {kind: step() for kind, step in steps.items()}
