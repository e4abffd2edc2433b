import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from authorization.pms.parsing import signatures

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = b"a key of sixteen"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"event": "reservation.updated.v2"}'


def headers(*, at: datetime = NOON, prefix: str = "svix", key: bytes = KEY, body: bytes = BODY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    signed = f"v1,AAAA v1,{base64.b64encode(digest).decode()}"
    return {f"{prefix}-id": "msg_1", f"{prefix}-timestamp": stamp, f"{prefix}-signature": signed}


@pytest.mark.parametrize("prefix", ["svix", "webhook"])
def test_one_good_signature_of_several_is_enough(prefix: str):
    assert signatures.is_standard(headers(prefix=prefix), BODY, secret=SECRET, now=NOON)


@pytest.mark.parametrize(
    "given",
    [headers(key=b"another key"), headers(body=b"{}"), headers(at=NOON - timedelta(minutes=6)),
     headers(at=NOON + timedelta(minutes=6)), {}, {**headers(), "svix-timestamp": "soon"},
     {**headers(), "svix-id": "msg_2"}, {**headers(), "svix-signature": "v1,ü"}],
)  # fmt: skip
def test_all_else_is_refused(given: dict[str, str]):
    assert not signatures.is_standard(given, BODY, secret=SECRET, now=NOON)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ü", "whsec_%%%"])
def test_without_a_secret_nothing_is_signed(secret: str):
    assert not signatures.is_standard(headers(key=b""), BODY, secret=secret, now=NOON)


def test_hospitable_signs_in_hex():
    good = hmac.new(b"secret", BODY, hashlib.sha256).hexdigest()

    assert signatures.is_hex(good.upper(), BODY, secret="secret")
    assert not signatures.is_hex(good, b"{}", secret="secret")
    assert not signatures.is_hex("ü", BODY, secret="secret")
