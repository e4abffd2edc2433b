"""Currencies and the two kinds of rounding: once per total, and shares that add up to it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

_TWO_DECIMALS: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG"
)
_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
}
"""The number of decimals of each currency's minor unit (ISO 4217)."""


_EVERYDAY: Final = {
    "0.4": "BHD JOD KWD OMR",
    "1": "AUD AWG AZN BAM BBD BGN BMD BND BSD BZD CAD CHF EUR FJD FKP GBP GIP KYD NZD PAB SGD SHP TOP USD WST XCD",
    "4": "AED ANG BRL BYN GEL ILS LYD MYR PEN PGK PLN QAR RON SAR TMT TND",
    "10": "BOB BWP CNY DKK GTQ HKD MAD MOP NOK SBD SEK SVC TJS TTD VES",
    "20": "CUP CZK ERN GHS HNL LSL MDL MVR MXN NAD SCR SLE STN SZL ZAR ZMW ZWG",
    "50": "AFN DOP EGP GMD MKD MRU MUR MZN NIO PHP SRD THB TRY TWD UAH UYU",
    "100": "ALL BDT BTN CVE DJF DZD ETB HTG INR ISK JMD JPY KES KGS NPR RSD RUB VUV XPF",
    "200": "GYD LRD SSP YER",
    "400": "AMD CRC HUF KMF KZT LKR PKR SDG SOS",
    "1000": "AOA ARS CLP IQD KPW KRW MWK NGN RWF XAF XOF",
    "4000": "BIF CDF COP KHR MGA MMK MNT PYG TZS UGX",
    "10000": "GNF IDR LAK SYP UZS VND",
    "50000": "IRR LBP",
}
"""The approximate value of one euro or dollar in each currency: an order of magnitude, not an exchange rate."""
_UNITS: Final = {code: Decimal(units) for units, codes in _EVERYDAY.items() for code in codes.split()}


def everyday_unit(currency: str) -> Decimal:
    """Returns about one euro or dollar in major units: 1 USD, 10 SEK, 400 HUF, 100 JPY, 0.4 KWD.

    Scales settings that name an amount without a currency; never converts money. 1 for units of account (UYI).
    """
    return _UNITS.get(currency, Decimal(1))


def everyday_minor(units: int, *, currency: str) -> int:
    """Converts everyday units to minor ones: 50 are 50.00 USD, 20000.00 HUF, 5000 JPY and 20.000 KWD."""
    return round_half_away(exact_minor(units * everyday_unit(currency), currency=currency))


def exact_minor(amount: Decimal | Fraction, *, currency: str) -> Fraction:
    """Converts an amount in major units to an exact number of minor units."""
    return Fraction(amount) * Fraction(10 ** EXPONENTS[currency])


def round_half_away(exact: Fraction) -> int:
    """Returns the nearest integer; a half is rounded away from zero."""
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact.numerator >= 0 else -magnitude


def apportion(exacts: Sequence[Fraction], *, total: int) -> tuple[int, ...]:
    """Returns whole shares of `total`, each an `exact` rounded down or up, that add up to it.

    The units left after rounding down go to the largest remainders; among equals, to the earlier one. `total` must be
    the sum of `exacts` rounded down or up.
    """
    shares = [floor(exact) for exact in exacts]
    leftover = total - sum(shares)
    if not 0 <= leftover <= len(shares):
        raise ValueError(f"{total} is not a rounding of the sum of {len(shares)} shares")
    by_remainder = sorted(range(len(shares)), key=lambda index: shares[index] - exacts[index])
    for index in by_remainder[:leftover]:
        shares[index] += 1
    return tuple(shares)


def text(amount_minor: int, *, currency: str) -> str:
    """Formats minor units for people: `6.45 USD`, `300 JPY`."""
    return f"{major(amount_minor, currency=currency)} {currency}"


def fact(amount_minor: int, *, currency: str) -> list[str]:
    """Converts minor units to a fact of a stored sentence: a decimal text and the currency."""
    return [major(amount_minor, currency=currency), currency]


def major(amount_minor: int, *, currency: str) -> str:
    """Formats minor units as a plain decimal in major units: `6.45`, `300`."""
    return f"{Decimal(amount_minor).scaleb(-EXPONENTS[currency]):f}"
