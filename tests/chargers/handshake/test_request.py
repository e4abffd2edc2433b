"""A handshake as it arrived: what proxies say counts from trusted ones only."""

from ipaddress import ip_network

import pytest

from chargers.handshake import request

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def knock(*, peer="10.0.0.1", headers=(), tls=None):
    extensions = {"tls": tls} if tls else {}
    scope = {
        "path": "/ocpp/CP 1/",
        "client": [peer, 1],
        "headers": list(headers),
        "subprotocols": ["ocpp1.6"],
        "extensions": extensions,
    }
    return request.handshake_of(scope, trusted=TRUSTED)


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("10.0.0.1", b"203.0.113.5", "203.0.113.5"),
        ("::ffff:10.0.0.1", b"203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", b"1.2.3.4, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", b"1.2.3.4, junk", "10.0.0.1"),
        ("10.0.0.1", b"", "10.0.0.1"),
        ("10.0.0.1", b"10.0.0.2", "10.0.0.1"),
        ("203.0.113.9", b"1.2.3.4", "203.0.113.9"),
    ],
)
def test_it_believes_trusted_proxies_where_somebody_comes_from(peer, forwarded, source):
    assert knock(peer=peer, headers=[(b"x-forwarded-for", forwarded)]).source == source


@pytest.mark.parametrize(("peer", "with_tls"), [("10.0.0.1", True), ("::1", True), ("11.0.0.1", False)])
def test_it_believes_trusted_proxies_that_the_client_encrypts(peer, with_tls):
    assert knock(peer=peer, headers=[(b"x-forwarded-proto", b"https")]).with_tls is with_tls


@pytest.mark.parametrize("name", request.CERTIFICATE_HEADERS)
def test_it_ignores_a_certificate_of_anybody_else_and_names_the_header(name):
    found = knock(peer="11.0.0.1", headers=[(name, b"AAAA")])

    assert (found.certificate, found.untrusted_header) == (None, name.decode())


def test_it_takes_the_nearest_of_several_certificates_in_a_chain_of_proxies():
    value = b'By=a;Cert="AAAA",Hash=1;Cert="BBBB";Subject="CN=CP1"'

    assert knock(headers=[(b"x-forwarded-client-cert", value)]).certificate == b"\x04\x10A"


def test_it_prefers_what_our_own_endpoint_saw():
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    found = knock(headers=[(b"x-client-cert", b"BBBB")], tls={"client_cert_chain": [pem]})

    assert (found.with_tls, found.certificate) == (True, b"\x00\x00\x00")


def test_it_knows_tls_without_a_certificate():
    found = knock(peer="11.0.0.1", tls={"client_cert_chain": []})

    assert (found.with_tls, found.certificate, found.presented_id) == (True, None, "CP 1")
