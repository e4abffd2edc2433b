"""A daily comparison of a partner's bills, CDRs and accepted CDRs, with a name for each difference."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from billing.models import Rating, RoamingConnection, RoamingObject, RoamingShare, Session
from billing.roaming.publication import objects
from billing.roaming.sessions import loading

_DAYS: Final = 14


class Cause(StrEnum):
    """Why a session and its CDR differ."""

    MISSING = "missing"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    AMOUNT = "amount"


SENTENCES: Final = {
    Cause.MISSING: "It was billed and has no CDR: its location cannot be described, or it was just settled.",
    Cause.NOT_SENT: "Its CDR waits to be sent.",
    Cause.REJECTED: "The partner refused its CDR.",
    Cause.AMOUNT: "Its CDRs add up to another amount than the receipt.",
}


@dataclass(frozen=True, slots=True)
class Difference:
    session: Session
    cause: Cause
    detail: str = ""

    @property
    def sentence(self) -> str:
        return SENTENCES[self.cause]


@dataclass(slots=True)
class Day:
    """A day in UTC, by the settlement of the session; amounts with tax in minor units by currency."""

    day: date
    sessions: int = 0
    cdrs: int = 0
    accepted: int = 0
    billed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    days: list[Day]
    differences: list[Difference]


def compare(connection: RoamingConnection, *, now: datetime) -> Comparison:
    """Returns the last 14 days, newest first. Four queries."""
    since = max(now - timedelta(days=_DAYS), connection.cdrs_from or now)
    settled = loading.rows().filter(
        state=Session.State.SETTLED, settled_at__gte=since, token__msp__in=objects.providers(connection)
    )
    sessions = list(settled.order_by("-settled_at"))
    finals = {row.session_id: row for row in Rating.objects.filter(session__in=sessions, kind=Rating.Kind.FINAL)}
    cdrs: dict[object, list[RoamingObject]] = {}
    for row in RoamingObject.objects.filter(kind=objects.Kind.CDR, session__in=sessions):
        cdrs.setdefault(row.session_id, []).append(row)
    shares = {
        row.object_id: row for row in RoamingShare.objects.filter(connection=connection, object__session__in=sessions)
    }
    days: dict[date, Day] = {}
    differences: list[Difference] = []
    for session in sessions:
        rating = finals.get(session.pk)
        if rating is None or session.settled_at is None:
            continue
        day = days.setdefault(session.settled_at.date(), Day(session.settled_at.date()))
        own = cdrs.get(session.pk, [])
        day.sessions += 1
        day.cdrs += len(own)
        day.accepted += sum(row.pk in shares and shares[row.pk].dirty_at is None for row in own)
        day.billed[rating.currency] = day.billed.get(rating.currency, 0) + rating.total_minor
        differences += _differences(session, rating, own, shares)
    return Comparison(list(days.values()), differences)


def _differences(
    session: Session, rating: Rating, own: list[RoamingObject], shares: dict[int, RoamingShare]
) -> Iterator[Difference]:
    if not own:
        yield Difference(session, Cause.MISSING)
        return
    for row in own:
        share = shares.get(row.pk)
        if share is None or share.dirty_at is not None:
            failure = share.failure if share else ""
            yield Difference(session, Cause.REJECTED if failure else Cause.NOT_SENT, failure)
    digits = loading.digits_of(rating.currency)
    cdr_total_minor = sum(round(row.body["total_cost"]["excl_vat"] * 10**digits) for row in own)
    if cdr_total_minor != rating.net_minor:
        yield Difference(session, Cause.AMOUNT)
