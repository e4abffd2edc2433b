"""Whose address counts behind reverse proxies: what a proxy of ours says, and nothing that a stranger writes."""

import ipaddress

import pytest

from chargers.handshake import trusted_proxies

OURS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


def client(peer: str, forwarded_for: str) -> str:
    return trusted_proxies.client_address(peer, forwarded_for=forwarded_for, trusted=OURS)


def test_a_stranger_is_its_own_address_whatever_it_writes():
    assert client("203.0.113.9", "198.51.100.1") == "203.0.113.9"


def test_of_a_proxy_of_ours_the_nearest_stranger_counts():
    assert client("10.0.0.1", "198.51.100.1") == "198.51.100.1"
    assert client("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2") == "198.51.100.1", "what stands left may be forged"
    assert client("fd00::1", "2001:db8::7") == "2001:db8::7"


@pytest.mark.parametrize("forwarded_for", ["", "unknown", "10.0.0.2", "198.51.100.1, _hidden", "198.51.100.1,"])
def test_where_the_proxy_says_nothing_that_can_be_read_its_own_address_counts(forwarded_for: str):
    assert client("10.0.0.1", forwarded_for) == "10.0.0.1"


def test_an_ipv4_address_in_ipv6_clothes_counts_as_itself():
    assert trusted_proxies.is_among("::ffff:10.0.0.1", OURS)
    assert client("::ffff:10.0.0.1", "198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("address", ["", "localhost", "11.0.0.1", "10.0.0.1:80", "fe80::1"])
def test_what_is_no_address_of_ours_is_among_nothing(address: str):
    assert not trusted_proxies.is_among(address, OURS)


def test_without_proxies_nobody_is_trusted():
    assert trusted_proxies.client_address("10.0.0.1", forwarded_for="198.51.100.1", trusted=[]) == "10.0.0.1"
