"""The Authorization header in both directions (OCPI 2.2.1 4.1.1; plain in 2.1.1)."""

import base64
import binascii
import re
from enum import StrEnum
from typing import Final

_HEADER: Final = re.compile(r"token\s+(\S.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,64}")
_MAX_CHARACTERS: Final = 400


class TokenForm(StrEnum):
    """How a token stands in the header."""

    PLAIN = "plain"
    BASE64 = "base64"
    BASE64_SPACED = "base64 with white space in it"


def candidates(header: str) -> tuple[str, ...]:
    """Returns the tokens that a header may mean, the decoded one first; empty if it has no token.

    Partners of 2.2.1 that send it plain and partners of 2.1.1 that encode it are common, and an encoded token may end
    in a newline, as the specification's own example does.
    """
    match = _HEADER.fullmatch(header.strip()) if len(header) <= _MAX_CHARACTERS else None
    if match is None:
        return ()
    token_text = match[1].strip()
    return tuple(dict.fromkeys(token for token in (_decode_base64(token_text), token_text) if _TOKEN.fullmatch(token)))


def name_form(header: str, token: str) -> TokenForm:
    """Returns how the header shows the token, which is one of its candidates."""
    match = _HEADER.fullmatch(header.strip())
    token_text = match[1].strip() if match is not None else ""
    if token_text == token:
        return TokenForm.PLAIN
    return TokenForm.BASE64 if _decode(token_text) == token else TokenForm.BASE64_SPACED


def header(token: str, *, is_encoded: bool) -> str:
    """Returns the header for this token."""
    return f"Token {base64.b64encode(token.encode()).decode() if is_encoded else token}"


def is_usable(token: str) -> bool:
    """Whether OCPI allows this as a token: 1 to 64 printable ASCII characters without a space."""
    return _TOKEN.fullmatch(token) is not None


def _decode_base64(encoded_text: str) -> str:
    """Returns the decoded base64 text without surrounding white space; empty if it is not base64."""
    return _decode(encoded_text).strip()


def _decode(encoded_text: str) -> str:
    padded = encoded_text + "=" * (-len(encoded_text) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
