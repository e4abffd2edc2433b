"""Planted mismatches are found, each by its kind, with an age, an owner and a next step; clean months have none."""

import io
import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.db.models import F

from billing.models import (
    BankImport,
    BankLine,
    BankMatch,
    DayOfBooks,
    Hold,
    LedgerAccount,
    LedgerEntry,
    Payout,
    Posting,
    ProcessorEvent,
    ProcessorTransaction,
    Receipt,
    Session,
)
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payments.daily_totals import sums
from billing.payouts.bank_lines import differences, imports
from billing.payouts.bank_lines.by_hand import clearing, undo
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.bank_lines.differences import Difference
from billing.payouts.bank_lines.wording import Owner
from billing.payouts.cycle import approval, cycle
from billing.payouts.sending import outcomes
from billing.processor_events import processor_events
from tests.kit import bank_statements, charging, sampling
from tests.kit.bank_lines import DAY, NOW, SENT, Line, approved, brought, by_file, get, paid
from tests.kit.bank_statements import Entry
from tests.kit.payouts import Books, books
from tests.kit.tampering import unguarded

pytestmark = pytest.mark.django_db
LATER: Final = datetime(2026, 5, 10, 12, tzinfo=UTC)
LAKE: Final = "NL91ABNA0417164300"
_numbers = itertools.count(1)


def made(slug: str = "sunset") -> Books:
    found = books(slug, currency="EUR")
    found.agree(way="bank_file")
    found.bank()
    return found


def kinds(now: datetime = LATER) -> set[str]:
    return {one.kind for one in differences.find(now=now)}


def processed(known: Books, minor: int = 1000) -> Payout:
    return paid(known, minor)


def line(known: Books, *lines: Line, host: bool = False) -> None:
    brought(*lines, host=known.host if host else None)


# Each plants one mismatch among what is right.


def unknown_reference(known: Books) -> None:
    line(known, Line(amount="-9.99", reference="P-000077-ZZ"))


def wrong_amount(known: Books) -> None:
    line(known, Line(amount="9.50", reference=processed(known).trace), host=True)


def other_currency(known: Books) -> None:
    line(known, Line(amount="10.00", currency="USD", reference=processed(known).trace), host=True)


def two_candidates(known: Books) -> None:
    processed(known)
    processed(known)
    line(known, Line(amount="10.00"), host=True)


def two_lines(known: Books) -> None:
    processed(known)
    line(known, Line(amount="10.00", text="a"), Line(amount="10.00", text="b"), host=True)


def doubled(known: Books) -> None:
    trace = processed(known).trace
    line(known, Line(amount="10.00", reference=trace), Line(amount="10.00", reference=trace, text="2"), host=True)


def return_without_payout(known: Books) -> None:
    line(known, Line(amount="77.00", code="AC04"))


def other_account(known: Books) -> None:
    line(known, Line(amount="-10.00", reference=by_file(known, 1000).trace, to=LAKE))


def not_sent(known: Books) -> None:
    payout = approved(known, 1000)
    line(known, Line(amount="-10.00", reference=str(payout.pk)))


def failed_before(known: Books) -> None:
    payout = processed(known)
    outcomes.mark_failed(payout, code="account_closed", now=SENT)
    line(known, Line(amount="10.00", reference=payout.trace), host=True)


def wrong_way(known: Books) -> None:
    line(known, Line(amount="-10.00", reference=processed(known).trace))


def wrong_direction(known: Books) -> None:
    line(known, Line(amount="-10.00", reference=processed(known).trace), host=True)


def other_day(known: Books) -> None:
    processed(known)
    line(known, Line(amount="10.00", on=DAY + timedelta(days=9)), host=True)


def doubtful(known: Books) -> None:
    processed(known)
    broken(known, Entry(cents=1000, day="2026-04-07"))


def no_payout(known: Books) -> None:
    line(known, Line(amount="-123.45", text="Something"))


def undone(known: Books) -> None:
    line(known, Line(amount="-12.00", reference=by_file(known, 1200).trace))
    found = BankLine.objects.order_by("-id")[0]
    undo.undo(found, reason="Another payment", by="user:agent@example.com", now=NOW)


def balance_gap(known: Books) -> None:
    broken(known, Entry(cents=-5, day="2026-04-07"))


def broken(known: Books, entry: Entry) -> None:
    content = bank_statements.camt(bank_statements.statement([entry], closing=1))
    imports.bring_in(io.BytesIO(content), name="s.xml", host=known.host, by="user:x", now=NOW)
    line(known, Line(amount="-1.00", on=date(2026, 4, 8)), host=True)


def not_on_statement(known: Books) -> None:
    processed(known)
    line(known, Line(amount="-1.00", on=date(2026, 4, 20)), host=True)


def not_booked(known: Books) -> None:
    by_file(known, 1000)


def in_transit(known: Books) -> None:
    known.post(None, ("payout", "x"), {Code.PAYOUT_IN_TRANSIT: 5, Code.PROCESSOR_CLEARING: -5}, at=SENT)


def at_processor(known: Books) -> None:
    outcomes.mark_failed(paid(known, 1000, state="in_transit", paid_at=None), code="account_closed", now=NOW)


def suspense(known: Books) -> None:
    known.post(None, ("movement", "suspense"), {Code.PROCESSOR_CLEARING: 5, Code.BANK_SUSPENSE: -5}, at=SENT)


def movement_unknown(known: Books) -> None:
    charging.movement()
    ProcessorTransaction.objects.update(made_at=SENT)


def event_without_effect(known: Books) -> None:
    ProcessorEvent.objects.create(
        processor="simulated", event_id="evt_1", kind="payout.failed", subject="payout", processor_ref="po_unknown",
        raw="{}", received_at=LATER - timedelta(days=2),
    )  # fmt: skip
    for hours in range(4):
        processor_events.handle_stored(now=LATER - timedelta(days=1) + timedelta(hours=hours))


def movement_waiting(known: Books) -> None:
    charging.movement()
    ProcessorTransaction.objects.update(match="waiting", made_at=SENT)


def allocation_differs(known: Books) -> None:
    payout = processed(known)
    Payout.objects.filter(pk=payout.pk).update(moved_minor=900, opening_minor=100)


def opening_differs(known: Books) -> None:
    allocation_differs(known)


def carry_differs(known: Books) -> None:
    payout = processed(known)
    Payout.objects.filter(pk=payout.pk).update(carried_minor=100, opening_minor=100)


def bridge_remainder(known: Books) -> None:
    payout = processed(known)
    payout.bridge[0]["amount_minor"] += 1
    payout.save(update_fields=["bridge"])


def posting_differs(known: Books) -> None:
    payout = approved(known, 1000)
    values = {"state": "paid", "paid_at": SENT, "submitted_at": SENT, "transferred_minor": 1000}
    Payout.objects.filter(pk=payout.pk).update(**values)


def line_not_posted(known: Books) -> None:
    payout = by_file(known, 1000)
    line(known, Line(amount="-10.00", reference=payout.trace))
    with unguarded():
        LedgerEntry.objects.filter(kind="booked").update(kind="lost")


def paid_without_line(known: Books) -> None:
    outcomes.book_paid(by_file(known, 1000), booked_at=SENT, now=SENT)


def transfer_missing(known: Books) -> None:
    Payout.objects.filter(pk=processed(known).pk).update(transferred_minor=0)


def not_sent_yet(known: Books) -> None:
    approved(known, 1000)


def not_decided(known: Books) -> None:
    approval.hold(approved(known, 1000), reason="Odd.", now=NOW)


def receipt_not_posted(known: Books) -> None:
    guest(known)
    with unguarded():
        LedgerEntry.objects.filter(source_type="receipt", source_id=str(Receipt.objects.get().pk)).update(kind="x")


def capture_not_posted(known: Books) -> None:
    guest(known)
    with unguarded():
        LedgerEntry.objects.filter(source_type="hold", kind="captured").update(kind="x")


def capture_differs(known: Books) -> None:
    guest(known)
    Hold.objects.update(captured_minor=1)


def payment_missing(known: Books) -> None:
    guest(known)
    charging.movement()
    ProcessorTransaction.objects.update(match="explained", made_at=charging.YESTERDAY - timedelta(days=30))


def day_sums_differ(known: Books) -> None:
    known.sale(1190, at=LATER - timedelta(days=10))
    sums.refresh(now=LATER)
    DayOfBooks.objects.update(moved_minor=F("moved_minor") + 1)


def guest(known: Books) -> None:
    """A real session with receipt and payment."""
    known.place.access = "guest"
    known.place.save()
    charging.assign(charging.make_rate(known.host, currency="EUR"), known.place, "guest")
    charging.guest(known.charger)


PLANTED: Final[dict[str, Callable[[Books], None]]] = {
    one.__name__: one
    for one in (
        unknown_reference,
        wrong_amount,
        other_currency,
        two_candidates,
        two_lines,
        doubled,
        return_without_payout,
        other_account,
        not_sent,
        failed_before,
        wrong_way,
        wrong_direction,
        other_day,
        doubtful,
        no_payout,
        undone,
        balance_gap,
        not_on_statement,
        not_booked,
        in_transit,
        at_processor,
        suspense,
        movement_unknown,
        movement_waiting,
        event_without_effect,
        allocation_differs,
        opening_differs,
        carry_differs,
        bridge_remainder,
        posting_differs,
        line_not_posted,
        paid_without_line,
        transfer_missing,
        not_sent_yet,
        not_decided,
        receipt_not_posted,
        capture_not_posted,
        capture_differs,
        payment_missing,
        day_sums_differ,
    )
}
OF_TODAY: Final = {"receipt_not_posted", "capture_not_posted", "capture_differs", "payment_missing"}


@pytest.mark.matrix
@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_mismatch_is_found_by_its_kind(kind: str):
    known = made()
    clean = made("lakeside")
    line(clean, Line(amount="-25.00", reference=by_file(clean, 2500).trace))
    now = datetime.now(tz=UTC) + timedelta(days=10) if kind in OF_TODAY else LATER
    assert kinds(now) == set()

    PLANTED[kind](known)

    found = [one for one in differences.find(now=now) if one.kind == kind]
    assert found
    for one in found:
        check(one, now)


def check(one: Difference, now: datetime) -> None:
    assert one.days(now) > 0
    assert one.owner in Owner
    assert one.sentence.endswith((".", "…")), one.sentence
    assert one.next_step.endswith(".")
    assert one.label
    assert one.target[0]


def test_every_kind_is_planted():
    harmless = {"before_first_payout", "nothing_moved"}

    assert set(differences.KINDS) - harmless == set(PLANTED)


def test_what_was_answered_is_no_difference():
    known = made()
    no_payout(known)

    BankLine.objects.update(match="answered", answer="The rent.", answered_by="user:a")

    assert kinds() == set()


def test_a_payout_is_missed_only_where_later_lines_of_its_account_are_there():
    known = made()
    processed(known)

    assert kinds() == set()
    line(known, Line(amount="-1.00", on=date(2026, 4, 13)), host=True)
    assert kinds() == set()
    line(known, Line(amount="-1.00", on=date(2026, 4, 20)), host=True)
    assert kinds() == {"not_on_statement"}


def test_suspense_ages_by_what_came_last():
    known = made()
    for minor, day in ((5, 1), (-5, 2), (7, 20)):
        lines = {Code.PROCESSOR_CLEARING: minor, Code.BANK_SUSPENSE: -minor}
        known.post(None, ("movement", "suspense"), lines, at=datetime(2026, 4, day, tzinfo=UTC))

    [found] = differences.find(now=LATER)

    assert (found.kind, found.days(LATER), found.amount_minor) == ("suspense", 20, -7)


def sold(known: Books, count: int, *, at: datetime) -> int:
    """So many sessions, posted in batches: what they owe, what cards paid, the fee; the sum for the host."""
    total, batch = 0, []
    sessions = []
    for n in range(count):
        moment, gross = at + timedelta(seconds=n), 500 + n % 997
        session = Session(
            id=uuid.uuid4(),
            secret=uuid.uuid4().hex,
            host=known.host,
            property=known.place,
            charger=known.charger,
            audience="guest",
            state=Session.State.SETTLED,
            opened_at=moment,
            started_at=moment,
            stopped_at=moment,
            settled_at=moment,
        )
        sessions.append(session)
        net, total = gross - gross // 6, total + gross - gross // 6
        steps: list[tuple[str, str, dict[Code, int]]] = [
            ("receipt", "issued",
             {Code.GUEST_RECEIVABLE: gross, Code.TAX_PAYABLE: net - gross, Code.HOST_PAYABLE: -net}),
            ("hold", "captured", {Code.PROCESSOR_CLEARING: gross, Code.GUEST_RECEIVABLE: -gross}),
            ("hold", "fee", {Code.PROCESSOR_FEES: 30, Code.PROCESSOR_CLEARING: -30}),
        ]  # fmt: skip
        for source, kind, lines in steps:
            cause = Cause(type=source, id=f"clean-{next(_numbers)}", kind=kind)
            batch.append(
                Movement(
                    host=known.host,
                    currency="EUR",
                    cause=cause,
                    lines=lines,
                    memo=kind,
                    occurred_at=moment,
                    session_id=session.pk,
                )
            )
    Session.objects.bulk_create(sessions, batch_size=1000)
    posted(batch, at=at)
    return total


def posted(movements: list[Movement], *, at: datetime) -> None:
    """All at once: one by one they would take minutes."""
    accounts = {
        (one.host.pk, code): LedgerAccount.objects.get_or_create(host=one.host, code=code, currency=one.currency)[0]
        for one in movements
        for code in one.lines
    }
    with transaction.atomic():
        entries = LedgerEntry.objects.bulk_create(
            [
                LedgerEntry(
                    host=one.host,
                    session_id=one.session_id,
                    **one.cause.as_fields(),
                    memo=one.memo,
                    occurred_at=one.occurred_at,
                    posted_at=at,
                )
                for one in movements
            ],
            batch_size=1000,
        )
        postings = [
            Posting(
                entry=entry,
                account=accounts[one.host.pk, code],
                side=Posting.Side.DEBIT if amount > 0 else Posting.Side.CREDIT,
                amount_minor=abs(amount),
                currency=one.currency,
            )
            for entry, one in zip(entries, movements, strict=True)
            for code, amount in one.lines.items()
        ]
        Posting.objects.bulk_create(postings, batch_size=2000)


@pytest.mark.long
def test_there_is_no_false_alarm_among_thousands_of_clean_sessions():
    """Four hosts in two months: one by the processor, one by file, one by file with its own statements, and one whose
    payout came back and was paid again. Of 2,500 sessions each in `make test-all`, of 500 by day."""
    each = 2500 if sampling.is_whole() else 500
    hosts = [made(slug) for slug in ("sunset", "lakeside", "hillside", "seaside")]
    march, april = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    totals = [sold(known, each, at=march) for known in hosts]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself after such a month
    payouts = []
    for known in hosts:
        payout = cycle.close(known.scope, until=april, now=april)
        assert payout is not None
        payouts.append(payout)
    assert [one.amount_minor for one in payouts] == totals
    for known, payout, way in zip(hosts, payouts, ("processor", "file", "file", "file"), strict=True):
        send(known, payout, way)
    file_lines = [out(one) for one in payouts[1:]]
    back = Line(amount=major(payouts[3].amount_minor), reference=get(payouts[3]).trace, code="MS03", on=DAY)
    brought(*file_lines, back)
    again = approval.reissue(get(payouts[3]), now=NOW)
    send(hosts[3], again, "file")
    brought(out(again))
    arrived = Line(amount=major(totals[2]), on=date(2026, 4, 8))
    brought(arrived, Line(amount="-900.00"), Line(amount="2.00", on=date(2026, 4, 30)), host=hosts[2].host)

    assert [(one.kind, one.sentence) for one in differences.find(now=LATER)] == []
    assert Session.objects.count() == 4 * each
    assert BankImport.objects.count() == 3
    assert BankMatch.objects.count() == 6


def send(known: Books, payout: Payout, way: str) -> None:
    minor, values = payout.amount_minor, dict[str, Any]()
    if way == "file":
        Payout.objects.filter(pk=payout.pk).update(way="bank_file")
        outcomes.mark_submitted(payout, now=SENT, trace=f"P-{payout.number:06d}-T{known.host.pk % 100}")
        return
    Payout.objects.filter(pk=payout.pk).update(way="processor")
    outcomes.mark_submitted(payout, now=SENT)
    transferred = {Code.PAYOUT_IN_TRANSIT: minor, Code.PROCESSOR_CLEARING: -minor}
    known.post(None, ("payout", "sent"), transferred, at=SENT)
    values = {"state": "paid", "paid_at": SENT, "transferred_minor": minor, "trace": "T-1"}
    Payout.objects.filter(pk=payout.pk).update(**values)


def out(payout: Payout) -> Line:
    return Line(amount=f"-{major(payout.amount_minor)}", reference=get(payout).trace)


def major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def test_the_age_of_suspense_is_that_of_its_oldest_open_document():
    known = made()
    day = timedelta(days=1)
    for days in (9, 3):
        known.post(
            None, ("movement", "suspense"), {Code.PROCESSOR_CLEARING: 5, Code.BANK_SUSPENSE: -5}, at=LATER - days * day
        )
    newest = LedgerEntry.objects.order_by("-id")[0]
    clearing.post_suspense(
        newest, Target(host=known.host, code=Code.BANK, reason="Known."), by="user:agent@example.com", now=LATER
    )

    [found] = [one for one in differences.find(now=LATER) if one.kind == "suspense"]

    assert (found.amount_minor, found.days(LATER)) == (-5, 9)


def test_money_of_a_failed_payout_is_said_to_lie_at_the_card_processor():
    known = made()
    payout = paid(known, 1000, state="in_transit", paid_at=None)
    outcomes.mark_failed(payout, code="account_closed", now=NOW)

    [found] = [one for one in differences.find(now=LATER) if one.kind == "at_processor"]

    assert found.sentence == "€10.00 lies in the host's account at the card processor since P-000001 failed."
    assert found.owner == "host"
    assert found.target == ("payout", payout.pk)


def test_the_age_of_a_failed_payouts_money_counts_from_when_it_failed():
    failed_at = NOW + timedelta(days=2)
    outcomes.mark_failed(paid(made(), 1000, state="in_transit", paid_at=None), code="account_closed", now=failed_at)

    [found] = [one for one in differences.find(now=LATER) if one.kind == "at_processor"]

    assert (found.since, found.days(LATER)) == (failed_at, (LATER - failed_at).days)


def test_a_match_that_a_host_took_back_is_for_the_host_to_act_on_and_counts_from_then():
    known = made()
    payout = paid(known, 1000)
    [found] = brought(Line(amount="10.00", reference=payout.trace), host=known.host)
    undo.undo(found, reason="Another payment", by="user:host@example.com", now=LATER)

    [one] = [one for one in differences.find(now=LATER + timedelta(days=2)) if one.kind == "undone"]

    assert (one.owner, one.since, one.days(LATER + timedelta(days=2))) == ("host", LATER, 2)
    assert one.next_step == "Match it by hand, or say what it was."


def test_a_line_that_nothing_can_be_matched_to_does_not_ask_for_it():
    line(made(), Line(amount="-9.99", reference="P-000077-ZZ"))

    [one] = differences.find(now=LATER)

    assert one.next_step == "Say what it was: nothing that is still open comes to its amount."


def test_a_payout_of_the_processor_that_was_matched_on_our_account_is_a_question():
    known = made()
    payout = paid(known, 1000)
    [found] = brought(Line(amount="-10.00"))
    BankMatch.objects.create(line=found, payout=payout, kind="left", rule="person", amount_minor=1000, matched_at=LATER)

    assert "wrong_way" in kinds()
