"""Names of domains as people type them: read in every spelling, or refused with the remedy."""

import pytest

from billing.branding import domain_names
from billing.branding.domain_names import DomainNameError


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("charge.hotel.example", "charge.hotel.example"),
        ("  Charge.HOTEL.example. ", "charge.hotel.example"),
        ("laden.müller.example", "laden.xn--mller-kva.example"),
        ("laden.xn--mller-kva.example", "laden.xn--mller-kva.example"),
        ("LADEN.MÜLLER.example", "laden.xn--mller-kva.example"),
        ("a-1.example", "a-1.example"),
    ],
)
def test_it_reads_a_name_in_any_spelling(typed, name):
    assert domain_names.read(typed) == name


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("charge.hotel.example:8443", "without a port"),
        ("*.hotel.example", "one name instead of"),
        ("https://charge.hotel.example", "without https://"),
        ("charge.hotel.example/c/SUN001", "without https:// and without a page"),
        ("guest@hotel.example", "the name alone"),
        ("192.0.2.7", "address of numbers"),
        ("[2001:db8::1]", "address of numbers"),
        ("2001:db8::1", "address of numbers"),
        ("localhost", "the whole name"),
        ("hotel", "the whole name"),
        ("charge.hotel.123", "the whole name"),
        ("", "is no name"),
        (".", "is no name"),
        ("charge..example", "is no name"),
        ("-charge.example", "is no name"),
        ("charge hotel.example", "is no name"),
        ("charge_hotel.example", "is no name"),
        ("xn--0.example", "is no name"),
        ("a" * 64 + ".example", "is no name"),
        (".".join(["abcdefgh"] * 30) + ".example", "is no name"),
        ("charge.hotel.example\nevil", "is no name"),
    ],
)
def test_what_is_no_name_is_refused_with_the_remedy(typed, reason):
    with pytest.raises(DomainNameError, match=reason):
        domain_names.read(typed)


def test_people_read_it_in_its_own_letters():
    assert domain_names.readable("laden.xn--mller-kva.example") == "laden.müller.example"
    assert domain_names.readable("charge.hotel.example") == "charge.hotel.example"


@pytest.mark.parametrize(
    ("header", "name"),
    [("Charge.Hotel.Example:8443", "charge.hotel.example"), ("a.example.", "a.example"), ("[::1]:80", ""), ("", "")],
)
def test_a_host_header_has_a_name_beside_its_port(header, name):
    assert domain_names.of_header(header) == name


def test_names_below_ours_are_ours():
    ours = ["charging.example", ".other.example", "*"]

    assert domain_names.is_within("admin.charging.example", ours)
    assert domain_names.is_within("other.example", ours)
    assert not domain_names.is_within("evilcharging.example", ours)
    assert not domain_names.is_within("hotel.example", ours)
