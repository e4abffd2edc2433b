"""Hides secrets and card numbers in what is quoted from an exchange. Pure."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

HIDDEN: Final = "••••"
_SECRETS: Final = frozenset(("token", "secret", "password", "authorization", "access_token", "api_key"))
_CARDS: Final = frozenset(("uid", "contract_id", "auth_id", "visual_number", "group_id", "token_uid"))
_OPEN_PARAMETERS: Final = frozenset(("offset", "limit", "date_from", "date_to", "type"))
_IN_TEXT: Final = re.compile(
    rf'("(?:{"|".join(sorted(_SECRETS | _CARDS))})"\s*:\s*")((?:[^"\\]|\\.)*)("?)', re.IGNORECASE
)
_TOKEN_PATH: Final = re.compile(r"(/tokens/(?:[^/?]+/[^/?]+/)?)([^/?]+)(/authorize)?/?\Z")
_SHORTEST: Final = 8
_MAX_VALUE: Final = 120


def quote_value(name: str, value: Any) -> str:
    """Returns a value for an agent or a mail: as JSON, cut, without secrets and whole card numbers."""
    text = json.dumps(mask_value(name, value), ensure_ascii=False, default=_as_number)
    return text if len(text) <= _MAX_VALUE else f"{text[:_MAX_VALUE]}…"


def mask_value(name: str, value: Any) -> Any:
    """Returns the value of a field: secrets hidden, card numbers shortened, also in it. An EVSE's uid is no card's."""
    if isinstance(value, Mapping):
        is_evse = "connectors" in value
        return {key: member if is_evse and key == "uid" else mask_value(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [mask_value(name, member) for member in value]
    if not isinstance(value, str):
        return value
    if name.lower() in _SECRETS:
        return HIDDEN
    if name.lower() in _CARDS:
        return shorten_number(value)
    return mask_url(value) if value.startswith(("http://", "https://")) else value


def mask_json(value: Any) -> str:
    """Returns a body as compact JSON without secrets and whole card numbers."""
    return json.dumps(mask_value("", value), ensure_ascii=False, default=_as_number)


def mask_text(text: str) -> str:
    """Returns text that is no JSON, or a part of it, without the values of fields that name secrets or cards."""
    return _IN_TEXT.sub(lambda match: f"{match[1]}{HIDDEN}{match[3]}", text)


def shorten_number(number: str) -> str:
    """Returns enough of a card's number to recognise it by."""
    return f"{number[:2]}…{number[-2:]}" if len(number) >= _SHORTEST else HIDDEN


def mask_url(url: str) -> str:
    """Returns an address without the name of a user, the number of a card, and values of parameters that OCPI does
    not have.
    """
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
    except ValueError:
        return HIDDEN
    path = _TOKEN_PATH.sub(lambda match: f"{match[1]}{shorten_number(match[2])}{match[3] or ''}", parts.path)
    query = "&".join(
        f"{quote(name)}={quote(value, safe=':') if name in _OPEN_PARAMETERS else HIDDEN}"
        for name, value in parse_qsl(parts.query)
    )
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _as_number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
