"""Differences between the bank, the processor, the payouts and the books, each with its kind, age, owner and next step.

Nothing is stored: differences are computed anew each time and disappear with their cause. A payout missing on a host's
account counts only if later lines of that account were imported, because most hosts import none.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Case, CharField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast

from billing.formatting.money import money
from billing.models import (
    BankImport,
    BankLine,
    BankMatch,
    DayOf,
    Hold,
    LedgerAccount,
    LedgerEntry,
    Payout,
    PayoutCarry,
    Posting,
    ProcessorTransaction,
    Receipt,
)
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.daily_totals import spans, sums
from billing.payouts.bank_lines import matches, wording
from billing.payouts.bank_lines.by_hand import answers
from billing.payouts.bank_lines.matching import Way
from billing.payouts.bank_lines.wording import Kind, Owner
from billing.payouts.sending import outcomes
from billing.processor_events import processor_events
from billing.proration import business_days
from billing.sessions.processor_reports import reconciliation
from chargers.models import Host

State = Payout.State
IN_TRANSIT_AT_MOST: Final = timedelta(days=7)
ON_THE_STATEMENT_WITHIN: Final = 5
"""Business days after a payout is paid."""
SENT_WITHIN: Final = timedelta(days=5)
DECIDED_WITHIN: Final = timedelta(days=7)
LISTED_WITHIN: Final = timedelta(days=3)
POSTED_WITHIN: Final = timedelta(hours=1)
_EVENTS_BACK: Final = timedelta(days=30)
_BACK: Final = timedelta(days=400)
_SUMS_BACK: Final = timedelta(days=62)
_LIMIT: Final = 500
_P, _H, _B, _R = Owner.PLATFORM, Owner.HOST, Owner.BANK, Owner.PROCESSOR
KINDS: Final[Mapping[str, Kind]] = {
    **wording.KINDS,
    "balance_gap": Kind("Statement does not add up", _B, "Import the statement that is missing, or ask the bank."),
    "not_on_statement": Kind("Not on the host's statement", _B, "Ask the bank for a trace of the payment."),
    "not_booked": Kind("Not on our statement", _P, "Import our bank's statement; if it is there, see if it was sent."),
    "in_transit": Kind("In transit for too long", _P, "Find which payout neither arrived nor came back."),
    "at_processor": Kind("Money of a failed payout", _H, "Enter or confirm a bank account: the money then goes out."),
    "suspense": Kind("Money in suspense", _P, "Say in the books what it was: suspense ends at zero."),
    "movement_unknown": Kind("Unknown at the processor", _P, "Say whose it is, under what waits."),
    "movement_waiting": Kind("Not known as taken", _P, "Ask the processor about the payment."),
    "event_without_effect": Kind("Event without effect", _P, "Find at the processor what it is about."),
    "payment_missing": Kind("Not on the processor's list", _R, "Ask the processor about the payment."),
    "allocation_differs": Kind("Postings do not come to the payout", _P, "Hold it, and have it looked into."),
    "carry_differs": Kind("Carried amounts do not add up", _P, "Hold it, and have it looked into."),
    "opening_differs": Kind("Taken over and carried on differ", _P, "Hold it, and have it looked into."),
    "bridge_remainder": Kind("Bridge leaves a remainder", _P, "Hold it, and have it looked into."),
    "posting_differs": Kind("Books and payout differ", _P, "Hold it, and have the books corrected by an entry."),
    "line_not_posted": Kind("Matched, but not in the books", _P, "Have the books corrected by an entry."),
    "paid_without_line": Kind("Paid without a bank line", _P, "Import our bank's statement of that day."),
    "transfer_missing": Kind("On its way without a transfer", _R, "Ask the processor about the transfer."),
    "not_sent_yet": Kind("Approved, but not sent", _P, "See what it waits for; by file: make the file."),
    "not_decided": Kind("Waits for a decision", _P, "Approve it, or release it."),
    "receipt_not_posted": Kind("Receipt is not in the books", _P, "See the worker's log: posting it fails."),
    "capture_not_posted": Kind("Payment is not in the books", _P, "See the worker's log: posting it fails."),
    "day_sums_differ": Kind("Sums of a day differ", _P, "Have the sums of that day made again."),
    "capture_differs": Kind("Payment differs from the books", _P, "Have the books corrected by an entry."),
}
# For each closed payout, compares what was allocated, carried on and taken over, what its bridge explains, and what the
# books show as sent (less what failed or was withdrawn) with the expected amounts.
_CHECK: Final = """
SELECT * FROM (
    SELECT p.id,
        coalesce((SELECT sum(a.amount_minor) FROM billing_payoutallocation a WHERE a.payout_id = p.id), 0)::bigint
            AS allocated, p.moved_minor,
        coalesce((SELECT sum(c.amount_minor) FROM billing_payoutcarry c
            WHERE c.payout_id = p.id AND c.kind <> 'failed'), 0)::bigint AS carried, p.carried_minor,
        coalesce((SELECT sum(c.amount_minor) FROM billing_payoutcarry c WHERE c.taken_by_id = p.id), 0)::bigint
            AS opened, p.opening_minor,
        coalesce((SELECT sum((r ->> 'amount_minor')::bigint) FROM jsonb_array_elements(p.bridge) r), 0)::bigint
            AS explained,
        CASE WHEN p.state IN ('carried', 'failed', 'returned', 'reissued') THEN 0 ELSE p.amount_minor END AS paid,
        coalesce((SELECT sum(CASE g.side WHEN 'D' THEN g.amount_minor ELSE -g.amount_minor END)
            FROM billing_ledgerentry e JOIN billing_posting g ON g.entry_id = e.id
            JOIN billing_ledgeraccount t ON t.id = g.account_id AND t.code = 'host_payable'
            WHERE e.source_type = 'payout' AND e.source_id = p.id::text
                AND e.kind IN ('submitted', 'withdrawn', 'failed', 'unfailed')), 0)::bigint AS booked,
        CASE WHEN p.state IN ('submitted', 'in_transit', 'paid', 'reconciled') THEN p.amount_minor ELSE 0 END AS sent
    FROM billing_payout p WHERE p.state NOT IN ('open', 'closing') AND p.created_at >= %(since)s
) q
WHERE allocated <> moved_minor OR carried <> carried_minor OR opened <> opening_minor OR explained <> paid
    OR booked <> sent
ORDER BY id LIMIT %(most)s
"""


_SIGNED_POSTINGS: Final = Case(
    When(postings__side=Posting.Side.DEBIT, then=F("postings__amount_minor")), default=-F("postings__amount_minor")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference. `target` is the kind and key of the object that a page links to."""

    kind: str
    since: datetime
    sentence: str
    host: Host | None = None
    amount_minor: int | None = None
    currency: str = ""
    target: tuple[str, Any] = ("", None)
    whose: Owner | None = None
    step: str = ""

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    @property
    def owner(self) -> Owner:
        return self.whose or KINDS[self.kind].owner

    @property
    def next_step(self) -> str:
        return self.step or KINDS[self.kind].next_step

    def days(self, now: datetime) -> int:
        """Returns its age in days."""
        return max((now - self.since).days, 0)


def find(*, now: datetime) -> list[Difference]:
    """Finds all differences, oldest first. A query or two for each kind."""
    differences = [difference for finder in _FINDERS for difference in finder(now)]
    return sorted(differences, key=lambda difference: difference.since)


def _lines(now: datetime) -> Iterator[Difference]:
    """Finds lines that no payout explains. A host's other income and expenses are not differences."""
    rows = BankLine.objects.filter(match__in=(BankLine.Match.UNMATCHED, BankLine.Match.AMBIGUOUS))
    unrelated = Q(host__isnull=False, kind__in=wording.UNRELATED) | Q(kind="nothing_moved")
    lines = list(rows.exclude(unrelated).select_related("host").order_by("booked_on")[:_LIMIT])
    can_match = answers.matchable_ids(lines)
    for line in lines:
        is_undone = line.kind == matches.UNDONE and line.found_at is not None
        yield Difference(
            kind=line.kind,
            since=line.found_at if is_undone and line.found_at else outcomes.noon_utc(line.booked_on),
            whose=_H if is_undone and line.host_id else None,
            step=wording.next_step(line, is_matchable=line.pk in can_match),
            sentence=wording.sentence(line),
            host=line.host,
            amount_minor=line.amount_minor,
            currency=line.currency,
            target=("line", line.pk),
        )


def _statements(now: datetime) -> Iterator[Difference]:
    rows = BankImport.objects.exclude(problems=[]).filter(answer="").select_related("host").order_by("id")
    for file in rows[:_LIMIT]:
        first = next((problem for problem in file.problems if problem["difference_minor"]), None)
        if first is not None:
            yield Difference(
                kind="balance_gap",
                since=file.imported_at,
                sentence=first["message"],
                host=file.host,
                target=("import", file.pk),
            )


def _not_on_statement(now: datetime) -> Iterator[Difference]:
    newest = BankLine.objects.filter(host=OuterRef("host")).order_by("-booked_on").values("booked_on")[:1]
    arrived = BankMatch.objects.filter(payout=OuterRef("pk"), kind=BankMatch.Kind.ARRIVED)
    rows = Payout.objects.filter(~Exists(arrived), state=State.PAID, amount_minor__gt=0, created_at__gte=now - _BACK)
    rows = rows.annotate(newest=Subquery(newest)).filter(newest__isnull=False).select_related("host")
    for payout in rows.order_by("paid_at")[:_LIMIT]:
        day = payout.paid_at.date() if payout.paid_at else payout.expected_on
        last = business_days.shift_day(max(filter(None, (day, payout.expected_on))), ON_THE_STATEMENT_WITHIN)
        if last < now.date() and payout.newest > last:
            sentence = f"{payout.label} was paid, but is on no statement of {payout.host} up to {payout.newest}."
            yield _build_payout_difference("not_on_statement", payout, sentence, since=outcomes.noon_utc(last))


def _not_booked(now: datetime) -> Iterator[Difference]:
    outgoing_matches = BankMatch.objects.filter(payout=OuterRef("pk"), kind=BankMatch.Kind.LEFT)
    rows = Payout.objects.filter(~Exists(outgoing_matches), state=State.SUBMITTED, way=Way.BANK_FILE).select_related(
        "host"
    )
    newest = BankLine.objects.filter(host=None).order_by("-booked_on").values_list("booked_on", flat=True).first()
    for payout in rows.order_by("submitted_at")[:_LIMIT]:
        assert payout.submitted_at is not None
        last = business_days.shift_day(payout.expected_on or payout.submitted_at.date(), 3)
        if last < now.date():
            bank_status = (
                f"our statements up to {newest} do not have it" if newest else "no statement of ours was imported"
            )
            sentence = f"{payout.label} went to our bank in a file; {bank_status}."
            yield _build_payout_difference("not_booked", payout, sentence, since=payout.submitted_at)


def _check_money_in_transit(now: datetime) -> Iterator[Difference]:
    for account, minor, since in _open_since(Code.PAYOUT_IN_TRANSIT):
        if now - since > IN_TRANSIT_AT_MOST:
            amount = money(abs(minor), account.currency)
            day = f"{since:%-d %B %Y}"
            failed = _find_payout_at_processor(account)
            sentence = (
                f"{amount} lies in the host's account at the card processor since {failed.label} failed."
                if failed is not None
                else f"{amount} was sent on {day} and has reached no bank since."
            )
            difference = _build_account_difference("in_transit", account, sentence, minor=minor, since=since)
            yield difference if failed is None else _attribute_to_failed_payout(failed, difference)


def _attribute_to_failed_payout(failed: Payout, difference: Difference) -> Difference:
    return replace(
        difference, kind="at_processor", since=failed.failed_at or difference.since, target=("payout", failed.pk)
    )


def _find_payout_at_processor(account: LedgerAccount) -> Payout | None:
    """Returns the newest failed payout whose money is still in the host's account at the card processor."""
    failed = Payout.objects.filter(
        host=account.host, currency=account.currency, state__in=(State.FAILED, State.RETURNED), transferred_minor__gt=0
    )
    not_taken_over = failed.filter(carries__kind=PayoutCarry.Kind.FAILED, carries__taken_by=None)
    return not_taken_over.order_by("-failed_at").first()


def _suspense(now: datetime) -> Iterator[Difference]:
    for account, minor, since in _open_since(Code.BANK_SUSPENSE):
        sentence = f"{money(abs(minor), account.currency)} has stood in suspense since {since:%-d %B %Y}."
        yield _build_account_difference("suspense", account, sentence, minor=minor, since=since)


def _movements(now: datetime) -> Iterator[Difference]:
    matches = ProcessorTransaction.Match
    late = Q(match=matches.WAITING, made_at__lt=now - LISTED_WITHIN)
    rows = ProcessorTransaction.objects.filter(Q(match=matches.UNKNOWN) | late).select_related("host")
    for row in rows.order_by("made_at")[:_LIMIT]:
        kind = "movement_unknown" if row.match == matches.UNKNOWN else "movement_waiting"
        yield Difference(
            kind=kind,
            since=row.made_at,
            sentence=f"{row.kind} {row.ref}: {row.finding or 'nothing explains it.'}",
            host=row.host,
            amount_minor=row.net_minor,
            currency=row.currency,
            target=("cases", None),
        )


def _events(now: datetime) -> Iterator[Difference]:
    """Finds processor events without effect here, for a month, in which they are retried."""
    for event in processor_events.without_effect(since=now - _EVENTS_BACK)[:_LIMIT]:
        yield Difference(
            kind="event_without_effect",
            since=event.received_at,
            sentence=f"{event.kind} about {event.processor_ref}: {event.failure.partition(': ')[2] or 'not handled.'}",
            target=("cases", None),
        )


def _missing(now: datetime) -> Iterator[Difference]:
    for hold in reconciliation.missing(now=now).select_related("session__host")[:_LIMIT]:
        yield _build_hold_difference(
            "payment_missing", hold, "is not on the processor's list", minor=hold.captured_minor
        )
    for period in reconciliation.missing_fees(now=now).select_related("subscription__host")[:_LIMIT]:
        amount = money(period.total_minor, period.currency)
        yield Difference(
            kind="payment_missing",
            since=period.paid_at or now,
            host=period.subscription.host,
            sentence=f"A plan's fee of {amount} was taken, and the processor does not list it.",
            amount_minor=period.total_minor,
            currency=period.currency,
            target=("cases", None),
        )


def _payouts(now: datetime) -> Iterator[Difference]:
    """Compares payouts with their postings, what they carry, and the books: one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CHECK, {"since": now - _BACK, "most": _LIMIT})
        sums = {row[0]: row[1:] for row in cursor.fetchall()}
    for payout in Payout.objects.filter(pk__in=sums).select_related("host").order_by("created_at"):
        allocated, _, carried_sum, _, opening_sum, _, explained, paid_minor, booked, expected = sums[payout.pk]
        for kind, has, should, label in (
            ("allocation_differs", allocated, payout.moved_minor, "its postings come to"),
            ("carry_differs", carried_sum, payout.carried_minor, "what it carries on comes to"),
            ("opening_differs", opening_sum, payout.opening_minor, "what it took over comes to"),
            ("bridge_remainder", explained, paid_minor, "its bridge explains"),
            ("posting_differs", booked, expected, "the books have it on its way with"),
        ):
            if has != should:
                amounts = f"{money(has, payout.currency)} instead of {money(should, payout.currency)}"
                yield _build_payout_difference(kind, payout, f"{payout.label}: {label} {amounts}.", minor=has - should)


def _check_matches(now: datetime) -> Iterator[Difference]:
    """Checks that the books have what the bank booked of our files, and that the bank has what is paid by file."""
    this = Cast(OuterRef("payout"), output_field=CharField())
    kinds = Case(When(kind=BankMatch.Kind.LEFT, then=Value("booked")), default=Value("booked_back"))
    entries = LedgerEntry.objects.filter(source_type="payout", source_id=this, kind=OuterRef("entry_kind"))
    entries = entries.filter(reversed_by=None)
    processor_matches = BankMatch.objects.filter(kind=BankMatch.Kind.LEFT, payout__way=Way.PROCESSOR)
    for match in processor_matches.select_related("payout__host", "line")[:_LIMIT]:
        sentence = (
            f"{match.payout.label} is paid by the card processor, and a line of our own account is matched to it."
        )
        yield _build_payout_difference("wrong_way", match.payout, sentence, since=match.matched_at)
    by_file = Q(payout__way=Way.BANK_FILE, kind__in=(BankMatch.Kind.LEFT, BankMatch.Kind.RETURNED))
    rows = BankMatch.objects.filter(by_file).annotate(entry_kind=kinds).filter(~Exists(entries))
    for row in rows.select_related("payout__host", "line")[:_LIMIT]:
        sentence = f"{row.payout.label} is the line of {row.line.booked_on}, and the books do not have it."
        yield _build_payout_difference("line_not_posted", row.payout, sentence, since=row.matched_at)
    outgoing_matches = BankMatch.objects.filter(payout=OuterRef("pk"), kind=BankMatch.Kind.LEFT)
    paid = Payout.objects.filter(~Exists(outgoing_matches), state__in=(State.PAID, State.RECONCILED), way=Way.BANK_FILE)
    for payout in paid.exclude(paid_at=None).select_related("host")[:_LIMIT]:
        # A payout seen first at the host's bank appears on our statement some days later.
        if payout.paid_at is not None and business_days.shift_day(payout.paid_at.date(), 3) < now.date():
            sentence = f"{payout.label} is paid, and no line of our bank has it."
            yield _build_payout_difference("paid_without_line", payout, sentence, since=payout.paid_at)


def _check_payout_progress(now: datetime) -> Iterator[Difference]:
    rows = Payout.objects.select_related("host").order_by("created_at")
    sent = rows.filter(way=Way.PROCESSOR, state__in=(State.IN_TRANSIT, State.PAID, State.RECONCILED))
    for payout in sent.filter(transferred_minor__lt=F("amount_minor"), created_at__gte=now - _BACK)[:_LIMIT]:
        sentence = (
            f"{payout.label} is on its way, and {money(payout.transferred_minor, payout.currency)} was transferred."
        )
        yield _build_payout_difference("transfer_missing", payout, sentence)
    late = Q(state=State.APPROVED, approved_at__lt=now - SENT_WITHIN)
    late |= Q(state=State.SUBMITTED, way=Way.PROCESSOR, submitted_at__lt=now - SENT_WITHIN)
    for payout in rows.filter(late)[:_LIMIT]:
        by_file = payout.way == Way.BANK_FILE
        waits = payout.waits_for or ("it is in no file for the bank yet." if by_file else "nobody has sent it.")
        remark = f" The processor says: {payout.processor_says}" if payout.processor_says else ""
        sentence = f"{payout.label}: {waits}{remark}"
        yield _build_payout_difference("not_sent_yet", payout, sentence, since=payout.approved_at or payout.created_at)
    waiting = rows.filter(state__in=(State.CALCULATED, State.HELD), calculated_at__lt=now - DECIDED_WITHIN)
    for payout in waiting[:_LIMIT]:
        reason = f": {payout.hold_reason}" if payout.hold_reason else "."
        sentence = f"{payout.label} {payout.get_state_display().lower()}{reason}"
        yield _build_payout_difference("not_decided", payout, sentence, since=payout.calculated_at or payout.created_at)


def _documents(now: datetime) -> Iterator[Difference]:
    """Finds receipts and payments that the books lack, or have with another amount."""
    before = now - POSTED_WITHIN
    receipts = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT, rating__total_minor__gt=0, issued_at__lt=before)
    for row in _filter_unposted(receipts, "receipt", "issued").select_related("host", "rating")[:_LIMIT]:
        yield Difference(
            kind="receipt_not_posted",
            since=row.issued_at,
            sentence=f"Receipt {row.label} has no entry.",
            host=row.host,
            amount_minor=row.rating.total_minor,
            currency=row.rating.currency,
            target=("session", row.session_id),
        )
    captured_holds = Hold.objects.filter(state=Hold.State.CAPTURED, captured_minor__gt=0, finished_at__lt=before)
    captured_holds = captured_holds.filter(finished_at__gte=now - _BACK).select_related("session__host")
    for hold in _filter_unposted(captured_holds, "hold", "captured")[:_LIMIT]:
        yield _build_hold_difference("capture_not_posted", hold, "has no entry", minor=hold.captured_minor)
    this = Cast(OuterRef("pk"), output_field=CharField())
    posted = Posting.objects.filter(
        entry__source_type="hold",
        entry__source_id=this,
        entry__kind="captured",
        account__code=Code.PROCESSOR_CLEARING,
    )
    rows = captured_holds.annotate(posted=Subquery(posted.values("amount_minor")[:1])).exclude(posted=None)
    for hold in rows.exclude(posted=F("captured_minor"))[:_LIMIT]:
        has = money(hold.posted, hold.currency)
        yield _build_hold_difference(
            "capture_differs", hold, f"is {has} in the books", minor=hold.posted - hold.captured_minor
        )


def _filter_unposted(rows: QuerySet[Any], source_type: str, kind: str) -> QuerySet[Any]:
    this = Cast(OuterRef("pk"), output_field=CharField())
    entries = LedgerEntry.objects.filter(source_type=source_type, source_id=this, kind=kind)
    return rows.filter(~Exists(entries)).order_by("pk")


def _build_hold_difference(kind: str, hold: Hold, problem: str, *, minor: int) -> Difference:
    amount = money(hold.captured_minor, hold.currency)
    return Difference(
        kind=kind,
        since=hold.finished_at or hold.created_at,
        host=hold.session.host,
        amount_minor=minor,
        sentence=f"{amount} taken from the card ending {hold.last4 or '????'} {problem}.",
        currency=hold.currency,
        target=("session", hold.session_id),
    )


def _build_payout_difference(
    kind: str, payout: Payout, sentence: str, *, since: datetime | None = None, minor: int | None = None
) -> Difference:
    return Difference(
        kind=kind,
        since=since or payout.calculated_at or payout.created_at,
        sentence=sentence,
        host=payout.host,
        amount_minor=payout.amount_minor if minor is None else minor,
        currency=payout.currency,
        target=("payout", payout.pk),
    )


def _build_account_difference(
    kind: str, account: LedgerAccount, sentence: str, *, minor: int, since: datetime
) -> Difference:
    return Difference(
        kind=kind,
        since=since,
        sentence=sentence,
        host=account.host,
        amount_minor=minor,
        currency=account.currency,
        target=("account", account.pk),
    )


def _open_since(code: Code) -> Iterator[tuple[LedgerAccount, int, datetime]]:
    """Yields accounts with a balance, and since when their oldest document is open."""
    accounts = LedgerAccount.objects.filter(code=code).select_related("host")
    for account in accounts.annotate(minor=Sum(_SIGNED_POSTINGS)).order_by("host__name"):
        if account.minor:
            yield account, account.minor, _oldest(account)


def _oldest(account: LedgerAccount) -> datetime:
    """Returns the date of the oldest open document.

    Postings of one document are set off against each other, then the remainders of documents, oldest first.
    """
    by_document = Posting.objects.filter(account=account).values("entry__source_type", "entry__source_id")
    rows = by_document.annotate(minor=Sum(ledger.DEBITED), since=Min("entry__occurred_at")).exclude(minor=0)
    open_: deque[tuple[int, datetime]] = deque()
    for minor, since in rows.order_by("since").values_list("minor", "since"):
        open_minor = minor
        while open_minor and open_ and (open_[0][0] > 0) != (open_minor > 0):
            open_minor, since_before = open_minor + open_[0][0], open_.popleft()[1]
            if open_minor and (open_minor > 0) != (minor > 0):
                open_.appendleft((open_minor, since_before))
                open_minor = 0
        if open_minor:
            open_.append((open_minor, since))
    return open_[0][1]


def _day_sums(now: datetime) -> Iterator[Difference]:
    """Finds sums of the last two months that differ from what was posted, settled or tried.

    `manage.py day_sums --check` checks all of them.
    """
    day_sums = sums.differing(since=(now - _SUMS_BACK).date())[:_LIMIT]
    hosts = Host.objects.in_bulk({day_sum.host for day_sum in day_sums})
    for day_sum in day_sums:
        yield Difference(
            kind="day_sums_differ",
            since=spans.midnight(day_sum.day),
            sentence=f"{DayOf(day_sum.day_of).label} of {day_sum.day:%-d %B %Y} (UTC) are not what their sum says.",
            host=hosts.get(day_sum.host),
            target=("books", None),
        )


_FINDERS: Final[tuple[Callable[[datetime], Iterator[Difference]], ...]] = (
    _lines, _statements, _not_on_statement, _not_booked, _check_money_in_transit, _suspense, _movements, _events,
    _missing, _payouts, _check_matches, _check_payout_progress, _documents, _day_sums,
)  # fmt: skip
