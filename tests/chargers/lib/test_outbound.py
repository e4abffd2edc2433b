"""Which addresses may be called, and how an address outside ASCII goes over the wire."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from chargers.lib import outbound
from chargers.lib.outbound import ForbiddenAddressError, Limits, NoAnswerError


@pytest.mark.parametrize(
    "address",
    ["192.0.0.8", "192.0.0.170", "fec0::1", "feff::1", "::ffff:192.0.0.9", "10.0.0.1", "127.0.0.1", "::1", "fe80::1",
     "169.254.169.254", "100.64.0.1", "64:ff9b::a00:1", "2002:a00:1::"],
)  # fmt: skip
def test_no_call_goes_to_an_address_that_is_not_public(address: str, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    assert not outbound.is_permitted(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111"])
def test_public_addresses_may_be_called(address: str):
    assert outbound.is_permitted(ip_address(address))


@pytest.mark.parametrize(
    "url", ["https://a℀b.example/", "https://[::1/", "https://a.example:99999/", "https://" + "ä" * 70 + ".example/"]
)
def test_what_cannot_be_an_address_is_no_answer(url: str):
    with pytest.raises(NoAnswerError):
        outbound.get(url, headers={}, limits=Limits(timeout_s=1))


def test_a_host_outside_ascii_is_called_by_its_idna_name():
    assert outbound._target("https://Bücher.example:8443/ä?q=ö") == "https://xn--bcher-kva.example:8443/%C3%A4?q=%C3%B6"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://exa mple.com/", "no valid host name"),
        ("https://exa%6dple.com/", "no valid host name"),
        ("https://-a.example/", "no valid host name"),
        ("https://1.2.3.999/", "no valid host name"),
        ("https://0x0a000005/", "is private"),
        ("https://167772165/", "is private"),
        ("https://10.1/", "is private"),
        ("https://10.0.0.5./", "is private"),
        ("https://192.0.0.8/", "is private"),
        ("https://192.88.99.1/", "is private"),
        ("https://[2002:c058:6301::1]/", "is private"),
        ("https://[::ffff:10.0.0.5]/", "is private"),
        ("https://8.8.8.8:22/", "Port 22 is reserved for another service"),
        ("https://a.example:0/", "Port 0 is reserved for another service"),
    ],
)
def test_an_address_that_can_never_work_is_refused_when_it_is_typed(url: str, why: str, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    parts = urlsplit(url)

    assert why in outbound.refusal(parts.hostname or "", parts.port)


@pytest.mark.parametrize(
    "url",
    ["https://a.example/", "https://a_b.example.:8443/", "https://8.8.8.8:80/", "https://[2606:4700::1111]:443/",
     "https://xn--bcher-kva.example/", "https://bücher.example/", "https://pms/"],
)  # fmt: skip
def test_an_address_that_may_work_is_taken(url: str):
    parts = urlsplit(url)

    assert outbound.refusal(parts.hostname or "", parts.port) == ""


def test_no_call_goes_to_another_services_port():
    with pytest.raises(ForbiddenAddressError, match="port 22 is reserved for another service"):
        outbound.resolve_permitted_addresses("8.8.8.8", 22)
