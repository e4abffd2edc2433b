"""Money that needs a person: bills, refunds, disputes, debts, payouts and what blocks them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, Min, OuterRef, Subquery, Sum
from django.urls import reverse
from django.utils.text import Truncator

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.attention.cause import Cause, Kind, Link, subject_of
from billing import access
from billing.models import BankAccount, LedgerAccount, Payout, ProcessorAccount, Rating
from billing.payouts.cycle import wording
from billing.payouts.payees import readiness
from billing.payouts.payees.readiness import Need
from billing.sessions.money_work import money_work
from billing.sessions.money_work.money_work import WorkList
from chargers.models import Host

_OF_SESSION: Final = "receipt__session__"


def money(viewer: Viewer) -> Iterator[Cause]:
    work = money_work.load(viewer)
    page = reverse("billing:money")
    last = Rating.objects.filter(session=OuterRef("pk")).order_by("-id")
    held_sessions = work.held.rows.annotate(
        minor=Subquery(last.values("total_minor")[:1]), rated_currency=Subquery(last.values("currency")[:1])
    )
    yield from _group_by_charger(
        Kind.HELD,
        work.held,
        held_sessions.values(**_facts("", at="stopped_at", minor="minor", currency="rated_currency")),
        page="",
    )
    back = _facts(_OF_SESSION, at="created_at", minor="total_minor", currency="currency")
    yield from _group_by_charger(Kind.REFUND_WAITS, work.waiting, work.waiting.rows.values(**back), page=page)
    refused = work.refused.rows.prefetch_related(None)
    yield from _group_by_charger(Kind.REFUND_REFUSED, work.refused, refused.values(**back), page=page)
    contested = _facts("hold__session__", at="opened_at", minor="amount_minor", currency="currency")
    yield from _group_by_charger(Kind.DISPUTE, work.disputes, work.disputes.rows.values(**contested), page=page)
    complained = _facts(
        _OF_SESSION, at="asked_at", minor="receipt__rating__total_minor", currency="receipt__rating__currency"
    )
    yield from _group_by_charger(
        Kind.COMPLAINT, work.complaints, work.complaints.rows.values(**complained, words=F("text")), page=page
    )
    doubtful = _facts(_OF_SESSION, at="made_at", minor="total_minor", currency="currency")
    yield from _group_by_charger(Kind.DOUBTFUL, work.offers, work.offers.rows.values(**doubtful), page=page)
    late = _facts("session__", at="created_at", minor="more", currency="currency")
    del late["session_id"]  # the row's own field
    stops = work.late.rows.annotate(more=F("total_minor") - F("billed_minor"))
    yield from _group_by_charger(Kind.LATE_STOP, work.late, stops.values("session_id", **late), page=page)
    yield from _uncollected_causes(work, page=page)


def _facts(session: str, *, at: str, minor: str, currency: str) -> dict[str, Any]:
    return {
        "row": F("pk"),
        "charger_name": F(f"{session}charger__charger_id"),
        "session_id": F(f"{session}pk"),
        "at_": F(at),
        "minor_": F(minor),
        "currency_": F(currency),
    }


_DETAILS: Final[Mapping[Kind, str]] = {
    Kind.DOUBTFUL: "The records prove that something went wrong; the guest has not complained.",
    Kind.REFUND_WAITS: "The guest is promised nothing until somebody agrees.",
    Kind.DISPUTE: "The bank decides; nothing of it can be given back meanwhile.",
    Kind.LATE_STOP: "The charger reported more than was billed, after the bill: nothing more is billed by itself.",
}
_FIXES: Final[Mapping[Kind, str]] = {
    Kind.HELD: "Decide what is billed",
    Kind.REFUND_WAITS: "Approve or decline",
    Kind.REFUND_REFUSED: "Send it again, or note how it was given back",
    Kind.DISPUTE: "See the dispute",
    Kind.COMPLAINT: "Answer",
    Kind.DOUBTFUL: "Give it back, or say why the bill is right",
    Kind.LATE_STOP: "Bill the difference, or leave it",
}

_BY_OTHERS: Final[Mapping[Kind, str]] = {
    Kind.HELD: " decides.",
    Kind.REFUND_WAITS: " decides.",
    Kind.REFUND_REFUSED: " sends it again, or notes how it was given back.",
    Kind.COMPLAINT: " answers.",
    Kind.DOUBTFUL: " gives it back, or says why the bill is right.",
    Kind.LATE_STOP: " bills the difference, or leaves it.",
}


def _group_by_charger(
    kind: Kind, work: WorkList[Any], rows: Iterable[Mapping[str, Any]], *, page: str
) -> Iterator[Cause]:
    """Yields one cause for each charger. `page` lists the work; if empty, its sessions do."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["charger_name"], row["currency_"] or ""].append(row)
    for (charger_id, currency), group in groups.items():
        session = reverse("billing:session", args=[group[0]["session_id"]])
        href = f"{page}#{work.slug}" if page else session
        detail = _DETAILS.get(kind, "")
        if kind == Kind.COMPLAINT:
            detail = Truncator(group[0]["words"]).words(15)
        yield Cause(
            subject=subject_of(charger_id),
            kind=kind,
            key=f"{kind}:{len(group)}:{max(str(row['row']) for row in group)}",
            level="bad" if kind == Kind.REFUND_REFUSED else "warn",
            since=min(row["at_"] for row in group),
            words=Link(work.words(len(group)), href),
            detail=detail,
            fix=Link(_FIXES[kind], session if len(group) == 1 else href),
            by_others=_BY_OTHERS.get(kind, ""),
            count=len(group),
            minor=sum(row["minor_"] or 0 for row in group),
            currency=currency,
        )


def _uncollected_causes(work: money_work.Work, *, page: str) -> Iterator[Cause]:
    """Yields uncollected amounts, summed in the database because there may be thousands."""
    rows = work.owed.rows.order_by().values("session__charger__charger_id", "currency")
    for row in rows.annotate(
        count=Count("id"), minor=Sum(F("amount_minor") - F("reduced_minor")), since=Min("created_at")
    ):
        yield Cause(
            subject=subject_of(row["session__charger__charger_id"]),
            kind=Kind.UNCOLLECTED,
            key=f"owed:{row['count']}:{row['minor']}",
            level="warn",
            since=row["since"],
            words=Link(work.owed.words(row["count"]), f"{page}#owed"),
            detail="Cards did not cover it, and drivers have not paid it yet.",
            fix=Link("See who owes it", f"{page}#owed"),
            count=row["count"],
            minor=row["minor"],
            currency=row["currency"],
        )


def payouts(viewer: Viewer) -> Iterator[Cause]:
    failed = access.payouts(viewer).filter(state__in=(Payout.State.FAILED, Payout.State.RETURNED), reissue__isnull=True)
    for payout in failed.select_related("host", "property"):
        page = reverse("billing:payout", args=[payout.pk])
        why = (wording.failure(payout) or {}).get("sentence", "")
        yield Cause(
            subject=f"host:{payout.host.slug}",
            kind=Kind.PAYOUT,
            key=f"payout:{payout.pk}",
            level="bad",
            since=payout.failed_at or payout.submitted_at or payout.calculated_at or payout.ends_at,
            words=Link(f"Payout {payout.get_state_display().lower()}", page),
            detail=f"{payout.property.name}: {why}" if payout.property else why,
            fix=Link("See who has to act", page),
            minor=payout.amount_minor,
            currency=payout.currency,
        )


def payees(viewer: Viewer, *, now: datetime) -> Iterator[Cause]:
    """Yields what blocks payouts, with the texts of the page of payouts, once something is owed or was begun.

    Agents see only what no member may decide. One query, and up to six for each such host.
    """
    if getattr(viewer, "is_agent", False):
        for account in readiness.for_support(access.bank_accounts(viewer)):
            yield _payee(account.host, readiness.waiting(account, now=now))
        return
    owed = LedgerAccount.objects.filter(host=OuterRef("pk"), code=LedgerAccount.Code.HOST_PAYABLE)
    unconfirmed = BankAccount.objects.filter(host=OuterRef("pk"), state=BankAccount.State.UNCONFIRMED)
    started_accounts = ProcessorAccount.objects.filter(host=OuterRef("pk")).exclude(ref="")
    hosts = people.hosts_with(viewer, Right.SEE_MONEY).filter(
        Exists(owed) | Exists(unconfirmed) | Exists(started_accounts)
    )
    for host in hosts:
        waiting = BankAccount.objects.filter(host=host, state=BankAccount.State.UNCONFIRMED)
        accounts = waiting.select_related("host", "property").order_by("pk")
        needs: list[Need | None] = [readiness.waiting(bank_account, now=now) for bank_account in accounts]
        for need in (*(needs or [readiness.account(host, now=now)]), readiness.identity(host, now=now)):
            if need is not None:
                yield _payee(host, need)


def _payee(host: Host, need: Need) -> Cause:
    page = reverse(need.page, args=[host.slug])
    return Cause(
        subject=f"host:{host.slug}",
        kind=Kind(need.code),
        key=f"{need.code}:{host.slug}:{need.sentence}",
        level="warn",
        since=need.since or host.created_at,
        words=Link(need.title, page),
        detail=need.sentence,
        fix=Link("Open", page),
    )
