"""What leaves for a push service: readable by the browser alone, of one length, with our proof."""

import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from billing.sessions.push import encryption
from tests.kit import push_service
from tests.kit.push import KEY, browser
from tests.kit.push_service import decoded
from tests.kit.running import now

__all__ = ["browser", "now"]
# RFC 8291, appendix A.
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_kit_decrypts_what_the_standard_encrypts():
    key = ec.derive_private_key(int.from_bytes(decoded(RECEIVER), "big"), ec.SECP256R1())

    assert push_service.decrypt(decoded(BODY), key=key, auth=decoded(AUTH)) == (
        b"When I grow up, I want to be a watermelon"
    )


def test_only_the_browser_reads_it_and_its_length_says_nothing(browser):
    keys = {name: browser.fields[name] for name in ("p256dh", "auth")}
    short, long = (encryption.encrypt(content, **keys) for content in (b"{}", b'{"a": "' + b"x" * 300 + b'"}'))

    assert len(short) == len(long)
    assert push_service.decrypt(long, key=browser.key, auth=browser.auth).strip().endswith(b'x"}')
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(InvalidTag):
        push_service.decrypt(short, key=stranger, auth=browser.auth)


def test_the_proof_is_for_this_push_service_and_not_for_long(browser, now, settings):
    settings.SUPPORT_EMAIL = "help@example.com"

    header = encryption.authorization("https://push.example.com:8443/send/abc", now=now)

    token = header.removeprefix("vapid t=").split(",")[0]
    claim = jwt.decode(token, options={"verify_signature": False})
    assert claim["aud"] == "https://push.example.com:8443"
    assert claim["sub"] == "mailto:help@example.com"
    assert 0 < claim["exp"] - now.timestamp() <= 24 * 3600
    assert KEY not in header


def test_without_a_key_nothing_is_set_up(settings):
    settings.VAPID_PRIVATE_KEY = ""

    assert (encryption.is_set_up(), encryption.public_key()) == (False, "")
