"""`manage.py fetch_mails`: reads support's mailbox now, and reports the result of each mail."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chargers.lib.quick_command import QuickCommand
from support.mailbox import imap
from support.requests.acts import mails


class Command(QuickCommand):
    help = "Takes unread mails of SUPPORT_IMAP_URL as the periodic task does; exits 1 where the mailbox cannot be read."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.SUPPORT_IMAP_URL:
            raise CommandError("SUPPORT_IMAP_URL is not set: no mail comes in.")
        try:
            imap.fetch(imap.server_of(settings.SUPPORT_IMAP_URL), self._process)
        except imap.MailboxError as exc:
            raise CommandError(str(exc)) from exc

    def _process(self, raw: bytes) -> None:
        row = mails.receive(raw, now=datetime.now(tz=UTC))
        label = f" ({row.ticket.label})" if row.ticket else ""
        self.stdout.write(f"{row.sender or 'no sender'}: {row.get_outcome_display()}{label}")
