"""Bank lines that are no payout, and entries in suspense, are posted to a named account: once, by one or two people."""

from contextlib import suppress

import pytest

from billing.models import BankLine, Clearing, LedgerEntry
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.bank_lines import differences, wording
from billing.payouts.bank_lines.by_hand import answers, clearing, undo
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.bank_lines.matches import NotPossibleError
from tests.kit.at_once import at_once
from tests.kit.bank_lines import NOW, SENT, Line, brought
from tests.kit.payouts import Books, books

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:agent@example.com", "user:second@example.com"


@pytest.fixture
def known() -> Books:
    return books("sunset", currency="EUR")


def suspended(known: Books, minor: int) -> LedgerEntry:
    """Money that came to the processor, and nobody knows what for."""
    known.post(None, ("movement", "suspense"), {Code.PROCESSOR_CLEARING: minor, Code.BANK_SUSPENSE: -minor}, at=SENT)
    return LedgerEntry.objects.order_by("-id")[0]


def balance(known: Books, code: Code) -> int:
    return ledger.balance(known.host, code, currency="EUR")


def target(known: Books, code: Code, reason: str = "A deposit of the landlord.") -> Target:
    return Target(host=known.host, code=code, reason=reason)


def kinds() -> set[str]:
    return {one.kind for one in differences.find(now=NOW)}


def test_a_bank_line_is_posted_to_a_named_account_and_no_difference_any_more(known):
    [line] = brought(Line(amount="12.00", text="Deposit"))
    assert "no_payout" in kinds()

    made = clearing.post_line(line, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)

    line.refresh_from_db()
    assert (made.state, line.match, line.answer) == ("posted", "answered", "A deposit of the landlord.")
    assert (balance(known, Code.BANK), balance(known, Code.PLATFORM_REVENUE)) == (1200, -1200)
    assert kinds() == set()


def test_an_entry_leaves_suspense_which_returns_to_zero(known):
    entry = suspended(known, 500)
    assert "suspense" in kinds()

    clearing.post_suspense(entry, target(known, Code.HOST_PAYABLE), by=FIRST, now=NOW)

    assert (balance(known, Code.BANK_SUSPENSE), balance(known, Code.HOST_PAYABLE)) == (0, -500)
    assert "suspense" not in kinds()
    assert not clearing.in_suspense(known.host).exists()


def test_a_bank_line_clears_what_stands_in_suspense_and_never_more(known):
    suspended(known, 500)
    small, large = brought(Line(amount="-5.00"), Line(amount="-11.00"))

    with pytest.raises(NotPossibleError, match="so much does not stand in suspense"):
        clearing.post_line(large, target(known, Code.BANK_SUSPENSE), by=FIRST, now=NOW)
    clearing.post_line(small, target(known, Code.BANK_SUSPENSE), by=FIRST, now=NOW)

    assert (balance(known, Code.BANK_SUSPENSE), balance(known, Code.BANK)) == (0, -500)
    assert BankLine.objects.get(pk=large.pk).match == "unmatched"


def test_above_the_limit_a_second_person_agrees(known):
    [line] = brought(Line(amount="90000.00"))

    made = clearing.post_line(line, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)

    assert (made.state, balance(known, Code.BANK)) == ("waiting", 0)
    with pytest.raises(NotPossibleError, match="a second person has to agree"):
        clearing.answer(made, approves=True, by=FIRST, now=NOW)
    with pytest.raises(NotPossibleError, match="it waits for a second person, or is posted already"):
        clearing.post_line(line, target(known, Code.PLATFORM_REVENUE), by=SECOND, now=NOW)
    done = clearing.answer(made, approves=True, by=SECOND, now=NOW)
    assert (done.state, done.second_by, balance(known, Code.BANK)) == ("posted", SECOND, 9_000_000)
    with pytest.raises(NotPossibleError, match="is posted already"):
        clearing.answer(made, approves=False, by=SECOND, now=NOW)


def test_what_was_declined_can_be_asked_for_again(known):
    entry = suspended(known, 9_000_000)
    made = clearing.post_suspense(entry, target(known, Code.BANK), by=FIRST, now=NOW)

    assert clearing.answer(made, approves=False, by=SECOND, now=NOW).state == "declined"

    assert balance(known, Code.BANK_SUSPENSE) == -9_000_000
    assert clearing.post_suspense(entry, target(known, Code.BANK), by=FIRST, now=NOW).state == "waiting"


def test_it_refuses_without_an_account_or_a_reason_and_for_lines_of_hosts(known):
    [line] = brought(Line(amount="12.00"))
    [theirs] = brought(Line(amount="12.00"), host=known.host)

    with pytest.raises(NotPossibleError, match="choose the account"):
        clearing.post_line(line, target(known, Code.GUEST_RECEIVABLE), by=FIRST, now=NOW)
    with pytest.raises(NotPossibleError, match="say what it was"):
        clearing.post_line(line, target(known, Code.PLATFORM_REVENUE, reason=" "), by=FIRST, now=NOW)
    with pytest.raises(NotPossibleError, match="only lines of the platform's own account"):
        clearing.post_line(theirs, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_posts(known):
    entry = suspended(known, 500)

    def act() -> None:
        with suppress(NotPossibleError):
            clearing.post_suspense(entry, target(known, Code.BANK), by=FIRST, now=NOW)

    at_once(3, act)

    assert (Clearing.objects.count(), balance(known, Code.BANK_SUSPENSE), balance(known, Code.BANK)) == (1, 0, -500)


def test_a_posting_of_a_line_is_taken_back_by_a_reversal_and_posted_again_elsewhere(known):
    [line] = brought(Line(amount="12.00", text="Deposit"))
    clearing.post_line(line, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)

    done = undo.undo(BankLine.objects.get(pk=line.pk), reason="It is the host's.", by=SECOND, now=NOW)

    assert (done.match, done.kind, done.answer) == ("ambiguous", "undone", "")
    assert wording.sentence(done) == (
        "It was explained as “A deposit of the landlord” and posted to “Earned by the platform of Sunset”; "
        "second@example.com took that back: It is the host's."
    )
    assert (balance(known, Code.BANK), balance(known, Code.PLATFORM_REVENUE)) == (0, 0)
    assert LedgerEntry.objects.filter(source_type="bank_line").count() == 2
    clearing.post_line(done, target(known, Code.HOST_PAYABLE), by=FIRST, now=NOW)
    assert (balance(known, Code.BANK), balance(known, Code.HOST_PAYABLE)) == (1200, -1200)
    undo.undo(BankLine.objects.get(pk=line.pk), reason="No, it is not.", by=SECOND, now=NOW)
    assert (balance(known, Code.BANK), balance(known, Code.HOST_PAYABLE)) == (0, 0)
    assert list(Clearing.objects.order_by("pk").values_list("state", flat=True)) == ["reversed", "reversed"]


def test_what_left_suspense_is_taken_back_by_a_reversal_and_posted_again_elsewhere(known):
    entry = suspended(known, 500)
    made = clearing.post_suspense(entry, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)

    with pytest.raises(NotPossibleError, match="say why the posting is wrong"):
        clearing.return_to_suspense(made, reason=" ", by=SECOND, now=NOW)
    done = clearing.return_to_suspense(made, reason="It is the host's.", by=SECOND, now=NOW)

    assert (done.state, done.reversed_by, done.reversed_because) == ("reversed", SECOND, "It is the host's.")
    assert (balance(known, Code.BANK_SUSPENSE), balance(known, Code.PLATFORM_REVENUE)) == (-500, 0)
    assert [one.entry_id for one in clearing.in_suspense(known.host)] == [entry.pk]
    assert "suspense" in kinds()
    with pytest.raises(NotPossibleError, match="somebody took it back before"):
        clearing.return_to_suspense(made, reason="Other tab.", by=SECOND, now=NOW)
    for reason in ("Now.", "And again."):
        again = clearing.post_suspense(entry, target(known, Code.HOST_PAYABLE, reason), by=FIRST, now=NOW)
        assert (balance(known, Code.BANK_SUSPENSE), balance(known, Code.HOST_PAYABLE)) == (0, -500)
        assert list(clearing.from_suspense(known.host)) == [again]
        if reason == "Now.":
            clearing.return_to_suspense(again, reason="Not yet.", by=SECOND, now=NOW)
    assert not clearing.in_suspense(known.host).exists()


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_returns_to_suspense(known):
    made = clearing.post_suspense(suspended(known, 500), target(known, Code.BANK), by=FIRST, now=NOW)

    def act() -> None:
        with suppress(NotPossibleError):
            clearing.return_to_suspense(made, reason="Wrong.", by=SECOND, now=NOW)

    at_once(3, act)

    assert (balance(known, Code.BANK_SUSPENSE), balance(known, Code.BANK)) == (-500, 0)


def test_an_answer_is_taken_back_and_the_books_stay_as_they_are(known):
    [line] = brought(Line(amount="-900.00", text="Rent"))
    answers.answer(line, reason="The rent of May.", by=FIRST, now=NOW)

    with pytest.raises(NotPossibleError, match="say why the answer is wrong"):
        undo.undo(BankLine.objects.get(pk=line.pk), reason=" ", by=SECOND, now=NOW)
    undo.undo(BankLine.objects.get(pk=line.pk), reason="Of April.", by=SECOND, now=NOW)

    line.refresh_from_db()
    assert (line.match, line.kind) == ("ambiguous", "undone")
    assert not LedgerEntry.objects.filter(source_type="bank_line").exists()
    answers.answer(line, reason="The rent of April.", by=FIRST, now=NOW)


def test_what_a_line_put_in_suspense_is_not_taken_back_once_it_was_posted_on(known):
    suspended(known, 1200)
    [line] = brought(Line(amount="-5.00"))
    clearing.post_line(line, target(known, Code.BANK_SUSPENSE), by=FIRST, now=NOW)
    entry = LedgerEntry.objects.get(source_type="bank_line")
    Clearing.objects.create(
        entry=entry,
        host=known.host,
        code="bank",
        amount_minor=500,
        currency="EUR",
        reason="x",
        asked_by=FIRST,
        asked_at=NOW,
        state="posted",
    )

    with pytest.raises(NotPossibleError, match="was posted to another account since"):
        undo.undo(BankLine.objects.get(pk=line.pk), reason="Wrong.", by=SECOND, now=NOW)

    assert balance(known, Code.BANK) == -500


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_takes_a_posting_back(known):
    [line] = brought(Line(amount="12.00", text="Deposit"))
    clearing.post_line(line, target(known, Code.PLATFORM_REVENUE), by=FIRST, now=NOW)

    def act() -> None:
        with suppress(NotPossibleError):
            undo.undo(line, reason="Wrong.", by=SECOND, now=NOW)

    at_once(3, act)

    assert balance(known, Code.BANK) == 0
    assert LedgerEntry.objects.filter(kind="unposted").count() == 1
