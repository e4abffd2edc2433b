"""Defaults by country: time zone, currency, and whether prices include tax. Pure."""

from functools import cache
from importlib import resources
from typing import Final

_CURRENCIES: Final = {
    "AED": "AE", "ALL": "AL", "AMD": "AM", "ANG": "CW SX", "ARS": "AR", "AUD": "AU CC CX HM KI NF NR TV", "AWG": "AW",
    "AZN": "AZ", "BAM": "BA", "BBD": "BB", "BHD": "BH", "BMD": "BM", "BND": "BN", "BOB": "BO", "BRL": "BR", "BSD": "BS",
    "BWP": "BW", "BZD": "BZ", "CAD": "CA", "CHF": "CH LI", "CLP": "CL", "CNY": "CN", "COP": "CO", "CRC": "CR",
    "CVE": "CV", "CZK": "CZ", "DKK": "DK FO GL", "DOP": "DO", "DZD": "DZ", "EGP": "EG",
    "EUR": "AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM TF VA "
    "XK YT",
    "FJD": "FJ", "FKP": "FK", "GBP": "GB GG IM JE", "GEL": "GE", "GHS": "GH", "GIP": "GI", "GTQ": "GT", "HKD": "HK",
    "HNL": "HN", "HUF": "HU", "IDR": "ID", "ILS": "IL PS", "INR": "IN", "ISK": "IS", "JMD": "JM", "JOD": "JO",
    "JPY": "JP", "KES": "KE", "KHR": "KH", "KRW": "KR", "KWD": "KW", "KYD": "KY", "KZT": "KZ", "LKR": "LK",
    "MAD": "MA EH", "MDL": "MD", "MKD": "MK", "MOP": "MO", "MUR": "MU", "MVR": "MV", "MXN": "MX", "MYR": "MY",
    "MZN": "MZ", "NAD": "NA", "NGN": "NG", "NIO": "NI", "NOK": "BV NO SJ", "NPR": "NP", "NZD": "CK NU NZ PN TK",
    "OMR": "OM", "PAB": "PA", "PEN": "PE", "PGK": "PG", "PHP": "PH", "PKR": "PK", "PLN": "PL", "PYG": "PY",
    "QAR": "QA", "RON": "RO", "RSD": "RS", "RWF": "RW", "SAR": "SA", "SCR": "SC", "SEK": "SE", "SGD": "SG",
    "THB": "TH", "TND": "TN", "TOP": "TO", "TRY": "TR", "TTD": "TT", "TWD": "TW", "TZS": "TZ", "UAH": "UA",
    "UGX": "UG", "USD": "AS BQ EC FM GU IO MH MP PR PW SV TC TL UM US VG VI", "UYU": "UY", "VND": "VN", "VUV": "VU",
    "WST": "WS", "XAF": "CF CG CM GA GQ TD", "XCD": "AG AI DM GD KN LC MS VC", "XOF": "BF BJ CI GW ML NE SN TG",
    "XPF": "NC PF WF", "ZAR": "ZA", "ZMW": "ZM",
}  # fmt: skip
"""ISO 4217 codes by the countries that use them; Bulgaria since 2026."""
_OF_COUNTRY: Final = {country: code for code, used in _CURRENCIES.items() for country in used.split()}
_ZONES: Final = {
    "AQ": "Antarctica/McMurdo", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto",
    "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent", "XK": "Europe/Belgrade",
}  # fmt: skip
"""For countries in which most people do not live in the database's first zone."""
_TAX_IS_ADDED: Final = frozenset({"CA", "US"})


def currency(country: str) -> str:
    """Returns the currency of a country by its ISO 3166 code; empty if unknown."""
    return _OF_COUNTRY.get(country, "")


def time_zone(country: str) -> str:
    """Returns the zone in which most people of the country live; UTC if unknown."""
    return _ZONES.get(country) or _first_zones().get(country, "UTC")


def is_tax_included(country: str) -> bool:
    """Whether consumer prices include tax: everywhere except in North America."""
    return bool(country) and country not in _TAX_IS_ADDED


@cache
def _first_zones() -> dict[str, str]:
    """Returns the first zone of each country in the time zone database (`zone.tab`), which is the capital's."""
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, zone)
    return zones
