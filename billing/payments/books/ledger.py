"""The only access to the books: balanced entries in, balances out.

Amounts are integers in minor units of the currency (ISO 4217); a debit is positive, a credit negative. Postings are
never changed: a correction is another entry. The database enforces the same rules by itself (migration 0002).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from billing.models import LedgerAccount, LedgerEntry, Posting
from chargers.models import Host

Code = LedgerAccount.Code
Lines = Mapping[Code, int]
"""Amounts by account: debits positive, credits negative; they add up to zero."""
DEBITED: Final = Case(
    When(side=Posting.Side.DEBIT, then=F("amount_minor")), default=-F("amount_minor"), output_field=BigIntegerField()
)
"""A posting's effect on its account: positive for a debit."""
CREDITED: Final = Case(
    When(side=Posting.Side.CREDIT, then=F("amount_minor")), default=-F("amount_minor"), output_field=BigIntegerField()
)
"""The same with the opposite sign, such as for what is owed to a host: positive for a credit."""


class UnbalancedError(Exception):
    """The lines do not add up to zero: a bug, and nothing was posted."""


class ConflictError(Exception):
    """The same document was posted before with other lines: a bug, and nothing was posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The business document and the part of it that is posted.

    The natural key of an entry; `generation` counts reissues.
    """

    type: str
    id: str
    kind: str
    generation: int = 1

    def as_fields(self) -> dict[str, Any]:
        return {
            "source_type": self.type,
            "source_id": self.id,
            "kind": self.kind,
            "generation": self.generation,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """An entry to be posted."""

    host: Host
    currency: str
    cause: Cause
    lines: Lines
    memo: str
    occurred_at: datetime
    session_id: UUID | None = None
    """The session that the entry is about, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The debits and credits of one account; neither is negative."""

    account: LedgerAccount
    debit_minor: int
    credit_minor: int

    @property
    def minor(self) -> int:
        """Returns the balance: positive for more debits, negative for more credits."""
        return self.debit_minor - self.credit_minor

    @property
    def owed_minor(self) -> int:
        """Returns the balance with the opposite sign."""
        return -self.minor


def post(movement: Movement, *, now: datetime) -> LedgerEntry | None:
    """Writes the entry, once however often it is called; None if nothing moves.

    Raises UnbalancedError, and ConflictError if the cause was posted with other lines.
    """
    return _post(movement, reverses=None, now=now)


def reverse(entry: LedgerEntry, *, memo: str, now: datetime) -> LedgerEntry:
    """Writes the entry that reverses another, once."""
    if ledger_entry := LedgerEntry.objects.filter(reverses=entry).first():
        return ledger_entry
    postings = list(entry.postings.select_related("account"))
    movement = Movement(
        host=entry.host,
        currency=postings[0].currency,
        cause=Cause(
            type=entry.source_type, id=entry.source_id, kind=f"un{entry.kind}"[:20], generation=entry.generation
        ),
        lines={Code(posting.account.code): -_signed_amount(posting) for posting in postings},
        memo=memo,
        occurred_at=now,
        session_id=entry.session_id,
    )
    reversal = _post(movement, reverses=entry, now=now)
    assert reversal is not None, "an entry always moves something"
    return reversal


def balances(
    accounts: QuerySet[LedgerAccount], *, until: datetime | None = None, posted_before: datetime | None = None
) -> list[Balance]:
    """Returns balances by host, currency and code: of what happened `until` a moment, and of what was posted before
    one.

    One query.
    """
    before = Q(postings__entry__occurred_at__lt=until) if until else Q()
    before &= Q(postings__entry__posted_at__lt=posted_before) if posted_before else Q()
    rows = accounts.select_related("host").annotate(
        debit=Coalesce(Sum("postings__amount_minor", filter=before & Q(postings__side=Posting.Side.DEBIT)), 0),
        credit=Coalesce(Sum("postings__amount_minor", filter=before & Q(postings__side=Posting.Side.CREDIT)), 0),
    )
    return [
        Balance(account=row, debit_minor=row.debit, credit_minor=row.credit)
        for row in rows.order_by("host__name", "currency", "code")
    ]


def balance(host: Host, code: Code, *, currency: str) -> int:
    """Returns one account's balance in minor units: debits less credits. One query."""
    rows = Posting.objects.filter(account__host=host, account__code=code, account__currency=currency)
    minor: int | None = rows.aggregate(moved=Sum(DEBITED))["moved"]
    return minor or 0


def _post(movement: Movement, *, reverses: LedgerEntry | None, now: datetime) -> LedgerEntry | None:
    lines = _balanced_lines(movement)
    if not lines:
        return None
    entry = LedgerEntry.objects.filter(**movement.cause.as_fields()).first()
    if entry is None:
        try:
            with transaction.atomic():
                return _write_entry(movement, lines, reverses=reverses, now=now)
        except IntegrityError:  # another process posted the same cause a moment ago
            entry = LedgerEntry.objects.get(**movement.cause.as_fields())
    if lines_of(entry) != lines:
        raise ConflictError(f"{movement.cause} was posted as {lines_of(entry)}, and not as {lines}.")
    return entry


def _balanced_lines(movement: Movement) -> dict[Code, int]:
    """Returns the lines that are not zero. Raises UnbalancedError."""
    lines = {code: amount for code, amount in movement.lines.items() if amount}
    if sum(lines.values()):
        raise UnbalancedError(f"{movement.cause}: {dict(lines)} is not balanced.")
    return lines


def lines_of(entry: LedgerEntry) -> dict[Code, int]:
    """Returns the amounts of an entry by account."""
    return {Code(posting.account.code): _signed_amount(posting) for posting in entry.postings.select_related("account")}


def _write_entry(movement: Movement, lines: Lines, *, reverses: LedgerEntry | None, now: datetime) -> LedgerEntry:
    accounts = {code: _account(movement.host, code, movement.currency) for code in sorted(lines)}
    entry = _entry(movement, reverses=reverses, now=now)
    entry.save(force_insert=True)
    Posting.objects.bulk_create(_posting(entry, accounts[code], amount) for code, amount in lines.items())
    return entry


def _entry(movement: Movement, *, reverses: LedgerEntry | None, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        host=movement.host,
        session_id=movement.session_id,
        **movement.cause.as_fields(),
        reverses=reverses,
        memo=movement.memo[:255],
        occurred_at=movement.occurred_at,
        posted_at=now,
    )


def _posting(entry: LedgerEntry, account: LedgerAccount, amount: int) -> Posting:
    return Posting(
        entry=entry,
        account=account,
        side=Posting.Side.DEBIT if amount > 0 else Posting.Side.CREDIT,
        amount_minor=abs(amount),
        currency=account.currency,
    )


def _account(host: Host, code: Code, currency: str) -> LedgerAccount:
    return LedgerAccount.objects.get_or_create(host=host, code=code, currency=currency)[0]


def _signed_amount(posting: Posting) -> int:
    return posting.amount_minor if posting.side == Posting.Side.DEBIT else -posting.amount_minor
