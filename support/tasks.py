"""Periodic tasks of support. Every task may run twice, late or concurrently."""

import logging
from datetime import UTC, datetime

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError

from chargers.lib import batch
from chargers.recovery import progress
from support.assistant import record
from support.incidents import detection
from support.mailbox import imap, outgoing
from support.queues import finding
from support.requests.acts import mails, recoveries
from support.tickets import lifecycle, presence

logger = logging.getLogger(__name__)


@shared_task
def release_replies() -> int:
    """Mails replies that can no longer be withdrawn."""
    return outgoing.release_replies(now=datetime.now(tz=UTC))


@shared_task
def escalate_tickets() -> int:
    """Escalates tickets whose due time has passed."""
    return lifecycle.escalate_due(now=datetime.now(tz=UTC))


@shared_task
def tidy_tickets() -> int:
    """Closes tickets solved a week ago; deletes old presence and conversations."""
    now = datetime.now(tz=UTC)
    return lifecycle.close_solved(now=now) + presence.forget(now=now) + record.forget(now=now)


@shared_task
def learn_words() -> int:
    """Adds words of new tickets to those with which a search compares typos."""
    return finding.learn_words()


@shared_task
def watch_incidents() -> int:
    """Opens, updates and closes incidents of several chargers."""
    return detection.watch(now=datetime.now(tz=UTC))


@shared_task
def report_recoveries() -> int:
    """Opens tickets about chargers that the safe ladder could not recover."""
    now = datetime.now(tz=UTC)
    rows = progress.list_unreported()
    return batch.each_of(rows, lambda row: recoveries.report(row, now=now), noun="Recovery", failure="was not reported")


@shared_task
def fetch_mails() -> int:
    """Reads support's mailbox, if one is set up."""
    if not settings.SUPPORT_IMAP_URL:
        return 0
    try:
        server = imap.server_of(settings.SUPPORT_IMAP_URL)
        return imap.fetch(server, _receive) + mails.retry(now=datetime.now(tz=UTC))
    except imap.MailboxError as exc:
        logger.warning("Support's mailbox cannot be read: %s", exc)
        return 0


def _receive(raw: bytes) -> None:
    """Stores a mail. Raises MailboxError if the next mail would fail for the same reason."""
    try:
        mails.receive(raw, now=datetime.now(tz=UTC))
    except (OperationalError, InterfaceError) as exc:
        raise imap.MailboxError(f"the database is away, and mails stay where they are ({type(exc).__name__})") from exc
