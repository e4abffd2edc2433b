"""Validates the name and websocket address of a back office as typed by users."""

from typing import Final
from urllib.parse import urlsplit

from chargers.lib import outbound

NO_PAIR: Final = "A client certificate needs its key, and a key its certificate."


class AddressError(ValueError):
    """The input is invalid; the message tells how to write it."""


def name(text: str) -> str:
    """Validates a name. Raises AddressError, also for “us”, which is our own name in lists of Leaders."""
    stripped = text.replace("\x00", "").strip()
    if stripped.lower() in {"us", ""}:
        raise AddressError("Give it the name that people know it by.")
    return stripped


def url(text: str) -> str:
    """Validates an address. Raises AddressError."""
    stripped = text.replace("\x00", "").strip()
    try:
        parts = urlsplit(stripped)
        _ = parts.port
    except ValueError as exc:
        raise AddressError("Write the address of its websocket, such as wss://ocpp.example/.") from exc
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise AddressError("Begin with wss:// (or ws://, not encrypted).")
    if parts.username or parts.password:
        raise AddressError("Write user name and password in their own fields, not in the address.")
    if outbound.is_forbidden_literal(parts.hostname):
        raise AddressError(describe_refusal(parts.hostname))
    return stripped


def describe_refusal(host: str) -> str:
    """Returns why an address that may not be called is not stored."""
    return (
        f"{host} is an address that we do not call, because it is not public: write a public address or a name. "
        "An operator can permit its network by the setting OUTBOUND_ALLOWED_NETWORKS."
    )
