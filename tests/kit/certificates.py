"""Client certificates."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chargers.security import authority


def now():
    return datetime.now(tz=UTC)


def certificate(charger):
    authority.make(name="Test authority", now=now())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, charger.charger_id)])
    made = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    return authority.sign(charger, made.public_bytes(serialization.Encoding.PEM).decode(), now=now())
