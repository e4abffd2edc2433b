"""Stores hosts' bank accounts as if two people had entered and confirmed them, with the same wait and mails."""

from datetime import datetime
from typing import Final

from authorization import audit
from backoffice.site_file.applying.rows import Counts
from backoffice.site_file.entries import BankAccountEntry
from billing.models import BankAccount
from billing.payouts.payees import account_notices, bank_accounts
from billing.payouts.payees.agreements import Scope
from chargers.models import Host, Property

_ENTERED_BY: Final = "import_site"
_CONFIRMED_BY: Final = "import_site: confirmed"
State = BankAccount.State


def apply_bank_accounts(entries: tuple[BankAccountEntry, ...], *, now: datetime) -> Counts:
    """Stores the accounts. An existing one is left alone; a new one replaces another once it is confirmed."""
    hosts = {host.slug: host for host in Host.objects.filter(slug__in={entry.host for entry in entries})}
    properties = {
        property_.slug: property_
        for property_ in Property.objects.filter(slug__in={entry.property for entry in entries})
    }
    created = updated = 0
    for entry in entries:
        scope = Scope(host=hosts[entry.host], currency=entry.currency, property_=properties.get(entry.property))
        account = _find_same_account(entry, scope)
        if account is None:
            account = _enter(entry, scope, now=now)
            created += 1
        elif entry.is_confirmed and account.state == State.UNCONFIRMED:
            updated += 1
        if entry.is_confirmed and account.state == State.UNCONFIRMED:
            _confirm(account, now=now)
    return Counts(created=created, updated=updated, unchanged=len(entries) - created - updated)


def _find_same_account(entry: BankAccountEntry, scope: Scope) -> BankAccount | None:
    """Returns the same account if it is in use or waiting, or was refused by its bank."""
    scheme, number, routing = bank_accounts.validate_details(entry.details)
    same = {"scheme": scheme, "fingerprint": bank_accounts.fingerprint(number), "holder": entry.details.holder.strip()}
    rows = BankAccount.objects.filter(**scope.fields(), **same, routing=routing)
    same_accounts = rows.filter(state__in=(State.CONFIRMED, State.ERRORED, State.UNCONFIRMED))
    return same_accounts.order_by("confirmed_at").first()


def _enter(entry: BankAccountEntry, scope: Scope, *, now: datetime) -> BankAccount:
    account = bank_accounts.enter(scope, entry.details, by=_ENTERED_BY, now=now)
    if not entry.is_confirmed:
        account_notices.announce_entry(account, now=now)
    audit.write("bank_account.entered", _subject(account), user=None, now=now, after={"ending": account.last4})
    return account


def _confirm(account: BankAccount, *, now: datetime) -> None:
    """Confirms the account. The file counts as the second person, since whoever runs it controls the machine."""
    bank_account = bank_accounts.confirm(account, by=_CONFIRMED_BY, now=now)
    account_notices.announce_confirmation(bank_account, now=now)
    audit.write(
        "bank_account.confirmed", _subject(bank_account), user=None, now=now, after={"ending": bank_account.last4}
    )


def _subject(account: BankAccount) -> audit.Subject:
    return audit.Subject("bank_account", account.pk, str(account), account.host)
