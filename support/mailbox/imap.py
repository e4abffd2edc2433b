"""Reads support's mailbox by IMAP: each unread mail is handed over, and marked as read once it was stored."""

import imaplib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from urllib.parse import unquote, urlsplit

from chargers.lib import repeated_failures

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 25 * 1024 * 1024
_MAX_AT_ONCE: Final = 50
_TIMEOUT_S: Final = 20
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxError(Exception):
    """The mailbox cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mailbox's server. `is_encrypted`: TLS from the first byte."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    is_encrypted: bool = True


def server_of(url: str) -> Server:
    """Reads imaps://user:password@host:993/INBOX; imap:// is without encryption. Raises MailboxError."""
    parts = urlsplit(url)
    try:
        port = parts.port or (993 if parts.scheme == "imaps" else 143)
    except ValueError:
        port = 0
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not port or not parts.username:
        raise MailboxError("SUPPORT_IMAP_URL must look like imaps://user:password@host:993/INBOX.")
    return Server(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        is_encrypted=parts.scheme == "imaps",
    )


def fetch(server: Server, take: Callable[[bytes], object]) -> int:
    """Hands over unread mails until fifty are stored; returns how many were. Raises MailboxError.

    A mail that cannot be read, or for which `take` fails, is logged by its number and stays unread; other mails come
    first before it is tried again. `take` may raise MailboxError to stop. If a mail is too large, only its head is
    handed over.
    """
    try:
        kind = imaplib.IMAP4_SSL if server.is_encrypted else imaplib.IMAP4
        with kind(server.host, server.port, timeout=_TIMEOUT_S) as box:
            box.login(server.user, server.password)
            _expect(box.select(_quote_folder(server.folder)))
            answer = _expect(box.uid("SEARCH", "UNSEEN"))
            keys = answer[0].split() if answer and isinstance(answer[0], bytes) else []
            stored_keys = (key for key in keys if _handed_over(box, key.decode(), take))
            return sum(1 for _ in islice(stored_keys, _MAX_AT_ONCE))
    except (imaplib.IMAP4.error, OSError) as exc:
        raise MailboxError(f"{type(exc).__name__}: {exc}") from exc


def _handed_over(box: imaplib.IMAP4, key: str, take: Callable[[bytes], object]) -> bool:
    """Hands over one mail. Raises IMAP4.abort if the connection is gone, and MailboxError."""
    try:
        raw = _read(box, key)
        if raw is None:
            return False
        take(raw)
        _expect(box.uid("STORE", key, "+FLAGS", r"(\Seen)"))
    except (imaplib.IMAP4.abort, MailboxError):
        raise
    except imaplib.IMAP4.error as exc:
        logger.warning("Mail %s could not be read (%s); it is tried again", key, exc)
        return False
    except Exception as exc:  # noqa: BLE001 - it is logged
        repeated_failures.log(logger, exc, "Mail %s could not be taken; it is tried again", key)
        return False
    return True


def _read(box: imaplib.IMAP4, key: str) -> bytes | None:
    sized = b" ".join(
        answer_part if isinstance(answer_part, bytes) else answer_part[0]
        for answer_part in _expect(box.uid("FETCH", key, "(RFC822.SIZE)"))
    )
    match = _SIZE.search(sized)
    part = "BODY.PEEK[]" if match and int(match[1]) <= MAX_BYTES else "BODY.PEEK[HEADER]"
    answers = _expect(box.uid("FETCH", key, f"({part})"))
    return next((answer[1] for answer in answers if isinstance(answer, tuple)), None)


def _expect(answer: tuple[str, Sequence[object]]) -> list[bytes | tuple[bytes, bytes]]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server answered {status} {data!r}"[:200])
    return [part for part in data if isinstance(part, bytes | tuple)]


def _quote_folder(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
