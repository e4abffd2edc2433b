"""A change of a bank account: 72 hours, a outgoing to the old contact, a second person, and a way to stop it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from authorization.models import Membership, User
from billing import mail as mails
from billing.models import BankAccount, OutgoingMail, Payout, ProcessorAccount, SimulatedBank
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import Authorization
from billing.payouts.cycle import cycle
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts, processor_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import BankDetails
from billing.payouts.sending import by_processor
from billing.sessions.documents import outbox
from tests.kit.payouts import Books, books

pytestmark = pytest.mark.django_db(transaction=True)
APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLD, NEW = "DE89370400440532013000", "NL91ABNA0417164300"


@pytest.fixture
def known() -> Books:
    made = books()
    made.agree()
    return made


def person(email: str, known: Books, role: str = "owner") -> User:
    user = User.objects.create_user(email, "a-long-password-1", email_confirmed_at=APRIL)
    Membership.objects.create(user=user, host=known.host, role=role, role_since=APRIL - 99 * DAY)
    return user


@pytest.fixture
def two(known) -> tuple[User, User]:
    return person("first@example.com", known), person("second@example.com", known, "finance")


def changed(scope: Scope, iban: str, two: tuple[User, User], *, at: datetime) -> BankAccount:
    entered = payee_act_acts.enter_account(scope, BankDetails(holder="Sunset", iban=iban), by=two[0], now=at)
    return payee_act_acts.confirm_account(entered, by=two[1], now=at)


def ready(known: Books) -> Payout:
    """10.00 that may go, at a processor that pays out and holds enough."""
    ProcessorAccount.objects.create(
        host=known.host, processor="simulated", ref=simulated.open_account(), is_enabled=True, opened_at=APRIL
    )
    card = Authorization(amount_minor=9000, currency="USD", card="4000000000000077", description="Top up")
    processor("simulated").charge(card, key="top-up")
    known.sale(1000, at=APRIL - 3 * DAY)
    payout = cycle.close(known.scope, until=APRIL, now=APRIL)
    assert payout is not None
    return payout


def test_nothing_is_paid_to_a_new_account_for_72_hours(known, two):
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    payout = ready(known)
    new = changed(known.scope, NEW, two, at=APRIL)

    waiting = by_processor.send(payout.pk, now=APRIL + 72 * HOUR - timedelta(seconds=1))
    sent = by_processor.send(payout.pk, now=APRIL + 72 * HOUR)

    assert new.usable_from == APRIL + 72 * HOUR
    assert waiting.state == "approved"
    assert "is new, and is used from 4 April 2026, 12:00 UTC" in waiting.waits_for
    assert (sent.state, sent.bank_account) == ("in_transit", new)


def test_the_first_account_of_a_host_does_not_wait(known, two):
    assert changed(known.scope, OLD, two, at=APRIL).usable_from == APRIL


def test_an_account_for_one_property_waits_where_the_hosts_was_used_before(known, two):
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    of_property = Scope(host=known.host, currency="USD", property_=known.place)

    assert changed(of_property, NEW, two, at=APRIL).usable_from == APRIL + 72 * HOUR
    assert bank_accounts.current(known.scope).last4 == "3000"


def test_everybody_with_the_money_role_and_the_old_accounts_people_hear_of_it(known, two):
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    Membership.objects.filter(user__email="first@example.com").delete()
    third, fourth = person("third@example.com", known, "manager"), person("fourth@example.com", known)
    person("operator@example.com", known, "operator")
    OutgoingMail.objects.all().delete()

    entered = payee_act_acts.enter_account(known.scope, BankDetails(holder="Thief", iban=NEW), by=fourth, now=APRIL)

    written = set(OutgoingMail.objects.values_list("address", flat=True))
    assert {"first@example.com", "second@example.com", "fourth@example.com"} <= written
    assert "operator@example.com" not in written
    payee_act_acts.confirm_account(entered, by=two[1], now=APRIL)
    assert OutgoingMail.objects.filter(bank_account=entered, address="first@example.com").count() == 2
    assert third.email


def test_the_letter_says_what_changes_and_how_to_object(known, two, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SUPPORT_EMAIL = "support@example.com"
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    OutgoingMail.objects.all().delete()
    payee_act_acts.enter_account(known.scope, BankDetails(holder="Thief", iban=NEW), by=two[0], now=APRIL)

    outbox.send_due(mails.send, now=APRIL)

    outgoing = next(one for one in mail.outbox if one.to == ["second@example.com"])
    assert outgoing.subject == "Sunset: a bank account was entered"
    for part in (
        "first@example.com entered the IBAN ending 4300 (Thief)",
        "take the place of the IBAN ending 3000",
        "not for 72 hours",
        "press Withdraw",
        "support@example.com",
        "/payouts/sunset/accounts/",
    ):
        assert part in outgoing.body
    assert NEW not in outgoing.body


def test_maker_is_not_checker_also_for_the_database(known, two):
    entered = payee_act_acts.enter_account(known.scope, BankDetails(holder="Sunset", iban=OLD), by=two[0], now=APRIL)

    with pytest.raises(bank_accounts.NotPossibleError, match="second person"):
        payee_act_acts.confirm_account(entered, by=two[0], now=APRIL)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccount.objects.filter(pk=entered.pk).update(
            state="confirmed", confirmed_by="user:first@example.com", confirmed_at=APRIL, usable_from=APRIL
        )


def test_a_confirmed_account_can_be_stopped_while_it_waits_and_not_after(known, two):
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    new = changed(known.scope, NEW, two, at=APRIL)

    with pytest.raises(bank_accounts.NotPossibleError):
        payee_act_acts.withdraw_account(new, by=two[0], now=APRIL + 72 * HOUR)
    stopped = payee_act_acts.withdraw_account(new, by=two[0], now=APRIL + 71 * HOUR)

    assert stopped.state == "withdrawn"
    as_before = bank_accounts.current(known.scope)
    assert as_before is not None
    assert (as_before.last4, as_before.state) == ("3000", "confirmed")
    assert bank_accounts.why_not(as_before, now=APRIL + 71 * HOUR) is None
    subjects = OutgoingMail.objects.filter(subject__contains="withdrawn").values_list("text", flat=True)
    assert "is paid to the IBAN ending 3000" in subjects[0]
    assert changed(known.scope, NEW, two, at=APRIL + 4 * DAY).usable_from == APRIL + 7 * DAY


def test_stopping_an_account_restores_one_that_its_bank_refused_as_refused(known, two):
    old = changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    bank_accounts.refuse(old, code="account_closed", now=APRIL - DAY)
    new = changed(known.scope, NEW, two, at=APRIL)

    payee_act_acts.withdraw_account(new, by=two[0], now=APRIL + HOUR)

    as_before = bank_accounts.current(known.scope)
    assert as_before is not None
    assert (as_before.last4, as_before.state, as_before.failure) == ("3000", "errored", "account_closed")


def test_what_was_paid_to_before_a_stopped_account_is_attached_and_paid_to_again(known, two):
    changed(known.scope, OLD, two, at=APRIL - 9 * DAY)
    payout = ready(known)
    processor_accounts.catch_up()
    new = changed(known.scope, NEW, two, at=APRIL)
    payee_act_acts.withdraw_account(new, by=two[0], now=APRIL + HOUR)

    processor_accounts.catch_up()

    assert list(SimulatedBank.objects.filter(detached_at=None).values_list("last4", flat=True)) == ["3000"]
    sent = by_processor.send(payout.pk, now=APRIL + 2 * HOUR)
    assert sent.bank_account is not None
    assert (sent.state, sent.bank_account.last4) == ("in_transit", "3000")


def confirmation(account: BankAccount) -> str:
    return OutgoingMail.objects.filter(bank_account=account, key__contains=":confirmed:").first().text


def test_the_mail_of_a_confirmed_account_names_what_is_still_missing(known, two):
    account = changed(known.scope, OLD, two, at=APRIL)

    text = confirmation(account)
    assert "can be used from 1 April 2026, 12:00 UTC on. Still missing before Sunset is paid:" in text
    assert "- The identity check: The card processor has not checked yet who Sunset is." in text
    assert "is paid to it" not in text


def test_the_mail_of_a_confirmed_account_promises_payment_where_nothing_is_missing(known, two):
    ProcessorAccount.objects.create(
        host=known.host, processor="simulated", ref=simulated.open_account(), is_enabled=True, opened_at=APRIL
    )

    account = changed(known.scope, OLD, two, at=APRIL)

    assert "Sunset is paid to it from 1 April 2026, 12:00 UTC on." in confirmation(account)
