"""Tax numbers: read in the spelling of their country, refused with a reason."""

import pytest

from billing.sessions.documents import tax_numbers
from billing.sessions.documents.tax_numbers import TaxNumberError


@pytest.mark.parametrize(
    ("country", "typed", "text"),
    [
        ("DE", "DE 136,695 976", "DE136695976"),
        ("NL", "4495445B01", "004495445B01"),
        ("NL", "nl 004495445 b01", "NL004495445B01"),
        ("GR", "EL 094259216", "EL094259216"),
        ("US", "911144442", "91-1144442"),
        ("GB", "GB 980 7806 84", "GB980 7806 84"),
        ("CH", "CHE-107.787.577 IVA", "CHE-107.787.577 IVA"),
        ("CH", "CHE-107.787.577", "CHE-107.787.577"),
        ("GB", "XI 980 7806 84", "XI980 7806 84"),
        ("DE", "181/815/08155", "181/815/08155"),
        ("FR", "73282932000074", "732 829 320 00074"),
        ("NO", "995525828", "995 525 828"),
        ("JP", "T5835678256246", "T5-8356-7825-6246"),
    ],
)
def test_it_reads_them_as_people_write_them(country, typed, text):
    found = tax_numbers.read(typed, country=country)

    assert (found.text, found.is_checked) == (text, True)


@pytest.mark.parametrize(
    ("country", "typed", "why"),
    [
        ("DE", "DE136695977", "check digit"),
        ("DE", "DE13", "too many or too few"),
        ("FR", "FR00ABC", "characters where"),
        ("US", "07-1144442", "does not exist"),
        ("ES", "ES54362315Z", "check digit"),
        ("NL", "DE136695976", "a VAT number of DE"),
        ("BE", "EL094259216", "a VAT number of GR"),
    ],
)
def test_it_says_why_it_cannot_be_one(country, typed, why):
    with pytest.raises(TaxNumberError, match=why):
        tax_numbers.read(typed, country=country)


def test_it_keeps_what_it_cannot_check():
    assert tax_numbers.read(" 12 / 34 ", country="QA") == tax_numbers.TaxNumber("12 / 34", is_checked=False)
    assert not tax_numbers.read("", country="DE").is_checked
    assert tax_numbers.read("4123456785", country="ZA") == tax_numbers.TaxNumber("4123456785", is_checked=False)
