"""The rows of a statement's files, one for each posting; read in batches, so that memory use stays constant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

from billing.models import Payout, Posting
from billing.payments.books import ledger, statement_lines, statements
from billing.payments.books.sources import keys
from billing.payments.books.statements import Period
from billing.payouts.cycle import allocation
from billing.payouts.cycle.wording import PENDING
from chargers.lib import batch

_BATCH: Final = 1000
_ITSELF: Final = {"submitted": "It is the payout itself", "failed": "It is the payout that failed, owed again"}
_FAILED: Final = (Payout.State.FAILED, Payout.State.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """A row; amounts in minor units, positive for the host; times in the statement's zone."""

    entry: int
    posted_at: datetime
    happened_at: datetime
    kind: str
    number: str
    document_id: str
    text: str
    session: str = ""
    station: str = ""
    property_slug: str = ""
    rule: str = ""
    """The rate and version by which the session was priced: standard/3."""
    gross_minor: int | None = None
    tax_minor: int | None = None
    amount_minor: int
    balance_minor: int
    payout: str = ""
    in_payout: str = "no"
    """yes, no, or failed: it is in a payout that did not arrive, and is owed again."""
    why: str = ""


class _PayoutCells(NamedTuple):
    """The payout columns of a row: its label, `in_payout` and the sentence."""

    payout: str
    in_payout: str
    why: str


@dataclass(frozen=True, slots=True)
class _ReferencedObjects:
    """The objects that a batch of postings refers to, by id."""

    payouts: Mapping[UUID, _PayoutCells]
    itself: Mapping[str, Payout]
    waiting: Mapping[UUID, str]


def read(period: Period) -> Iterator[StatementRow]:
    """Yields the rows in the order of posting, with the balance after each.

    One query, and about four per thousand rows.
    """
    zone, balance = ZoneInfo(period.zone), period.opening_minor
    payouts: dict[UUID, _PayoutCells] = {}
    lines: Iterator[Any] = _lines(period).order_by("entry_id").iterator(chunk_size=_BATCH)
    for some in batch.slices(lines, _BATCH):
        for line in some:
            balance += line.owed_minor
            line.balance_minor = balance
        lookups, facts = _load_batch_objects(some, payouts), statement_lines.facts(some)
        for line, fact in zip(some, facts, strict=True):
            yield _row(line, fact, lookups, zone=zone)


def _lines(period: Period) -> QuerySet[Posting]:
    """Returns the postings with their session's data and their payout."""
    return (
        statements.period_postings(period)
        .select_related("entry")
        .annotate(
            owed_minor=ledger.CREDITED,
            payout_id=F("allocation__payout"),
            station=F("entry__session__charger__station_id"),
            property_slug=F("entry__session__property__slug"),
            rate=F("entry__session__rate_version__rate__slug"),
            rate_number=F("entry__session__rate_version__number"),
        )
    )


def _row(line: Any, fact: Mapping[str, Any], lookups: _ReferencedObjects, *, zone: ZoneInfo) -> StatementRow:
    entry = line.entry
    cells = _payout(line, lookups)
    return StatementRow(
        entry=entry.pk,
        posted_at=entry.posted_at.astimezone(zone),
        happened_at=entry.occurred_at.astimezone(zone),
        kind=fact["kind"],
        number=fact["number"],
        document_id=fact["document"],
        text=fact["text"],
        session=str(entry.session_id or ""),
        station=line.station or "",
        property_slug=line.property_slug or "",
        rule=f"{line.rate}/{line.rate_number}" if line.rate else "",
        gross_minor=fact["gross_minor"],
        tax_minor=fact["tax_minor"],
        amount_minor=line.owed_minor,
        balance_minor=line.balance_minor,
        **cells._asdict(),
    )


def _payout(line: Any, lookups: _ReferencedObjects) -> _PayoutCells:
    entry = line.entry
    if line.payout_id is not None:
        return lookups.payouts[line.payout_id]
    if entry.source_type == "payout" and entry.kind in _ITSELF:
        payout = lookups.itself.get(entry.source_id)
        return _PayoutCells(payout.label if payout else "", _format_payout_status(payout), f"{_ITSELF[entry.kind]}.")
    why = PENDING.get(lookups.waiting.get(entry.session_id, "available"), PENDING["available"])
    return _PayoutCells("", "no", f"{why[0].upper()}{why[1:]}.")


def _format_payout_status(payout: Payout | None) -> str:
    return "failed" if payout is not None and payout.state in _FAILED else "yes"


def _load_batch_objects(lines: list[Any], payouts: dict[UUID, _PayoutCells]) -> _ReferencedObjects:
    """Loads the objects of a batch. Pass the payouts known from earlier batches; new ones are added to them."""
    new = {line.payout_id for line in lines if line.payout_id is not None} - payouts.keys()
    payouts |= (
        {
            payout.pk: _PayoutCells(payout.label, _format_payout_status(payout), _state(payout))
            for payout in Payout.objects.filter(pk__in=new)
        }
        if new
        else {}
    )
    open_ = {line.entry.session_id for line in lines if line.payout_id is None and line.entry.session_id}
    ids = {line.entry.source_id for line in lines if line.entry.source_type == "payout"}
    return _ReferencedObjects(
        payouts=payouts,
        itself={str(payout.pk): payout for payout in Payout.objects.filter(pk__in=keys(Payout, ids))} if ids else {},
        waiting=allocation.waiting_for_each(open_) if open_ else {},
    )


def _state(payout: Payout) -> str:
    if payout.paid_at and payout.state in (Payout.State.PAID, Payout.State.RECONCILED):
        return f"In payout {payout.label}, paid on {payout.paid_at:%-d %B %Y}."
    return f"In payout {payout.label}: {payout.get_state_display().lower()}."
