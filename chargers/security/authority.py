"""Our own certificate authority: made once, its key encrypted at rest; signs and recognises chargers' certificates.

It is not publicly trusted: only our gateway trusts it (security profile 3).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.db import connection, transaction

from chargers.lib import secrets
from chargers.models import Certificate, CertificateAuthority, Charger, FailedHandshake
from chargers.security import csr

AUTHORITY_VALID_FOR = timedelta(days=3650)
CERTIFICATE_VALID_FOR = timedelta(days=365)
_CLOCKS_DIFFER = timedelta(hours=1)
_LOCK = 7_104_221
Reason = FailedHandshake.Reason


class NoAuthorityError(Exception):
    """There is no certificate authority yet; `manage.py charger_ca init` makes it."""


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A valid certificate of the charger."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A certificate that is not accepted, and why."""

    reason: FailedHandshake.Reason
    sentence: str


def make(*, name: str, now: datetime) -> tuple[CertificateAuthority, bool]:
    """Makes the authority; also returns whether it is new. Simultaneous calls return the same one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if authority := current():
            return authority, False
        return _create_authority(name, now=now), True


def renew(*, now: datetime) -> CertificateAuthority | None:
    """Makes a new authority of the same name, which signs after that; certificates of the old one stay valid until they
    expire.

    None if there is no authority yet.
    """
    present = current()
    return _create_authority(present.name, now=now) if present else None


def _create_authority(name: str, *, now: datetime) -> CertificateAuthority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, name=name, now=now)
    return CertificateAuthority.objects.create(
        name=name,
        certificate=_pem(certificate),
        key_encrypted=secrets.encrypt(_key_pem(key)),
        created_at=now,
        valid_to=certificate.not_valid_after_utc,
    )


def current() -> CertificateAuthority | None:
    """Returns the newest authority, which signs."""
    return CertificateAuthority.objects.order_by("-pk").first()


def sign(charger: Charger, text: str, *, now: datetime) -> Certificate:
    """Signs a request that `csr.fault` accepted, and stores the certificate. Raises NoAuthorityError.

    Only key and organisation are taken from the request; requested extensions are ignored.
    """
    authority, request = current(), csr.read(text)
    if authority is None:
        raise NoAuthorityError
    assert request is not None
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    key = serialization.load_pem_private_key(secrets.decrypt(authority.key_encrypted).encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = _client_builder(charger, request, issuer, now=now).sign(key, hashes.SHA256())
    return Certificate.objects.create(
        charger=charger,
        authority=authority,
        serial_number=f"{certificate.serial_number:x}",
        fingerprint=fingerprint_of(certificate.public_bytes(serialization.Encoding.DER)),
        subject=certificate.subject.rfc4514_string()[:255],
        certificate=_pem(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
    )


def judge(der: bytes, charger: Charger, *, now: datetime) -> KnownCertificate | Doubtful:
    """Checks whether this certificate, whose key the peer holds, belongs to this charger. Two queries."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = [a.value for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        organizations = [a.value for a in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError:
        return Doubtful(Reason.FOREIGN_CERTIFICATE, "The client certificate cannot be read.")
    if not _is_ours(certificate, now=now):
        issuer = certificate.issuer.rfc4514_string()[:120]
        return Doubtful(Reason.FOREIGN_CERTIFICATE, f"The client certificate was signed by {issuer}, not by us.")
    if not begins <= now < ends:
        return Doubtful(
            Reason.EXPIRED_CERTIFICATE, f"The client certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}."
        )
    if names != [charger.charger_id]:
        common_names = ", ".join(str(name)[:48] for name in names) or "nothing"
        return Doubtful(
            Reason.WRONG_CERTIFICATE, f"The client certificate is of CN {common_names}, not of this charger."
        )
    organization = settings.CHARGER_CERTIFICATE_ORGANIZATION
    if organization and organizations != [organization]:
        return Doubtful(Reason.WRONG_CERTIFICATE, f"The client certificate's organisation (O) is not {organization}.")
    fingerprint = fingerprint_of(der)
    stored_certificate = Certificate.objects.filter(fingerprint=fingerprint, charger=charger).first()
    if stored_certificate is None or stored_certificate.revoked_at is not None:
        when = (
            f" on {stored_certificate.revoked_at:%Y-%m-%d}"
            if stored_certificate and stored_certificate.revoked_at
            else ""
        )
        return Doubtful(Reason.REVOKED_CERTIFICATE, f"The client certificate was revoked{when}.")
    return KnownCertificate(fingerprint)


def fingerprint_of(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def _is_ours(certificate: x509.Certificate, *, now: datetime) -> bool:
    """Whether it is signed by a valid authority of ours, for use as a client."""
    for pem in CertificateAuthority.objects.filter(valid_to__gt=now).values_list("certificate", flat=True):
        try:
            certificate.verify_directly_issued_by(_parse_certificate(pem))
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
            continue
        return ExtendedKeyUsageOID.CLIENT_AUTH in usage
    return False


@lru_cache(maxsize=8)
def _parse_certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _self_signed(key: ec.EllipticCurvePrivateKey, *, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + AUTHORITY_VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _client_builder(
    charger: Charger, request: x509.CertificateSigningRequest, issuer: x509.Certificate, *, now: datetime
) -> x509.CertificateBuilder:
    organization = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    names = [*organization, x509.NameAttribute(NameOID.COMMON_NAME, charger.charger_id)]
    key = request.public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )
    return (
        x509.CertificateBuilder(subject_name=x509.Name(names), issuer_name=issuer.subject, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(min(now + CERTIFICATE_VALID_FOR, issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer_key, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
