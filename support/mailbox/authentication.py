"""Whether our own mail server vouches for a mail's sender: its Authentication-Results (RFC 8601). Pure.

The address in From can be forged. A receiving server checks it (DMARC, RFC 7489; DKIM, RFC 6376) and writes the result
above all other headers. Only the topmost Authentication-Results of the mail counts, and only if it bears our server's
name: any that the sender added are below it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_LONGEST: Final = 4000
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[()]|;|[^\s"();]+')


class Check(StrEnum):
    """The result of our server's check of the address in From."""

    DMARC = "dmarc"
    DKIM = "dkim"
    OFF = "off"
    MISSING = "missing"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class _Result:
    """One method's result, such as dmarc=pass, with its properties, such as header.from."""

    method: str
    value: str
    properties: dict[str, str]


def check(headers: Sequence[str], *, senders: Sequence[str], authserv_id: str) -> Check:
    """Checks the sender.

    `headers`: all Authentication-Results, topmost first; `senders`: every address that From names.
    """
    if not authserv_id:
        return Check.OFF
    if len(senders) != 1 or "@" not in senders[0]:
        return Check.UNCLEAR
    parts = _parts(headers[0]) if headers else []
    if not parts or _server(parts[0]) != authserv_id.lower():
        return Check.MISSING
    domain = senders[0].rpartition("@")[2].lower()
    results = [result for part in parts[1:] if (result := _result(part)) is not None]
    dmarc = [entry for entry in results if entry.method == "dmarc"]
    if dmarc:
        return Check.DMARC if all(_is_of(entry, domain) for entry in dmarc) else Check.FAILED
    is_signed = any(
        entry.method == "dkim" and entry.value == "pass" and _is_aligned(entry, domain) for entry in results
    )
    return Check.DKIM if is_signed else Check.FAILED


def _is_of(result: _Result, domain: str) -> bool:
    return result.value == "pass" and result.properties.get("header.from", domain) == domain


def _is_aligned(result: _Result, domain: str) -> bool:
    """Whether the signing domain is the sender's, or a parent domain of it (RFC 7489 3.1.1, relaxed)."""
    signer = result.properties.get("header.d") or result.properties.get("header.i", "").rpartition("@")[2]
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))


def _server(part: Sequence[str]) -> str:
    """Returns the authserv-id, which a version may follow."""
    return part[0].lower() if part else ""


def _result(part: Sequence[str]) -> _Result | None:
    """Reads `method/1 = pass` and properties; spaces around the signs are allowed (RFC 8601 2.2)."""
    text = re.sub(r"\s*([=./])\s*", r"\1", " ".join(part))
    words = text.split()
    method, has_value, value = words[0].partition("=") if words else ("", "", "")
    if not has_value:
        return None
    pairs = (word.partition("=") for word in words[1:])
    properties = {name.lower(): property_value.strip('"').lower() for name, sign, property_value in pairs if sign}
    return _Result(method.partition("/")[0].lower(), value.lower(), properties)


def _parts(header: str) -> list[list[str]]:
    """Splits the header at semicolons into lists of words, without comments."""
    parts: list[list[str]] = [[]]
    for token in _tokenize_header(header):
        if token == ";":  # noqa: S105
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _tokenize_header(header: str) -> Iterator[str]:
    depth = 0
    for match in _TOKENS.finditer(header[:_LONGEST]):
        match match[0]:
            case "(":
                depth += 1
            case ")":
                depth = max(depth - 1, 0)
            case token if depth == 0:
                yield token.strip('"') if token.startswith('"') else token
