"""The outbox: a row for each mail, claimed by one worker at a time and retried until the mail server accepts it.

The row is written together with the document. A worker claims it, hands the mail to the server, and records that. If
the worker is killed in between, its claim expires after some minutes. The second mail then has the Message-ID of the
first, so that mailboxes recognise a duplicate. `billing.mail` composes the mail and sends it by `deliver`.
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
    OutgoingMail,
    Payout,
    Receipt,
    ReportRun,
    Session,
    Statement,
)
from chargers.lib import batch
from chargers.models import Host

State = OutgoingMail.State
_LEASE: Final = timedelta(minutes=5)
_RETRY_DELAYS: Final = tuple(timedelta(minutes=n) for n in (1, 5, 20, 60, 240, 720, 1440))
"""Delays between attempts; after the last failure the mail is given up."""
_MAX_AT_ONCE: Final = 50
_ABOUT: Final[Mapping[type, str]] = {
    BankAccount: "bank_account",
    Payout: "payout",
    Statement: "statement",
    HomeInvoice: "home_invoice",
    HomePayout: "home_payout",
    Host: "payee",
}
_WITH_RELATED: Final = (
    "receipt__session__host", "session", "bank_account__host", "payout", "statement__host", "home_invoice__host",
    "home_payout__invoice__host", "home_payout__contract__token", "payee",
    "alert_rule", "report_run__schedule__user", "report_run__schedule__host",
)  # fmt: skip
_NEVER_FINISHED: Final = "Every attempt to send it was cut off before it ended."


class FailedError(Exception):
    """The mail server did not accept the mail; the message gives the reason."""


class PrintedError(FailedError):
    """No mail server is configured: the mail was only printed where this process runs."""


def deliver(message: EmailMessage) -> None:
    """Hands one mail to the server.

    Raises FailedError if it is not accepted, PrintedError if no server is configured.
    """
    try:
        sent_count = message.send()
    except (OSError, SMTPException) as exc:
        raise FailedError(f"{type(exc).__name__}: {exc}") from exc
    if not mails.leave_the_house():
        raise PrintedError(mails.NO_SERVER)
    if not sent_count:
        raise FailedError("The mail server took no recipient.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The recipient of a mail; `address` is empty if none is known."""

    address: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The contents of a mail. `headers` are added to the usual ones or replace them, such as Message-ID."""

    key: str
    subject: str
    text: str
    headers: Mapping[str, str]


def queue(receipt: Receipt, *, address: str, language: str, now: datetime) -> OutgoingMail:
    """Queues the document for the address, once. If that mail was given up or sent, it is sent once more."""
    mail, is_new = OutgoingMail.objects.get_or_create(
        receipt=receipt,
        address=address.lower(),
        defaults={"language": language or "en", "asked_at": now, "due_at": now},
    )
    if not is_new:
        ended = OutgoingMail.objects.filter(pk=mail.pk, state__in=(State.SENT, State.GIVEN_UP))
        ended.update(state=State.WAITING, attempts=0, failure="", asked_at=now, due_at=now)
        mail.refresh_from_db()
    return mail


def queue_new_document(receipt: Receipt, *, now: datetime) -> None:
    """Queues a new document for its recipient, if an address is known.

    Call it in the transaction that issues the document.
    """
    session = receipt.session
    address = Session.objects.values_list("guest_email", "guest_language").get(pk=session.pk)
    if address[0]:
        queue(receipt, address=address[0], language=address[1], now=now)


def queue_for_driver(driver: Driver, *, key: str, subject: str, text: str, now: datetime) -> None:
    """Queues a mail about a driver's plan, once for each key. Drivers without an address get none."""
    if driver.user is not None:
        facts = {"subject": subject[:200], "text": text, "language": driver.language, "asked_at": now, "due_at": now}
        OutgoingMail.objects.get_or_create(key=key, defaults=facts | {"driver": driver, "address": driver.user.email})


def queue_for_session(
    session: Session, *, key: str, subject: str, text: str, now: datetime, to: Reader | None = None
) -> None:
    """Queues a mail about a session, once for each key, to its guest or driver unless `to` names another recipient."""
    to = to or reader(session)
    if to.address:
        facts = {"subject": subject[:200], "text": text, "language": to.language, "address": to.address.lower()}
        OutgoingMail.objects.get_or_create(
            key=key, defaults=facts | {"session": session, "asked_at": now, "due_at": now}
        )


def queue_for_host(
    record: BankAccount | Host | Payout | Statement, *, to: str, key: str, subject: str, text: str, now: datetime
) -> None:
    """Queues a mail to one of a host's people about the host's money, once for each key.

    `record` a host: its payout agreement.
    """
    facts = {"subject": subject[:200], "text": text, "address": to.lower(), "asked_at": now, "due_at": now}
    OutgoingMail.objects.get_or_create(key=key, defaults=facts | {_ABOUT[type(record)]: record})


def queue_for_home(
    record: HomeInvoice | HomePayout, *, to: str, key: str, subject: str, text: str, now: datetime
) -> None:
    """Queues a statement of home charging for an employer or an employee, once for each key."""
    facts = {"subject": subject[:200], "text": text, "address": to.lower(), "asked_at": now, "due_at": now}
    OutgoingMail.objects.get_or_create(key=key, defaults=facts | {_ABOUT[type(record)]: record})


def queue_alert(rule: AlertRule, *, key: str, subject: str, text: str, now: datetime) -> OutgoingMail:
    """Queues a mail to the person of an alert rule, once for each key."""
    facts = {"subject": subject[:200], "text": text, "address": rule.user.email, "asked_at": now, "due_at": now}
    return OutgoingMail.objects.get_or_create(key=key, defaults=facts | {"alert_rule": rule})[0]


def queue_report(run: ReportRun, *, key: str, subject: str, text: str, now: datetime) -> None:
    """Queues a report for the person of its schedule, once for each key; the file is made when the mail is sent."""
    facts = {"subject": subject[:200], "text": text, "asked_at": now, "due_at": now}
    OutgoingMail.objects.get_or_create(
        key=key, defaults=facts | {"report_run": run, "address": run.schedule.user.email}
    )


def queue_page(page: str, *, to: Reader, mail: Mail, now: datetime) -> None:
    """Queues a mail about a page of ours, once for each key; the page's address is added below the text."""
    facts = {"subject": mail.subject[:200], "text": mail.text, "headers": dict(mail.headers)}
    reader_and_times = {"address": to.address.lower(), "language": to.language, "asked_at": now, "due_at": now}
    OutgoingMail.objects.get_or_create(key=mail.key, defaults={**facts, **reader_and_times, "page": page})


def reader(session: Session) -> Reader:
    """Returns the session's guest or driver, as far as known."""
    return Reader(address=address_of(session), language=language_of(session))


def address_of(session: Session) -> str:
    """Returns the address given for the receipt, or that of the driver's account; empty if neither is known."""
    user = session.driver.user if session.driver else None
    return session.guest_email or (user.email if user else "")


def language_of(session: Session) -> str:
    """Returns the language in which the address was given, or that of the account."""
    return session.guest_language or (session.driver.language if session.driver else "") or "en"


def send_due(send: Callable[[OutgoingMail], None], *, now: datetime) -> int:
    """Claims what is due and passes it to `send`, which raises FailedError. Returns how many mails were accepted."""
    due = OutgoingMail.objects.filter(state__in=(State.WAITING, State.SENDING), due_at__lte=now)
    keys = due.order_by("due_at", "id").values_list("pk", flat=True)[:_MAX_AT_ONCE]
    return batch.each_of(keys, lambda pk: _lease_and_send(pk, send, now=now), noun="Mail", failure="could not be sent")


def _lease_and_send(pk: int, send: Callable[[OutgoingMail], None], *, now: datetime) -> bool:
    """Claims and sends one mail. False if another worker has it or it was not accepted."""
    claimed = OutgoingMail.objects.filter(pk=pk, state__in=(State.WAITING, State.SENDING), due_at__lte=now)
    if not claimed.update(state=State.SENDING, due_at=now + _LEASE, attempts=F("attempts") + 1):
        return False
    mail = OutgoingMail.objects.select_related(*_WITH_RELATED).get(pk=pk)
    if mail.attempts > len(_RETRY_DELAYS) + 1:
        _retry_or_give_up(mail, _NEVER_FINISHED, now=now)
        return False
    try:
        send(mail)
    except FailedError as exc:
        _retry_or_give_up(mail, str(exc), is_final=isinstance(exc, PrintedError), now=now)
        return False
    except Exception as exc:
        _retry_or_give_up(mail, f"It could not be written: {type(exc).__name__}: {exc}", now=now)
        raise
    _filter_claimed_row(mail).update(state=State.SENT, sent_at=now, failure="")
    return True


def _retry_or_give_up(mail: OutgoingMail, failure: str, *, now: datetime, is_final: bool = False) -> None:
    """Schedules another attempt, or gives the mail up and shows the reason to agents and the host."""
    if is_final or mail.attempts > len(_RETRY_DELAYS):
        _filter_claimed_row(mail).update(state=State.GIVEN_UP, failure=failure[:255])
    else:
        due_at = now + _RETRY_DELAYS[mail.attempts - 1]
        _filter_claimed_row(mail).update(state=State.WAITING, failure=failure[:255], due_at=due_at)


def _filter_claimed_row(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    """Returns the row as this worker claimed it; empty if the claim expired and another worker has it."""
    return OutgoingMail.objects.filter(pk=mail.pk, state=State.SENDING, attempts=mail.attempts)
