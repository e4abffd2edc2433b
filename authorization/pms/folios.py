"""Charges posted to a booking's bill through its property system."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from authorization.models import PmsConnection, Stay
from authorization.pms import messaging
from authorization.pms.failures import Code, FailedError
from authorization.pms.systems import catalogue
from authorization.pms.systems.source import Cashier, Charge, Source

_CHECK_TIMEOUT_S: Final = 8
"""Short, because a guest at the charger waits for it."""


def takes_charges(stay: Stay) -> bool:
    """Whether the booking's system can take charges, and is not paused or failing.

    Expects the connection to be loaded.
    """
    connection = stay.connection
    if connection is None or not connection.is_enabled or connection.failing_since is not None:
        return False
    return catalogue.ALL[connection.kind].cashier is not None


def check(stay: Stay, *, currency: str, now: datetime) -> None:
    """Asks the system whether the bill is open and in this currency. Over the network. Raises FailedError."""
    connection, cashier = _cashier(stay)
    source = replace(messaging.source_of(connection, now=now), timeout_s=_CHECK_TIMEOUT_S)
    folio_currency = cashier.bill_currency(source, booking_key=stay.external_key)
    if folio_currency and folio_currency != currency:
        raise FailedError(Code.OTHER_CURRENCY, theirs=folio_currency, ours=currency)


def charge(stay: Stay, charge: Charge, *, may_be_there: bool, now: datetime) -> str:
    """Posts the charge and returns the system's reference. Over the network. Raises FailedError.

    `may_be_there`: an earlier attempt's answer was lost, so the charge is searched for first.
    """
    cashier, source = _open_connection(stay, now=now)
    if may_be_there:
        ref = cashier.find_charge(source, booking_key=stay.external_key, key=charge.key)
        if ref:
            return ref
    return cashier.charge(source, booking_key=stay.external_key, charge=charge)


def undo(stay: Stay, charge: Charge, *, ref: str, now: datetime) -> None:
    """Reverses a charge. Over the network. Raises FailedError."""
    cashier, source = _open_connection(stay, now=now)
    cashier.undo(source, booking_key=stay.external_key, ref=ref, charge=charge)


def _open_connection(stay: Stay, *, now: datetime) -> tuple[Cashier, Source]:
    connection, cashier = _cashier(stay)
    return cashier, messaging.source_of(connection, now=now)


def _cashier(stay: Stay) -> tuple[PmsConnection, Cashier]:
    connection = stay.connection
    cashier = catalogue.ALL[connection.kind].cashier if connection is not None else None
    if connection is None or cashier is None:
        raise FailedError(Code.FOLIO_CLOSED)
    return connection, cashier
