"""Employees' home charging: kWh times the employee's rate, up to the month's cap, billed to the employer each month.

Sessions are priced by the same engine and checks as any other, at a rate made from the contract: no fees, no taxes. In
addition the employer may pay the host a monthly service fee with tax. A session belongs to the month of its end, in the
time zone of the charger's property.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from authorization.models import ReimbursementContract
from authorization.visits import reimbursement
from billing.engine.values import money
from billing.models import HomeCharge, HomeInvoice, HomePayout, Rate, RateVersion, Rating, Session
from billing.payments.books import postings
from billing.payments.webhooks import deliveries
from billing.pricing.rates.resolver import ResolvedRate
from billing.sentences.sessions import SessionCode
from billing.sessions.documents import issuer
from billing.sessions.documents.numbering import next_in
from billing.sessions.home import mails
from chargers.models import Charger, Host
from chargers.sentences import stored

LATER: Final = (Session.State.CHARGING, Session.State.STOPPED, Session.State.HELD)
"""States of a session that may still get a price."""


class NotOverError(Exception):
    """The month is not over yet at every property of the host."""


def resolve(charger: Charger, *, token_id: int | None, at: datetime) -> ResolvedRate | None:
    """Returns what an employer pays for this card here, frozen as a version; None if no contract has a price."""
    contract = _find_contract_in_force(charger, token_id=token_id, at=at)
    if contract is None:
        return None
    day = at.astimezone(ZoneInfo(charger.property.time_zone)).date()
    rate = reimbursement.rate_on(contract.rates.all(), day)
    if rate is None:
        return None
    price = format(rate.per_kwh.normalize(), "f")
    version = _version(contract, {"energy": [{"name": "Home charging", "price": price}]}, now=at)
    why = stored.build_sentence(
        SessionCode.HOME,
        employer=contract.employer,
        price=[price, contract.currency],
        contract=contract.name,
        since=f"{rate.from_date:%Y-%m-%d}",
    )
    return ResolvedRate(version, why)


def _find_contract_in_force(charger: Charger, *, token_id: int | None, at: datetime) -> ReimbursementContract | None:
    """Returns the contract by which the card was let in: the first in force."""
    if token_id is None:
        return None
    linked = ReimbursementContract.objects.filter(token=token_id, chargers=charger.pk, active_from__lte=at)
    contracts = linked.filter(Q(active_to=None) | Q(active_to__gt=at)).prefetch_related("rates")
    return contracts.order_by("pk").first()


def _version(contract: ReimbursementContract, definition: dict[str, Any], *, now: datetime) -> RateVersion:
    rate, _ = Rate.objects.get_or_create(
        contract=contract,
        defaults={
            "host_id": contract.host_id,
            "slug": f"home-{contract.pk}",
            "name": contract.name,
            "currency": contract.currency,
        },
    )
    version = rate.versions.filter(definition=definition).order_by("number").first()
    if version is not None:
        return version
    with transaction.atomic():
        Rate.objects.select_for_update().get(pk=rate.pk)
        number = (rate.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        return RateVersion.objects.create(rate=rate, number=number, definition=definition, created_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One employee's month so far: sessions by their end, with what the cap leaves of each."""

    contract: ReimbursementContract
    service_fee_minor: int
    charges: tuple[tuple[Session, Rating, int], ...]

    @property
    def amount_minor(self) -> int:
        return sum(paid for _, _, paid in self.charges)

    @property
    def over_cap_minor(self) -> int:
        return sum(rating.total_minor - paid for _, rating, paid in self.charges)

    @property
    def energy_wh(self) -> int:
        return sum(rating.energy_wh for _, rating, _ in self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an employer owes for a month so far, not billed yet.

    `later`: the month's sessions that have no price yet.
    """

    host: Host
    employer: str
    currency: str
    month: date
    parts: tuple[Part, ...]
    later: int = 0

    @property
    def total_minor(self) -> int:
        """Returns the total with the service fee and its tax."""
        return self.paid_back_minor + self.service_fee_minor + self.service_tax_minor

    @property
    def paid_back_minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)

    @property
    def service_fee_minor(self) -> int:
        return sum(part.service_fee_minor for part in self.parts)

    @property
    def service_tax_minor(self) -> int:
        """Returns the tax on the service fees, rounded once for each percentage, as on a receipt."""
        fees: defaultdict[Decimal, int] = defaultdict(int)
        for part in self.parts:
            fees[part.contract.service_tax_pct] += part.service_fee_minor
        return sum(money.round_half_away(Fraction(pct) * fee / 100) for pct, fee in fees.items())

    @property
    def energy_wh(self) -> int:
        return sum(part.energy_wh for part in self.parts)


def bills(host: Host, *, month: date | None = None) -> list[Bill]:
    """Returns everything that is not billed yet, by month, employer and currency; the newest month first."""
    grouped: defaultdict[tuple[date, str, str], list[Session]] = defaultdict(list)
    for session in _unbilled_of(host).filter(state=Session.State.SETTLED):
        contract = _contract(session)
        grouped[month_of(session), contract.employer, contract.currency].append(session)
    later: defaultdict[tuple[date, str, str], int] = defaultdict(int)
    for session in _unbilled_of(host).filter(state__in=LATER, stopped_at__isnull=False):
        contract = _contract(session)
        later[month_of(session), contract.employer, contract.currency] += 1
    keys = sorted({*grouped, *later}, key=lambda key: (key[0], key[1], key[2]))
    selected = [key for key in keys if month is None or key[0] == month]
    return [
        Bill(
            host=host,
            employer=employer,
            currency=currency,
            month=when,
            parts=_parts(grouped[when, employer, currency], month=when),
            later=later[when, employer, currency],
        )
        for when, employer, currency in sorted(selected, key=lambda key: key[0], reverse=True)
    ]


def to_bill(hosts: QuerySet[Host]) -> QuerySet[Host]:
    """Returns those of the hosts that have unbilled sessions, by name."""
    return hosts.filter(pk__in=_unbilled_sessions().values("host")).order_by("name")


def month_of(session: Session) -> date:
    """Returns the first day of the month in which the session ended, in the property's time zone."""
    assert session.stopped_at is not None
    return session.stopped_at.astimezone(ZoneInfo(session.property.time_zone)).date().replace(day=1)


def is_over(host: Host, month: date, *, now: datetime) -> bool:
    """Whether the month has ended at every property of the host."""
    zones = {*host.properties.values_list("time_zone", flat=True)} or {"UTC"}
    return all(now.astimezone(ZoneInfo(zone)).date() >= _first_of_next_month(month) for zone in zones)


def close(host: Host, month: date, *, now: datetime) -> list[HomeInvoice]:
    """Bills the month to every employer who owes something; nothing is billed twice.

    Raises NotOverError.
    """
    if not is_over(host, month, now=now):
        raise NotOverError
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        return [_issue(bill, now=now) for bill in bills(host, month=month) if bill.parts]


def record_payment(invoice: HomeInvoice, *, reference: str, now: datetime, on: datetime | None = None) -> bool:
    """Records that the employer paid, now or `on` an earlier day. False if that was recorded before."""
    with transaction.atomic():
        open_ = HomeInvoice.objects.filter(pk=invoice.pk, paid_at=None)
        if not open_.update(paid_at=on or now, paid_reference=reference[:140]):
            return False
        invoice.refresh_from_db()
        postings.home_invoice_paid(invoice, now=now)
    return True


def not_received(invoice: HomeInvoice, *, now: datetime) -> None:
    """Undoes a payment recorded by mistake: the employer owes it again, and the entry is reversed."""
    with transaction.atomic():
        if HomeInvoice.objects.filter(pk=invoice.pk).exclude(paid_at=None).update(paid_at=None, paid_reference=""):
            postings.home_payment_reversed("home_invoice", invoice.pk, now=now)


def paid_out(payout: HomePayout, *, reference: str, now: datetime, on: datetime | None = None) -> bool:
    """Records that the employee was paid, now or `on` an earlier day. False if that was recorded before."""
    with transaction.atomic():
        open_ = HomePayout.objects.filter(pk=payout.pk, paid_at=None)
        if not open_.update(paid_at=on or now, paid_reference=reference[:140]):
            return False
        payout.refresh_from_db()
        postings.home_payout_paid(payout, now=now)
    return True


def not_paid_out(payout: HomePayout, *, now: datetime) -> None:
    """Undoes a payment recorded by mistake: the employee is owed it again, and the entry is reversed."""
    with transaction.atomic():
        if HomePayout.objects.filter(pk=payout.pk).exclude(paid_at=None).update(paid_at=None, paid_reference=""):
            postings.home_payment_reversed("home_payout", payout.pk, now=now)


def _issue(bill: Bill, *, now: datetime) -> HomeInvoice:
    numbering = next_in(bill.host.pk, f"H{bill.month.year}")
    invoice = HomeInvoice.objects.create(
        host=bill.host,
        employer=bill.employer,
        employer_contact=bill.parts[0].contract.employer_contact,
        month=bill.month,
        series=numbering.series,
        number=numbering.number,
        currency=bill.currency,
        total_minor=bill.total_minor,
        service_fee_minor=bill.service_fee_minor,
        service_tax_minor=bill.service_tax_minor,
        energy_wh=bill.energy_wh,
        printed={"issuer": issuer.company(bill.host)},
        issued_at=now,
    )
    for part in bill.parts:
        payout = HomePayout.objects.create(
            invoice=invoice,
            contract=part.contract,
            amount_minor=part.amount_minor,
            over_cap_minor=part.over_cap_minor,
            service_fee_minor=part.service_fee_minor,
            service_tax_pct=part.contract.service_tax_pct,
            energy_wh=part.energy_wh,
        )
        HomeCharge.objects.bulk_create(
            HomeCharge(payout=payout, session=session, price_minor=rating.total_minor, paid_minor=paid)
            for session, rating, paid in part.charges
        )
    postings.home_invoice_issued(invoice, now=now)
    mails.send_invoice(invoice, now=now)
    deliveries.publish(deliveries.Kind.HOME_INVOICE_ISSUED, invoice, now=now)
    return invoice


def _parts(sessions: Sequence[Session], *, month: date) -> tuple[Part, ...]:
    by_contract: defaultdict[ReimbursementContract, list[Session]] = defaultdict(list)
    for session in sessions:
        by_contract[_contract(session)].append(session)
    ordered = sorted(by_contract.items(), key=lambda item: (item[0].name, item[0].pk))
    return tuple(
        Part(
            contract=contract,
            service_fee_minor=_service_fee(contract, month=month),
            charges=tuple(_apply_monthly_cap(contract, rows, month=month)),
        )
        for contract, rows in ordered
    )


def _service_fee(contract: ReimbursementContract, *, month: date) -> int:
    """Returns the month's service fee, or 0 if it was billed before: a later invoice for late sessions has none."""
    if not contract.service_fee_minor:
        return 0
    billed = HomePayout.objects.filter(contract=contract, invoice__month=month, service_fee_minor__gt=0)
    return 0 if billed.exists() else contract.service_fee_minor


def _apply_monthly_cap(
    contract: ReimbursementContract, sessions: Iterable[Session], *, month: date
) -> Iterable[tuple[Session, Rating, int]]:
    """Yields each session, in the order of their ends, with what the cap leaves of it after earlier invoices for the
    month.
    """
    remaining_minor = _cap_left_minor(contract, month=month)
    for session in sessions:
        rating = session.ratings.all()[0]
        paid = rating.total_minor if remaining_minor is None else min(rating.total_minor, remaining_minor)
        remaining_minor = None if remaining_minor is None else remaining_minor - paid
        yield session, rating, paid


def _cap_left_minor(contract: ReimbursementContract, *, month: date) -> int | None:
    """Returns how much the month's cap still allows; None if there is no cap."""
    if contract.monthly_cap_minor is None:
        return None
    billed = HomePayout.objects.filter(contract=contract, invoice__month=month)
    before: int = billed.aggregate(sum=Coalesce(Sum("amount_minor"), 0))["sum"]
    return max(contract.monthly_cap_minor - before, 0)


def _unbilled_sessions() -> QuerySet[Session]:
    return Session.objects.filter(rate_version__rate__contract__isnull=False, home_charge=None)


def _unbilled_of(host: Host) -> QuerySet[Session]:
    """Returns the host's unbilled sessions by their ends, each with its final price."""
    final = Rating.objects.filter(kind=Rating.Kind.FINAL)
    rows = _unbilled_sessions().filter(host=host).select_related("property", "charger", "rate_version__rate__contract")
    return rows.prefetch_related(Prefetch("ratings", queryset=final)).order_by("stopped_at", "pk")


def _contract(session: Session) -> ReimbursementContract:
    assert session.rate_version is not None
    contract = session.rate_version.rate.contract
    assert contract is not None
    return contract


def _first_of_next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
