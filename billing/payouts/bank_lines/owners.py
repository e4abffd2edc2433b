"""The owner of a bank's file. Lines of other owners' accounts are not stored.

A bank names an account by its IBAN, by the number alone, with its own code in front, or with all but the end hidden.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from stdnum import iban

from billing.models import BankAccount
from billing.payouts.bank_files.incoming.lines import BankLine as Read
from billing.payouts.bank_files.incoming.lines import BankStatement, FileError, Item, Problem
from billing.payouts.payees import bank_accounts
from chargers.lib.secrets import UnreadableSecretError
from chargers.models import Host

_LEAST_DIGITS: Final = 4
"""With fewer digits the account is a word, or not named at all."""
_END: Final = re.compile(r"\d+$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The owner of a file. `accounts` are those that the host was paid to, or any host for the platform's file."""

    host: Host | None
    accounts: Sequence[BankAccount]

    def why_not(self, account: str) -> str | None:
        """Returns why lines of this account are not the owner's, as a sentence; None if they are or may be."""
        if account == stand_in(self.host) or not is_named(account):
            return None
        if self.host is None:
            return self._explain_host_account(account)
        if not self.accounts or any(_is_same(account, bank_account) for bank_account in self.accounts):
            return None
        endings = sorted({bank_account.last4 for bank_account in self.accounts})
        paid_to = (
            f"the account ending {endings[0]}" if len(endings) == 1 else f"the accounts ending {_join_names(endings)}"
        )
        return (
            f"These lines are of the account ending {_compact(account)[-4:]}, and {self.host.name} is paid to "
            f"{paid_to}: they are left out. Upload the statement of that account, or enter this one under "
            "Bank accounts first."
        )

    def _explain_host_account(self, account: str) -> str | None:
        if _is_same_number(account, settings.PAYOUT_BANK_IBAN):
            return None
        owner_account = next((bank_account for bank_account in self.accounts if _is_same(account, bank_account)), None)
        if owner_account is None:
            return None
        return (
            f"These lines are of the account ending {owner_account.last4}, which is {owner_account.host.name}'s, "
            f"not the platform's: they are left out. Import them with {owner_account.host.name}'s payouts."
        )


def stand_in(host: Host | None) -> str:
    """Returns the stand-in for the account if a file names none."""
    return host.slug if host else "platform"


def load(host: Host | None) -> Owner:
    """Loads the owner with one query. Only confirmed accounts count, including those replaced since."""
    rows = BankAccount.objects.filter(confirmed_at__isnull=False).select_related("host")
    own_accounts = rows.filter(host=host) if host else rows.exclude(state=BankAccount.State.WITHDRAWN)
    return Owner(host=host, accounts=list(own_accounts))


def skip_other_accounts(items: Iterable[Item], owner: Owner) -> Iterator[Item]:
    """Skips statements and lines of other accounts; reports each such account once, at its first line.

    Raises FileError if nothing is left of a file that had lines.
    """
    whys: dict[str, str | None] = {}
    left_out: set[int | None] = set()
    is_empty = True
    for item in items:
        if isinstance(item, Problem):
            if item.statement not in left_out:
                yield item
            continue
        is_new = item.account not in whys
        why = whys.setdefault(item.account, owner.why_not(item.account)) if is_new else whys[item.account]
        if why is None:
            is_empty = is_empty and not isinstance(item, Read)
            yield item
            continue
        if isinstance(item, BankStatement):
            left_out.add(item.ordinal)
        if is_new:
            yield Problem(location=item.location, sentence=why)
    causes = [why for why in whys.values() if why]
    if is_empty and causes:
        raise FileError(f"Nothing was imported. {causes[0]}")


def is_named(account: str) -> bool:
    """Whether it is an account number rather than a word."""
    return len(_digits(account)) >= _LEAST_DIGITS or iban.is_valid(_compact(account))


def _is_same(account: str, bank_account: BankAccount) -> bool:
    if bank_accounts.fingerprint(_compact(account)) == bank_account.fingerprint:
        return True
    try:
        return _is_same_number(account, bank_accounts.number(bank_account))
    except UnreadableSecretError:
        return _digits(account)[-4:] == bank_account.last4


def _is_same_number(account: str, own: str) -> bool:
    """Compares two account numbers: whole IBANs must be equal; otherwise one must end with the digits of the other."""
    if not own:
        return False
    plain = _compact(account)
    if iban.is_valid(plain) and iban.is_valid(own):
        return plain == own
    digits, other = _digits(plain), _digits(own)
    return digits.endswith(other) or other.endswith(digits)


def _compact(account: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", account.upper())


def _digits(account: str) -> str:
    """Returns the digits at its end, without what the bank hides before them."""
    match = _END.search(_compact(account))
    return match[0] if match else ""


def _join_names(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
