"""Countries of companies on receipts, each in its own words, so that no list has to be translated. Pure."""

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "AR": "Argentina", "AU": "Australia", "AT": "Österreich", "BE": "België / Belgique", "BG": "България",
    "BR": "Brasil", "CA": "Canada", "CH": "Schweiz / Suisse", "CL": "Chile", "CO": "Colombia", "CY": "Κύπρος",
    "CZ": "Česko", "DE": "Deutschland", "DK": "Danmark", "EE": "Eesti", "ES": "España", "FI": "Suomi",
    "FR": "France", "GB": "United Kingdom", "GR": "Ελλάδα", "HR": "Hrvatska", "HU": "Magyarország", "IE": "Ireland",
    "IL": "ישראל", "IN": "India", "IS": "Ísland", "IT": "Italia", "JP": "日本", "KR": "대한민국", "LI": "Liechtenstein",
    "LT": "Lietuva", "LU": "Luxembourg", "LV": "Latvija", "MC": "Monaco", "MT": "Malta", "MX": "México",
    "NL": "Nederland", "NO": "Norge", "NZ": "New Zealand", "PE": "Perú", "PL": "Polska", "PT": "Portugal",
    "RO": "România", "RS": "Srbija", "SE": "Sverige", "SG": "Singapore", "SI": "Slovenija", "SK": "Slovensko",
    "SM": "San Marino", "TR": "Türkiye", "UA": "Україна", "US": "United States", "ZA": "South Africa",
}  # fmt: skip
