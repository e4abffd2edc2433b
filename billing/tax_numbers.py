"""Numbers by which tax offices know companies, checked by the rules of their countries. Pure."""

from dataclasses import dataclass
from typing import Final

from stdnum import exceptions, get_cc_module

from chargers.wording import mark

_REGISTERS: Final = ("vat", "ein", "businessid", "tin")
"""In which a country's number of companies is looked for; the first that the library knows decides."""
_WRONG_LENGTH: Final = mark("It has too many or too few characters for this country.")
_WRONG_SHAPE: Final = mark("It has characters where this country's numbers have none, or the other way round.")
_WRONG_DIGIT: Final = mark("Its check digit does not fit: one of the characters must be wrong.")
_WRONG_PART: Final = mark("A part of it does not exist in this country.")


class TaxNumberError(ValueError):
    """It cannot be a number of that country; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """A number in the country's own spelling. `is_checked`: its country has rules that we know, and it keeps them."""

    text: str
    is_checked: bool


def read(typed: str, *, country: str) -> TaxNumber:
    """`country` is ISO 3166-1 alpha-2. Raises TaxNumberError. It says nothing about whether the company exists."""
    text = " ".join(typed.split())
    rules = next(filter(None, (get_cc_module(country.lower(), register) for register in _REGISTERS)), None)
    if rules is None or not text:
        return TaxNumber(text, is_checked=False)
    try:
        compact = str(rules.validate(text))
        spelt = str(rules.format(compact)) if hasattr(rules, "format") else compact
        return TaxNumber(_prefixed(spelt, typed=text, country=country), is_checked=True)
    except exceptions.InvalidLength as exc:
        raise TaxNumberError(_WRONG_LENGTH) from exc
    except exceptions.InvalidChecksum as exc:
        raise TaxNumberError(_WRONG_DIGIT) from exc
    except exceptions.InvalidComponent as exc:
        raise TaxNumberError(_WRONG_PART) from exc
    except exceptions.ValidationError as exc:
        raise TaxNumberError(_WRONG_SHAPE) from exc


def _prefixed(compact: str, *, typed: str, country: str) -> str:
    """Kept where it was typed: invoices in the EU name the country in front of the number."""
    prefix = "EL" if country == "GR" else country
    wanted = typed.upper().startswith(prefix) and not compact.upper().startswith(prefix)
    return f"{prefix}{compact}" if wanted else compact
