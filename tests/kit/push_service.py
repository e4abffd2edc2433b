"""A push service and a browser that subscribed with it: checks who sends (RFC 8292) and decrypts as browsers do
(RFC 8291), written from the standards and not from the code under test."""

import base64
import hmac
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.kit import receiver
from tests.kit.receiver import Post, Receiver


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, sha256).digest()


def decrypt(body: bytes, *, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """RFC 8291 3.4 and RFC 8188 2, for one record."""
    salt, (record_size, id_length) = body[:16], struct.unpack("!IB", body[16:21])
    sender, record = body[21 : 21 + id_length], body[21 + id_length :]
    assert len(record) <= record_size
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    secret = _hmac(_hmac(auth, shared), b"WebPush: info\0" + _point(key) + sender + b"\x01")
    of_record = _hmac(salt, secret)
    content_key = _hmac(of_record, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hmac(of_record, b"Content-Encoding: nonce\0\x01")[:12]
    padded = AESGCM(content_key).decrypt(nonce, record, None)
    content, delimiter, _padding = padded.rpartition(b"\x02")
    assert delimiter
    return content


@dataclass
class PushedTo:
    """One browser. `key_of_site` is what it subscribed with."""

    service: Receiver
    key_of_site: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = bytes(range(16))

    @property
    def fields(self) -> dict[str, str]:
        """What the page's script sends."""
        return {"endpoint": self.service.url, "p256dh": encoded(_point(self.key)), "auth": encoded(self.auth)}

    @property
    def messages(self) -> list[dict[str, str]]:
        return [self._read(post) for post in self.service.posts]

    def _read(self, post: Post) -> dict[str, str]:
        self._check_sender(post)
        assert post.headers["content-encoding"] == "aes128gcm"
        assert int(post.headers["ttl"]) >= 0
        return json.loads(decrypt(post.body, key=self.key, auth=self.auth))

    def _check_sender(self, post: Post) -> None:
        scheme, _, rest = post.headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert (scheme, parts["k"]) == ("vapid", self.key_of_site)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        origin = self.service.url.removesuffix("/hooks")
        claim = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=origin)
        assert claim["sub"].startswith(("mailto:", "https://", "http://"))


@contextmanager
def browser(key_of_site: str) -> Iterator[PushedTo]:
    with receiver.standing() as service:
        yield PushedTo(service, key_of_site)
