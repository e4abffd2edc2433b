"""Bank identifiers and texts: IBAN, BIC, US routing numbers, and the characters that files may contain."""

import re
import unicodedata
from typing import Final

from anyascii import anyascii
from stdnum import bic as stdnum_bic
from stdnum import exceptions, iban
from stdnum.us import rtn

_SEPA: Final = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS "
    "SE SI SK SM VA"
)
SEPA_COUNTRIES: Final = frozenset(_SEPA.split())
"""The country codes of IBANs that SEPA payments reach."""
_REFUSED_IN_SEPA: Final = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_EPC: Final = str.maketrans({
    "&": "+", ";": ",", "[": "(", "{": "(", "]": ")", "}": ")", "_": "-", "~": "-", "|": "/", "\\": "/", "`": "'",
    "´": "'", "’": "'", "‘": "'", "–": "-", "—": "-", "\t": " ", "\n": " ", "\r": " ", "\N{NO-BREAK SPACE}": " ",
})  # fmt: skip
"""Conversions from the EPC's best practices (EPC217-08). A character without one becomes a full stop."""
_REFUSED_IN_NACHA: Final = re.compile(r"[^A-Z0-9 .,/()&'-]")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9?:().,'+ -]+(?:/[A-Za-z0-9?:().,'+ -]+)*")


class IdentifierError(ValueError):
    """A bank would refuse this identifier or text; the message is a sentence."""


def checked_iban(entered_iban: str) -> str:
    """Returns the IBAN in capitals, without spaces. Raises IdentifierError with the reason if it is invalid."""
    compact = iban.compact(entered_iban).upper()
    try:
        return str(iban.validate(compact))
    except exceptions.ValidationError as exc:
        raise IdentifierError(f"The IBAN {_mask_iban(compact)} is not valid: {_cause(exc, compact)}.") from exc


def checked_sepa_iban(entered_iban: str) -> str:
    """Returns an IBAN that SEPA payments reach. Raises IdentifierError."""
    number = checked_iban(entered_iban)
    if number[:2] not in SEPA_COUNTRIES:
        raise IdentifierError(f"The IBAN {_mask_iban(number)} is of {number[:2]}, where SEPA payments do not go.")
    return number


def checked_bic(entered_bic: str) -> str:
    """Returns the BIC. Raises IdentifierError."""
    compact = stdnum_bic.compact(entered_bic).upper()
    try:
        return str(stdnum_bic.validate(compact))
    except exceptions.ValidationError as exc:
        sentence = f"The BIC {compact[:20]} is not valid: it has 8 or 11 characters, as in DEUTDEFF or DEUTDEFF500."
        raise IdentifierError(sentence) from exc


def checked_routing_number(entered_number: str) -> str:
    """Returns a routing number of nine digits with a valid check digit. Raises IdentifierError."""
    compact = entered_number.replace(" ", "").replace("-", "")
    try:
        return str(rtn.validate(compact))
    except exceptions.ValidationError as exc:
        is_short = isinstance(exc, exceptions.InvalidLength | exceptions.InvalidFormat)
        cause = "it has nine digits" if is_short else "its check digit does not fit"
        raise IdentifierError(f"The routing number {compact[:20]} is not valid: {cause}.") from exc


def sepa_text(text: str) -> str:
    """Converts a text to the characters that every SEPA bank accepts.

    Letters lose their accents, `&` becomes `+`, and characters without an equivalent become `.`
    """
    plain = unicodedata.normalize("NFC", text).translate(_EPC)
    latin = "".join(character if character.isascii() else _ascii(character) for character in plain)
    return " ".join(_REFUSED_IN_SEPA.sub(".", latin.translate(_EPC)).split())


def sepa_name(name: str, *, owner: str) -> str:
    """Converts a holder's name for SEPA.

    Raises IdentifierError if nothing of it is left or it exceeds 70 characters.
    """
    text = sepa_text(name)
    if not re.search(r"[A-Za-z0-9]", text):
        raise IdentifierError(f"The name of {owner} “{name[:40]}” has no letter that a bank takes.")
    if len(text) > 70:
        raise IdentifierError(f"The name of {owner} has {len(text)} characters; a SEPA payment carries 70. Shorten it.")
    return text


def nacha_text(text: str) -> str:
    """Converts a text to capitals and the characters that NACHA files may have; others become spaces."""
    return " ".join(_REFUSED_IN_NACHA.sub(" ", anyascii(text).upper()).split())


def checked_reference(reference: str, *, max_length: int, label: str) -> str:
    """Checks one of our ids that the bank must return unchanged.

    It is refused rather than converted. Raises IdentifierError.
    """
    if not _REFERENCE.fullmatch(reference) or reference != reference.strip():
        sentence = f"The {label} “{reference[:40]}” has characters that banks change, or a slash at an end or doubled."
        raise IdentifierError(sentence)
    if len(reference) > max_length:
        raise IdentifierError(
            f"The {label} “{reference[:60]}” has {len(reference)} characters; the format carries {max_length}."
        )
    return reference


def _ascii(character: str) -> str:
    """Transliterates letters and marks. Symbols and pictures become a full stop."""
    return anyascii(character) if unicodedata.category(character)[0] in "LNMP" or character == "€" else "."


def _mask_iban(number: str) -> str:
    """Masks an IBAN for sentences that are stored and mailed: enough remains to recognise it."""
    return number if len(number) < 9 else f"{number[:4]}…{number[-4:]}"


def _cause(exc: exceptions.ValidationError, number: str) -> str:
    match exc:
        case exceptions.InvalidChecksum():
            return "its check digits do not fit, so a character is wrong or missing"
        case exceptions.InvalidLength():
            return f"it has {len(number)} characters, which no IBAN of {number[:2]} has"
        case exceptions.InvalidComponent():
            return f"{number[:2]} has no IBANs, or its part for the bank does not exist"
        case _:
            return "it does not have the form of an IBAN of its country"
