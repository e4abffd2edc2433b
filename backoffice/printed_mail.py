"""Mails where no mail server is set: printed, each attachment as one line instead of its bytes."""

import copy
from email.message import Message
from email.mime.base import MIMEBase
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """Django's own for the console, without the content of files."""

    def write_message(self, message: EmailMessage) -> None:
        text = copy.copy(message)
        text.attachments = []
        super().write_message(text)
        for one in message.attachments:
            self.stream.write(f"{_named(one)}\n")


def _named(attachment: Any) -> str:
    if isinstance(attachment, MIMEBase | Message):
        return f"Attached: {attachment.get_filename() or 'a file'} ({attachment.get_content_type()})"
    name, content, media_type = attachment
    return f"Attached: {name or 'a file'} ({media_type or 'unknown type'}, {len(content or b''):,} bytes)"
