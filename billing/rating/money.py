"""Currencies and the two roundings that money knows: once per total, and shares that add up to it."""

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
"""ISO 4217: how many decimals the minor unit of each currency has."""


def exact_minor(amount: Decimal | Fraction, *, currency: str) -> Fraction:
    """An amount in major units as an exact number of minor units."""
    return Fraction(amount) * Fraction(10 ** EXPONENTS[currency])


def round_half_away(exact: Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact.numerator >= 0 else -magnitude


def apportion(exacts: Sequence[Fraction], *, total: int) -> tuple[int, ...]:
    """Whole shares of `total`, each an `exact` rounded down or up, that add up to it.

    The units left after rounding down go to the largest remainders; among equals, to the earlier one.
    `total` must be the sum of `exacts` rounded down or up.
    """
    shares = [floor(exact) for exact in exacts]
    left = total - sum(shares)
    if not 0 <= left <= len(shares):
        raise ValueError(f"{total} is not a rounding of the sum of {len(shares)} shares")
    by_remainder = sorted(range(len(shares)), key=lambda index: shares[index] - exacts[index])
    for index in by_remainder[:left]:
        shares[index] += 1
    return tuple(shares)


def text(amount_minor: int, *, currency: str) -> str:
    """Minor units as people read them: `6.45 USD`, `300 JPY`."""
    return f"{major(amount_minor, currency=currency)} {currency}"


def major(amount_minor: int, *, currency: str) -> str:
    """Minor units as a plain decimal in major units: `6.45`, `300`."""
    return f"{Decimal(amount_minor).scaleb(-EXPONENTS[currency]):f}"
