"""Hosts' bank accounts: entered by one person, confirmed by another, used after a wait, and never shown in full.

Changing a bank account is a classic fraud. So the previous contact is informed at once, and nothing is paid to the new
account for 72 hours.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError
from stdnum.us import rtn

from authorization.models import User
from authorization.people import second_person
from authorization.people.second_person import First
from billing.models import BankAccount
from billing.payouts.payees.agreements import Scope
from chargers.lib import secrets
from chargers.models import Host
from chargers.properties import time_zones

State = BankAccount.State
COOLING_OFF: Final = timedelta(hours=72)
_US_NUMBER: Final = range(4, 18)


class AccountError(Exception):
    """The entered account is invalid; `field` names the wrong part, the message tells what to do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NotPossibleError(Exception):
    """The account's state does not allow it; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """A bank account as typed: an IBAN, or a US routing and account number. Spaces are ignored."""

    holder: str
    iban: str = ""
    bic: str = ""
    routing: str = ""
    number: str = ""


def enter(scope: Scope, details: BankDetails, *, by: str, now: datetime) -> BankAccount:
    """Stores an account that waits for a second person, and withdraws a previous waiting one. Raises AccountError.

    If the same person enters the same account again, the waiting row is returned.
    """
    scheme, number, routing = validate_details(details)
    with transaction.atomic():
        # If two people enter an account at once, the second one finds and replaces the first one's.
        Host.objects.select_for_update(no_key=True).get(pk=scope.host.pk)
        waiting = BankAccount.objects.filter(**scope.fields(), state=State.UNCONFIRMED)
        same = {"holder": details.holder.strip(), "routing": routing, "fingerprint": fingerprint(number)}
        if (account := waiting.filter(**same, entered_by=by[:150]).first()) is not None:
            return account
        waiting.update(state=State.WITHDRAWN, ended_at=now)
        return BankAccount.objects.create(
            **scope.fields(),
            scheme=scheme,
            holder=details.holder.strip(),
            number_encrypted=secrets.encrypt(number),
            routing=routing,
            last4=number[-4:],
            fingerprint=fingerprint(number),
            entered_by=by[:150],
            entered_at=now,
        )


def confirm(account: BankAccount, *, by: str, now: datetime) -> BankAccount:
    """Confirms the account as the second person: it is used after the wait. Raises NotPossibleError."""
    with transaction.atomic():
        row = BankAccount.objects.select_for_update().get(pk=account.pk)
        if row.state != State.UNCONFIRMED:
            raise NotPossibleError(f"Nothing was changed: this account does not wait, it is {_state_text(row)}.")
        if row.entered_by == by:
            raise NotPossibleError("You entered this account yourself: a second person has to confirm it.")
        row.usable_from = now + COOLING_OFF if _was_paid_elsewhere(row) else now
        replaced = _filter_same_scope(row).filter(state__in=(State.CONFIRMED, State.ERRORED))
        replaced.update(state=State.REPLACED, ended_at=now)
        row.state, row.confirmed_by, row.confirmed_at = State.CONFIRMED, by[:150], now
        row.save()
        return row


def first_of(account: BankAccount) -> First:
    """Returns who entered the account, for the two-person rule."""
    return First(account.entered_by, account.entered_person_id, account.host_id, account.entered_at)


def why_not_by(person: User, account: BankAccount, *, now: datetime) -> str:
    """Returns why this person may not confirm the account, as a sentence; empty if they may.

    If money already goes to another account, the person's role must be older than the entry by the waiting time of a
    new account.
    """
    settled = COOLING_OFF if _was_paid_elsewhere(account) else timedelta()
    return second_person.why_not(person, first_of(account), did="entered this account", now=now, settled=settled)


def withdraw(account: BankAccount, *, now: datetime) -> BankAccount:
    """Withdraws an account that is unconfirmed, or confirmed but still waiting for its first use.

    The account that it replaced is in use again, or refused again if its bank had refused it. Raises NotPossibleError.
    """
    with transaction.atomic():
        row = BankAccount.objects.select_for_update().get(pk=account.pk)
        if row.state != State.UNCONFIRMED and not is_waiting(row, now=now):
            raise NotPossibleError(f"Nothing was changed: this account does not wait, it is {_state_text(row)}.")
        former = (
            _filter_same_scope(row).filter(state=State.REPLACED, ended_at=row.confirmed_at) if row.confirmed_at else ()
        )
        row.state, row.ended_at = State.WITHDRAWN, now
        row.save()
        for bank_account in former:
            _restore(bank_account, now=now)
        return row


def _restore(replaced: BankAccount, *, now: datetime) -> BankAccount:
    """Restores the replaced account as a new row: the processor has detached the old one and attaches this one anew."""
    return BankAccount.objects.create(
        host_id=replaced.host_id,
        property_id=replaced.property_id,
        currency=replaced.currency,
        scheme=replaced.scheme,
        holder=replaced.holder,
        number_encrypted=replaced.number_encrypted,
        routing=replaced.routing,
        last4=replaced.last4,
        fingerprint=replaced.fingerprint,
        state=State.ERRORED if replaced.failure else State.CONFIRMED,
        failure=replaced.failure,
        entered_by=replaced.entered_by,
        entered_person_id=replaced.entered_person_id,
        entered_at=replaced.entered_at,
        confirmed_by=replaced.confirmed_by,
        confirmed_person_id=replaced.confirmed_person_id,
        confirmed_at=now,
        usable_from=replaced.usable_from,
        ended_at=now if replaced.failure else None,
    )


def is_waiting(account: BankAccount, *, now: datetime) -> bool:
    """Whether the account is confirmed but not in use yet, so that the change can still be stopped."""
    return account.state == State.CONFIRMED and account.usable_from is not None and now < account.usable_from


def current(scope: Scope) -> BankAccount | None:
    """Returns the newest confirmed account of the property, else of the host, even if it waits or was refused."""
    rows = BankAccount.objects.filter(host=scope.host, currency=scope.currency)
    confirmed = rows.filter(state__in=(State.CONFIRMED, State.ERRORED)).order_by("-confirmed_at", "-id")
    own = confirmed.filter(property=scope.property_).first() if scope.property_ else None
    return own or confirmed.filter(property=None).first()


def why_not(account: BankAccount | None, *, now: datetime) -> str | None:
    """Returns why nothing can be paid to the account now, as a sentence; None if it can."""
    if account is None:
        return "there is no confirmed bank account."
    if account.state != State.CONFIRMED:
        return f"the {account} is {_state_text(account)}."
    if account.usable_from is None:
        return f"the {account} is new."
    if now < account.usable_from:
        at = time_zones.format_with_zone(account.usable_from, time_zones.of_host(account.host))
        return f"the {account} is new, and is used from {at}."
    return None


def refuse(account: BankAccount, *, code: str, now: datetime) -> None:
    """Marks the account as refused by the bank or processor: nothing is paid to it any more."""
    rows = BankAccount.objects.filter(pk=account.pk, state=State.CONFIRMED)
    rows.update(state=State.ERRORED, failure=code[:40], ended_at=now)


def number(account: BankAccount) -> str:
    """Returns the full number, for the bank's file only. Raises UnreadableSecretError."""
    return secrets.decrypt(account.number_encrypted)


def fingerprint(plain: str) -> str:
    """Returns a fingerprint: equal for equal numbers, and useless to anyone who reads the database."""
    key = hashlib.sha256(b"bank account" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()


def _filter_same_scope(row: BankAccount) -> QuerySet[BankAccount]:
    return BankAccount.objects.filter(host=row.host_id, property=row.property_id, currency=row.currency)


def _was_paid_elsewhere(row: BankAccount) -> bool:
    """Whether another account was confirmed before: of the same scope, or of the host for its properties."""
    confirmed_accounts = BankAccount.objects.filter(host=row.host_id, currency=row.currency, confirmed_at__isnull=False)
    own = confirmed_accounts.filter(property=row.property_id)
    return own.exists() or confirmed_accounts.filter(property=None).exists()


def _state_text(row: BankAccount) -> str:
    return row.get_state_display().lower()


def validate_details(details: BankDetails) -> tuple[BankAccount.Scheme, str, str]:
    """Returns the scheme, the number as banks write it, and the BIC or routing number. Raises AccountError."""
    if not details.holder.strip():
        raise AccountError("holder", "Enter the name of the account's holder, as the bank has it.")
    if details.iban.strip() and (details.routing.strip() or details.number.strip()):
        raise AccountError("iban", "Enter an IBAN or a US account, not both.")
    if details.iban.strip():
        return BankAccount.Scheme.IBAN, _iban(details.iban), _bic(details.bic)
    if details.routing.strip() or details.number.strip():
        return BankAccount.Scheme.US, _us_number(details.number), _routing(details.routing)
    raise AccountError("iban", "Enter an IBAN, or a US routing number and account number.")


def _iban(entry: str) -> str:
    try:
        return str(iban_number.validate(entry))
    except InvalidChecksum as exc:
        raise AccountError("iban", "A digit of this IBAN is wrong: compare it with the bank's letter.") from exc
    except InvalidLength as exc:
        raise AccountError("iban", "This IBAN is too short or too long for its country.") from exc
    except ValidationError as exc:
        raise AccountError("iban", "An IBAN begins with a country, as in DE89 3704 0044 0532 0130 00.") from exc


def _bic(entry: str) -> str:
    if not entry.strip():
        return ""
    try:
        return str(bic_number.validate(entry))
    except ValidationError as exc:
        raise AccountError("bic", "A BIC has 8 or 11 characters, as in COBADEFFXXX. It may be left empty.") from exc


def _routing(entry: str) -> str:
    try:
        return str(rtn.validate(entry))
    except InvalidChecksum as exc:
        raise AccountError("routing", "A digit of this routing number is wrong: compare it with a check.") from exc
    except (InvalidLength, InvalidFormat, ValidationError) as exc:
        raise AccountError("routing", "A US routing number has 9 digits.") from exc


def _us_number(entry: str) -> str:
    digits = entry.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _US_NUMBER:
        raise AccountError("number", "A US account number has 4 to 17 digits.")
    return digits
