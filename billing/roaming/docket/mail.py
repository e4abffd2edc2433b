"""The mail to a partner about one kind of deviation, with what its developers need to find it. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from billing.roaming.docket.entries import Entry, Example

_MAX_LINK: Final = 1800
"""Mail programs cut longer mailto links."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to copy, and a link that opens it in a mail program."""

    subject: str
    text: str
    link: str


def write(entry: Entry, *, partner: str, ours: str) -> Mail:
    """Returns the mail. `ours`: our parties of the connection, such as NL-SUN.

    A link that would be too long opens the mail without the bodies.
    """
    version = entry.example.version
    subject = f"OCPI{f' {version}' if version else ''}: {entry.clause.title}"
    text = _write_text(entry, partner=partner, ours=ours, has_bodies=True)
    link = _build_link(subject, text)
    if len(link) > _MAX_LINK:
        link = _build_link(subject, _write_text(entry, partner=partner, ours=ours, has_bodies=False))
    return Mail(subject, text, link)


def _write_text(entry: Entry, *, partner: str, ours: str, has_bodies: bool) -> str:
    clause = entry.clause
    lines = [
        "Hello,",
        "",
        f"on the OCPI connection between {ours} and {partner} we noticed the following in messages from you:",
        "",
        f"{clause.title}.",
        "",
        f"Clause: {entry.citation}",
        f"It says: {clause.says}",
        f"What we do: {clause.ours}",
        f"What we ask of you: {clause.remedy}",
        "",
        _write_count(entry),
        "",
        *_write_example(entry.example, has_bodies=has_bodies),
    ]
    others = [request_id for request_id in entry.request_ids if request_id != entry.example.request_id]
    if others:
        lines += ["", f"More of them, by X-Request-ID: {', '.join(others)}"]
    lines += [
        "",
        "Times are in UTC. Tokens are hidden and numbers of cards are shortened.",
        "If you read the clause in another way, please tell us.",
        "",
        "Kind regards",
    ]
    return "\n".join(lines)


def _write_count(entry: Entry) -> str:
    if entry.count == 1:
        return f"We saw it once, on {_format_time(entry.last_at)}."
    first, last = _format_time(entry.first_at), _format_time(entry.last_at)
    return f"We saw it {entry.count} times, first on {first}, last on {last}."


def _write_example(example: Example, *, has_bodies: bool) -> list[str]:
    sender = "you" if example.is_incoming else "us"
    lines = [
        f"Example of {_format_time(example.at)}, sent by {sender}:",
        f"{example.method} {example.url}",
        f"X-Request-ID: {example.request_id or 'none'}",
        f"X-Correlation-ID: {example.correlation_id or 'none'}",
        f"Where: {example.path}{f' = {example.value}' if example.value else ''}",
        f"Answer: {example.answer}",
    ]
    if has_bodies and example.request_excerpt:
        lines.append(f"Body of the request: {example.request_excerpt}")
    if has_bodies and example.answer_excerpt:
        lines.append(f"Body of the answer: {example.answer_excerpt}")
    return lines


def _format_time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _build_link(subject: str, text: str) -> str:
    return f"mailto:?subject={quote(subject)}&body={quote(text)}"
