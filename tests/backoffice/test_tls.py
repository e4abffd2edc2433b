"""The encrypted port: which certificates it takes, and why a handshake failed, in words."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from backoffice import tls
from backoffice.tls import UnusableCertificateError
from tests.kit.secured import certificate_pem, key_pem, signed_by_itself


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def certificate(key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> Path:
    return written(tmp_path, "server.pem", certificate_pem(signed_by_itself("server", key, of_server=True)))


def test_a_certificate_and_its_key_are_taken(certificate: Path, key: ec.EllipticCurvePrivateKey, tmp_path: Path):
    context = tls.context_of(certificate, written(tmp_path, "server.key", key_pem(key)))

    assert isinstance(context, SSL.Context)


def test_the_key_of_another_certificate_is_named(certificate: Path, tmp_path: Path):
    other = written(tmp_path, "other.key", key_pem(ec.generate_private_key(ec.SECP256R1())))

    with pytest.raises(UnusableCertificateError, match=r"other\.key is not the private key of .*server\.pem"):
        tls.context_of(certificate, other)


@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: bytes | None):
    path = tmp_path / "server.pem" if content is None else written(tmp_path, "server.pem", content)

    with pytest.raises(UnusableCertificateError, match=r"server\.pem cannot be read"):
        tls.context_of(path, path)


def test_a_key_that_is_none_is_named(certificate: Path, tmp_path: Path):
    with pytest.raises(UnusableCertificateError, match=r"server\.key is not the private key"):
        tls.context_of(certificate, written(tmp_path, "server.key", b"no key"))


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("http request", "It spoke plain HTTP on the encrypted port: use wss:// instead of ws://."),
        ("tlsv1 alert unknown ca", "It does not know the authority that signed our certificate."),
        ("sslv3 alert certificate expired", "It takes our certificate for expired: is its clock right?"),
        ("Unsupported Protocol", "It offers no TLS version from 1.2 on."),
        ("no shared cipher", "It offers no cipher that is safe."),
        ("wrong version number", "It did not speak TLS on the encrypted port."),
        ("something new", "Encryption could not be agreed on: something new."),
    ],
)
def test_a_failure_is_said_in_words(reason: str, sentence: str):
    assert tls.sentence_of(SSL.Error([("SSL routines", "", reason)])) == sentence


@pytest.mark.parametrize("error", [SSL.Error(), SSL.Error([]), SSL.Error([("SSL routines", "", "")]), SSL.Error("x")])
def test_a_failure_without_a_reason_says_so(error: SSL.Error):
    assert tls.sentence_of(error) == "Encryption could not be agreed on: no reason given."


def test_who_hangs_up_may_not_know_our_authority():
    assert tls.sentence_of(SSL.SysCallError(-1, "Unexpected EOF")).startswith("It hung up in the middle")


def test_a_connection_without_tls_has_no_scope_of_it():
    assert tls.scope_of(object()) is None
