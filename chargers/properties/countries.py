"""Country names for company receipts, each in its own language, so that the list needs no translation. Pure."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "AD": "Andorra", "AE": "الإمارات العربية المتحدة", "AF": "افغانستان", "AG": "Antigua and Barbuda",
    "AI": "Anguilla", "AL": "Shqipëria", "AM": "Հայաստան", "AO": "Angola", "AQ": "Antarctica",
    "AR": "Argentina", "AS": "American Samoa", "AT": "Österreich", "AU": "Australia", "AW": "Aruba",
    "AX": "Åland", "AZ": "Azərbaycan", "BA": "Bosna i Hercegovina", "BB": "Barbados", "BD": "বাংলাদেশ",
    "BE": "België / Belgique", "BF": "Burkina Faso", "BG": "България", "BH": "البحرين", "BI": "Burundi",
    "BJ": "Bénin", "BL": "Saint-Barthélemy", "BM": "Bermuda", "BN": "Brunei Darussalam", "BO": "Bolivia",
    "BQ": "Caribisch Nederland", "BR": "Brasil", "BS": "The Bahamas", "BT": "Bhutan", "BV": "Bouvetøya",
    "BW": "Botswana", "BY": "Беларусь", "BZ": "Belize", "CA": "Canada", "CC": "Cocos (Keeling) Islands",
    "CD": "République démocratique du Congo", "CF": "République centrafricaine",
    "CG": "République du Congo", "CH": "Schweiz / Suisse", "CI": "Côte d’Ivoire", "CK": "Cook Islands",
    "CL": "Chile", "CM": "Cameroun / Cameroon", "CN": "中国", "CO": "Colombia", "CR": "Costa Rica",
    "CU": "Cuba", "CV": "Cabo Verde", "CW": "Curaçao", "CX": "Christmas Island", "CY": "Κύπρος",
    "CZ": "Česko", "DE": "Deutschland", "DJ": "Djibouti", "DK": "Danmark", "DM": "Dominica",
    "DO": "República Dominicana", "DZ": "الجزائر", "EC": "Ecuador", "EE": "Eesti", "EG": "مصر",
    "EH": "Western Sahara", "ER": "Eritrea", "ES": "España", "ET": "Ethiopia", "FI": "Suomi", "FJ": "Fiji",
    "FK": "Falkland Islands", "FM": "Micronesia", "FO": "Føroyar", "FR": "France", "GA": "Gabon",
    "GB": "United Kingdom", "GD": "Grenada", "GE": "საქართველო", "GF": "Guyane", "GG": "Guernsey",
    "GH": "Ghana", "GI": "Gibraltar", "GL": "Kalaallit Nunaat", "GM": "The Gambia", "GN": "Guinée",
    "GP": "Guadeloupe", "GQ": "Guinea Ecuatorial", "GR": "Ελλάδα", "GS": "South Georgia", "GT": "Guatemala",
    "GU": "Guam", "GW": "Guiné-Bissau", "GY": "Guyana", "HK": "香港 / Hong Kong", "HM": "Heard Island",
    "HN": "Honduras", "HR": "Hrvatska", "HT": "Haïti", "HU": "Magyarország", "ID": "Indonesia",
    "IE": "Ireland", "IL": "ישראל", "IM": "Isle of Man", "IN": "India",
    "IO": "British Indian Ocean Territory", "IQ": "العراق", "IR": "ایران", "IS": "Ísland", "IT": "Italia",
    "JE": "Jersey", "JM": "Jamaica", "JO": "الأردن", "JP": "日本", "KE": "Kenya", "KG": "Кыргызстан",
    "KH": "Cambodia", "KI": "Kiribati", "KM": "Comores", "KN": "Saint Kitts and Nevis", "KP": "조선",
    "KR": "대한민국", "KW": "الكويت", "KY": "Cayman Islands", "KZ": "Қазақстан", "LA": "Laos", "LB": "لبنان",
    "LC": "Saint Lucia", "LI": "Liechtenstein", "LK": "Sri Lanka", "LR": "Liberia", "LS": "Lesotho",
    "LT": "Lietuva", "LU": "Luxembourg", "LV": "Latvija", "LY": "ليبيا", "MA": "المغرب", "MC": "Monaco",
    "MD": "Moldova", "ME": "Crna Gora", "MF": "Saint-Martin", "MG": "Madagasikara",
    "MH": "Marshall Islands", "MK": "Северна Македонија", "ML": "Mali", "MM": "Myanmar", "MN": "Монгол",
    "MO": "澳門 / Macau", "MP": "Northern Mariana Islands", "MQ": "Martinique", "MR": "موريتانيا",
    "MS": "Montserrat", "MT": "Malta", "MU": "Mauritius", "MV": "Maldives", "MW": "Malawi", "MX": "México",
    "MY": "Malaysia", "MZ": "Moçambique", "NA": "Namibia", "NC": "Nouvelle-Calédonie", "NE": "Niger",
    "NF": "Norfolk Island", "NG": "Nigeria", "NI": "Nicaragua", "NL": "Nederland", "NO": "Norge",
    "NP": "Nepal", "NR": "Nauru", "NU": "Niue", "NZ": "New Zealand", "OM": "عُمان", "PA": "Panamá",
    "PE": "Perú", "PF": "Polynésie française", "PG": "Papua New Guinea", "PH": "Pilipinas",
    "PK": "Pakistan", "PL": "Polska", "PM": "Saint-Pierre-et-Miquelon", "PN": "Pitcairn",
    "PR": "Puerto Rico", "PS": "فلسطين", "PT": "Portugal", "PW": "Palau", "PY": "Paraguay", "QA": "قطر",
    "RE": "La Réunion", "RO": "România", "RS": "Srbija", "RU": "Россия", "RW": "Rwanda", "SA": "السعودية",
    "SB": "Solomon Islands", "SC": "Seychelles", "SD": "السودان", "SE": "Sverige", "SG": "Singapore",
    "SH": "Saint Helena", "SI": "Slovenija", "SJ": "Svalbard og Jan Mayen", "SK": "Slovensko",
    "SL": "Sierra Leone", "SM": "San Marino", "SN": "Sénégal", "SO": "Soomaaliya", "SR": "Suriname",
    "SS": "South Sudan", "ST": "São Tomé e Príncipe", "SV": "El Salvador", "SX": "Sint Maarten",
    "SY": "سوريا", "SZ": "Eswatini", "TC": "Turks and Caicos Islands", "TD": "Tchad",
    "TF": "Terres australes françaises", "TG": "Togo", "TH": "ไทย / Thailand", "TJ": "Тоҷикистон",
    "TK": "Tokelau", "TL": "Timor-Leste", "TM": "Türkmenistan", "TN": "تونس", "TO": "Tonga",
    "TR": "Türkiye", "TT": "Trinidad and Tobago", "TV": "Tuvalu", "TW": "臺灣", "TZ": "Tanzania",
    "UA": "Україна", "UG": "Uganda", "UM": "US Minor Outlying Islands", "US": "United States",
    "UY": "Uruguay", "UZ": "Oʻzbekiston", "VA": "Città del Vaticano",
    "VC": "Saint Vincent and the Grenadines", "VE": "Venezuela", "VG": "British Virgin Islands",
    "VI": "US Virgin Islands", "VN": "Việt Nam", "VU": "Vanuatu", "WF": "Wallis-et-Futuna", "WS": "Samoa",
    "XK": "Kosovë / Kosovo", "YE": "اليمن", "YT": "Mayotte", "ZA": "South Africa", "ZM": "Zambia",
    "ZW": "Zimbabwe",
}  # fmt: skip
"""ISO 3166-1 alpha-2, and XK for Kosovo."""
_ENGLISH: Final[Mapping[str, str]] = {
    "GB": "United Kingdom", "KR": "South Korea", "KP": "North Korea", "MM": "Myanmar", "BN": "Brunei",
    "CD": "Congo (Democratic Republic)", "CG": "Congo (Republic)", "BQ": "Caribbean Netherlands",
    "VA": "Vatican City", "WS": "Samoa", "AS": "American Samoa", "CZ": "Czechia", "SX": "Sint Maarten",
    "MF": "Saint Martin",
}  # fmt: skip
"""Replacements for names that the database abbreviates or words unlike forms."""
_EU: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU: Final = frozenset(_EU.split())
"""Members of the European Union."""


def choices() -> list[tuple[str, str]]:
    """Returns the names sorted without regard to accents; other alphabets come last."""
    return sorted(NAMES.items(), key=lambda country: _bare(country[1]))


def english_choices() -> list[tuple[str, str]]:
    """Returns English names for the portal, sorted."""
    return sorted(english().items(), key=lambda country: _bare(country[1]))


@cache
def english() -> Mapping[str, str]:
    """Returns English names by code, from the time zone database (`iso3166.tab`)."""
    text = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    names_by_code = {code: _ENGLISH.get(code, name) for code, name in rows}
    return {code: names_by_code.get(code, name) for code, name in NAMES.items()}


def _bare(name: str) -> tuple[bool, str]:
    letters = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
    return not bare[0].isascii(), bare
