"""Names of domains as people type them, as DNS has them. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

import idna

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LONGEST: Final = 253
_LONGEST_LABEL: Final = 63


class DomainNameError(Exception):
    """The text is not a usable domain name; the message gives the reason and the remedy."""


def read(text: str) -> str:
    """Returns the name in lower case without a final dot, and in Punycode outside ASCII. Raises DomainNameError."""
    entry = text.strip().rstrip(".").strip()
    if "*" in entry:
        raise DomainNameError("Write one name instead of *: each host has one domain.")
    if "/" in entry or "@" in entry:
        raise DomainNameError("Write the name alone, without https:// and without a page: charge.hotel.example.")
    if _is_address(entry):
        raise DomainNameError("Write a name: an address of numbers cannot have a certificate of yours.")
    if ":" in entry:
        raise DomainNameError("Write the name without a port: guests' pages use the usual one.")
    try:
        name = idna.encode(entry, uts46=True).decode().lower()
        idna.decode(name)  # Punycode that stands for nothing
    except UnicodeError as exc:
        raise DomainNameError(f"{entry[:80] or 'This'} is no name of a domain. Write charge.hotel.example.") from exc
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        raise DomainNameError("Write the whole name, such as charge.hotel.example.")
    if len(name) > _LONGEST or not all(len(part) <= _LONGEST_LABEL and _LABEL.fullmatch(part) for part in labels):
        raise DomainNameError("A name has letters, digits and hyphens, with dots between its parts.")
    return name


def readable(name: str) -> str:
    """Returns the name as people read it: outside ASCII in its own letters."""
    try:
        return idna.decode(name)
    except UnicodeError:
        return name


def of_header(host: str) -> str:
    """Returns the name in a Host header, without its port and final dot; empty if it is not a name."""
    name = host.strip().lower()
    if name.startswith("["):
        return ""
    return name.partition(":")[0].rstrip(".")


def is_within(name: str, patterns: Iterable[str]) -> bool:
    """Whether the name is one of these, or below one of these."""
    plain = (pattern.lower().strip(".") for pattern in patterns)
    return any(name == pattern or name.endswith(f".{pattern}") for pattern in plain if pattern and pattern != "*")


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return False
