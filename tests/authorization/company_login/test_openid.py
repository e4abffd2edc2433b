"""OpenID Connect with a host's provider: by our guarded calls, with the signature of the id token always verified."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from tests.kit.company_login_pages import _settings, company, connected, is_in, log_in, provider, running, text_of
from tests.kit.world import make_user

__all__ = ["_settings", "company", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ({"person": {"email_verified": False}}, "does not say that your e-mail address is verified"),
        ({"person": {"email_verified": "false"}}, "does not say that your e-mail address is verified"),
        ({"person": {"email": "owner@example.com"}}, "addresses at acme.example only"),
        ({"person": {"email": "kim@acme.example.evil.example"}}, "addresses at acme.example only"),
        ({"token_claims": {"aud": "another client"}}, "not valid"),
        ({"token_claims": {"iss": "https://elsewhere.example"}}, "not valid"),
        ({"token_claims": {"exp": 1}}, "not valid"),
        ({"token_claims": {"nonce": "of another log-in"}}, "its nonce is another"),
        ({"token_claims": {"nonce": None}}, "its nonce is another"),
        ({"signs_with": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "not valid"),
    ],
    ids=["unverified", "text", "elsewhere", "alike", "audience", "issuer", "expired", "nonce", "none", "signature"],
)
def test_what_the_provider_says_wrong_logs_nobody_in(world, company, provider, lie, why):
    connected(make_user("kim@acme.example", world.host, "operator"), company)
    provider.person |= lie.pop("person", {})
    for name, value in lie.items():
        setattr(provider, name, value)
    browser = Client()

    answer = log_in(browser, company)

    assert answer.status_code == 403
    assert why in text_of(answer)
    assert not is_in(browser)


def test_userinfo_adds_the_address_only_for_the_same_person(world, company, provider):
    connected(make_user("kim@acme.example", world.host, "operator"), company)
    provider.person = {"sub": "7"}
    provider.userinfo = {"sub": "8", "email": "kim@acme.example", "email_verified": True}
    assert "somebody else" in text_of(log_in(Client(), company))

    provider.userinfo["sub"] = "7"
    browser = Client()
    log_in(browser, company)
    assert is_in(browser)


def test_an_answer_without_our_state_is_refused(world, company, provider):
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    begun = Client().get(f"/accounts/oidc/{company.host.slug}/login/")
    back = urlsplit(httpx.get(begun.headers["Location"]).headers["Location"])

    other = Client()
    assert other.get(f"{back.path}?{back.query}").status_code == 403
    assert not is_in(other)


def test_each_log_in_has_a_nonce_of_its_own_that_no_link_replaces(company):
    begun = [
        Client().get("/accounts/oidc/sunset/login/", {"auth_params": "nonce=known&prompt=none"}).headers["Location"]
        for _ in range(2)
    ]
    asked = [parse_qs(urlsplit(address).query) for address in begun]

    nonces = {one["nonce"][0] for one in asked}
    assert len(nonces) == 2
    assert all(len(nonce) == 64 for nonce in nonces)
    assert not any("prompt" in one for one in asked)


def test_no_step_calls_an_address_that_the_installation_does_not_permit(company, provider, settings):
    begun = Client().get("/accounts/oidc/sunset/login/")
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    refused = Client().get("/accounts/oidc/sunset/login/")

    assert begun.status_code == 302
    assert refused.status_code == 403
    assert "does not begin with https://" in text_of(refused)
