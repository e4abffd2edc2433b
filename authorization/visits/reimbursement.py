"""Reimbursement contracts: an employer pays for what a card charges at the chargers linked to it.

The agreed terms (rates by day, a cap by month) are stored here; billing moves the money.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.identifiers import uids
from authorization.models import ReimbursementContract, ReimbursementRate
from chargers.models import Charger


class Link(StrEnum):
    """The missing link between a card and a charger, or none."""

    NOTHING = "nothing"
    CHARGER = "charger"
    DATES = "dates"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a card is not paid for at a charger, and the contracts that could fix it."""

    link: Link
    charger: Charger
    uid: str
    contracts: list[ReimbursementContract]


def find(contracts: QuerySet[ReimbursementContract], query: str) -> QuerySet[ReimbursementContract]:
    """Filters by the card's UID in any notation, its printed number, its owner, or the employer."""
    canonical = uids.from_wire(query) or query
    card = Q(token__canonical_uid=canonical) | Q(token__visual_number__iexact=query)
    return contracts.filter(card | Q(name__icontains=query) | Q(employer__icontains=query))


def missing(contracts: QuerySet[ReimbursementContract], *, uid: str, charger: Charger, now: datetime) -> Missing:
    """Returns the missing link, according to the contracts that the viewer sees. Two queries."""
    reimbursement_contracts = list(
        contracts.filter(host=charger.property.host_id, token__canonical_uid=uids.from_wire(uid) or uid)
        .prefetch_related("chargers")
        .order_by("pk")
    )
    covering = [contract for contract in reimbursement_contracts if charger in contract.chargers.all()]
    in_force = [contract for contract in reimbursement_contracts if is_in_force(contract, now)]
    if any(reimbursement_contract in in_force for reimbursement_contract in covering):
        return Missing(Link.NOTHING, charger, uid, [contract for contract in covering if contract in in_force])
    if in_force:
        return Missing(Link.CHARGER, charger, uid, in_force)
    return Missing(Link.DATES if covering else Link.CONTRACT, charger, uid, covering)


def is_in_force(contract: ReimbursementContract, now: datetime) -> bool:
    return contract.active_from <= now and (contract.active_to is None or now < contract.active_to)


def link(contract: ReimbursementContract, charger: Charger) -> bool:
    """Makes the contract pay at this charger of its host from the next tap.

    Returns False if it did already, or never can.
    """
    if charger.property.host_id != contract.host_id or contract.chargers.filter(pk=charger.pk).exists():
        return False
    contract.chargers.add(charger)
    return True


def end(contract: ReimbursementContract, *, now: datetime) -> bool:
    """Ends the contract now; one that has not begun ends as it begins. Returns False if it had ended."""
    contracts = ReimbursementContract.objects.filter(Q(active_to=None) | Q(active_to__gt=now), pk=contract.pk)
    with transaction.atomic():
        ended_count = contracts.filter(active_from__lt=now).update(active_to=now)
        return bool(ended_count or contracts.filter(active_from__gte=now).update(active_from=now, active_to=_next(now)))


def _next(now: datetime) -> datetime:
    return now + datetime.resolution


def set_rate(contract: ReimbursementContract, *, per_kwh: Decimal, from_date: date) -> ReimbursementRate:
    """Sets the price from that day; replaces a rate that began on the same day."""
    rate, _ = ReimbursementRate.objects.update_or_create(
        contract=contract, from_date=from_date, defaults={"per_kwh": per_kwh}
    )
    return rate


def rate_on(rates: Iterable[ReimbursementRate], day: date) -> ReimbursementRate | None:
    """Returns the rate in force on a day: the newest that has begun."""
    past_rates = [rate for rate in rates if rate.from_date <= day]
    return max(past_rates, key=lambda rate: rate.from_date, default=None)
