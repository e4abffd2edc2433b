"""Certificate signing requests."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

P256 = ec.generate_private_key(ec.SECP256R1())


def request_of(*names, key=P256, algorithm=None, extension=None):
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names or ((NameOID.COMMON_NAME, "CP1"),)])
    builder = x509.CertificateSigningRequestBuilder(subject)
    if extension:
        builder = builder.add_extension(extension, critical=True)
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    return builder.sign(key, None if edwards else algorithm or hashes.SHA256())


def pem(request):
    return request.public_bytes(serialization.Encoding.PEM).decode()
