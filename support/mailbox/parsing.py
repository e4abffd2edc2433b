"""Parses an incoming mail: its sender, person or machine; its new text; the mails that it answers. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from enum import StrEnum
from html.parser import HTMLParser
from itertools import islice
from typing import Any, Final

from support.mailbox import authentication, marks
from support.mailbox.authentication import Check

_BULK: Final = frozenset({"bulk", "junk", "list"})
_DAEMONS: Final = ("mailer-daemon", "postmaster")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS: Final = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,180}\.[^@\s<>,;\".]{2,}")
_ATTRIBUTION: Final = re.compile(r"^(?!>).{0,200}@?.{0,200}:\s*$")
_SEPARATOR: Final = re.compile(r"^\s*(-{3,}.{0,60}-{3,}|_{10,})\s*$")
_BLOCKS: Final = frozenset({"br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3", "table"})
_UNSEEN: Final = frozenset({"script", "style", "head", "title", "template"})
_MAX_REFERENCES: Final = 50
_MAX_PARTS: Final = 100
_MAX_NESTING: Final = 50
"""The deepest nesting of parts, because each line of a mail is compared with the boundary of every part around it."""
_NESTS: Final = re.compile(rb"boundary\s*[*=]|message/rfc822", re.IGNORECASE)
_MAX_SEPARATOR: Final = 200
_MAX_TEXT: Final = 200_000
_MAX_LINES: Final = 5_000
_MAX_PAGE: Final = 1_000_000
"""Limits for a mail's text: characters, lines, and characters of an HTML mail. The mail itself is stored in full."""
_CUT_OFF: Final = "\n\n(The mail goes on: it is too long to be shown here.)"
_MAX_TOP: Final = 20_000
_MAX_HEADER: Final = 2_000
_LONG_HEADERS: Final = {"references": 32_000, "in-reply-to": 32_000}
"""How many characters of a header are read, because the parser's time grows with the square of the length."""


class Writer(StrEnum):
    """What kind of sender wrote a mail."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    BOUNCE = "bounce"
    OURSELVES = "ourselves"


class UnreadableError(Exception):
    """The mail cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail. `sender` is empty if not usable; `text` is the new text; `references` are the mails that it answers.

    `failed`: for a bounce, the address that failed permanently. `may_acknowledge`: whether an automatic reply is
    allowed. `check`: whether our mail server vouches for the sender.
    """

    message_id: str
    sender: str
    sender_name: str
    subject: str
    writer: Writer
    text: str
    references: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]
    failed: str = ""
    may_acknowledge: bool = True
    check: Check = Check.OFF


class _Policy(EmailPolicy):
    """The parser's policy, for headers of the length that people and servers write."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[: _LONG_HEADERS.get(name.lower(), _MAX_HEADER)])


_POLICY: Final = _Policy()


def parse(raw: bytes, *, own_addresses: frozenset[str], authserv_id: str = "") -> Mail:
    """Reads a mail. `own_addresses`: our sending addresses, in lower case; `authserv_id`: our mail server's name.

    Raises UnreadableError.
    """
    if sum(1 for _ in _NESTS.finditer(raw)) > _MAX_NESTING:
        raise UnreadableError(f"It has more than {_MAX_NESTING} parts within parts.")
    try:
        message = message_from_bytes(raw, policy=_POLICY)
        assert isinstance(message, EmailMessage)
        sender, name = _sender(message)
        writer = _writer(message, sender=sender, own_addresses=own_addresses)
        return Mail(
            message_id=_first_id(_header(message, "Message-ID")),
            sender=sender,
            sender_name=name[:150],
            subject=" ".join(_header(message, "Subject").split())[:200],
            writer=writer,
            text=extract_reply(_text(message)),
            references=_references(message, is_bounce=writer is Writer.BOUNCE),
            files=tuple(_files(message)),
            failed=_find_failed_recipient(message) if writer is Writer.BOUNCE else "",
            may_acknowledge=not _header(message, "X-Auto-Response-Suppress"),
            check=authentication.check(
                _headers(message, "Authentication-Results"), senders=_senders(message), authserv_id=authserv_id
            ),
        )
    except UnreadableError:
        raise
    except Exception as exc:  # the parser raises all kinds of errors for malformed mails
        raise UnreadableError(f"{type(exc).__name__}: {exc}"[:200]) from exc


def heading(raw: bytes) -> tuple[str, str]:
    """Returns sender and subject of an unreadable mail from its first lines; empty if missing there."""
    top = raw[:_MAX_TOP].decode("utf-8", "replace").replace("\x00", "")
    sender, subject = (re.search(rf"^{name}:[ \t]*(.{{0,200}})", top, re.M | re.I) for name in ("From", "Subject"))
    address = _ADDRESS.search(sender[1]) if sender else None
    return (address[0].lower() if address else ""), (subject[1].strip() if subject else "")


def extract_reply(text: str) -> str:
    """Returns a reply's new text: above our own line, else above the quoted mail.

    Returns everything if nothing would be left.
    """
    plain = text.replace("\r\n", "\n").replace("\x00", "")
    match = marks.CUT.search(plain)
    answer = _strip_attribution(plain[: match.start()] if match else _above_quote(plain))
    return answer.strip() or plain.strip()


def _writer(message: EmailMessage, *, sender: str, own_addresses: frozenset[str]) -> Writer:
    """Returns what kind of sender wrote the mail.

    Bounces carry our header only inside; a mail with it outside is our own.
    """
    own_id = _header(message, "Message-ID").strip().endswith(f"@{marks.DOMAIN}>")
    if _header(message, marks.OWN_HEADER) or own_id:
        return Writer.OURSELVES
    local = sender.partition("@")[0]
    is_report = message.get_content_type() == "multipart/report"
    if is_report or _header(message, "Return-Path").strip() == "<>" or local in _DAEMONS:
        return Writer.BOUNCE
    if sender in own_addresses:
        return Writer.OURSELVES
    submitted = _header(message, "Auto-Submitted").strip().lower().partition(";")[0].strip()
    precedence = _header(message, "Precedence").strip().lower()
    is_answer = precedence == "auto_reply" or any(_header(message, name) for name in ("X-Autoreply", "X-Autorespond"))
    if submitted not in {"", "no"} or is_answer:
        return Writer.AUTO_REPLY
    return Writer.BULK if precedence in _BULK or _header(message, "List-Id") else Writer.PERSON


def _sender(message: EmailMessage) -> tuple[str, str]:
    addresses = getattr(message["From"], "addresses", ()) if message["From"] is not None else ()
    first: Address | None = addresses[0] if addresses else None
    if first is None:
        return "", ""
    spec = f"{first.username}@{first.domain}".lower()
    return (spec if _ADDRESS.fullmatch(spec) else ""), first.display_name


def _senders(message: EmailMessage) -> list[str]:
    """Returns every address given as the sender, because servers and programs differ in which one they use."""
    fields = message.get_all("From") or []
    return [f"{address.username}@{address.domain}" for field in fields for address in getattr(field, "addresses", ())]


def _headers(message: EmailMessage, name: str) -> list[str]:
    """Returns all headers of that name, topmost first."""
    try:
        return [" ".join(str(value).split()) for value in message.get_all(name) or []]
    except (ValueError, IndexError, AttributeError, TypeError):
        return []


def _references(message: EmailMessage, *, is_bounce: bool) -> tuple[str, ...]:
    """Returns the referenced mails, newest first; for a bounce, the mails that bounced."""
    texts = [_header(message, "In-Reply-To"), " ".join(reversed(_header(message, "References").split()))]
    if is_bounce:
        texts += [_header(part, "Message-ID") for part in _find_embedded_mails(message)]
    ids = [message_id for text in texts for message_id in _MESSAGE_ID.findall(text)]
    return tuple(dict.fromkeys(ids))[:_MAX_REFERENCES]


def _find_embedded_mails(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yields the mails, or their headers, inside a delivery report."""
    for part in _parts(message):
        if part.get_content_type() == "text/rfc822-headers":
            inner = message_from_bytes(part.get_payload(decode=True) or b"", policy=_POLICY)  # type: ignore[arg-type]
            assert isinstance(inner, EmailMessage)
            yield inner
        elif part.get_content_type() == "message/rfc822":
            yield from (payload for payload in part.get_payload() if isinstance(payload, EmailMessage))


def _find_failed_recipient(message: EmailMessage) -> str:
    """Returns the recipient that a delivery report calls failed (RFC 3464); a delay is not a failure."""
    for part in _parts(message):
        if part.get_content_type() == "message/delivery-status":
            for fields in part.get_payload():
                if isinstance(fields, str) or str(fields.get("Action", "")).strip().lower() != "failed":
                    continue
                recipient = str(fields.get("Final-Recipient", "")).rpartition(";")[2].strip().lower()
                if _ADDRESS.fullmatch(recipient):
                    return recipient
    return ""


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        content = body.get_content()
    except (LookupError, UnicodeError):
        payload = body.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    text = content if isinstance(content, str) else ""
    return _truncate_text(_convert_html_to_text(text[:_MAX_PAGE]) if body.get_content_type() == "text/html" else text)


def _truncate_text(text: str) -> str:
    """Returns the text, cut with a notice at the length that a person could have written."""
    lines = text[:_MAX_TEXT].splitlines(keepends=True)[:_MAX_LINES]
    bounded = "".join(lines)
    return text if len(bounded) == len(text) else bounded.rstrip() + _CUT_OFF


def _files(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in islice(message.iter_attachments(), _MAX_PARTS):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield part.get_filename() or "file", payload


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= _MAX_PARTS:
            return
        if isinstance(part, EmailMessage):
            yield part


def _header(message: EmailMessage, name: str) -> str:
    """Returns the header as text, even if it is malformed."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


def _first_id(text: str) -> str:
    match = _MESSAGE_ID.search(text)
    return match[0] if match else ""


def _above_quote(text: str) -> str:
    """Returns the text above a separator line, or above the quote that no new text follows."""
    lines = text.split("\n")
    quote = len(lines)
    while quote and (not lines[quote - 1].strip() or lines[quote - 1].startswith(">")):
        quote -= 1
    for number, line in enumerate(lines):
        if (len(line) <= _MAX_SEPARATOR and _SEPARATOR.match(line)) or (number >= quote and line.startswith(">")):
            return "\n".join(lines[:number])
    return text


def _strip_attribution(text: str) -> str:
    """Removes a mail program's line before a quote: "On 23 November Support wrote:", on one or two lines."""
    lines = text.rstrip().split("\n")
    while lines and (not lines[-1].strip() or lines[-1].startswith(">")):
        lines.pop()
    if len(lines) > 1 and _ATTRIBUTION.match(lines[-1]):
        lines.pop()
        if len(lines) > 1 and lines[-1].strip() and not lines[-2].strip():
            is_first_half = re.match(r"^(On|Am|Le|Op|El)\b", lines[-1].strip()) is not None
            lines = lines[:-1] if is_first_half else lines
    return "\n".join(lines)


class _PageText(HTMLParser):
    """The text of an HTML page, one line per block; scripts and styles are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(self._hidden - (tag in _UNSEEN), 0)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(" ".join(data.split()) if data.strip() else " ")


def _convert_html_to_text(page: str) -> str:
    reader = _PageText()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
