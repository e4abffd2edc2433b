"""What each writer of payment orders declares about its format: recipients, required settings, and the writer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from billing.payouts.bank_files.outgoing.orders import PaymentOrder, SepaAccount, UsOrigin

IBAN_SETTINGS: Final = ("PAYOUT_BANK_IBAN", "PAYOUT_BANK_BIC")


def iban_account(values: Mapping[str, str], _made_before: int) -> SepaAccount:
    """Makes our account with an IBAN from its settings."""
    return SepaAccount(iban=values["PAYOUT_BANK_IBAN"], bic=values["PAYOUT_BANK_BIC"])


def no_trace_numbers(_order: PaymentOrder) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrderFormat:
    name: str
    """Stored with each file, at most 8 characters; never renamed."""
    label: str
    suffix: str
    """The extension of the file's name."""
    currencies: frozenset[str] | None
    """The supported currencies; None for any."""
    required_settings: tuple[str, ...] = ()
    """Settings of our own account that must be filled in. Every order also needs PAYOUT_BANK_HOLDER."""
    optional_settings: tuple[str, ...] = IBAN_SETTINGS
    account: Callable[[Mapping[str, str], int], SepaAccount | UsOrigin] = iban_account
    """Makes our account from the values of those settings, and from the number of files of this format made that day.
    """
    write: Callable[[PaymentOrder], bytes]
    """Writes the file as UTF-8. Raises OrderError with a sentence for each fault."""
    trace_numbers: Callable[[PaymentOrder], Mapping[str, str]] = no_trace_numbers
    """Maps our ids to those that the bank names with a return, if they differ: at most 15 characters."""

    def takes(self, currency: str) -> bool:
        return self.currencies is None or currency in self.currencies
