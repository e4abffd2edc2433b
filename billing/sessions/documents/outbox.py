"""Documents on their way to mailboxes: a row for each, claimed by one worker at a time, tried until it is taken.

The row is written with the document. A worker claims it, hands the mail to the server, and writes that down; one
that is killed in between leaves a claim that ends after some minutes. The second mail then carries the Message-ID of
the first, by which mailboxes know that it is the same. What a letter says is made by `billing.mail`, which sends it
by `deliver`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.core.mail import EmailMessage
from django.db.models import F, QuerySet

from authorization.accounts import mail as mails
from billing.models import (
    AlertRule,
    BankAccount,
    Driver,
    HomeInvoice,
    HomePayout,
    Letter,
    Payout,
    Receipt,
    ReportRun,
    Session,
    Statement,
)
from chargers.lib import batch
from chargers.models import Host

State = Letter.State
_LEASE: Final = timedelta(minutes=5)
_AGAIN_AFTER: Final = tuple(timedelta(minutes=n) for n in (1, 5, 20, 60, 240, 720, 1440))
"""After the first failure a minute, and so on; after the last the letter is given up."""
_MOST_AT_ONCE: Final = 50
_ABOUT: Final[Mapping[type, str]] = {
    BankAccount: "bank_account",
    Payout: "payout",
    Statement: "statement",
    HomeInvoice: "home_invoice",
    HomePayout: "home_payout",
    Host: "payee",
}
_WITH_LETTERS: Final = (
    "receipt__session__host", "session", "bank_account__host", "payout", "statement__host", "home_invoice__host",
    "home_payout__invoice__host", "home_payout__contract__token", "payee",
    "alert_rule", "report_run__schedule__user", "report_run__schedule__host",
)  # fmt: skip
_NEVER_FINISHED: Final = "Every attempt to send it was cut off before it ended."


class FailedError(Exception):
    """The mail server did not take it; the message says why."""


class PrintedError(FailedError):
    """No mail server is configured: the letter was written where this runs and not delivered."""


def deliver(message: EmailMessage) -> None:
    """Gives one mail to the server. Raises FailedError if it is not accepted; PrintedError where none is configured."""
    try:
        taken = message.send()
    except (OSError, SMTPException) as exc:
        raise FailedError(f"{type(exc).__name__}: {exc}") from exc
    if not mails.leave_the_house():
        raise PrintedError(mails.NO_SERVER)
    if not taken:
        raise FailedError("The mail server took no recipient.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The recipient of a letter; `address` is empty where none is known."""

    address: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a letter says. `headers` come beside the usual ones, or in their place, such as Message-ID."""

    key: str
    subject: str
    text: str
    headers: Mapping[str, str]


def queue(receipt: Receipt, *, address: str, language: str, now: datetime) -> Letter:
    """Sends the document there, once; asking again for one that was given up, or sent, sends it once more."""
    letter, is_new = Letter.objects.get_or_create(
        receipt=receipt,
        address=address.lower(),
        defaults={"language": language or "en", "asked_at": now, "due_at": now},
    )
    if not is_new:
        ended = Letter.objects.filter(pk=letter.pk, state__in=(State.SENT, State.GIVEN_UP))
        ended.update(state=State.WAITING, attempts=0, failure="", asked_at=now, due_at=now)
        letter.refresh_from_db()
    return letter


def issued(receipt: Receipt, *, now: datetime) -> None:
    """Call it in the transaction that issues a document: who left an address gets it."""
    session = receipt.session
    address = Session.objects.values_list("guest_email", "guest_language").get(pk=session.pk)
    if address[0]:
        queue(receipt, address=address[0], language=address[1], now=now)


def queue_for_driver(driver: Driver, *, key: str, subject: str, text: str, now: datetime) -> None:
    """Queues a letter about a driver's plan, once per key. Drivers without an address get none."""
    if driver.user is not None:
        facts = {"subject": subject[:200], "text": text, "language": driver.language, "asked_at": now, "due_at": now}
        Letter.objects.get_or_create(key=key, defaults=facts | {"driver": driver, "address": driver.user.email})


def queue_for_session(
    session: Session, *, key: str, subject: str, text: str, now: datetime, to: Reader | None = None
) -> None:
    """Queues a letter about a session, once per key, to its guest or driver unless `to` names another recipient."""
    to = to or reader(session)
    if to.address:
        facts = {"subject": subject[:200], "text": text, "language": to.language, "address": to.address.lower()}
        Letter.objects.get_or_create(key=key, defaults=facts | {"session": session, "asked_at": now, "due_at": now})


def queue_for_host(
    about: BankAccount | Host | Payout | Statement, *, to: str, key: str, subject: str, text: str, now: datetime
) -> None:
    """A letter to one of a host's people about its money, once for its key; about a host: its payout agreement."""
    facts = {"subject": subject[:200], "text": text, "address": to.lower(), "asked_at": now, "due_at": now}
    Letter.objects.get_or_create(key=key, defaults=facts | {_ABOUT[type(about)]: about})


def queue_for_home(
    about: HomeInvoice | HomePayout, *, to: str, key: str, subject: str, text: str, now: datetime
) -> None:
    """A statement of home charging, to an employer or an employee, once for its key."""
    facts = {"subject": subject[:200], "text": text, "address": to.lower(), "asked_at": now, "due_at": now}
    Letter.objects.get_or_create(key=key, defaults=facts | {_ABOUT[type(about)]: about})


def queue_alert(rule: AlertRule, *, key: str, subject: str, text: str, now: datetime) -> Letter:
    """Queues a letter to the person of an alert rule, once for its key."""
    facts = {"subject": subject[:200], "text": text, "address": rule.user.email, "asked_at": now, "due_at": now}
    return Letter.objects.get_or_create(key=key, defaults=facts | {"alert_rule": rule})[0]


def queue_report(run: ReportRun, *, key: str, subject: str, text: str, now: datetime) -> None:
    """Queues a report to the person of its schedule, once for its key; the file is made when it is sent."""
    facts = {"subject": subject[:200], "text": text, "asked_at": now, "due_at": now}
    Letter.objects.get_or_create(key=key, defaults=facts | {"report_run": run, "address": run.schedule.user.email})


def queue_page(page: str, *, to: Reader, mail: Mail, now: datetime) -> None:
    """Queues a letter about a page of ours, once for the mail's key; its address stands below the text."""
    facts = {"subject": mail.subject[:200], "text": mail.text, "headers": dict(mail.headers)}
    reader_and_times = {"address": to.address.lower(), "language": to.language, "asked_at": now, "due_at": now}
    Letter.objects.get_or_create(key=mail.key, defaults={**facts, **reader_and_times, "page": page})


def reader(session: Session) -> Reader:
    """Its guest or driver, as far as we know them."""
    return Reader(address=address_of(session), language=language_of(session))


def address_of(session: Session) -> str:
    """The one that was left for the receipt, else that of the driver's account; empty where neither is known."""
    user = session.driver.user if session.driver else None
    return session.guest_email or (user.email if user else "")


def language_of(session: Session) -> str:
    """In which the address was left, else that of the account."""
    return session.guest_language or (session.driver.language if session.driver else "") or "en"


def send_due(send: Callable[[Letter], None], *, now: datetime) -> int:
    """Claims what is due and hands it to `send`, which raises FailedError. Returns how many were taken."""
    due = Letter.objects.filter(state__in=(State.WAITING, State.SENDING), due_at__lte=now)
    keys = due.order_by("due_at", "id").values_list("pk", flat=True)[:_MOST_AT_ONCE]
    return batch.each_of(keys, lambda pk: _lease_and_send(pk, send, now=now), noun="Letter", what="could not be sent")


def _lease_and_send(pk: int, send: Callable[[Letter], None], *, now: datetime) -> bool:
    """False: another worker has it, or it was not taken."""
    claimed = Letter.objects.filter(pk=pk, state__in=(State.WAITING, State.SENDING), due_at__lte=now)
    if not claimed.update(state=State.SENDING, due_at=now + _LEASE, attempts=F("attempts") + 1):
        return False
    letter = Letter.objects.select_related(*_WITH_LETTERS).get(pk=pk)
    if letter.attempts > len(_AGAIN_AFTER) + 1:
        _failed(letter, _NEVER_FINISHED, now=now)
        return False
    try:
        send(letter)
    except FailedError as exc:
        _failed(letter, str(exc), is_final=isinstance(exc, PrintedError), now=now)
        return False
    except Exception as exc:
        _failed(letter, f"It could not be written: {type(exc).__name__}: {exc}", now=now)
        raise
    _mine(letter).update(state=State.SENT, sent_at=now, failure="")
    return True


def _failed(letter: Letter, failure: str, *, now: datetime, is_final: bool = False) -> None:
    """Tried again later, or given up, where agents and the host see why."""
    if is_final or letter.attempts > len(_AGAIN_AFTER):
        _mine(letter).update(state=State.GIVEN_UP, failure=failure[:255])
    else:
        due_at = now + _AGAIN_AFTER[letter.attempts - 1]
        _mine(letter).update(state=State.WAITING, failure=failure[:255], due_at=due_at)


def _mine(letter: Letter) -> QuerySet[Letter]:
    """As this worker claimed it; nothing where its claim ended and another worker has it."""
    return Letter.objects.filter(pk=letter.pk, state=State.SENDING, attempts=letter.attempts)
