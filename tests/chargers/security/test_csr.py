"""Certificate signing requests of chargers: which are signed, and why the others are not."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from chargers.security import csr
from chargers.security.csr import ExpectedRequest
from chargers.sentences import catalogue
from tests.kit.csr import P256, pem, request_of

CP1 = ExpectedRequest("CP1")


def fault(text, expected):
    return catalogue.english(csr.fault(text, expected))


@pytest.mark.parametrize(
    "key",
    [P256, ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-256", "P-384", "RSA-2048"],
)
def test_it_takes_the_keys_that_ocpp_names(key):
    assert fault(pem(request_of(key=key)), CP1) == ""


def test_it_takes_base64_without_the_lines_around_it_and_blanks_before():
    der = request_of().public_bytes(serialization.Encoding.DER)

    assert fault(base64.encodebytes(der).decode(), CP1) == ""
    assert fault(f"\n  {pem(request_of())}\n", CP1) == ""


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (request_of((NameOID.COMMON_NAME, "CP2")), "must be the charger's id CP1"),
        (request_of((NameOID.COMMON_NAME, "cp1")), "must be the charger's id CP1"),
        (request_of((NameOID.ORGANIZATION_NAME, "Sunset")), "names CN nothing"),
        (request_of((NameOID.COMMON_NAME, "CP1"), (NameOID.COMMON_NAME, "CP2")), "names CN CP1, CP2"),
        (request_of((NameOID.COMMON_NAME, "CP1"), (NameOID.EMAIL_ADDRESS, "a@b.c")), "parts that a charger's"),
        (
            request_of(
                (NameOID.COMMON_NAME, "CP1"), (NameOID.ORGANIZATION_NAME, "A"), (NameOID.ORGANIZATION_NAME, "B")
            ),
            "several organisations",
        ),
        (request_of(key=rsa.generate_private_key(65537, 1024)), "1024 bits"),
        (request_of(key=ec.generate_private_key(ec.SECP192R1())), "is not P-256"),
        (request_of(key=ed25519.Ed25519PrivateKey.generate()), "is of a kind that is not supported"),
        (request_of(extension=x509.BasicConstraints(ca=True, path_length=None)), "may sign others"),
    ],
)
def test_it_says_why_a_request_is_not_signed(request_, words):
    assert words in fault(pem(request_), CP1)


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END", "ü" * 50])
def test_it_says_that_something_is_no_request(text):
    assert "cannot be read" in fault(text, CP1)


def test_it_sees_that_the_sender_does_not_hold_the_key():
    der = bytearray(request_of().public_bytes(serialization.Encoding.DER))
    der[der.index(b"CP1") + 2] = ord("9")

    assert "does not hold the key" in fault(base64.b64encode(bytes(der)).decode(), ExpectedRequest("CP9"))


def test_it_asks_for_the_configured_organisation():
    expected = ExpectedRequest("CP1", "Sunset Stays")
    named = request_of((NameOID.ORGANIZATION_NAME, "Sunset Stays"), (NameOID.COMMON_NAME, "CP1"))

    assert fault(pem(named), expected) == ""
    assert "must be Sunset Stays" in fault(pem(request_of()), expected)
