"""Logging in by a host's own provider: a real one, over HTTP, with everything that it may lie about."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.test import Client

from authorization.company_login import acts
from authorization.company_login.connections import Wanted
from authorization.models import AccessGrant, AuditEntry, CompanyLogin, Membership, User
from billing.sessions.drivers import accounts as drivers
from tests.kit import logging_in
from tests.kit.company_login_pages import _settings, provider, running, text_of
from tests.kit.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.kit.world import World, make_user

__all__ = ["_settings", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)


@pytest.fixture
def company(world: World, provider) -> CompanyLogin:
    return set_up(world, provider)


def set_up(world: World, provider: IdentityProvider, **said) -> CompanyLogin:
    values = {
        "name": "Acme",
        "issuer": provider.url,
        "client_id": CLIENT,
        "secret": SECRET,
        "domain": "acme.example",
        **said,
    }
    return acts.save(world.host, Wanted(**values), by=world.owner, now=NOW)


def log_in(client: Client, company: CompanyLogin):
    """As a browser: to the provider, and back with what it says."""
    begun = client.get(f"/accounts/oidc/{company.host.slug}/login/")
    assert begun.status_code == 302, text_of(begun)
    back = httpx.get(begun.headers["Location"]).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}", follow=True)


def is_in(client: Client) -> bool:
    return client.get("/chargers/").status_code == 200


def connected(user: User, company: CompanyLogin, sub: str = "7") -> None:
    SocialAccount.objects.create(user=user, provider=company.key, uid=sub)


def test_an_owner_sets_it_up_and_a_member_comes_in_after_a_link_in_the_mailbox(world, provider, client_of):
    owner, kim = client_of(world.owner), make_user("kim@acme.example", world.host, "operator")
    said = {"name": "Acme", "issuer": provider.url, "client_id": CLIENT, "secret": SECRET, "domain": "Acme.example",
            "is_enabled": "on"}  # fmt: skip
    saved = text_of(owner.post("/settings/sign-in/sunset/", said, follow=True))
    company = CompanyLogin.objects.get()
    assert "http://testserver/accounts/oidc/sunset/login/callback/" in saved
    assert SECRET not in saved
    assert SECRET not in company.secret_encrypted
    assert SECRET not in str(list(AuditEntry.objects.values_list("after", flat=True)))

    browser = Client()
    assert "Continue with Acme" in text_of(browser.get("/accounts/company/sunset/"))
    first = log_in(browser, company)
    assert "Look into your mailbox" in text_of(first)
    assert not is_in(browser), "what a provider says connects nothing"
    assert mail.outbox[-1].to == ["kim@acme.example"]
    link = re.search(r"http://testserver(/accounts/company/connect/\S+)", mail.outbox[-1].body)[1]
    Client().get(link)
    assert not SocialAccount.objects.exists(), "mail programs open links"
    Client().post(link)

    log_in(browser, company)
    assert is_in(browser)
    assert SocialAccount.objects.get().user == kim
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == [
        "company_login.saved",
        "company_login.connected",
    ]
    kim.memberships.all().delete()
    assert not is_in(browser), "the session ends with the membership"


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


@pytest.mark.parametrize("business", ["elsewhere", "granted", "agent", "driver", "closed", "outsider"])
def test_it_never_logs_in_whoever_has_business_beyond_its_host(world, company, business):
    """Whoever runs the provider of one host can say any subject: also one that is connected."""
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    match business:
        case "elsewhere":
            Membership.objects.create(user=kim, host=world.stranger.memberships.get().host, role="owner")
        case "granted":
            host = world.stranger.memberships.get().host
            AccessGrant.objects.create(
                user=kim, host=host, role="operator", reason="x", granted_at=NOW, ends_at=NOW.replace(year=9000)
            )
        case "agent":
            User.objects.filter(pk=kim.pk).update(is_agent=True)
        case "driver":
            drivers.of_user(kim, language="en", now=NOW)
        case "closed":
            User.objects.filter(pk=kim.pk).update(is_active=False)
        case _:
            kim.memberships.all().delete()
    browser = Client()

    assert log_in(browser, company).status_code == 403
    assert not is_in(browser)


def test_a_session_of_the_company_changes_no_log_in_and_ends_when_another_host_lets_them_in(world, company):
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    browser = Client()
    log_in(browser, company)
    assert is_in(browser)

    for page in ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/drive/", "/join/AAAA-AAAA/"):
        assert browser.get(page).headers.get("Location") == "/settings/", page
    assert not hasattr(User.objects.get(pk=kim.pk), "driver")

    Membership.objects.create(user=kim, host=world.stranger.memberships.get().host, role="read_only")
    assert browser.get("/chargers/").headers["Location"] == "/accounts/login/"
    assert not is_in(browser)


def test_newcomers_get_the_role_only_with_a_domain_that_an_agent_confirmed(world, provider, client_of):
    company = set_up(world, provider, newcomer_role="read_only")
    assert "ask the owners of Sunset Stays to invite you" in text_of(log_in(Client(), company))
    assert "No company logs in" in text_of(Client().get("/accounts/company/", {"email": "kim@acme.example"}))
    assert client_of(world.owner).post("/settings/sign-in/sunset/domain/").status_code == 404

    client_of(world.agent).post("/settings/sign-in/sunset/domain/")
    found = text_of(Client().get("/accounts/company/", {"email": "kim@ACME.example"}))
    browser = Client()
    log_in(browser, company)

    assert f"/accounts/oidc/{company.host.slug}/login/" in found
    assert is_in(browser)
    kim = User.objects.get(email="kim@acme.example")
    assert [one.role for one in kim.memberships.all()] == ["read_only"]
    assert kim.email_confirmed_at is None, "only this host says that the address is theirs"
    assert not kim.has_usable_password()


def test_another_issuer_or_client_disconnects_everybody(world, provider, company):
    """Otherwise a new provider could say the subject of somebody who was connected by the old one."""
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    browser = Client()
    log_in(browser, company)

    changed = set_up(world, provider, client_id="other client")

    assert changed.key != company.key
    assert not SocialAccount.objects.exists()
    assert not is_in(browser)
    provider.person["email"] = "kim@acme.example"
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


def test_a_second_factor_that_the_person_set_up_is_asked_for(world, company):
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    TOTP.activate(kim, logging_in.SECRET)
    browser = Client()

    asked = log_in(browser, company)

    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/authenticate/")
    assert asked.status_code == 200
    assert not is_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": logging_in.code()})
    assert is_in(browser)


def test_a_provider_that_is_switched_off_before_the_second_factor_logs_nobody_in_and_breaks_no_page(world, company):
    kim = make_user("kim@acme.example", world.host, "operator")
    connected(kim, company)
    TOTP.activate(kim, logging_in.SECRET)
    browser = Client()
    log_in(browser, company)
    CompanyLogin.objects.update(is_enabled=False)

    pages = [browser.get(page, follow=True) for page in ("/accounts/2fa/authenticate/", "/", "/accounts/login/")]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not is_in(browser)
