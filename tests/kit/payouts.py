"""A host's month in the books: sales, card payments, refunds, disputes, and the agreement with the host."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.models import BankAccount, PayoutAgreement, Session
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payouts.payees import agreements, bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import BankDetails
from chargers.models import Charger, Host, Property

_numbers = itertools.count(9_000_001)
IBAN = "DE89370400440532013000"
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Books:
    """The books of a host with one property in UTC; its documents are posted without their rows."""

    host: Host
    place: Property
    charger: Charger
    currency: str = "USD"
    known: set[str] = field(default_factory=set)

    @property
    def scope(self) -> Scope:
        return Scope(host=self.host, currency=self.currency)

    def post(self, session: Session | None, cause: tuple[str, str], lines: dict[Code, int], *, at: datetime) -> None:
        number = f"{next(_numbers)}"
        movement = Movement(
            host=self.host,
            currency=self.currency,
            cause=Cause(type=cause[0], id=number, kind=cause[1]),
            lines=lines,
            memo=" ".join(cause),
            occurred_at=at,
            session_id=session.pk if session else None,
        )
        ledger.post(movement, now=at)

    def session(self, *, at: datetime, place: Property | None = None) -> Session:
        return Session.objects.create(
            id=uuid.uuid4(),
            secret=uuid.uuid4().hex,
            host=self.host,
            property=place or self.place,
            charger=self.charger,
            audience="guest",
            state=Session.State.SETTLED,
            opened_at=at,
            started_at=at,
            stopped_at=at,
            settled_at=at,
        )

    def sale(
        self,
        gross: int,
        *,
        tax: int = 0,
        at: datetime,
        paid_at: datetime | None = None,
        fee: int = 0,
        place: Property | None = None,
        audience: Code = Code.GUEST_RECEIVABLE,
        by_rates: int = 0,
    ) -> Session:
        """A sale, paid at once, or never with `paid_at` `NEVER`.

        `by_rates`: the processing fee that its rate has the host bear.
        """
        session = self.session(at=at, place=place)
        sold = {audience: gross, Code.TAX_PAYABLE: -tax, Code.HOST_PAYABLE: tax + by_rates - gross}
        if by_rates:
            sold[Code.PLATFORM_REVENUE] = -by_rates
        self.post(session, ("receipt", "issued"), sold, at=at)
        if paid_at != NEVER:
            self.pay(session, gross, at=paid_at or at, fee=fee)
        return session

    def pay(self, session: Session, gross: int, *, at: datetime, fee: int = 0) -> None:
        lines = {Code.PROCESSOR_CLEARING: gross, Code.GUEST_RECEIVABLE: -gross}
        self.post(session, ("hold", "captured"), lines, at=at)
        if fee:
            self.post(session, ("hold", "fee"), {Code.PROCESSOR_FEES: fee, Code.PROCESSOR_CLEARING: -fee}, at=at)

    def refund(self, session: Session, net: int, *, tax: int = 0, at: datetime) -> None:
        total = net + tax
        lines = {Code.GUEST_RECEIVABLE: -total, Code.TAX_PAYABLE: tax, Code.HOST_PAYABLE: net}
        self.post(session, ("refund", "credited"), lines, at=at)
        back = {Code.GUEST_RECEIVABLE: total, Code.PROCESSOR_CLEARING: -total}
        self.post(session, ("refund_part", "refunded"), back, at=at)

    def dispute(self, session: Session, amount: int, *, fee: int = 0, at: datetime) -> None:
        lines = {Code.DISPUTE_HOLD: amount, Code.PROCESSOR_FEES: fee, Code.PROCESSOR_CLEARING: -amount - fee}
        self.post(session, ("dispute", "opened"), lines, at=at)

    def lose(self, session: Session, amount: int, *, at: datetime) -> None:
        lines = {Code.HOST_PAYABLE: amount, Code.DISPUTE_HOLD: -amount}
        self.post(session, ("dispute", "lost"), lines, at=at)

    def win(self, session: Session, amount: int, *, at: datetime) -> None:
        self.post(session, ("dispute", "won"), {Code.PROCESSOR_CLEARING: amount, Code.DISPUTE_HOLD: -amount}, at=at)

    def give_up(self, session: Session, gross: int, *, at: datetime) -> None:
        lines = {Code.WRITTEN_OFF: gross, Code.GUEST_RECEIVABLE: -gross}
        self.post(session, ("receivable", "given_up"), lines, at=at)

    def agree(self, *, valid_from: datetime = JANUARY, place: Property | None = None, **terms: Any) -> PayoutAgreement:
        free = {"platform_fee_pct": Decimal(0), "processing": "included", "delay_days": 0}
        scope = Scope(host=self.host, currency=self.currency, property_=place)
        terms = terms if PayoutAgreement.objects.filter(**scope.fields()).exists() else free | terms
        return agreements.agree(scope, valid_from=valid_from, by="user:agent@example.com", now=valid_from, **terms)

    def bank(self, *, at: datetime = JANUARY, place: Property | None = None, iban: str = IBAN) -> BankAccount:
        """A bank account, entered and confirmed by two people."""
        scope = Scope(host=self.host, currency=self.currency, property_=place)
        entered = bank_accounts.enter(
            scope, BankDetails(holder="Sunset Stays", iban=iban), by="user:host@example.com", now=at
        )
        return bank_accounts.confirm(entered, by="user:agent@example.com", now=at)


NEVER = datetime(1, 1, 1, tzinfo=UTC)


def books(slug: str = "sunset", *, currency: str = "USD") -> Books:
    host = Host.objects.create(slug=slug, name=slug.capitalize(), currency=currency, country="US")
    place = Property.objects.create(host=host, slug=f"{slug}-1", name=f"{slug} 1", time_zone="UTC", access="public")
    charger = Charger.objects.create(charger_id=f"CP-{slug}", station_id=f"S-{slug}", property=place)
    return Books(host=host, place=place, charger=charger, currency=currency)
