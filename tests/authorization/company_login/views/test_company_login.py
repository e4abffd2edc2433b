"""Logging in by a host's own provider: a real one, over HTTP, with everything that it may lie about."""

import re
from datetime import UTC, datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from authorization.models import AuditEntry, CompanyLogin, Membership, User
from tests.kit import logging_in
from tests.kit.company_login_pages import _settings, company, connected, is_in, log_in, provider, running, text_of
from tests.kit.identity_provider import CLIENT, SECRET
from tests.kit.world import make_user

__all__ = ["_settings", "company", "provider", "running"]
pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)


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
