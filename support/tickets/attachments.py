"""Files of tickets: type detected by content, size limited, stored as bytes that are never opened or displayed here."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from chargers.lib import ids, private_files
from chargers.lib.i18n import mark
from support.models import Attachment, Ticket, TicketMessage

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_FILES: Final = 5
MAX_OF_A_TICKET: Final = 50
_UNSAFE: Final = re.compile(r"[^\w.()+-]+")
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"%PDF-", "application/pdf", "pdf"),
)
_HEIC: Final = (b"heic", b"heix", b"mif1", b"msf1", b"heif")


class AttachmentError(Exception):
    """The file is not accepted; the message is a sentence for the person, marked for translation."""


@dataclass(frozen=True, slots=True)
class File:
    """A checked file: its name has the ending of its real type."""

    name: str
    media_type: str
    content: bytes


def check(name: str, content: bytes) -> File:
    """Returns the file with its detected type. Raises AttachmentError for all but pictures, PDF and plain text."""
    if len(content) > MAX_BYTES:
        raise AttachmentError(mark("The file is larger than 10 MB: send a smaller one."))
    if not content:
        raise AttachmentError(mark("The file is empty."))
    kind = _type(content)
    if kind is None:
        raise AttachmentError(mark("This type of file is not taken: send a picture, a PDF or plain text."))
    media_type, ending = kind
    stem = safe_name(name).rpartition(".")[0] or safe_name(name) or "file"
    return File(f"{stem[:90]}.{ending}", media_type, content)


def read(chunks: Iterable[bytes]) -> bytes:
    """Returns the bytes, holding at most the limit in memory. Raises AttachmentError."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        if len(buffer) > MAX_BYTES:
            raise AttachmentError(mark("The file is larger than 10 MB: send a smaller one."))
    return bytes(buffer)


def keep(ticket: Ticket, file: File, *, message: TicketMessage | None, now: datetime) -> Attachment:
    """Writes the file and its row. Raises AttachmentError if the ticket has too many."""
    if ticket.attachments.count() >= MAX_OF_A_TICKET:
        raise AttachmentError(mark("This request has too many files already."))
    row = Attachment(
        id=ids.generate(now=now),
        ticket=ticket,
        message=message,
        name=file.name,
        media_type=file.media_type,
        size_bytes=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        added_at=now,
    )
    location = path(row.pk)
    private_files.make_folder(location.parent)
    private_files.write(location, file.content)
    row.save(force_insert=True)
    return row


def path(key: uuid.UUID) -> Path:
    return Path(settings.DATA_DIR) / "attachments" / key.hex


def safe_name(name: str) -> str:
    """Returns the name without folders, control characters, or anything unsafe in a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).strip("._")[:95]


def _type(content: bytes) -> tuple[str, str] | None:
    for signature, media_type, ending in _SIGNATURES:
        if content.startswith(signature):
            return media_type, ending
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp", "webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "image/heic", "heic"
    return ("text/plain", "txt") if _is_plain_text(content) else None


def _is_plain_text(content: bytes) -> bool:
    """Whether the content is text that no browser would treat as a page."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    has_controls = any(
        character not in "\t\r\n\f" and not character.isprintable() and ord(character) < 160 for character in text
    )
    return not has_controls and not re.match(r"\s*(<|#!)", text.lstrip("\ufeff"))
