"""Formats amounts and prices: always with their currency, exact to its minor unit.

The portal speaks English; guests read `8,12 €` in German, French and Spanish, `€ 8,12` in Dutch.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.formats import number_format
from django.utils.translation import get_language

from billing.engine.values.money import EXPONENTS

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "INR": "₹"}
_PLAIN = re.compile(r"(?<![\w.,])(-?\d+(?:\.\d+)?) ([A-Z]{3})\b")
_MINUS = "−"
_SIGN_APART = ("nl",)
_SIGN_BEHIND = ("de", "fr", "es")


def money(amount_minor: int | None, currency: str) -> str:
    """Formats minor units as an amount: 812 and USD as $8.12; None as a dash."""
    if amount_minor is None or currency not in EXPONENTS:
        return "–"
    exponent = EXPONENTS[currency]
    return _format_with_sign(Decimal(amount_minor).scaleb(-exponent), currency=currency, decimals=exponent)


def short_money(amount_minor: int, currency: str) -> str:
    """Formats an amount for an axis, without decimals if it is whole: 20000 and USD as $200, 50 as $0.50."""
    exponent = EXPONENTS[currency]
    decimals = 0 if amount_minor % 10**exponent == 0 else exponent
    return _format_with_sign(Decimal(amount_minor).scaleb(-exponent), currency=currency, decimals=decimals)


def price(amount: str | Decimal | None, currency: str) -> str:
    """Formats a unit price in major units with all its decimals: "0.355" and USD as $0.355, "0.5" as $0.50."""
    try:
        exact = Decimal(str(amount))
    except InvalidOperation:
        return "–"
    exponent = exact.normalize().as_tuple().exponent
    stated_decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return _format_with_sign(exact, currency=currency, decimals=max(stated_decimals, EXPONENTS.get(currency, 2)))


def amounts(text: object) -> str:
    """Returns a stored sentence with its amounts in the page's format: `10802.00 USD` as $10,802.00.

    Sentences in the books and in timelines have the plain format, which every reader and program understands.
    """
    return _PLAIN.sub(_format_match, str(text))


def _format_match(match: re.Match[str]) -> str:
    return price(match[1], match[2]) if match[2] in EXPONENTS else match[0]


def format_unit_price(exact: Decimal, *, most_decimals: int = 4) -> str:
    """Formats a unit price with tax, without trailing zeros; the bill is computed exactly."""
    return f"{exact.quantize(Decimal(1).scaleb(-most_decimals), rounding=ROUND_HALF_UP).normalize():f}"


def digits(number: str | Decimal) -> str:
    """Formats a stored decimal with the reader's separators and all its decimals: 0.200 as 0,200."""
    exact = Decimal(str(number))
    exponent = exact.as_tuple().exponent
    stated_decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return number_format(exact, stated_decimals, use_l10n=True, force_grouping=True)


def rate_digits(percent: str | Decimal) -> str:
    """Formats a percentage without trailing zeros: 8.250 as 8.25, 19.00 as 19."""
    return digits(f"{Decimal(str(percent)).normalize():f}")


def kwh(wh: int | None) -> str:
    """Formats watt-hours as kWh with three decimals, without the unit: 8120 as 8.120; None as a dash."""
    return "–" if wh is None else number_format(Decimal(wh).scaleb(-3), 3, use_l10n=True, force_grouping=True)


def _format_with_sign(amount: Decimal, *, currency: str, decimals: int) -> str:
    figures = number_format(abs(amount), decimals, use_l10n=True, force_grouping=True)
    minus, language = _MINUS if amount < 0 else "", get_language()
    if language in _SIGN_BEHIND:
        return f"{minus}{figures}\N{NO-BREAK SPACE}{_SIGNS.get(currency, currency)}"
    apart = "\N{NO-BREAK SPACE}" if language in _SIGN_APART and currency in _SIGNS else ""
    return f"{minus}{_SIGNS.get(currency, f'{currency} ')}{apart}{figures}"
