"""Mails without a mail server: stored as files for any mail program, with one line each in the output."""

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import console

FOLDER: Final = "mails"
_MAX_FILES: Final = 1_000
"""If there are more files, the oldest are deleted."""
_NOT_IN_NAMES: Final = re.compile(r"[^\w.@+-]+")


class EmailBackend(console.EmailBackend):
    """Writes `DATA_DIR/mails/<moment>-<first address>.eml`, readable by its owner, and prints one line about it."""

    def write_message(self, message: EmailMessage) -> None:
        file = _save_message(message)
        addresses = ", ".join(message.recipients())
        self.stream.write(f"Mail to {addresses}: “{_collapse_whitespace(str(message.subject))}”  {file}\n")


def _save_message(message: EmailMessage) -> Path:
    folder = settings.DATA_DIR / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S.%f")
    file: Path = folder / f"{moment}-{_NOT_IN_NAMES.sub('_', _first(message.recipients()))[:80]}.eml"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as eml_file:
        eml_file.write(message.message().as_bytes())
    for old in sorted(folder.glob("*.eml"))[:-_MAX_FILES]:
        old.unlink(missing_ok=True)
    return file


def _first(addresses: Sequence[str]) -> str:
    return addresses[0] if addresses else "nobody"


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())
