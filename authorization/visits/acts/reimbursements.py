"""Acts on reimbursement contracts: add, change, link to a charger, end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, ReimbursementContract, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import tokens
from authorization.visits import reimbursement
from chargers.models import Charger, Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What the employer reimburses per kWh, from a day in the property's time zone."""

    per_kwh: Decimal
    from_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a contract. Without `rate` the rates stay unchanged."""

    name: str
    employer: str
    employer_contact: str
    active_from: datetime
    active_to: datetime | None
    monthly_cap_minor: int | None
    chargers: Sequence[Charger]
    service_fee_minor: int = 0
    service_tax_pct: Decimal = Decimal(0)
    rate: Rate | None = None


def add(host: Host, terms: Terms, *, uid: str, by: User | ApiKey, now: datetime) -> ReimbursementContract:
    """Adds a contract for a token; a token without a host becomes the host's. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        token = tokens.find_or_create_card(host, uid, owner=terms.name)
        contract = ReimbursementContract(host=host, currency=host.currency, token=token)
        _store(contract, terms)
        audit.write("reimbursement.added", _subject(contract), user=by, now=now, after=_audit_values(contract))
    return contract


def change(contract: ReimbursementContract, terms: Terms, *, by: User | ApiKey, now: datetime) -> None:
    """Changes the terms; earlier rates stay. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, contract.host)
    with transaction.atomic():
        before = _audit_values(contract)
        _store(contract, terms)
        after = _audit_values(contract)
        audit.write("reimbursement.changed", _subject(contract), user=by, now=now, before=before, after=after)


def link(contract: ReimbursementContract, charger: Charger, *, by: User | ApiKey, now: datetime) -> bool:
    """Adds a charger to the contract. Returns False if it was there. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, contract.host)
    with transaction.atomic():
        is_linked = reimbursement.link(contract, charger)
        if is_linked:
            after = {"charger": charger.charger_id}
            audit.write("reimbursement.linked", _subject(contract), user=by, now=now, after=after)
    return is_linked


def end(contract: ReimbursementContract, *, by: User | ApiKey, now: datetime) -> bool:
    """Ends the contract now. Returns False if it had ended. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, contract.host)
    with transaction.atomic():
        has_ended = reimbursement.end(contract, now=now)
        if has_ended:
            audit.write("reimbursement.ended", _subject(contract), user=by, now=now)
    return has_ended


def _store(contract: ReimbursementContract, terms: Terms) -> None:
    contract.name, contract.employer, contract.employer_contact = terms.name, terms.employer, terms.employer_contact
    contract.active_from, contract.active_to = terms.active_from, terms.active_to
    contract.monthly_cap_minor = terms.monthly_cap_minor
    contract.service_fee_minor, contract.service_tax_pct = terms.service_fee_minor, terms.service_tax_pct
    contract.save()
    contract.chargers.set(terms.chargers)
    if terms.rate is not None:
        reimbursement.set_rate(contract, per_kwh=terms.rate.per_kwh, from_date=terms.rate.from_date)


def _subject(contract: ReimbursementContract) -> audit.Subject:
    return audit.Subject("reimbursement", contract.pk, str(contract), contract.host)


def _audit_values(contract: ReimbursementContract) -> dict[str, object]:
    """Returns all of the contract's values, for the audit trail."""
    return {
        "uid": contract.token.uid,
        "name": contract.name,
        "employer": contract.employer,
        "employer_contact": contract.employer_contact,
        "monthly_cap_minor": contract.monthly_cap_minor,
        "service_fee_minor": contract.service_fee_minor,
        "service_tax_pct": str(contract.service_tax_pct),
        "active_from": contract.active_from.isoformat(),
        "active_to": contract.active_to.isoformat() if contract.active_to else None,
        "chargers": sorted(contract.chargers.values_list("charger_id", flat=True)),
        "rates": {str(rate.from_date): str(rate.per_kwh) for rate in contract.rates.order_by("from_date")},
    }
