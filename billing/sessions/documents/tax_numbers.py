"""Tax numbers of companies, checked by the rules of their countries. Pure."""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from stdnum import exceptions, get_cc_module

from chargers.lib.i18n import mark
from chargers.properties.countries import EU

_REGISTERS: Final = ("vat", "ein", "businessid", "tin")
"""The registers to look for a country's company number; the first that the library knows is used."""
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "AT": ("at.tin",), "CH": ("ch.uid",), "DE": ("de.stnr",), "FR": ("fr.siret", "fr.siren"), "NO": ("no.orgnr",),
    "SE": ("se.orgnr",), "US": ("us.tin",),
}  # fmt: skip
"""Other numbers of companies that charge no VAT, or that write their number without its suffix."""
_OTHER_REGISTER: Final = frozenset(("SG", "ZA"))
"""For these countries the library checks a number other than the VAT number, so a number that fails is stored
unchecked.
"""
_LETTER_IN_FRONT: Final[Mapping[str, str]] = {"JP": "T"}
"""A letter that invoices print before the number; the number is checked without it."""
_NAMES: Final[Mapping[str, str]] = {
    "AU": "ABN", "BE": "BTW / TVA", "CA": "BN", "CH": "UID", "DK": "CVR-nr.", "ES": "NIF", "FI": "ALV-numero",
    "GB": "VAT number", "IE": "VAT number", "IT": "P. IVA", "LU": "TVA", "MT": "VAT number", "NL": "Btw-nr.",
    "NO": "Org.nr.", "PL": "NIP", "PT": "NIF", "SE": "VAT-nr.", "US": "EIN",
}  # fmt: skip
"""The company number's name in its own country."""
_PREFIXES: Final = {"EL": "GR"} | {country: country for country in EU if country != "GR"}
"""Prefixes of VAT numbers in the European Union, with their countries."""
_EU_SHAPE: Final = re.compile(r"([A-Z]{2})[\s.]?[0-9A-Z][0-9A-Z\s.-]{6,}")
_OTHER_COUNTRY: Final = mark("It begins like a VAT number of %(country)s: choose that country, or check the number.")
_WRONG_LENGTH: Final = mark("It has too many or too few characters for this country.")
_WRONG_SHAPE: Final = mark("It has characters where this country's numbers have none, or the other way round.")
_WRONG_DIGIT: Final = mark("Its check digit does not fit: one of the characters must be wrong.")
_WRONG_PART: Final = mark("A part of it does not exist in this country.")


class TaxNumberError(ValueError):
    """It cannot be a number of that country; the message is a sentence with the reason, `values` are its variable
    parts.
    """

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence, self.values = sentence, values


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """A number in its country's official spelling.

    `is_checked`: the country has rules that we know, and the number follows them.
    """

    text: str
    is_checked: bool


def read(entered_number: str, *, country: str) -> TaxNumber:
    """Returns the number as typed by a person.

    `country` is ISO 3166-1 alpha-2. Raises TaxNumberError. Whether the company exists is not checked.
    """
    text = " ".join(entered_number.split())
    rules = list(_rules_of(country))
    if not rules or not text:
        return TaxNumber(text, is_checked=False)
    front = _LETTER_IN_FRONT.get(country, "")
    number = text[1:] if front and text[:1].upper() == front else text
    wrong: TaxNumberError | None = None
    for rule in rules:
        try:
            prefixed = _add_country_prefix(_validate_and_format(rule, number), entered_number=text, country=country)
        except TaxNumberError as exc:
            wrong = wrong or exc
        else:
            return TaxNumber(prefixed if number == text else f"{front}{prefixed}", is_checked=True)
    if country in _OTHER_REGISTER:
        return TaxNumber(text, is_checked=False)
    if other := _other_country(text, country=country):
        raise TaxNumberError(_OTHER_COUNTRY, country=other)
    assert wrong is not None
    raise wrong


def name_of(number: str, *, country: str) -> str:
    """Returns the number's name in its country, in the local language; empty if unknown."""
    shape = re.sub(r"[^0-9A-Z]", "", number.upper())
    is_prefixed = shape[:2].isalpha() and _PREFIXES.get(shape[:2]) == country
    match country:
        case "DE":
            return "USt-IdNr." if is_prefixed else "St.-Nr."
        case "FR":
            return {14: "SIRET", 9: "SIREN"}.get(len(shape), "") if shape.isdecimal() else "N° TVA"
        case "AT":
            return "UID-Nr." if is_prefixed else "Steuernr."
        case _:
            return _NAMES.get(country, "")


def _rules_of(country: str) -> Iterator[Any]:
    """Yields the rules of a country, the VAT number's first: its failure is the one reported."""
    usual = next(filter(None, (get_cc_module(country.lower(), register) for register in _REGISTERS)), None)
    if usual is not None:
        yield usual
    for name in _ALSO.get(country, ()):
        yield importlib.import_module(f"stdnum.{name}")


def _validate_and_format(rules: ModuleType, text: str) -> str:
    """Returns the number in its official spelling. Raises TaxNumberError."""
    try:
        compact = str(rules.validate(text))
    except exceptions.InvalidLength as exc:
        raise TaxNumberError(_WRONG_LENGTH) from exc
    except exceptions.InvalidChecksum as exc:
        raise TaxNumberError(_WRONG_DIGIT) from exc
    except exceptions.InvalidComponent as exc:
        raise TaxNumberError(_WRONG_PART) from exc
    except exceptions.ValidationError as exc:
        raise TaxNumberError(_WRONG_SHAPE) from exc
    return str(rules.format(compact)) if hasattr(rules, "format") else compact


def _other_country(text: str, *, country: str) -> str:
    """Returns the other country of the European Union that a number names, or an empty text."""
    match = _EU_SHAPE.fullmatch(text.upper())
    prefix_country = _PREFIXES.get(match[1], "") if match else ""
    return prefix_country if prefix_country != country else ""


def _add_country_prefix(compact: str, *, entered_number: str, country: str) -> str:
    """Returns the number with its country prefix, if it was typed: invoices in the EU have the country before the
    number.
    """
    prefix = next((code for code in ("XI",) if country == "GB" and entered_number.upper().startswith(code)), country)
    prefix = "EL" if country == "GR" else prefix
    needs_prefix = entered_number.upper().startswith(prefix) and not compact.upper().startswith(prefix)
    return f"{prefix}{compact}" if needs_prefix else compact
