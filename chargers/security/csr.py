"""Reads and checks certificate signing requests of chargers. Pure.

OCPP 1.6 security whitepaper A02, OCPP 2.0.1 A02: PEM of PKCS#10 (RFC 2986), at least RSA 2048 or 224-bit EC.
"""

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from chargers.sentences import stored
from chargers.sentences.credentials import CredentialCode
from chargers.sentences.stored import Sentences

_SHORTEST_RSA, _LONGEST_RSA = 2048, 8192
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_SUBJECT = {
    NameOID.COMMON_NAME: "CN", NameOID.ORGANIZATION_NAME: "O", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COUNTRY_NAME: "C", NameOID.STATE_OR_PROVINCE_NAME: "ST", NameOID.LOCALITY_NAME: "L",
    NameOID.SERIAL_NUMBER: "serialNumber",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpectedRequest:
    """What a request of this charger must contain; an empty organisation is not checked."""

    charger_id: str
    organization: str = ""


def fault(text: str, expected: ExpectedRequest) -> Sentences:
    """Returns why this request is not signed, in one sentence; empty if it may be signed."""
    request = read(text)
    if request is None:
        return stored.build_sentence(CredentialCode.CSR_UNREADABLE)
    return (
        _key_fault(request)
        or _signature_fault(request)
        or _subject_fault(request, expected)
        or _extension_fault(request)
    )


def read(text: str) -> x509.CertificateSigningRequest | None:
    """Reads a request in PEM, or in base64 without the header lines, as some chargers send it."""
    try:
        if "-----BEGIN" in text:
            return x509.load_pem_x509_csr(text.strip().encode())
        return x509.load_der_x509_csr(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None


def _key_fault(request: x509.CertificateSigningRequest) -> Sentences:
    try:
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return stored.build_sentence(CredentialCode.CSR_KEY_KIND)
    match key:
        case rsa.RSAPublicKey():
            if key.key_size < _SHORTEST_RSA:
                return stored.build_sentence(CredentialCode.CSR_RSA_TOO_SHORT, bits=key.key_size, least=_SHORTEST_RSA)
            if key.key_size > _LONGEST_RSA:
                return stored.build_sentence(CredentialCode.CSR_RSA_TOO_LONG, bits=key.key_size, most=_LONGEST_RSA)
            return ()
        case ec.EllipticCurvePublicKey():
            return (
                ()
                if isinstance(key.curve, _CURVES)
                else stored.build_sentence(CredentialCode.CSR_CURVE, name=key.curve.name)
            )
        case _:
            return stored.build_sentence(CredentialCode.CSR_KEY_KIND)


def _signature_fault(request: x509.CertificateSigningRequest) -> Sentences:
    try:
        if not isinstance(request.signature_hash_algorithm, _HASHES):
            return stored.build_sentence(CredentialCode.CSR_HASH)
        valid = request.is_signature_valid
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        valid = False
    return () if valid else stored.build_sentence(CredentialCode.CSR_SIGNATURE)


def _subject_fault(request: x509.CertificateSigningRequest, expected: ExpectedRequest) -> Sentences:
    unknown = [attribute.oid.dotted_string for attribute in request.subject if attribute.oid not in _SUBJECT]
    if unknown:
        return stored.build_sentence(CredentialCode.CSR_SUBJECT_PARTS, parts=", ".join(unknown)[:100])
    names = [attribute.value for attribute in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [expected.charger_id]:
        common_names = ", ".join(str(name)[:48] for name in names)
        if not common_names:
            return stored.build_sentence(CredentialCode.CSR_NO_COMMON_NAME, charger_id=expected.charger_id)
        return stored.build_sentence(CredentialCode.CSR_COMMON_NAME, names=common_names, charger_id=expected.charger_id)
    organizations = [a.value for a in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if expected.organization and organizations != [expected.organization]:
        return stored.build_sentence(CredentialCode.CSR_ORGANIZATION, organization=expected.organization)
    return stored.build_sentence(CredentialCode.CSR_ORGANIZATIONS) if len(organizations) > 1 else ()


def _extension_fault(request: x509.CertificateSigningRequest) -> Sentences:
    """Checks the extensions. They are not copied, but a request to sign other certificates is suspicious."""
    try:
        constraints = request.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return ()
    except ValueError:
        return stored.build_sentence(CredentialCode.CSR_EXTENSIONS)
    return stored.build_sentence(CredentialCode.CSR_SIGNS_OTHERS) if constraints.ca else ()
